package main

import (
	"bufio"
	"context"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/consent"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/cmd/adit/app"
)

const consentWords = `adit mines on this computer only after its owner agreed, once.
Mining keeps the processor busy: the computer gets warmer and louder and draws more electricity, which you pay for.
Programs run at the lowest priority and stop when the computer is too hot or runs on battery.
` + "`adit pause`" + ` switches mining off at any time, ` + "`adit consent revoke`" + ` takes the permission back.
`

func (c *cli) consentCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "consent",
		Short: "Allow mining on this computer, or take it back",
		Long:  consentWords,
		Example: `  adit consent            # what is recorded
  adit consent grant      # allow mining
  adit consent revoke     # stop mining and forbid it`,
		GroupID: "run",
		Args:    noSuchCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.showConsent(cmd.Context()) },
	}
	var yes bool
	grant := &cobra.Command{
		Use:     "grant",
		Short:   "Allow mining on this computer",
		Long:    consentWords,
		Example: "  adit consent grant\n  adit consent grant --yes-i-own-this-machine     # for scripts of the owner",
		Args:    takes(0, ""),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.grant(cmd.Context(), yes) },
	}
	grant.Flags().BoolVar(&yes, "yes-i-own-this-machine", false, "do not ask: I own this computer and allow it")
	cmd.AddCommand(grant,
		&cobra.Command{
			Use: "revoke", Short: "Stop mining on this computer and forbid it", Args: takes(0, ""),
			RunE: func(cmd *cobra.Command, _ []string) error { return c.revoke(cmd.Context()) },
		},
		&cobra.Command{
			Use: "show", Short: "Say what is recorded", Args: takes(0, ""),
			RunE: func(cmd *cobra.Command, _ []string) error { return c.showConsent(cmd.Context()) },
		})
	return cmd
}

func (c *cli) grant(ctx context.Context, yes bool) error {
	via := consent.ViaFlag
	if !yes {
		via = consent.ViaTerminal
		if !c.terminal {
			return app.WithHint(adit.Errorf(adit.NoConsent, "there is no terminal here to ask on"),
				"If you own this computer, say so on the command line.", "adit consent grant --yes-i-own-this-machine")
		}
		c.say("%s\n", consentWords)
		if ok, err := c.ask("May adit mine on this computer? [y/N] "); err != nil || !ok {
			c.say("Nothing was changed: adit does not mine.\n")
			return silent(exitDenied)
		}
	}
	how := ""
	err := c.orLocally(ctx, &how, unanswered,
		func(ctx context.Context, s *client.Client) error { return s.GrantConsent(ctx, via) },
		func(dir string) error {
			return consent.Grant(filepath.Join(dir, "consent.json"), adit.LocalOwner("terminal"), via, time.Now())
		})
	if err != nil {
		return err
	}
	return c.answer(map[string]any{"granted": true, "told": how}, func() { c.printf("Mining is allowed on this computer (%s).\n", how) })
}

func (c *cli) revoke(ctx context.Context) error {
	how := ""
	err := c.orLocally(ctx, &how, anyway,
		func(ctx context.Context, s *client.Client) error { return s.RevokeConsent(ctx) },
		func(dir string) error {
			return consent.Revoke(filepath.Join(dir, "consent.json"), adit.LocalOwner("terminal"), time.Now())
		})
	if err != nil {
		return err
	}
	return c.answer(map[string]any{"granted": false, "told": how}, func() { c.printf("Mining is forbidden on this computer (%s).\n", how) })
}

func (c *cli) showConsent(ctx context.Context) error {
	if c.elsewhere() {
		return c.withServer(ctx, func(ctx context.Context, s *client.Client) error {
			st, err := s.State(ctx)
			if err != nil {
				return err
			}
			return c.answer(st.Consent, func() {
				if st.Consent == nil {
					c.printf("The server does not know yet whether mining is allowed there.\n")
					return
				}
				c.printf("%s\n", sentence(st.Consent.Words))
			})
		})
	}
	dir, err := c.folder()
	if err != nil {
		return err
	}
	r := consent.Read(filepath.Join(dir, "consent.json"))
	return c.answer(r, func() {
		c.printf("%s.\n", sentence(r.Words))
		if !r.Granted {
			c.printf("Allow it: adit consent grant\n")
		}
	})
}

// ask puts a yes-or-no question; only y or yes is yes.
func (c *cli) ask(question string) (bool, error) {
	c.say("%s", question)
	line, err := bufio.NewReader(c.in).ReadString('\n')
	if err != nil && line == "" {
		c.say("\n")
		return false, err
	}
	return yes(line), nil
}

func yes(line string) bool {
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return true
	}
	return false
}

// sentence starts with a capital.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
