package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/coop/view"
)

func (c *cli) payoutToCommand() *cobra.Command {
	var address, least string
	cmd := &cobra.Command{
		Use: "to MEMBER", Short: "Show or set where a member is paid to, and from which amount on",
		Long: `Show where a member is paid to, or set it. The address is checked: one wrong letter is money gone. What a member is owed
waits until it reaches the least amount, its own or the crew's.`,
		Example: `  adit coop payouts to home/attic
  adit coop payouts to home/attic --address ADDRESS --least 0.1
  adit coop payouts to home/attic --address "" --least ""      # none, and the crew's`,
		Args:              takes(1, "a MEMBER: adit coop members lists them"),
		ValidArgsFunction: c.completeMembers,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withCrew(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				coin, err := coinOf(ctx, s)
				if err != nil {
					return err
				}
				p, err := s.CoopPayee(ctx, args[0])
				if err != nil {
					return err
				}
				r := view.PayeeRequest{Address: p.Address, MinPayout: p.MinPayout}
				if cmd.Flags().Changed("address") {
					r.Address = address
				}
				if cmd.Flags().Changed("least") {
					if r.MinPayout = nil; least != "" {
						amount, err := coin.Parse(least)
						if err != nil {
							return usageError(cmd, "--least: %v", err)
						}
						r.MinPayout = &amount
					}
				}
				if cmd.Flags().Changed("address") || cmd.Flags().Changed("least") {
					if p, err = s.CoopSetPayee(ctx, args[0], r); err != nil {
						return err
					}
				}
				return c.answer(p, func() { c.printPayee(p, coin) })
			})
		},
	}
	cmd.Flags().StringVar(&address, "address", "", "payout `address`; empty: none")
	cmd.Flags().StringVar(&least, "least", "", "least `amount` that is paid, in coins; empty: the crew's")
	return cmd
}

func (c *cli) printPayee(p view.Payee, coin view.Coin) {
	to, least := "no address yet", "the crew's least payout"
	if p.Address != "" {
		to = p.Address
	}
	if p.MinPayout != nil {
		least = coin.Text(*p.MinPayout) + " " + coin.Symbol
	}
	c.printf("%s is paid to %s, from %s on\n", p.Name, to, least)
}
