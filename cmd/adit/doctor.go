package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/api/client"
)

func (c *cli) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check this computer and say what to mend",
		Long: `Check this computer: programs, huge pages, memory, limits that hold or do not, sensors, battery.
It changes nothing. The exit code is 1 where something is broken, 0 otherwise.`,
		GroupID: "look",
		Args:    takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var found []body.Finding
			err := c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) (err error) {
				found, err = s.Doctor(ctx)
				return err
			})
			if err != nil {
				return err
			}
			if found == nil {
				found = []body.Finding{}
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
