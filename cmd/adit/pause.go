package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/consent"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/cmd/adit/app"
)

func (c *cli) pauseCommand() *cobra.Command {
	var span string
	cmd := &cobra.Command{
		Use:   "pause",
		Short: "Switch mining off on this computer",
		Long: `Switch mining off on this computer, for a while or until ` + "`adit resume`" + `.

The switch wins over every server, schedule and program. It works without a running adit too: it is a file in the
data directory that the keeper of each mining program reads.`,
		Example: `  adit pause              # until adit resume
  adit pause --for 2h     # mining goes on by itself afterwards`,
		GroupID: "run",
		Args:    takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := parseSpan(cmd, span)
			if err != nil {
				return err
			}
			return c.pause(cmd.Context(), d)
		},
	}
	cmd.Flags().StringVar(&span, "for", "", "how `long`, for example 30m, 2h or 1d (default: until adit resume)")
	return cmd
}

func (c *cli) resumeCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "resume",
		Short:   "Let mining go on after a pause",
		Long:    "Let mining go on after `adit pause`. What was not mining before the pause does not start.",
		GroupID: "run",
		Args:    takes(0, ""),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.resume(cmd.Context()) },
	}
}

// parseSpan reads --for; nil is "until resumed".
func parseSpan(cmd *cobra.Command, s string) (*time.Duration, error) {
	if s == "" {
		return nil, nil
	}
	d, err := time.ParseDuration(s)
	if days, found := strings.CutSuffix(s, "d"); found {
		var n float64
		n, err = strconv.ParseFloat(days, 64)
		d = time.Duration(n * 24 * float64(time.Hour))
	}
	if err != nil || d < time.Second || d > 366*24*time.Hour {
		return nil, usageError(cmd, "--for %q: give a time between 1s and 366d, for example 30m, 2h or 1d", s)
	}
	return &d, nil
}

func (c *cli) pause(ctx context.Context, d *time.Duration) error {
	var until *time.Time
	if d != nil {
		t := time.Now().Add(*d).UTC().Truncate(time.Second)
		until = &t
	}
	how := "told the running adit"
	err := c.orLocally(ctx, &how, anyway,
		func(ctx context.Context, s *client.Client) error { return s.Pause(ctx, orZero(d)) },
		func(dir string) error {
			return consent.Pause(filepath.Join(dir, "pause.json"), adit.LocalOwner("terminal"), until, time.Now())
		})
	if err != nil {
		return err
	}
	v := struct {
		Paused bool       `json:"paused"`
		Until  *time.Time `json:"until"`
		Told   string     `json:"told"`
	}{true, until, how}
	return c.answer(v, func() {
		if until == nil {
			c.printf("Paused until you resume (%s). Resume: adit resume\n", how)
			return
		}
		c.printf("Paused until %s (%s). Earlier: adit resume\n", clock(*until), how)
	})
}

func (c *cli) resume(ctx context.Context) error {
	how := "told the running adit"
	err := c.orLocally(ctx, &how, unanswered,
		func(ctx context.Context, s *client.Client) error { return s.Resume(ctx) },
		func(dir string) error { return consent.Resume(filepath.Join(dir, "pause.json")) })
	if err != nil {
		return err
	}
	v := struct {
		Paused bool   `json:"paused"`
		Told   string `json:"told"`
	}{false, how}
	return c.answer(v, func() { c.printf("Resumed (%s).\n", how) })
}

// When a server's error leads to the files, see orLocally.
const (
	unanswered = false // where it does not answer: what allows mining needs the server's agreement
	anyway     = true  // whatever it says: what ends mining does not
)

// orLocally asks the server; where none runs on the data directory, or it does not answer, it settles the matter with
// the files there, which the keepers of mining programs obey. always does so whatever the server's error is. how says
// which it was.
func (c *cli) orLocally(ctx context.Context, how *string, always bool, ask func(context.Context, *client.Client) error, local func(dir string) error) error {
	if c.elsewhere() {
		return c.withServer(ctx, ask)
	}
	dir, err := c.folder()
	if err != nil {
		return err
	}
	*how = "no adit runs: written to " + dir + ", mining programs obey it"
	var refused error
	if _, running, err := c.local(); err == nil && running {
		refused = c.withServer(ctx, ask)
		switch code := adit.CodeOf(refused); {
		case refused == nil:
			*how = "told the running adit"
			return nil
		case code == adit.Unreachable, code == adit.Timeout:
			*how = "adit does not answer: written to " + dir + ", mining programs obey it"
		case always:
			*how = "adit did not carry it out (" + refused.Error() + "): written to " + dir + ", mining programs obey it"
		default:
			return refused
		}
	}
	if _, err := os.Stat(dir); err != nil {
		return app.WithHint(adit.Errorf(adit.NotFound, "there is no data directory %s, so nothing of adit runs here", dir),
			"Name the data directory adit runs on.", "adit --data-dir DIR pause")
	}
	err = local(dir)
	if err != nil && always {
		err = errors.Join(refused, err)
	}
	return err
}

func orZero[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// clock writes a time for a person: the hour alone where it is today.
func clock(t time.Time) string {
	t = t.Local()
	if y, m, d := time.Now().Date(); t.Year() == y && t.Month() == m && t.Day() == d {
		return t.Format("15:04")
	}
	return t.Format("2006-01-02 15:04")
}
