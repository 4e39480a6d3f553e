package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit/api/client"
)

func (c *cli) feesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "fees",
		Short: "Show what went to the authors of mining programs",
		Long: `Show what of the mining time went to the authors of mining programs. adit itself takes nothing.

"Observed" fees are rounds that the program itself shows; "declared" ones are only what its author says it takes. A
program that takes its fee early in a run takes more of it the oftener it is started, so the starts are counted.`,
		GroupID: "look",
		Args:    takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				l, err := s.Fees(ctx)
				if err != nil {
					return err
				}
				return c.answer(l, func() {
					c.printf("%s.\n", l.Words) // it begins with adit's name
					if len(l.Programs) == 0 {
						return
					}
					t := table{head: []string{"NAME", "PROGRAM", "DECLARED", "SOURCE", "FEE TIME", "MINED", "SHARE", "ROUNDS", "STARTS"},
						right: map[int]bool{2: true, 4: true, 5: true, 6: true, 7: true, 8: true}}
					percent := func(f float64) string { return fmt.Sprintf("%.3g %%", f) }
					length := func(f float64) string { return (time.Duration(f) * time.Second).String() }
					for _, p := range l.Programs {
						t.rows = append(t.rows, []string{p.Name, p.Program, orUnknown(p.DeclaredPercent, percent), p.Source,
							orUnknown(p.FeeSeconds, length), length(p.MiningSeconds), orUnknown(p.SharePercent, percent),
							fmt.Sprint(p.Rounds), fmt.Sprint(p.Starts)})
					}
					c.print(t)
				})
			})
		},
	}
}

func (c *cli) securityCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "security",
		Short: "Check this computer for what could be misused",
		Long: `Check what could be misused: open ports, files that others can read, programs of unknown origin, secrets among the
arguments of running programs. It changes nothing. The exit code is 1 where something must be mended at once.`,
		GroupID: "look",
		Args:    takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				r, err := s.Security(ctx)
				if err != nil {
					return err
				}
				if err := c.answer(r, func() { c.printFindings(r.Checks) }); err != nil {
					return err
				}
				if r.Crit > 0 {
					return silent(exitError)
				}
				return nil
			})
		},
	}
}

func (c *cli) connectionsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "connections",
		Short: "Show whom adit and its programs are connected to",
		Long: `Show the connections of adit, its keepers and the mining programs to anything outside this computer, now, and what
each is for. adit itself connects only for a download or a price feed that a person asked for; it reports to nobody.`,
		GroupID: "look",
		Args:    takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				l, err := s.Connections(ctx)
				if err != nil {
					return err
				}
				return c.answer(l, func() {
					c.printf("%s.\n", sentence(l.Words))
					if len(l.List) == 0 {
						return
					}
					t := table{head: []string{"PROCESS", "PID", "REMOTE", "STATE", "PURPOSE", "WHAT FOR"}, right: map[int]bool{1: true}}
					for _, x := range l.List {
						t.rows = append(t.rows, []string{x.Process, fmt.Sprint(x.PID), x.Proto + " " + x.Remote, x.State, x.Purpose, x.Words})
					}
					c.print(t)
				})
			})
		},
	}
}
