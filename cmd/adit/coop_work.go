package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/coop/view"
)

func (c *cli) coopSharesCommand() *cobra.Command {
	var q client.CoopSharesQuery
	cmd := asCSV(&cobra.Command{
		Use: "shares", Short: "List the newest shares, refused ones included",
		Long: "List the newest shares that the coordinator remembers, refused ones included. All that ever counted are in adit coop ledger.",
		Example: `  adit coop shares
  adit coop shares --member rig-7 --outcome rejected`,
		Args: takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withCrew(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				if c.output == "csv" {
					return c.file(ctx, s, client.CoopSharesFile, q.Values())
				}
				list, err := s.CoopShares(ctx, q)
				if err != nil {
					return err
				}
				return c.answer(list, func() { c.printShares(list) })
			})
		},
	})
	f := cmd.Flags()
	f.StringVar(&q.Member, "member", "", "only those of this `member`")
	f.StringVar(&q.Outcome, "outcome", "", "only `those`: accepted, block, stale, duplicate, low_difficulty …, or rejected for all that do not count")
	f.IntVar(&q.Limit, "limit", 0, "at most this `many` (default 100)")
	c.complete(cmd, "outcome", "accepted", "block", "rejected", "stale", "duplicate", "low_difficulty", "unknown_job", "malformed", "unauthorized")
	return cmd
}

func (c *cli) printShares(list []view.Share) {
	if len(list) == 0 {
		c.printf("No share yet.\n")
		return
	}
	t := table{head: []string{"WHEN", "MEMBER", "JOB", "DIFFICULTY", "OUTCOME", "HASHED HERE", "UPSTREAM", "WHY"}, right: map[int]bool{3: true}}
	for _, x := range list {
		up := ""
		if x.Up != nil {
			up = *x.Up
		}
		t.rows = append(t.rows, []string{ago(x.At), x.Name, x.JobID, adit.SI(x.Difficulty, ""), x.Outcome, yesNo(x.Verified), up, x.Reason})
	}
	c.print(t)
}

func (c *cli) coopBlocksCommand() *cobra.Command {
	var limit int
	cmd := asCSV(&cobra.Command{
		Use: "blocks", Short: "List the crew's blocks",
		Example: `  adit coop blocks
  adit coop blocks -o csv > blocks.csv`,
		Args: takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withCrew(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				if c.output == "csv" {
					return c.file(ctx, s, client.CoopBlocksFile, client.CoopLimit(limit))
				}
				list, err := s.CoopBlocks(ctx, limit)
				if err != nil {
					return err
				}
				st, err := s.Coop(ctx)
				if err != nil {
					return err
				}
				var coin view.Coin
				if st.Glance != nil {
					coin = st.Glance.Coin
				}
				return c.answer(list, func() { c.printBlocks(list, coin) })
			})
		},
	})
	cmd.Flags().IntVar(&limit, "limit", 0, "at most this `many` (default 100)")
	return cmd
}

func (c *cli) printBlocks(list []view.Block, coin view.Coin) {
	if len(list) == 0 {
		c.printf("No block yet.\n")
		return
	}
	t := table{head: []string{"HEIGHT", "WHEN", "MEMBER", "STATE", "CONFIRMATIONS", "REWARD", "EFFORT", "HASH"}, right: map[int]bool{0: true, 4: true, 5: true, 6: true}}
	for _, b := range list {
		t.rows = append(t.rows, []string{count(b.Height), ago(b.At), b.Name, b.State, orUnknown(b.Confirmations, count) + "/" + count(b.Needed),
			orUnknown(b.Reward, func(a view.Atomic) string { return coin.Text(a) + " " + b.Coin }), orUnknown(b.Effort, share), b.Hash})
	}
	c.print(t)
}
