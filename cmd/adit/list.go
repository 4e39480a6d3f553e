package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/api/client"
)

func (c *cli) listCommand() *cobra.Command {
	var available bool
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the mining programs",
		Long: `List the mining programs adit keeps, running or not. "–" and null are "not known", never zero.

With -o json it is an array of objects with name, type, running, hashrate (H/s), shares (accepted), rejected, pool,
uptime (seconds) and more.`,
		Example: `  adit list
  adit list -o json | jq '.[] | select(.running) | .hashrate'`,
		GroupID: "mine",
		Args:    takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if available {
				return c.listAvailable(cmd.Context())
			}
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				ms, err := s.Miners(ctx)
				if err != nil {
					return err
				}
				if ms == nil {
					ms = []body.Miner{}
				}
				return c.answer(ms, func() { c.printMiners(ms) })
			})
		},
	}
	cmd.Flags().BoolVar(&available, "available", false, "list the types of program that adit can run instead")
	return cmd
}

func (c *cli) listAvailable(ctx context.Context) error {
	return c.withServer(ctx, func(ctx context.Context, s *client.Client) error {
		all, err := s.Available(ctx)
		if err != nil {
			return err
		}
		if all == nil {
			all = []body.AvailableMiner{}
		}
		return c.answer(all, func() {
			t := table{head: []string{"TYPE", "ALSO", "INSTALLED", "FEE", "WHERE"}}
			for _, a := range all {
				where := a.Path
				if !a.Installed {
					where = a.Why
				}
				fee := orUnknown(a.FeePercent, func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) + " %" })
				t.rows = append(t.rows, []string{a.Name, strings.Join(a.Aliases, ", "), yesNo(a.Installed), fee, where})
			}
			c.print(t)
		})
	})
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func (c *cli) printMiners(ms []body.Miner) {
	if len(ms) == 0 {
		c.printf("No mining program yet. Real work without a wallet: adit up --practice\n")
		return
	}
	t := table{head: []string{"NAME", "TYPE", "STATE", "HASHRATE", "SHARES", "REJECTED", "UPTIME", "POOL"}, right: map[int]bool{3: true, 4: true, 5: true, 6: true}}
	for _, m := range ms {
		t.rows = append(t.rows, []string{
			m.Name, m.Type, minerState(m), orUnknown(m.Hashrate, rate), orUnknown(m.Shares, count), orUnknown(m.Rejected, count),
			orUnknown(m.Uptime, seconds), orUnknown(m.Pool, func(s string) string { return s }),
		})
	}
	c.print(t)
	for _, m := range ms {
		if m.Why != "" && m.State != "ok" {
			c.printf("%s: %s\n", m.Name, m.Why)
		}
	}
}

func minerState(m body.Miner) string {
	s := m.State
	if m.Running && s == "ok" {
		s = "running"
	}
	if m.Practice {
		s += " (practice)"
	}
	return s
}

func count(n uint64) string { return strconv.FormatUint(n, 10) }
