package main

import (
	"github.com/spf13/cobra"

	"github.com/adit-mining/adit/agent/proc"
)

// shimCommand is the keeper of one mining program; the agent starts it, never a person.
func (c *cli) shimCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:    "shim",
		Short:  "Keep one mining program (started by adit itself)",
		Hidden: true,
		Args:   takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir == "" {
				return usageError(cmd, "--dir is missing: adit starts shims itself, there is nothing to do by hand")
			}
			restLibraries()
			if code := proc.RunShim(cmd.Context(), dir); code != 0 {
				return silent(code)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "`folder` of the program")
	return cmd
}
