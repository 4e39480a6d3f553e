package agent

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/adit-mining/adit/agent/consent"
	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
)

const (
	lookEvery   = time.Second
	askPatience = 3 * time.Second // then a program counts as not following
)

// permit is what the owner allows, as last read from consent.json and pause.json. Both files are the truth: the CLI
// writes them too.
type permit struct {
	consent wire.Consent
	pause   wire.Pause // a person's; guards come on top, see pauseOf
}

func (a *Agent) permitted() permit {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.permit
}

// lookLoop reads the owner's word once a second, and does what is due.
func (a *Agent) lookLoop(ctx context.Context) {
	t := time.NewTicker(lookEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		case <-a.poked:
		}
		a.rewrite()
		if err := a.look(ctx); err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "a pause or resume did not reach every program", "err", err)
		}
		a.reviveAll(ctx)
		a.facts(false)
	}
}

// look reads the owner's word and, where it changed, tells of it and makes every program follow.
func (a *Agent) look(ctx context.Context) error {
	a.looking.Lock()
	defer a.looking.Unlock()
	now := a.read()
	a.mu.Lock()
	before, first := a.permit, !a.permitRead
	a.permit, a.permitRead = now, true
	a.mu.Unlock()
	if !first {
		a.tellPermit(before, now)
	}
	if before.consent.Granted && !now.consent.Granted {
		a.alert(ctx)
	}
	if first || before.pause.Paused != now.pause.Paused {
		return a.settleAll(ctx, now.pause, true)
	}
	if now.pause.Paused {
		return a.settleAll(ctx, now.pause, false)
	}
	return nil
}

// alert has every shim look at once at what it may do.
func (a *Agent) alert(ctx context.Context) {
	var g sync.WaitGroup
	for _, u := range a.programs() {
		g.Go(func() { a.guardAnew(ctx, u) })
	}
	g.Wait()
}

func (a *Agent) read() permit {
	var p permit
	c := a.consent()
	p.consent = wire.Consent{Granted: c.Granted, By: c.By, Via: c.Via, Host: c.Host}
	if !c.At.IsZero() {
		p.consent.At = &c.At
	}
	if !c.Granted {
		p.consent.Words = c.Words
	}
	s := consent.ReadPause(a.pauseFile(), time.Now())
	if s.Paused {
		p.pause = wire.Pause{Paused: true, Until: s.Until, By: s.By, Reason: s.Reason}
		if !s.Since.IsZero() {
			p.pause.Since = &s.Since
		}
		if p.pause.Reason == "" {
			p.pause.Reason = consent.ReasonUser
		}
	}
	if u := a.unwrittenPause(); u != nil {
		p.pause = *u
	}
	return p
}

func (a *Agent) tellPermit(before, now permit) {
	switch {
	case now.consent.Granted && !before.consent.Granted:
		a.tell(evGranted, info, "", "mining was allowed on this computer by %s (%s)", now.consent.By, now.consent.Via)
		a.retryNow()
	case before.consent.Granted && !now.consent.Granted:
		a.tell(evRevoked, warn, "", "mining is no longer allowed on this computer: %s", now.consent.Words)
	}
	switch {
	case now.pause.Paused && !before.pause.Paused:
		a.tell(evPaused, info, "", "mining is %s", pauseWords(now.pause))
	case before.pause.Paused && !now.pause.Paused:
		a.tell(evResumed, info, "", "mining goes on")
	}
}

// pauseOf is the pause as told: a person's first, then what the shims hold for heat, then for want of mains, then for
// the computer's user.
func (a *Agent) pauseOf(p permit) wire.Pause {
	if p.pause.Paused {
		return p.pause
	}
	rank := map[proc.Hold]int{proc.HoldBattery: 2, proc.HoldSensor: 3, proc.HoldFan: 4, proc.HoldThermal: 5}
	word := []string{"", reasonIdle, "battery", "thermal", "thermal", "thermal"}
	best, out := 0, wire.Pause{}
	for _, u := range a.programs() {
		v := u.view()
		if own := a.pauseFor(u); best == 0 && own.Paused && v.want.Desired == wantRunning {
			best, out = 1, own
		}
		if v.status == nil || v.status.Phase != proc.Held || rank[v.status.Hold] <= best {
			continue
		}
		best = rank[v.status.Hold]
		since := v.status.Since
		out = wire.Pause{Paused: true, Since: &since, By: "guard", Reason: word[best], Words: v.status.Words}
	}
	return out
}

// settleAll makes every running program follow a pause or its end, all at once; the error names those that did not.
// Where the pause is no news, polls see to the programs that answer them.
func (a *Agent) settleAll(ctx context.Context, p wire.Pause, news bool) error {
	var g sync.WaitGroup
	us := a.programs()
	errs := make([]error, len(us))
	for i, u := range us {
		if news || u.device() == nil {
			if own := a.pauseFor(u); !p.Paused {
				g.Go(func() { errs[i] = a.settle(ctx, u, own, news) })
				continue
			}
			g.Go(func() { errs[i] = a.settle(ctx, u, p, news) })
		}
	}
	g.Wait()
	return errors.Join(errs...)
}

// settle makes one running program follow: softly where it can pause, else its shim ends and holds it.
// news says that the pause has just changed, so that what the last poll said is old.
func (a *Agent) settle(ctx context.Context, u *unit, p wire.Pause, news bool) error {
	u.mu.Lock()
	prog, dev, snap := u.prog, u.dev, u.snap
	u.mu.Unlock()
	if prog == nil || prog.Status().Phase != proc.Running {
		return nil // the shim itself does not let it start while paused
	}
	if dev == nil { // nobody can talk to it
		if !p.Paused {
			return nil
		}
		return a.endForPause(ctx, u, prog)
	}
	resting := snap != nil && snap.Work == device.WorkPaused
	if !news && (snap == nil || resting == p.Paused) {
		return nil
	}
	parent := ctx
	ctx, cancel := context.WithTimeout(parent, askPatience)
	defer cancel()
	pauser, can := device.As[device.Pauser](dev)
	if !p.Paused {
		if !can {
			return nil
		}
		return a.shield(u.name, "resume", func() error { return pauser.Resume(ctx) })
	}
	if can {
		err := a.shield(u.name, "pause", func() error { return pauser.Pause(ctx) })
		if err == nil || ctx.Err() != nil && parent.Err() != nil {
			return err
		}
		a.log.WarnContext(ctx, "a program cannot be paused softly and is ended for the pause", "name", u.name, "err", err)
	}
	return a.endForPause(parent, u, prog)
}

// endForPause ends a program that cannot be paused softly. Its shim holds it before it starts again, where there is a
// record of the pause to hold it by; else the shim ends too, and the program is started anew after the pause.
func (a *Agent) endForPause(ctx context.Context, u *unit, prog program) error {
	if p := a.pauseFor(u); p.Reason == reasonIdle {
		a.endForUsers(u)
		return nil
	}
	if a.unwrittenPause() == nil {
		return prog.Restart(ctx, "mining is paused")
	}
	u.order.Lock()
	defer u.order.Unlock()
	if u.running() != prog {
		return nil
	}
	if err := prog.Stop(ctx); err != nil {
		return err
	}
	a.drop(u)
	return nil
}

// reviveAll starts what is wanted and does not run.
func (a *Agent) reviveAll(ctx context.Context) {
	if !a.permitted().consent.Granted || a.unwrittenPause() != nil || a.ending() {
		return
	}
	for _, u := range a.programs() {
		u.mu.Lock()
		due := u.want.Desired == wantRunning && u.prog == nil && !time.Now().Before(u.retry)
		u.mu.Unlock()
		if due && u.order.TryLock() {
			a.revive(ctx, u)
			u.order.Unlock()
		}
	}
}

// retryNow lets wanted programs start at the next look, whatever failed before.
func (a *Agent) retryNow() {
	for _, u := range a.programs() {
		u.mu.Lock()
		u.retry, u.tries = time.Time{}, 0
		u.mu.Unlock()
	}
}

// poke asks for a look soon.
func (a *Agent) poke() {
	select {
	case a.poked <- struct{}{}:
	default:
	}
}
