package main

import (
	"context"
	"os/signal"
	"strings"
	"syscall"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/cmd/adit/app"
	"github.com/adit-mining/adit/coop/enrol"
)

func (c *cli) coopJoinCommand() *cobra.Command {
	var name string
	var agreed, again bool
	cmd := &cobra.Command{
		Use:   "join CODE",
		Short: "Join a crew with this computer",
		Long: `Join a crew by the code that its operator made with ` + "`adit coop invite`" + `.

adit asks the coordinator that the code names for its terms and shows them: operator, coin, fee and how is paid. When you agree
it makes a key, which never leaves this computer, and gets a certificate for it. Nothing mines by that: ` + "`adit worker`" + ` does.`,
		Example: `  adit coop join adit1…
  adit coop join adit1… --yes-i-own-this-machine     # for scripts of the owner, who read the terms before
  adit worker                                        # then: mine with the crew`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError(cmd, "the CODE is missing; the crew's operator makes one with adit coop invite")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := c.folder()
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return c.join(ctx, enrol.JoinOptions{
				Code: strings.Join(args, ""), Data: dir, Name: name, Again: again,
				Agree: func(_ context.Context, o enrol.Offer) error { return c.agree(o, agreed) },
			})
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "`name` of this member, where the invitation gives none (default: this computer's)")
	cmd.Flags().BoolVar(&agreed, "yes-i-own-this-machine", false, "do not ask: I own this computer and agree to the terms")
	cmd.Flags().BoolVar(&again, "again", false, "leave the crew that this computer belongs to for the new one")
	return cmd
}

// agree shows the terms and asks for a yes.
func (c *cli) agree(o enrol.Offer, agreed bool) error {
	t := o.Terms
	c.say("The crew of this code:\n\n")
	for _, l := range [][2]string{
		{"Crew", quoteName(t.ClusterName, t.ClusterID)}, {"Operator", t.Operator}, {"Coordinator", o.Address}, {"Coin", coinWords(t)}, {"Fee", t.Fee},
		{"Payout", t.PayoutRule}, {"More", t.More}, {"You are", o.Member}, {"Terms", t.Hash()},
	} {
		if l[1] != "" {
			c.say("  %-12s %s\n", l[0], printable(l[1]))
		}
	}
	c.say("\n")
	if agreed {
		return nil
	}
	if !c.terminal {
		return app.WithHint(adit.Errorf(adit.NoConsent, "there is no terminal here to ask on"),
			"If you own this computer and agree to the terms above, say so on the command line.", "adit coop join CODE --yes-i-own-this-machine")
	}
	if ok, err := c.ask("Do you agree, and own this computer? [y/N] "); err != nil || !ok {
		c.say("Nothing was changed, and the code still holds.\n")
		return silent(exitDenied)
	}
	return nil
}

// printable keeps what another computer says from moving the cursor.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
}

func quoteName(name, id string) string {
	if name == "" || name == id {
		return id
	}
	if id == "" {
		return name
	}
	return name + " (" + id + ")"
}

func coinWords(t enrol.Terms) string {
	if t.Coin != "" && t.Algorithm != "" {
		return t.Coin + ", " + t.Algorithm
	}
	return t.Coin + t.Algorithm
}

func (c *cli) join(ctx context.Context, o enrol.JoinOptions) error {
	crew, err := enrol.Join(ctx, o)
	if crew.Member == "" || crew.TermsHash == "" || adit.CodeOf(err) == adit.Conflict {
		return err
	}
	if err != nil { // it has joined: what is in the way is worth a word, not the code
		c.say("%s\n", sentence(err.Error()))
	}
	return c.answer(crew, func() {
		c.printf("This computer belongs to the crew %s of %s now, as %s.\n", quoteName(crew.Terms.ClusterName, crew.Terms.ClusterID), crew.Coordinator, crew.Member)
		c.printf("Mine with it:  adit worker\n")
	})
}
