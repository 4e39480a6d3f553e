package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/cmd/adit/app"
	"github.com/adit-mining/adit/drivers/all"
)

func (c *cli) doctorCommand() *cobra.Command {
	var bad bool
	cmd := &cobra.Command{
		Use:   "doctor [CHECK...]",
		Short: "Check this computer and say what to mend",
		Long: `Check this computer: programs, huge pages, memory, processor, clock, disk, ports, limits that hold or do not, sensors,
battery, graphics cards, and adit's own folder, service and backup. Each finding that needs you comes with its fix.

It changes nothing and runs nothing as root; commands are printed for you to read first. It works without a running adit
too. CHECK names single checks. The exit code is 1 where something is broken, 0 otherwise.`,
		Example: `  adit doctor
  adit doctor --problems            # only what needs you
  adit doctor disk "huge pages"
  adit doctor -o json`,
		GroupID: "look",
		Args:    cobra.ArbitraryArgs,
		RunE:    func(cmd *cobra.Command, names []string) error { return c.doctor(cmd.Context(), names, bad) },
		ValidArgsFunction: func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			found, _ := c.findings(cmd.Context())
			names := make([]string, 0, len(found))
			for _, f := range found {
				names = append(names, f.Name)
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
	cmd.Flags().BoolVar(&bad, "problems", false, "only what needs you")
	return cmd
}

func (c *cli) doctor(ctx context.Context, names []string, bad bool) error {
	found, err := c.findings(ctx)
	if err != nil {
		return err
	}
	if found, err = named(found, names); err != nil {
		return err
	}
	if bad {
		found = slices.DeleteFunc(found, func(f body.Finding) bool { return f.State != "warn" && f.State != "crit" })
	}
	if err := c.answer(found, func() { c.printFindings(found) }); err != nil {
		return err
	}
	if slices.ContainsFunc(found, func(f body.Finding) bool { return f.State == "crit" }) {
		return silent(exitError)
	}
	return nil
}

// named picks the checks of the given names, of all where none is given.
func named(found []body.Finding, names []string) ([]body.Finding, error) {
	if len(names) == 0 {
		return found, nil
	}
	var out []body.Finding
	for _, n := range names {
		i := slices.IndexFunc(found, func(f body.Finding) bool { return strings.EqualFold(f.Name, n) })
		if i < 0 {
			return nil, app.WithHint(adit.Errorf(adit.NotFound, "there is no check %q", n), "All of them, with their names:", "adit doctor")
		}
		out = append(out, found[i])
	}
	return out, nil
}

// findings come from the running adit; where none runs the computer is looked at from here.
func (c *cli) findings(ctx context.Context) ([]body.Finding, error) {
	found := []body.Finding{}
	if _, running, err := c.local(); !c.elsewhere() && err == nil && !running {
		dir, err := c.folder()
		if err != nil {
			return nil, err
		}
		seen, err := agent.Examine(ctx, agent.Options{Dir: dir, Registry: all.Registry()})
		for _, f := range seen {
			found = append(found, body.Finding(f))
		}
		return found, err
	}
	return found, c.withServer(ctx, func(ctx context.Context, s *client.Client) error {
		seen, err := s.Doctor(ctx)
		found = append(found, seen...)
		return err
	})
}

// marks say the state by shape and word, not by colour alone.
var marks = map[string]string{"ok": "ok    ", "info": "note  ", "warn": "mend  ", "crit": "broken"}

// groups are printed in this order; what is in another comes last.
var groups = []struct{ id, title string }{
	{"mining", "Mining"}, {"programs", "Mining programs"}, {"computer", "This computer"}, {"adit", "adit"}, {"", "Other"},
}

func (c *cli) printFindings(found []body.Finding) {
	count := map[string]int{}
	for _, g := range groups {
		first := true
		for _, f := range found {
			if f.Group != g.id && (g.id != "" || slices.ContainsFunc(groups, func(g struct{ id, title string }) bool { return g.id == f.Group })) {
				continue
			}
			if first {
				c.printf("%s\n", g.title)
				first = false
			}
			count[f.State]++
			c.printFinding(f)
		}
	}
	c.printf("%d checks: %d broken, %d to mend.\n", len(found), count["crit"], count["warn"])
}

func (c *cli) printFinding(f body.Finding) {
	mark, known := marks[f.State]
	if !known {
		mark = f.State
	}
	c.printf("  %s  %s: %s\n", mark, f.Name, f.Text)
	if f.State == "ok" {
		return
	}
	if f.Fix != "" {
		c.printf("          %s\n", f.Fix)
	}
	if f.Command != "" {
		c.printf("          $ %s\n", f.Command)
	}
}
