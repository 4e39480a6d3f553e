package fee

import (
	"context"
	"fmt"
	"time"

	"github.com/adit-mining/adit/internal/wording"
)

// The words of Program.Source.
const (
	observed = "observed"
	declared = "declared"
	nothing  = "none"
)

// shareAfter is how long a program must have hashed before its share says anything: a round of a minute in the first
// five would read as 20 %.
const shareAfter = time.Hour

func (s *Service) ledger(ctx context.Context) (Ledger, error) {
	out := Ledger{Programs: []Program{}}
	if err := s.takeIn(ctx); err != nil {
		return out, err
	}
	now, err := s.o.State.Programs(ctx)
	if err != nil {
		return out, err
	}
	if err := s.note(ctx, now, func(Now) time.Duration { return 0 }); err != nil { // what has just begun is shown too
		return out, err
	}
	rows, err := programs(ctx, s.o.DB)
	if err != nil {
		return out, err
	}
	all, err := rounds(ctx, s.o.DB)
	if err != nil {
		return out, err
	}
	active := map[string]bool{}
	for _, n := range now {
		active[n.Device] = n.Active
	}
	at := s.o.Now()
	for _, r := range rows {
		var own []roundRow
		for _, x := range all {
			if x.device == r.Device {
				own = append(own, x)
			}
		}
		if out.Since == nil || r.since.Before(*out.Since) {
			since := r.since
			out.Since = &since
		}
		out.Programs = append(out.Programs, r.program(own, active[r.Device], at))
	}
	out.Words = out.sentence()
	return out, nil
}

// program adds up one program's rounds. One that is on record as open, while the program says that it is not working
// for its author, ended unseen: it is left out rather than guessed.
func (r row) program(own []roundRow, active bool, at time.Time) Program {
	p := Program{Device: r.Device, Name: r.Name, Program: r.Program, DeclaredPercent: r.Percent, MiningSeconds: r.mined.Seconds(),
		Starts: r.starts, Source: declared}
	var fee time.Duration
	for _, x := range own {
		ended := at
		switch {
		case x.ended != nil:
			ended = *x.ended
		case !active:
			continue
		default:
			since := x.started
			p.Active, p.ActiveSince = true, &since
		}
		span := max(0, ended.Sub(x.started))
		fee += span
		p.Rounds++
		p.LastRound = &Round{Start: x.started, Seconds: span.Seconds()}
	}
	switch {
	case r.Shows || p.Rounds > 0:
		p.Source = observed
		seconds := fee.Seconds()
		p.FeeSeconds = &seconds
		if r.mined >= shareAfter {
			share := 100 * fee.Seconds() / r.mined.Seconds()
			p.SharePercent = &share
		}
	case r.Percent != nil && *r.Percent == 0:
		p.Source = nothing
		zero := 0.0
		p.FeeSeconds = &zero
	}
	p.Words = p.sentence()
	return p
}

func (p Program) sentence() string {
	rate := "a share that is not known"
	if p.DeclaredPercent != nil {
		rate = fmt.Sprintf("%g %%", *p.DeclaredPercent)
	}
	again := ""
	if p.Starts > 1 && p.Source != nothing {
		again = fmt.Sprintf("; it was started %d times, and each start may begin a fee round anew", p.Starts)
	}
	switch p.Source {
	case nothing:
		return "takes no fee"
	case declared:
		return "declares " + rate + " and does not show when it takes it" + again
	}
	s := fmt.Sprintf("declares %s; worked %s for its author in %d rounds", rate, span(*p.FeeSeconds), p.Rounds)
	if p.SharePercent != nil {
		s += fmt.Sprintf(", %.2g %% of %s", *p.SharePercent, span(p.MiningSeconds))
	}
	if p.Active {
		s += "; it works for its author now"
	}
	return s + again
}

func span(seconds float64) string {
	return wording.Length(time.Duration(seconds) * time.Second)
}

func (l Ledger) sentence() string {
	const ours = "adit takes nothing"
	var known float64
	n, unseen := 0, 0
	for _, p := range l.Programs {
		switch p.Source {
		case observed:
			known += *p.FeeSeconds
			n++
		case declared:
			unseen++
		}
	}
	s := ours
	if n > 0 {
		s += fmt.Sprintf("; %s went to authors of programs", span(known))
	}
	if unseen > 0 {
		s += "; " + wording.Count(unseen, "program does not show when it takes its fee", "programs do not show when they take their fee")
	}
	return s
}
