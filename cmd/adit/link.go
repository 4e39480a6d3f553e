package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit/api/client"
)

func (c *cli) linkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "link",
		Short: "Print a fresh link that signs a browser in, once",
		Long: `Print a link to the web app. It signs one browser in and then no other; it ends after a few minutes.
Treat it like a password until it is used.`,
		GroupID: "run",
		Args:    takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				link, err := s.LoginLink(ctx)
				if err != nil {
					return err
				}
				return c.answer(link, func() { c.printf("%s\n", link.URL) })
			})
		},
	}
}
