package main

import "github.com/spf13/cobra"

// uninstallAdit is `adit uninstall` without a program.
func (c *cli) uninstallAdit(cmd *cobra.Command) error {
	return usageError(cmd, "say which PROGRAM to uninstall (adit install lists those there are)")
}
