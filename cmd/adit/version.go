package main

import (
	"runtime"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
)

func (c *cli) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Say which adit this is",
		GroupID: "look",
		Args:    takes(0, ""),
		RunE: func(*cobra.Command, []string) error {
			v := struct {
				Version  string `json:"version"`
				Go       string `json:"go"`
				Platform string `json:"platform"`
			}{adit.Version, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
			return c.answer(v, func() { c.printf("adit %s (%s, %s)\n", v.Version, v.Platform, v.Go) })
		},
	}
}
