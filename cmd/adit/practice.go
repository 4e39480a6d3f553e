package main

import (
	"context"
	"fmt"
	"net"
	"sort"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/cmd/adit/app"
	"github.com/adit-mining/adit/coop/practice"
	"github.com/adit-mining/adit/internal/logx"
	"github.com/adit-mining/adit/internal/wording"
)

func (c *cli) practiceCommand() *cobra.Command {
	var listen, file, level, format string
	cmd := &cobra.Command{
		Use:   "practice",
		Short: "Serve practice alone: point any RandomX miner at it",
		Long: `Serve adit's practice pool alone and print shares as they come. It hands out real RandomX jobs and checks every share
by hashing; no wallet, no chain, nothing earned. Any miner of rx/0 may connect, with any user name:

  xmrig -o 127.0.0.1:3333 -u test -a rx/0

It knows no passwords. By default only programs of this computer reach it; name another address with --listen only
where everybody who reaches that address may.`,
		Example: `  adit practice
  adit practice --listen 127.0.0.1:4444`,
		GroupID: "mine",
		Args:    takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := logx.New(logx.Options{Level: level, Format: format, File: file, Out: c.err})
			if err != nil {
				return usageError(cmd, "--%v", err)
			}
			defer log.Close()
			ctx, stop := c.untilSignal(cmd.Context())
			defer stop()
			v := &app.Verifier{Exe: c.self, Log: log.Logger}
			defer v.Close()
			srv, err := practice.Open(practice.Options{Listen: listen, Checker: v, Log: log.Logger})
			if err != nil {
				return listenHint(err)
			}
			return c.servePractice(ctx, srv, v)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:3333", "`HOST:PORT` for miners; port 0 takes any")
	addLogFlags(cmd, &file, &level, &format)
	return cmd
}

func listenHint(err error) error {
	if adit.CodeOf(err) == adit.Conflict {
		return app.WithHint(err, "Name another port; 0 takes any that is free.", "adit practice --listen 127.0.0.1:0")
	}
	return app.WithHint(err, "", "adit practice --help")
}

func (c *cli) servePractice(ctx context.Context, srv *practice.Server, v *app.Verifier) error {
	c.printf("Practice listens at %s\n", srv.URL())
	host, _, err := net.SplitHostPort(srv.Addr().String())
	if ip := net.ParseIP(host); err == nil && (ip == nil || !ip.IsLoopback()) {
		c.say("Everybody who reaches this address may connect: practice knows no passwords.\n")
	}
	if words := v.Missing(); words != "" {
		c.say("Shares cannot be checked and are not counted: %s\n", words)
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Run(ctx) }()
	t := time.NewTicker(time.Second)
	defer t.Stop()
	seen := map[string]practice.Connection{}
	for {
		select {
		case err := <-ended:
			st := srv.Status()
			c.printf("Practice ends: %s accepted, %d rejected.\n", wording.Count(st.Totals.Accepted, "share"), sum(st.Totals.Rejected))
			return err
		case <-t.C:
			c.tellNews(seen, srv.Status())
		}
	}
}

// tellNews prints what changed since the last look.
func (c *cli) tellNews(seen map[string]practice.Connection, st practice.Status) {
	here := map[string]bool{}
	for _, n := range st.Connections {
		here[n.ID] = true
		was, known := seen[n.ID]
		seen[n.ID] = n
		switch {
		case !known:
			c.news("%s connects (%s)", n.Login, n.Agent)
		case n.Accepted > was.Accepted:
			c.news("%s: %d accepted at difficulty %d, %s, %d rejected", n.Login, n.Accepted, n.Difficulty, orUnknown(n.Hashrate, adit.Hashrate.String), sum(n.Rejected))
		case sum(n.Rejected) > sum(was.Rejected):
			c.news("%s: a share is rejected: %s", n.Login, outcomes(n.Rejected))
		case n.Unchecked > was.Unchecked:
			c.news("%s: a share could not be checked: %s", n.Login, st.Checker.Reason)
		}
	}
	for id, n := range seen {
		if !here[id] {
			delete(seen, id)
			c.news("%s is gone after %d accepted shares", n.Login, n.Accepted)
		}
	}
}

func (c *cli) news(format string, args ...any) {
	c.printf("%s %s\n", time.Now().Format(time.TimeOnly), fmt.Sprintf(format, args...))
}

func sum(m map[adit.ShareOutcome]uint64) (n uint64) {
	for _, v := range m {
		n += v
	}
	return n
}

// outcomes lists what became of rejected shares: "2 stale, 1 malformed".
func outcomes(m map[adit.ShareOutcome]uint64) string {
	var out []string
	for o, n := range m {
		out = append(out, fmt.Sprintf("%d %s", n, strings.ReplaceAll(string(o), "_", " ")))
	}
	sort.Strings(out)
	return strings.Join(out, ", ")
}
