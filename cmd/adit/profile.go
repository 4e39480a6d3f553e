package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/cmd/adit/app"
)

func (c *cli) profileCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "profile",
		Aliases: []string{"profiles"},
		Short:   "Save ways to mine, and start programs from them",
		Long: `A profile is a saved way to run a mining program: which program, which pools, which address, how tuned. Each save
keeps the version before it. Several profiles can run at once, each as a program of its own.

Passwords and tokens of a profile are kept and never shown; an edit that does not name them leaves them as they are.`,
		Example: `  adit profile create desk --pool stratum+ssl://pool.example:443 --address YOUR_ADDRESS --threads 4
  adit profile start desk
  adit profile edit desk --set cpuPriority=1 --autostart
  adit profile versions desk`,
		GroupID: "mine",
		Args:    noSuchCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		c.profileListCommand(), c.profileShowCommand(), c.profileCreateCommand(), c.profileEditCommand(), c.profileDeleteCommand(),
		c.profileStartCommand(), c.profileVersionsCommand(), c.profileRevertCommand(), c.profileExportCommand(), c.profileImportCommand(),
		c.profileCheckCommand(),
	)
	return cmd
}

func (c *cli) profileListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List the profiles",
		Example: "  adit profile list -o json",
		Args:    takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				list, err := s.Profiles(ctx)
				if err != nil {
					return err
				}
				return c.answer(list, func() { c.printProfiles(list) })
			})
		},
	}
}

func (c *cli) printProfiles(list []body.Profile) {
	if len(list) == 0 {
		c.printf("No profile yet. Make one: adit profile create NAME --pool URL --address ADDRESS\n")
		return
	}
	t := table{head: []string{"NAME", "PROGRAM", "POOL", "RUNNING", "AUTOSTART", "VERSION"}, right: map[int]bool{5: true}}
	for _, p := range list {
		t.rows = append(t.rows, []string{p.Name, p.MinerType, p.Config.Pool, orUnknown(p.Running, yesNo), yesNo(p.Autostart), strconv.FormatInt(p.Version, 10)})
	}
	c.print(t)
}

// oneProfile is a command about one profile.
func (c *cli) oneProfile(use, short, example string, run func(ctx context.Context, s *client.Client, p body.Profile) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Example: example, Args: takes(1, "the NAME of a profile"), ValidArgsFunction: c.completeProfiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				p, err := profileNamed(ctx, s, args[0])
				if err != nil {
					return err
				}
				return run(ctx, s, p)
			})
		},
	}
}

// completeProfiles offers the profiles' names to the shell.
func (c *cli) completeProfiles(cmd *cobra.Command, args []string, _ string) (names []string, _ cobra.ShellCompDirective) {
	if len(args) == 0 {
		_ = c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error { // nothing is offered where nobody answers
			list, err := s.Profiles(ctx)
			for _, p := range list {
				names = append(names, p.Instance)
			}
			return err
		})
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func (c *cli) profileShowCommand() *cobra.Command {
	return c.oneProfile("show NAME", "Show a profile, without its secrets", "  adit profile show desk -o yaml",
		func(_ context.Context, _ *client.Client, p body.Profile) error {
			return c.answer(p, func() {
				c.pairs("name", p.Name, "id", p.ID, "program", p.MinerType, "runs as", p.Instance, "running", orUnknown(p.Running, yesNo),
					"autostart", yesNo(p.Autostart), "version", strconv.FormatInt(p.Version, 10), "changed", ago(p.UpdatedAt))
				if p.Description != "" {
					c.printf("%s\n", p.Description)
				}
				c.printConfig(p.Config, p.Secrets)
			})
		})
}

// printConfig prints the keys that are set, and names the secrets that are kept.
func (c *cli) printConfig(cfg body.Config, secrets []string) {
	raw, err := json.Marshal(cfg)
	var keys map[string]json.RawMessage
	if err != nil || json.Unmarshal(raw, &keys) != nil {
		return // a Config always can
	}
	var kv []string
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		kv = append(kv, "  "+k, strings.Trim(string(keys[k]), `"`))
	}
	for _, k := range secrets {
		kv = append(kv, "  "+k, "(kept, not shown)")
	}
	c.pairs(kv...)
}

func (c *cli) profileDeleteCommand() *cobra.Command {
	var agreed bool
	cmd := &cobra.Command{
		Use: "delete NAME", Aliases: []string{"rm"}, Short: "Delete a profile and its versions",
		Long:    "Delete a profile and its versions. A program that runs from it goes on: stop it with adit stop.",
		Example: "  adit profile delete desk --yes",
		Args:    takes(1, "the NAME of a profile"), ValidArgsFunction: c.completeProfiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			var p body.Profile
			err := c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) (err error) {
				p, err = profileNamed(ctx, s, args[0])
				return err
			})
			if err != nil {
				return err
			}
			if !agreed && !c.terminal {
				return app.WithHint(adit.Errorf(adit.Invalid, "the profile %q would be gone for good", p.Name), "There is no terminal here to ask on.", "adit profile delete "+p.Instance+" --yes")
			}
			if !agreed {
				if ok, err := c.ask(fmt.Sprintf("Delete the profile %q and its versions for good? [y/N] ", p.Name)); err != nil || !ok {
					return silent(exitError)
				}
			}
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				if err := s.DeleteProfile(ctx, p.ID); err != nil {
					return err
				}
				return c.answer(body.Done{Status: "deleted", Name: p.Name}, func() { c.printf("The profile %s is deleted.\n", p.Name) })
			})
		},
	}
	cmd.Flags().BoolVar(&agreed, "yes", false, "do not ask")
	return cmd
}

func (c *cli) profileStartCommand() *cobra.Command {
	var agreed bool
	cmd := &cobra.Command{
		Use: "start NAME", Short: "Start a program from a profile",
		Long: "Start a program from a profile. What it would bring and cost is said before; where that is a loss, adit asks (not in scripts).",
		Example: `  adit profile start desk
  adit profile start desk --yes`,
		Args: takes(1, "the NAME of a profile"), ValidArgsFunction: c.completeProfiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			var p body.Profile
			err := c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) (err error) {
				p, err = profileNamed(ctx, s, args[0])
				return err
			})
			if err != nil {
				return err
			}
			if !c.expectedOf(cmd.Context(), agreed, body.EstimateRequest{ProfileID: p.ID}) {
				return silent(exitError)
			}
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				m, err := s.StartProfile(ctx, p.ID)
				if err != nil {
					return startHint(err)
				}
				return c.answer(m, func() { c.printf("%s is started for %s. See it: adit list\n", m.Name, p.Config.Pool) })
			})
		},
	}
	cmd.Flags().BoolVar(&agreed, "yes", false, "do not ask, also where it is a loss")
	return cmd
}

func (c *cli) profileVersionsCommand() *cobra.Command {
	return c.oneProfile("versions NAME", "List the saved states of a profile and what changed", "  adit profile versions desk",
		func(ctx context.Context, s *client.Client, p body.Profile) error {
			list, err := s.ProfileVersions(ctx, p.ID)
			if err != nil {
				return err
			}
			return c.answer(list, func() {
				t := table{head: []string{"VERSION", "SAVED", "BY", "WHY", "CHANGED"}, right: map[int]bool{0: true}}
				for _, v := range list {
					var what []string
					for _, ch := range v.Changes {
						what = append(what, changeWords(ch))
					}
					t.rows = append(t.rows, []string{strconv.FormatInt(v.Version, 10), clock(v.SavedAt), v.SavedBy, v.Reason, strings.Join(what, "; ")})
				}
				c.print(t)
				c.printf("Go back to one: adit profile revert %s VERSION\n", p.Instance)
			})
		})
}

func changeWords(ch body.ProfileChange) string {
	key := strings.TrimPrefix(ch.Key, "config.")
	side := func(raw json.RawMessage) string {
		if len(raw) == 0 {
			return "(none)"
		}
		return string(raw)
	}
	if ch.Secret {
		return key + " (not shown)"
	}
	return key + " " + side(ch.Old) + " -> " + side(ch.New)
}

func (c *cli) profileRevertCommand() *cobra.Command {
	return &cobra.Command{
		Use: "revert NAME VERSION", Short: "Make an old version of a profile the newest",
		Example: "  adit profile revert desk 3",
		Args:    takes(2, "the NAME of a profile and a VERSION"), ValidArgsFunction: c.completeProfiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := strconv.ParseInt(args[1], 10, 64)
			if err != nil || n < 1 {
				return usageError(cmd, "%q is no version: adit profile versions %s lists them", args[1], args[0])
			}
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				p, err := profileNamed(ctx, s, args[0])
				if err != nil {
					return err
				}
				got, err := s.RevertProfile(ctx, p.ID, n, p.Version)
				if err != nil {
					return err
				}
				return c.answer(got, func() {
					c.printf("%s is as it was in version %d; that is version %d now. A program that runs goes on as it was started.\n", got.Name, n, got.Version)
				})
			})
		},
	}
}
