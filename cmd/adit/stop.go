package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/cmd/adit/app"
)

func (c *cli) stopCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "stop NAME...",
		Short: "Stop mining programs",
		Long:  "Stop mining programs. They stay stopped, also after a restart, until they are started again.",
		Example: `  adit stop practice
  adit stop one two       # exit code 3 where only some of them could be stopped`,
		GroupID: "mine",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError(cmd, "%s needs the NAME of a mining program (adit list shows them)", cmd.CommandPath())
			}
			return nil
		},
		ValidArgsFunction: c.completeMiners,
		RunE: func(cmd *cobra.Command, names []string) error {
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error { return c.stopAll(ctx, s, names) })
		},
	}
}

func (c *cli) stopAll(ctx context.Context, s *client.Client, names []string) error {
	var stopped []string
	var failed []error
	for _, n := range names {
		if err := s.Stop(ctx, n); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", n, noSuchMiner(err)))
			continue
		}
		stopped = append(stopped, n)
	}
	err := errors.Join(failed...)
	switch {
	case len(stopped) == 0:
		return err
	case err != nil:
		err = partial{err}
	}
	verb := "is"
	if len(stopped) > 1 {
		verb = "are"
	}
	return errors.Join(c.answer(map[string]any{"stopped": stopped}, func() {
		c.printf("%s %s stopped.\n", strings.Join(stopped, ", "), verb)
	}), err)
}

// noSuchMiner adds the way to the right name.
func noSuchMiner(err error) error {
	if adit.CodeOf(err) == adit.NotFound {
		return app.WithHint(err, "", "adit list")
	}
	return err
}

// completeMiners offers the names of mining programs to the shell.
func (c *cli) completeMiners(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	var names []string
	_ = c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
		ms, err := s.Miners(ctx)
		for _, m := range ms {
			names = append(names, m.Name)
		}
		return err
	})
	return names, cobra.ShellCompDirectiveNoFileComp
}
