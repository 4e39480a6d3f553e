package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/cmd/adit/app"
)

func (c *cli) stopCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "stop NAME",
		Short:   "Stop a mining program",
		Long:    "Stop a mining program. It stays stopped, also after a restart, until it is started again.",
		Example: "  adit stop adit-miner",
		GroupID: "mine",
		Args:    takes(1, "the NAME of a mining program (adit list shows them)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				if err := s.Stop(ctx, args[0]); err != nil {
					return noSuchMiner(err)
				}
				return c.answer(map[string]any{"name": args[0], "running": false}, func() { c.printf("%s is stopped.\n", args[0]) })
			})
		},
	}
	cmd.ValidArgsFunction = c.completeMiners
	return cmd
}

// noSuchMiner adds the way to the right name.
func noSuchMiner(err error) error {
	if adit.CodeOf(err) == adit.NotFound {
		return app.WithHint(err, "", "adit list")
	}
	return err
}

// completeMiners offers the names of mining programs to the shell.
func (c *cli) completeMiners(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var names []string
	if len(args) == 0 {
		_ = c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
			ms, err := s.Miners(ctx)
			for _, m := range ms {
				names = append(names, m.Name)
			}
			return err
		})
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
