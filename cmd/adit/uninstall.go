package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/cmd/adit/app"
)

func (c *cli) uninstallCommand() *cobra.Command {
	var version string
	cmd := &cobra.Command{
		Use:   "uninstall [PROGRAM]",
		Short: "Uninstall a mining program, or adit itself",
		Long: `Uninstall a mining program that adit installed. It must not run: stop it first.

Without PROGRAM, adit itself is uninstalled: what it mines with is stopped and what it changed on this computer is put
back (its services). Your data stays, unless you say --purge.`,
		Example: `  adit uninstall xmrig
  adit uninstall xmrig --version 6.25.0   # keep the other versions
  adit uninstall                          # adit itself; asks first
  adit uninstall --purge --yes`,
		GroupID:           "care",
		Args:              atMostOne,
		ValidArgsFunction: c.completeInstalled,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				if version != "" {
					return usageError(cmd, "--version goes with a PROGRAM")
				}
				return c.uninstallAdit(cmd)
			}
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				if err := s.Uninstall(ctx, args[0], version); err != nil {
					if adit.CodeOf(err) == adit.NotFound {
						return app.WithHint(err, "", "adit install")
					}
					return err
				}
				return c.answer(map[string]string{"uninstalled": args[0], "version": version}, func() { c.printf("%s is uninstalled.\n", args[0]) })
			})
		},
	}
	uninstallAditFlags(cmd)
	cmd.Flags().StringVar(&version, "version", "", "only this `version` (default: all of them)")
	return cmd
}

// completeInstalled offers the installed programs to the shell.
func (c *cli) completeInstalled(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var names []string
	if len(args) == 0 {
		_ = c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
			list, err := s.Installs(ctx)
			for _, i := range list.Installed {
				if i.Current {
					names = append(names, i.Program)
				}
			}
			return err
		})
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
