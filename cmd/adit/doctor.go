package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit/agent"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/drivers/all"
)

func (c *cli) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check this computer and say what to mend",
		Long: `Check this computer: programs, huge pages, memory, limits that hold or do not, sensors, battery.
It changes nothing and works without a running adit too. The exit code is 1 where something is broken, 0 otherwise.`,
		GroupID: "look",
		Args:    takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			found, err := c.findings(cmd.Context())
			if err != nil {
				return err
			}
			if err := c.answer(found, func() { c.printFindings(found) }); err != nil {
				return err
			}
			for _, f := range found {
				if f.State == "crit" {
					return silent(exitError)
				}
			}
			return nil
		},
	}
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

func (c *cli) printFindings(found []body.Finding) {
	for _, f := range found {
		mark, known := marks[f.State]
		if !known {
			mark = f.State
		}
		c.printf("%s  %s: %s\n", mark, f.Name, f.Text)
		if f.Fix != "" {
			c.printf("        %s\n", f.Fix)
		}
	}
}
