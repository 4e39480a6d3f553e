package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/cmd/adit/app"
)

func (c *cli) tokenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Make, list and revoke keys for programs",
		Long: `Make, list and revoke keys for programs, such as Prometheus, Grafana or a script.

A key has scopes: metrics (numbers only: /metrics and the query API), read (see everything), control (start and stop),
consent (allow mining), owner (everything). Only a keyed hash of it is kept, so it is shown once.`,
		Example: `  adit token create --scope metrics --name grafana --expires 90d
  adit token list
  adit token revoke ID`,
		GroupID: "run",
		Args:    noSuchCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.tokenCreateCommand(), c.tokenListCommand(), c.tokenRevokeCommand())
	return cmd
}

// scopeNames are what a key may be made for.
var scopeNames = []string{"metrics", "read", "control", "consent", "owner"}

func (c *cli) tokenCreateCommand() *cobra.Command {
	var scopes []string
	var name, expires string
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Make a key and print it, once",
		Long:  "Make a key and print it, this once. Alone on a line it goes to standard output, so that a script can keep it.",
		Example: `  adit token create --scope metrics --name grafana
  adit token create --scope read,control --expires 30d > key`,
		Args: takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			req := body.TokenRequest{Name: name, Scopes: scopes}
			if len(scopes) == 0 {
				return usageError(cmd, "--scope is missing: use metrics, read, control, consent or owner")
			}
			for _, s := range scopes {
				if !slices.Contains(scopeNames, s) {
					return usageError(cmd, "--scope %q: use metrics, read, control, consent or owner", s)
				}
			}
			if expires != "" {
				d, err := length(expires)
				if err != nil {
					return usageError(cmd, "--expires: %v", err)
				}
				s := d.Seconds()
				req.ExpiresIn = &s
			}
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error { return c.createToken(ctx, s, req) })
		},
	}
	cmd.Flags().StringSliceVar(&scopes, "scope", nil, "what the key may do: `metrics`, read, control, consent, owner; several with commas")
	cmd.Flags().StringVar(&name, "name", "", "what it is for, as lists show it (default: its scopes)")
	cmd.Flags().StringVar(&expires, "expires", "", "`length` after which it ends: 12h, 90d (default: it does not)")
	c.complete(cmd, "scope", scopeNames...)
	return cmd
}

func (c *cli) createToken(ctx context.Context, s *client.Client, req body.TokenRequest) error {
	t, err := s.NewToken(ctx, req)
	if err != nil {
		return err
	}
	return c.answer(t, func() {
		c.printf("%s\n", t.Secret)
		until := "until it is revoked"
		if t.ExpiresAt != nil {
			until = "until " + t.ExpiresAt.Local().Format("2006-01-02 15:04")
		}
		c.say("This is shown once. Its scopes: %s. It is good %s.\n", strings.Join(t.Scopes, ", "), until)
		c.say("Send it as \"Authorization: Bearer …\", or as the password of Basic.\n")
	})
}

func (c *cli) tokenListCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the keys, without their secrets",
		Args:    takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				list, err := s.Tokens(ctx)
				if err != nil {
					return err
				}
				return c.answer(list, func() { c.printTokens(list) })
			})
		},
	}
}

func (c *cli) printTokens(list []body.Token) {
	if len(list) == 0 {
		c.printf("No key yet. For Prometheus or Grafana: adit token create --scope metrics\n")
		return
	}
	t := table{head: []string{"ID", "NAME", "SCOPES", "MADE", "LAST USED", "ENDS"}}
	for _, x := range list {
		ends := "never"
		switch {
		case x.Expired:
			ends = "ended " + ago(*x.ExpiresAt)
		case x.ExpiresAt != nil:
			ends = "in " + span(time.Until(*x.ExpiresAt))
		}
		used := "never"
		if x.LastUsedAt != nil {
			used = ago(*x.LastUsedAt)
		}
		t.rows = append(t.rows, []string{x.ID, x.Name, strings.Join(x.Scopes, ", "), ago(x.CreatedAt), used, ends})
	}
	c.print(t)
}

func (c *cli) tokenRevokeCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "revoke ID",
		Aliases: []string{"rm"},
		Short:   "End a key; what it has open ends at once",
		Example: "  adit token revoke 0192f0c1",
		Args:    takes(1, "the ID of a key (adit token list shows them)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				err := s.RevokeToken(ctx, args[0])
				if adit.CodeOf(err) == adit.NotFound {
					return app.WithHint(err, "", "adit token list")
				}
				if err != nil {
					return err
				}
				return c.answer(body.Done{Status: "revoked", Name: args[0]}, func() { c.printf("The key is revoked.\n") })
			})
		},
	}
}
