package main

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/coop/view"
)

func (c *cli) coopMembersCommand() *cobra.Command {
	var q client.CoopMembersQuery
	cmd := asCSV(&cobra.Command{
		Use: "members [MEMBER]", Short: "List the members, or show one with its connections",
		Example: `  adit coop members
  adit coop members --status online --sort=-share
  adit coop members home/attic
  adit coop members -o csv > members.csv`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError(cmd, "%s takes one MEMBER, got %q", cmd.CommandPath(), strings.Join(args, " "))
			}
			return nil
		},
		ValidArgsFunction: c.completeMembers,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withCrew(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				if len(args) == 1 {
					return c.coopMember(ctx, cmd, s, args[0])
				}
				if c.output == "csv" {
					return c.file(ctx, s, client.CoopMembersFile, q.Values())
				}
				list, err := s.CoopMembers(ctx, q)
				if err != nil {
					return err
				}
				st, err := s.Coop(ctx)
				if err != nil {
					return err
				}
				return c.answer(list.Members, func() { c.printMembers(list, st) })
			})
		},
	})
	f := cmd.Flags()
	f.StringVar(&q.Search, "search", "", "only those whose name, id or program holds this `text`")
	f.StringVar(&q.Status, "status", "", "only `those`: idle, mining, offline, suspended, or online for the first two")
	f.StringVar(&q.Sort, "sort", "-hashrate", "`order`: name, hashrate, shares, share, owed, lastShare or status, with - before it the other way round")
	f.IntVar(&q.Limit, "limit", 0, "at most this `many` (default 200; csv has all)")
	f.IntVar(&q.Offset, "offset", 0, "pass over this `many`")
	c.complete(cmd, "status", "idle", "mining", "offline", "suspended", "online")
	c.complete(cmd, "sort", "name", "-hashrate", "-shares", "-share", "-owed", "-lastShare", "status")
	return cmd
}

func (c *cli) printMembers(list body.CoopMembers, st body.CoopStatus) {
	if list.Total == 0 {
		c.printf("Nobody has joined yet. Invite a worker: adit coop invite --name NAME. Any miner joins by its login.\n")
		return
	}
	var coin view.Coin
	if st.Glance != nil {
		coin = st.Glance.Coin
	}
	t := table{head: []string{"MEMBER", "STATUS", "1 MIN", "1 H", "24 H", "ACCEPTED", "STALE", "REJECTED", "SHARE", "OWED", "LAST SHARE", "PROGRAM"},
		right: map[int]bool{2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true, 9: true}}
	for _, m := range list.Members {
		status := m.Status
		if m.Paused {
			status += " (paused)"
		}
		t.rows = append(t.rows, []string{m.Name, status, orUnknown(m.Hashrate.Minute, rate), orUnknown(m.Hashrate.Hour, rate), orUnknown(m.Hashrate.Day, rate),
			count(m.Shares.Accepted), count(m.Shares.Stale), count(m.Shares.Rejected), orUnknown(m.SharePercent, percent), coin.Text(m.Owed) + " " + coin.Symbol, when(m.LastShareAt), m.Agent})
	}
	c.print(t)
	if len(list.Members) < list.Matched {
		c.printf("%d of %d members. See more with --limit and --offset.\n", len(list.Members), list.Matched)
	}
}

func (c *cli) coopMember(ctx context.Context, cmd *cobra.Command, s *client.Client, id string) error {
	if c.output == "csv" {
		return usageError(cmd, "--output csv writes the list: leave MEMBER out, or use adit coop statement")
	}
	m, err := s.CoopMember(ctx, id)
	if err != nil {
		return err
	}
	st, err := s.Coop(ctx)
	if err != nil {
		return err
	}
	return c.answer(m, func() { c.printMember(m, st) })
}

func (c *cli) printMember(m view.MemberDetail, st body.CoopStatus) {
	var coin view.Coin
	if st.Glance != nil {
		coin = st.Glance.Coin
	}
	status := m.Status
	if m.Why != "" {
		status += ": " + m.Why
	}
	difficulty := orUnknown(m.Difficulty, func(v float64) string { return adit.SI(v, "hashes") })
	if m.FixedDifficulty != nil {
		difficulty = adit.SI(*m.FixedDifficulty, "hashes") + ", fixed"
	}
	c.pairs("member", m.Name, "id", m.ID, "comes by", m.Via, "status", status, "program", m.Agent,
		"hashrate", fmt.Sprintf("%s now, %s over 1 h, %s over 24 h", orUnknown(m.Hashrate.Minute, rate), orUnknown(m.Hashrate.Hour, rate), orUnknown(m.Hashrate.Day, rate)),
		"shares", sharesWords(m.Shares), "last share", when(m.LastShareAt), "share of the window", orUnknown(m.SharePercent, percent),
		"owed", coin.Text(m.Owed)+" "+coin.Symbol, "maturing", coin.Text(m.Immature)+" "+coin.Symbol, "paid", coin.Text(m.Paid)+" "+coin.Symbol,
		"difficulty", difficulty, "hashed here", orUnknown(m.Checked, share), "checking", map[string]string{"auto": "as its honesty asks for", "all": "all its shares"}[m.Policy],
		"invited by", orUnknown(m.InvitedBy, func(s string) string { return s }), "joined", ago(m.JoinedAt))
	if len(m.Seats) == 0 {
		return
	}
	t := table{head: []string{"CONNECTION", "SINCE", "SLICE", "DIFFICULTY", "HASHRATE", "ACCEPTED", "TLS", "PROGRAM"}, right: map[int]bool{3: true, 4: true, 5: true}}
	for _, x := range m.Seats {
		tls := x.TLS
		if tls == "" {
			tls = "plain"
		}
		t.rows = append(t.rows, []string{x.Remote, ago(x.Since), x.Slice, adit.SI(x.Difficulty, "H"), orUnknown(x.Hashrate, rate), count(x.Shares.Accepted), tls, x.Agent})
	}
	c.print(t)
}

// coopOrder is a command that does something to one member.
func (c *cli) coopOrder(cmd *cobra.Command, done string, order func(ctx context.Context, s *client.Client, id string) error) *cobra.Command {
	cmd.Args, cmd.ValidArgsFunction = takes(1, "a MEMBER: adit coop members lists them"), c.completeMembers
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return c.withCrew(cmd.Context(), func(ctx context.Context, s *client.Client) error {
			if err := order(ctx, s, args[0]); err != nil {
				return err
			}
			return c.answer(body.Done{Status: done, Name: args[0]}, func() { c.printf("%s: %s.\n", args[0], done) })
		})
	}
	return cmd
}

func (c *cli) coopSuspendCommand() *cobra.Command {
	var reason string
	cmd := c.coopOrder(&cobra.Command{
		Use: "suspend MEMBER", Short: "Hang up on a member and let it in no more",
		Long:    "Hang up on a member and let it in no more. What it has earned stays its own. Let it in again with adit coop unsuspend.",
		Example: `  adit coop suspend rig-7 --reason "claims hashes it does not make"`,
	}, "suspended", func(ctx context.Context, s *client.Client, id string) error { return s.CoopSuspend(ctx, id, reason) })
	cmd.Flags().StringVar(&reason, "reason", "", "`why`; the member and the journal get to read it (needed)")
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if strings.TrimSpace(reason) == "" {
			return usageError(cmd, "--reason is missing: say why, the member gets to read it")
		}
		return run(cmd, args)
	}
	return cmd
}

func (c *cli) coopUnsuspendCommand() *cobra.Command {
	return c.coopOrder(&cobra.Command{
		Use: "unsuspend MEMBER", Short: "Let a suspended member in again", Example: "  adit coop unsuspend rig-7",
	}, "let in again", func(ctx context.Context, s *client.Client, id string) error { return s.CoopUnsuspend(ctx, id) })
}

func (c *cli) coopPauseCommand(pause bool) *cobra.Command {
	cmd, done := &cobra.Command{Use: "pause MEMBER", Short: "Tell a worker to rest", Example: "  adit coop pause home/attic",
		Long: "Tell a worker to rest until adit coop resume. Miners over Stratum know no such order: suspend them, or switch them off."}, "told to rest"
	if !pause {
		cmd, done = &cobra.Command{Use: "resume MEMBER", Short: "Tell a worker to go on", Example: "  adit coop resume home/attic",
			Long: "Tell a worker to go on after adit coop pause. Where its own owner paused it, it rests on."}, "told to go on"
	}
	return c.coopOrder(cmd, done, func(ctx context.Context, s *client.Client, id string) error { return s.CoopPause(ctx, id, pause) })
}

func (c *cli) coopSetCommand() *cobra.Command {
	var difficulty, policy string
	var threads int
	var what func(ctx context.Context, s *client.Client, id string) error
	cmd := c.coopOrder(&cobra.Command{
		Use: "set MEMBER", Short: "Change a member's difficulty, checking or threads",
		Example: `  adit coop set rig-7 --difficulty 50k
  adit coop set rig-7 --difficulty auto --check all
  adit coop set home/attic --threads 4`,
	}, "set", func(ctx context.Context, s *client.Client, id string) error { return what(ctx, s, id) })
	f := cmd.Flags()
	f.StringVar(&difficulty, "difficulty", "", "`hashes` that a share of it stands for on average (50000, 50k, 2M), or auto")
	f.StringVar(&policy, "check", "", "`which` of its shares are hashed: auto or all")
	f.IntVar(&threads, "threads", 0, "`threads` that a worker mines with; 0 = its own choice")
	c.complete(cmd, "check", "auto", "all")
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var orders []func(ctx context.Context, s *client.Client, id string) error
		if f.Changed("difficulty") {
			d, err := hashes(difficulty)
			if err != nil {
				return usageError(cmd, "--difficulty: %v", err)
			}
			orders = append(orders, func(ctx context.Context, s *client.Client, id string) error { return s.CoopDifficulty(ctx, id, d) })
		}
		if f.Changed("check") {
			if policy != view.PolicyAuto && policy != view.PolicyAll {
				return usageError(cmd, "--check %q: write auto or all", policy)
			}
			orders = append(orders, func(ctx context.Context, s *client.Client, id string) error { return s.CoopPolicy(ctx, id, policy) })
		}
		if f.Changed("threads") {
			orders = append(orders, func(ctx context.Context, s *client.Client, id string) error { return s.CoopThreads(ctx, id, threads) })
		}
		if len(orders) == 0 {
			return usageError(cmd, "nothing to change: name --difficulty, --check or --threads")
		}
		what = func(ctx context.Context, s *client.Client, id string) error {
			for i, order := range orders {
				if err := order(ctx, s, id); err != nil {
					if i > 0 {
						return partial{err}
					}
					return err
				}
			}
			return nil
		}
		return run(cmd, args)
	}
	return cmd
}

// hashes reads a difficulty; nil is "auto".
func hashes(text string) (*float64, error) {
	if text == "auto" {
		return nil, nil
	}
	unit := 1.0
	for suffix, u := range map[string]float64{"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15} {
		if digits, ok := strings.CutSuffix(text, suffix); ok {
			text, unit = digits, u
			break
		}
	}
	v, err := strconv.ParseFloat(text, 64)
	if v *= unit; err != nil || !(v >= 1) || math.IsInf(v, 0) || v > 1e36 {
		return nil, adit.Errorf(adit.Invalid, "write a number of hashes such as 50000, 50k or 2M, or auto")
	}
	return &v, nil
}
