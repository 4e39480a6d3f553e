package main

import (
	"context"
	"encoding/csv"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/cmd/adit/app"
)

func (c *cli) historyCommand() *cobra.Command {
	var since, until string
	var sessions bool
	cmd := &cobra.Command{
		Use:   "history [MINER]",
		Short: "Show what was recorded: hashrate over time, and runs",
		Long: `Show what was recorded of every mining program, or of one over time. --sessions lists runs from start to end with
their shares and why they ended. A program that is no more keeps its history.`,
		Example: `  adit history
  adit history adit-miner --since 7d
  adit history adit-miner --since 2026-11-20 -o csv > rate.csv
  adit history --sessions --since 30d`,
		GroupID:     "look",
		Annotations: map[string]string{"csv": "yes"},
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError(cmd, "adit history takes one MINER, got %q", strings.Join(args, " "))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			h := historian{cli: c, name: strings.Join(args, "")}
			var err error
			if h.since, err = moment(since, time.Now()); err != nil {
				return usageError(cmd, "--since: %v", err)
			}
			if until != "" {
				if h.until, err = moment(until, time.Now()); err != nil {
					return usageError(cmd, "--until: %v", err)
				}
				if !h.since.Before(h.until) {
					return usageError(cmd, "--since must lie before --until")
				}
			}
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error { return h.show(ctx, s, sessions) })
		},
	}
	cmd.Flags().StringVar(&since, "since", "24h", "a `length` before now (24h, 30d) or a time (2026-01-31)")
	cmd.Flags().StringVar(&until, "until", "", "a `length` before now or a time (default: now)")
	cmd.Flags().BoolVar(&sessions, "sessions", false, "list runs instead of the hashrate")
	cmd.ValidArgsFunction = c.completeMiners
	return cmd
}

// historian shows what was recorded from since until until (zero = now), of one miner or of all.
type historian struct {
	*cli
	name         string
	since, until time.Time
}

func (h *historian) show(ctx context.Context, s *client.Client, sessions bool) error {
	switch {
	case sessions:
		return h.sessions(ctx, s)
	case h.name == "":
		return h.miners(ctx, s)
	}
	points, err := s.MinerHashrate(ctx, h.name, h.since, h.until)
	if err != nil {
		return noSuchHistory(err)
	}
	rows := [][]string{{"time", "hashrate"}}
	for _, p := range points {
		rows = append(rows, []string{p.Timestamp.Format(time.RFC3339), strconv.FormatInt(p.Hashrate, 10)})
	}
	return h.give(points, rows, func() { h.printRate(points) })
}

func noSuchHistory(err error) error {
	if adit.CodeOf(err) == adit.NotFound {
		return app.WithHint(err, "", "adit history")
	}
	return err
}

// give answers as CSV, or as every other command does.
func (h *historian) give(v any, rows [][]string, human func()) error {
	if h.output != "csv" {
		return h.answer(v, human)
	}
	w := csv.NewWriter(h.out)
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	return w.Error()
}

func (h *historian) miners(ctx context.Context, s *client.Client) error {
	all, err := s.HistoryMiners(ctx)
	if err != nil {
		return err
	}
	rows := [][]string{{"miner", "readings", "average", "max", "min", "first", "last"}}
	for _, m := range all {
		rows = append(rows, []string{m.MinerName, strconv.Itoa(m.TotalPoints), number(m.AverageRate), number(m.MaxRate), number(m.MinRate),
			m.FirstSeen.Format(time.RFC3339), m.LastSeen.Format(time.RFC3339)})
	}
	return h.give(all, rows, func() { h.printMiners(ctx, s, all) })
}

func (h *historian) printMiners(ctx context.Context, s *client.Client, all []body.MinerHistory) {
	if len(all) == 0 {
		h.printf("Nothing was recorded yet. Real work without a wallet: adit up --practice\n")
		return
	}
	t := table{head: []string{"MINER", "READINGS", "AVERAGE", "MAX", "MIN", "FIRST", "LAST"}, right: map[int]bool{1: true, 2: true, 3: true, 4: true}}
	draws := h.draws()
	if draws {
		t.head = append(t.head, "SINCE "+strings.ToUpper(span(time.Since(h.since))))
	}
	for _, m := range all {
		row := []string{m.MinerName, strconv.Itoa(m.TotalPoints), rate(m.AverageRate), rate(m.MaxRate), rate(m.MinRate), ago(m.FirstSeen), ago(m.LastSeen)}
		if draws {
			points, err := s.MinerHashrate(ctx, m.MinerName, h.since, h.until)
			if err != nil {
				points = nil // two computers may have one of that name
			}
			row = append(row, sparkline(points, h.since, h.end(), 24))
		}
		t.rows = append(t.rows, row)
	}
	h.print(t)
}

// draws reports whether the answer is read on a terminal.
func (h *historian) draws() bool {
	f, ok := h.out.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func (h *historian) end() time.Time {
	if h.until.IsZero() {
		return time.Now()
	}
	return h.until
}

// historyRows is about how many lines of one miner a person reads.
const historyRows = 24

func (h *historian) printRate(points []body.HashratePoint) {
	if len(points) == 0 {
		h.printf("Nothing was recorded of %s in that time.\n", h.name)
		return
	}
	if h.draws() {
		h.printf("%s\n", sparkline(points, h.since, h.end(), 72))
	}
	t := table{head: []string{"FROM", "HASHRATE", "READINGS"}, right: map[int]bool{1: true, 2: true}}
	wide := max(h.end().Sub(h.since)/historyRows, 10*time.Second)
	for i := 0; i < len(points); {
		from := points[i].Timestamp.Truncate(wide)
		sum, n := 0.0, 0
		for ; i < len(points) && points[i].Timestamp.Before(from.Add(wide)); i++ {
			sum, n = sum+float64(points[i].Hashrate), n+1
		}
		t.rows = append(t.rows, []string{from.Local().Format("2006-01-02 15:04:05"), rate(sum / float64(n)), strconv.Itoa(n)})
	}
	h.print(t)
}

// bars are the heights of a sparkline.
var bars = []rune("▁▂▃▄▅▆▇█")

// sparkline draws a hashrate in so many characters, from zero to its highest; a blank is a time without a reading.
func sparkline(points []body.HashratePoint, since, until time.Time, width int) string {
	sums, counts, top := make([]float64, width), make([]int, width), 0.0
	whole := until.Sub(since)
	for _, p := range points {
		if p.Timestamp.Before(since) || !p.Timestamp.Before(until) {
			continue
		}
		i := min(int(float64(width)*float64(p.Timestamp.Sub(since))/float64(whole)), width-1)
		sums[i], counts[i] = sums[i]+float64(p.Hashrate), counts[i]+1
	}
	for i, n := range counts {
		if n > 0 {
			top = max(top, sums[i]/float64(n))
		}
	}
	var out strings.Builder
	for i, n := range counts {
		if n == 0 {
			out.WriteRune(' ')
			continue
		}
		level := 0
		if top > 0 {
			level = int(sums[i] / float64(n) / top * float64(len(bars)-1))
		}
		out.WriteRune(bars[min(level, len(bars)-1)])
	}
	return strings.TrimRight(out.String(), " ")
}

func (h *historian) sessions(ctx context.Context, s *client.Client) error {
	all, err := s.Sessions(ctx, "", h.since, h.until, 1000)
	if err != nil {
		return err
	}
	list := []body.MinerSession{}
	rows := [][]string{{"miner", "program", "algorithm", "started", "stopped", "accepted", "rejected", "stale", "averageHashrate", "reason"}}
	for _, x := range all {
		if h.name != "" && x.MinerName != h.name {
			continue
		}
		list = append(list, x)
		rows = append(rows, []string{x.MinerName, x.Program, orEmpty(x.Algorithm, keepText), x.StartedAt.Format(time.RFC3339),
			orEmpty(x.StoppedAt, func(t time.Time) string { return t.Format(time.RFC3339) }),
			orEmpty(x.Accepted, count), orEmpty(x.Rejected, count), orEmpty(x.Stale, count), orEmpty(x.AverageHashrate, number), x.Reason})
	}
	return h.give(list, rows, func() { h.printSessions(list) })
}

func (h *historian) printSessions(list []body.MinerSession) {
	if len(list) == 0 {
		h.printf("No run in that time.\n")
		return
	}
	t := table{head: []string{"MINER", "STARTED", "RAN", "AVERAGE", "ACCEPTED", "REJECTED", "STALE", "END"},
		right: map[int]bool{3: true, 4: true, 5: true, 6: true}}
	for _, x := range list {
		ran, end := "since then", "runs"
		if x.StoppedAt != nil {
			ran, end = span(x.StoppedAt.Sub(x.StartedAt)), x.Reason
		}
		t.rows = append(t.rows, []string{x.MinerName, x.StartedAt.Local().Format("2006-01-02 15:04:05"), ran, orUnknown(x.AverageHashrate, rate),
			orUnknown(x.Accepted, count), orUnknown(x.Rejected, count), orUnknown(x.Stale, count), end})
	}
	h.print(t)
}

func keepText(s string) string { return s }

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// orEmpty writes a value that may be missing for programs: nothing is unknown.
func orEmpty[T any](p *T, write func(T) string) string {
	if p == nil {
		return ""
	}
	return write(*p)
}
