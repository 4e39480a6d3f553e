package main

import (
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/adit-mining/adit"
)

// manCommand writes the manual pages; the build calls it, never a person.
func (c *cli) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "man FOLDER",
		Short:   "Write the manual pages (for the build)",
		Example: "  adit man bin/man",
		Hidden:  true,
		Args:    takes(1, "the FOLDER to write to"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return adit.Errorf(adit.Invalid, "the folder cannot be made: %w", err)
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			at := released(c.env("SOURCE_DATE_EPOCH"))
			return doc.GenManTree(root, &doc.GenManHeader{Title: "ADIT", Section: "1", Source: "adit " + adit.Version, Manual: "adit", Date: &at}, args[0])
		},
	}
}

// released is the date on the pages: that of the sources, so that a build can be repeated to the byte. Source:
// reproducible-builds.org, SOURCE_DATE_EPOCH.
func released(epoch string) time.Time {
	if d, err := time.ParseDuration(epoch + "s"); err == nil && d > 0 {
		return time.Unix(int64(d.Seconds()), 0).UTC()
	}
	return time.Now().UTC()
}
