package main

import (
	"context"
	"encoding/json"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/api/client"
)

func (c *cli) logsCommand() *cobra.Command {
	var follow bool
	var lines int
	cmd := &cobra.Command{
		Use:   "logs NAME",
		Short: "Show what a mining program says",
		Long:  "Show the last lines of a mining program's output, and with -f the new ones as they come (Ctrl-C ends it).",
		Example: `  adit logs adit-miner
  adit logs adit-miner -f -n 100
  adit logs adit-miner -o json     # one object per line`,
		GroupID: "mine",
		Args:    takes(1, "the NAME of a mining program (adit list shows them)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if lines < 1 || lines > 10_000 {
				return usageError(cmd, "--lines %d: use 1 to 10000", lines)
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return c.logs(ctx, args[0], lines, follow)
		},
	}
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on with new lines")
	cmd.Flags().IntVarP(&lines, "lines", "n", 50, "how `many` of the last lines")
	cmd.ValidArgsFunction = c.completeMiners
	return cmd
}

func (c *cli) logs(ctx context.Context, name string, n int, follow bool) error {
	s, err := c.connect()
	if err != nil {
		return err
	}
	page, err := ask(ctx, func(ctx context.Context) (body.Log, error) { return s.Logs(ctx, name, 0, n) })
	if err != nil {
		return noSuchMiner(err)
	}
	c.printLines(page.Lines)
	for follow {
		if !wait(ctx, time.Second) {
			return nil
		}
		next, err := c.nextLines(ctx, s, name, page.Next)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return noSuchMiner(err)
		}
		c.printLines(next.Lines)
		page = next
	}
	return nil
}

// nextLines asks for new lines; while adit is away (it may be restarted) it keeps on asking for half a minute.
func (c *cli) nextLines(ctx context.Context, s *client.Client, name string, after uint64) (body.Log, error) {
	since := time.Now()
	for {
		p, err := ask(ctx, func(ctx context.Context) (body.Log, error) { return s.Logs(ctx, name, after, 0) })
		if adit.CodeOf(err) != adit.Unreachable || time.Since(since) > 30*time.Second || !wait(ctx, 2*time.Second) {
			return p, err
		}
		if again, err := c.connect(); err == nil {
			s = again // a restarted adit may listen elsewhere
		}
	}
}

func (c *cli) printLines(lines []body.LogLine) {
	for _, l := range lines {
		if c.output == "table" {
			c.printf("%s%s\n", ownTime(l), l.Text)
			continue
		}
		b, err := json.Marshal(l)
		if err == nil {
			c.printf("%s\n", b)
		}
	}
}

// ownTime is when a line came, "" where the program writes the time itself: "[2026-11-21 …".
func ownTime(l body.LogLine) string {
	if len(l.Text) > 5 && l.Text[0] == '[' && l.Text[1] >= '0' && l.Text[1] <= '9' {
		return ""
	}
	return l.At.Local().Format(time.TimeOnly) + " "
}

// ask gives one question its own limit.
func ask[T any](ctx context.Context, fn func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	return fn(ctx)
}

// wait returns false when ctx ended first.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
