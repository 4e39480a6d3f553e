package main

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/cmd/adit/app"
	"github.com/adit-mining/adit/coop/view"
)

func (c *cli) coopCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "coop",
		Aliases: []string{"crew"},
		Short:   "See and steer a crew: machines that mine as one",
		Long: `See and steer a crew: many machines that mine as one, under a coordinator that divides the work, checks each share and
keeps the ledger of who found what.

A crew is led by adit coordinator, or by adit up after adit coop on. These commands ask the one that runs on the data
directory, or that of --server.`,
		Example: `  adit coop on --pool-address practice:
  adit coop status
  adit coop members --sort=-owed
  adit coop suspend rig-7 --reason "claims hashes it does not make"
  adit coop statement rig-7 -o csv > rig-7.csv`,
		GroupID: "run",
		Args:    noSuchCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		c.coopStatusCommand(), c.coopMembersCommand(), c.coopSharesCommand(), c.coopBlocksCommand(), c.coopPayoutsCommand(),
		c.coopCreditCommand(), c.coopSuspendCommand(), c.coopUnsuspendCommand(), c.coopSetCommand(), c.coopPauseCommand(true), c.coopPauseCommand(false),
		c.coopStatementCommand(), c.coopLedgerCommand(), c.coopOnCommand(), c.coopOffCommand(),
		c.coopInviteCommand(), c.coopJoinCommand(),
	)
	return cmd
}

// asCSV marks a command whose answer is a table that csv can write.
func asCSV(cmd *cobra.Command) *cobra.Command {
	cmd.Annotations = map[string]string{"csv": "yes"}
	return cmd
}

// withCrew runs fn against the coordinator.
func (c *cli) withCrew(ctx context.Context, fn func(context.Context, *client.Client) error) error {
	c.crew = true
	return crewHint(c.withServer(ctx, fn))
}

// withCrewLong is withCrew without a limit on the wait, for what reads a whole ledger.
func (c *cli) withCrewLong(ctx context.Context, fn func(context.Context, *client.Client) error) error {
	c.crew = true
	s, err := c.connect()
	if err != nil {
		return err
	}
	return crewHint(fn(ctx, s))
}

// crewHint tells how a crew comes about where there is none.
func crewHint(err error) error {
	if adit.CodeOf(err) == adit.Conflict && strings.Contains(err.Error(), "coordinates no crew") {
		return app.WithHint(adit.Errorf(adit.Conflict, "this adit coordinates no crew"), "Switch it on; practice needs no pool and no wallet.", "adit coop on --pool-address practice:")
	}
	return err
}

// file writes one of the crew's lists as CSV.
func (c *cli) file(ctx context.Context, s *client.Client, file string, q url.Values) error {
	return s.CoopFile(ctx, file, "csv", q, c.out)
}

// completeMembers offers the members to the shell.
func (c *cli) completeMembers(cmd *cobra.Command, args []string, begin string) (ids []string, _ cobra.ShellCompDirective) {
	if len(args) == 0 {
		_ = c.withCrew(cmd.Context(), func(ctx context.Context, s *client.Client) error { // nothing is offered where nobody answers
			list, err := s.CoopMembers(ctx, client.CoopMembersQuery{Search: begin, Limit: 100})
			for _, m := range list.Members {
				ids = append(ids, m.ID)
			}
			return err
		})
	}
	return ids, cobra.ShellCompDirectiveNoFileComp
}

func (c *cli) coopStatusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Show the crew at a glance",
		Long: `Show the crew at a glance: members, hashrate, upstream, job, money, and what is not well.

With -o json or yaml it is the object of GET /api/stats, in CoopMine's shape. The exit code is 1 where something is
not well that a person has to settle.`,
		Example: `  adit coop status
  adit coop status -o json | jq .workers_online`,
		Args: takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withCrew(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				if c.output != "table" {
					stats, err := s.CoopStats(ctx)
					if err != nil {
						return err
					}
					return c.answer(stats, nil)
				}
				st, err := s.Coop(ctx)
				if err != nil {
					return err
				}
				if st.Glance == nil {
					return adit.Errorf(adit.Conflict, "%s", st.Why)
				}
				c.printGlance(*st.Glance)
				if st.Glance.State == "crit" {
					return silent(exitError)
				}
				return nil
			})
		},
	}
}

func (c *cli) printGlance(g view.Glance) {
	c.printf("%s: %s\n", g.Name, g.Sentence)
	for _, a := range g.Alarms {
		c.printf("%s: %s\n", a.Severity, a.Text)
		if a.Fix != "" {
			c.printf("  %s\n", a.Fix)
		}
	}
	kv := []string{
		"hashrate", fmt.Sprintf("%s now, %s over 1 h, %s over 24 h", orUnknown(g.Hashrate.Minute, rate), orUnknown(g.Hashrate.Hour, rate), orUnknown(g.Hashrate.Day, rate)),
		"members", fmt.Sprintf("%d of %d online, %s", g.Members.Online, g.Members.Total, many(g.Members.Connections, "connection")),
		"shares", sharesWords(g.Shares),
	}
	for _, u := range g.Upstreams {
		kv = append(kv, "upstream", upstreamWords(u))
	}
	if j := g.Job; j != nil {
		kv = append(kv, "job", fmt.Sprintf("%s, height %s, %s", j.ID, orUnknown(j.Height, count), ago(j.At)))
	}
	kv = append(kv,
		"payout", g.Payout.Words,
		"owed", fmt.Sprintf("%s %s to %s, %s %s still maturing", g.Coin.Text(g.Money.Owed), g.Coin.Symbol, many(g.Money.Members, "member"), g.Coin.Text(g.Money.Immature), g.Coin.Symbol),
		"blocks", fmt.Sprintf("%d, effort of this round %s, luck %s", g.BlocksFound, orUnknown(g.Luck.Effort, share), orUnknown(g.Luck.Percent, percent)),
		"checked", verificationWords(g.Verification),
	)
	for _, d := range g.Doors {
		kv = append(kv, "members connect to", doorWords(d))
	}
	c.pairs(kv...)
}

func share(v float64) string   { return percent(v * 100) }
func percent(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) + " %" }

func sharesWords(s view.Shares) string {
	return fmt.Sprintf("%d accepted, %d stale, %d rejected", s.Accepted, s.Stale, s.Rejected)
}

func upstreamWords(u view.Upstream) string {
	text := u.URL + ", " + u.State
	if u.Active {
		text += ", in use"
	}
	if u.Latency != nil {
		text += fmt.Sprintf(", %d ms", int(*u.Latency*1000+0.5))
	}
	if u.State != "connected" && u.Error != "" {
		text += ": " + u.Error
	}
	return text
}

func verificationWords(v view.Verification) string {
	text := map[string]string{"full": "every share is hashed here", "sampled": "a sample of the shares is hashed here", "proxy": "no share is hashed here"}[v.Mode]
	if v.Checked != nil && v.Mode == "sampled" {
		text += ", " + share(*v.Checked) + " in the last hour"
	}
	if v.Reason != "" && v.Mode != "full" {
		text += ": " + v.Reason
	}
	return text
}

func doorWords(d view.Door) string {
	scheme := d.Kind
	if d.Kind == "stratum" {
		scheme = "stratum+tcp"
	}
	text := scheme + "://" + d.Address
	if d.TLS && d.Kind == "stratum" {
		text += ", with and without TLS"
	}
	return text
}

// when is a time that may be unknown, as its age.
func when(t *time.Time) string { return orUnknown(t, ago) }

// many counts things: "1 member", "2 members".
func many(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return strconv.Itoa(n) + " " + what
}
