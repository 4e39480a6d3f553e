package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit/api/client"
)

func (c *cli) restartCommand() *cobra.Command {
	return c.programCommand("restart", "Stop a mining program and start it again",
		"Stop a mining program and start it again with what it was started with.", "is started again", (*client.Client).Restart)
}

func (c *cli) releaseCommand() *cobra.Command {
	return c.programCommand("release", "Start a mining program again that failed too often",
		`A program that ends by itself again and again is not started any more: it is in quarantine, and adit list says why.
Mend the cause, then release it.`, "is released and starts", (*client.Client).Release)
}

// programCommand is a command that orders one thing of one program.
func (c *cli) programCommand(verb, short, long, done string, order func(*client.Client, context.Context, string, string) error) *cobra.Command {
	return &cobra.Command{
		Use:               verb + " NAME",
		Short:             short,
		Long:              long,
		Example:           "  adit " + verb + " practice",
		GroupID:           "mine",
		Args:              takes(1, "the NAME of a mining program (adit list shows them)"),
		ValidArgsFunction: c.completeMiners,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				m, err := s.Miner(ctx, args[0])
				if err != nil {
					return noSuchMiner(err)
				}
				rig := m.Device[:max(0, len(m.Device)-len(m.Name)-1)]
				if err := order(s, ctx, rig, m.Name); err != nil {
					return err
				}
				return c.answer(map[string]string{"name": m.Name, "done": verb}, func() { c.printf("%s %s.\n", m.Name, done) })
			})
		},
	}
}
