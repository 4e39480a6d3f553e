package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/coop/view"
)

func (c *cli) coopPayoutsCommand() *cobra.Command {
	cmd := asCSV(&cobra.Command{
		Use: "payouts", Short: "Show what members are owed, and pay it out",
		Long: `Show what each member is owed. adit computes payments and exports them; it sends nothing and holds no keys.

adit coop payouts new sets aside what is payable now, as a list; pay it with your wallet, then say so with mark.`,
		Example: `  adit coop payouts
  adit coop payouts window            # what a block found now would pay to whom
  adit coop payouts new
  adit coop payouts show 5461 -o csv > pay.csv
  adit coop payouts mark 5461 --reference TRANSACTION`,
		Args: noSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withCrew(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				if c.output == "csv" {
					return c.file(ctx, s, client.CoopBalancesFile, nil)
				}
				list, err := s.CoopBalances(ctx)
				if err != nil {
					return err
				}
				coin, err := coinOf(ctx, s)
				if err != nil {
					return err
				}
				return c.answer(list, func() { c.printBalances(list, coin) })
			})
		},
	})
	cmd.AddCommand(c.payoutWindowCommand(), c.payoutRoundsCommand(), c.payoutListCommand(), c.payoutShowCommand(), c.payoutNewCommand(),
		c.payoutMarkCommand(), c.payoutCancelCommand(), c.payoutToCommand())
	return cmd
}

// coinOf is what the crew earns.
func coinOf(ctx context.Context, s *client.Client) (view.Coin, error) {
	st, err := s.Coop(ctx)
	if err != nil {
		return view.Coin{}, err
	}
	if st.Glance == nil {
		return view.Coin{}, adit.Errorf(adit.Conflict, "%s", st.Why)
	}
	return st.Glance.Coin, nil
}

func (c *cli) printBalances(list []view.Balance, coin view.Coin) {
	if len(list) == 0 {
		c.printf("Nobody has earned anything yet.\n")
		return
	}
	t := table{head: []string{"MEMBER", "OWED " + coin.Symbol, "MATURING", "PAID", "PAYABLE", "LAST PAID"}, right: map[int]bool{1: true, 2: true, 3: true}}
	for _, b := range list {
		t.rows = append(t.rows, []string{b.Name, coin.Text(b.Owed), coin.Text(b.Immature), coin.Text(b.Paid), yesNo(b.Payable), when(b.PaidAt)})
	}
	c.print(t)
}

func (c *cli) payoutWindowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "window", Short: "Show the payout window: what a block found now would pay to whom", Example: "  adit coop payouts window",
		Args: takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withCrew(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				w, err := s.CoopWindow(ctx)
				if err != nil {
					return err
				}
				return c.answer(w, func() { c.printWindow(w) })
			})
		},
	}
}

func (c *cli) printWindow(w view.Window) {
	c.printf("%s\n", w.Rule.Words)
	if w.Filled != nil {
		c.printf("The window is %s full: %d shares since %s.\n", share(*w.Filled), w.Shares, when(w.From))
	}
	t := table{head: []string{"MEMBER", "SHARE", "SHARES", "A BLOCK NOW " + w.Coin.Symbol}, right: map[int]bool{1: true, 2: true, 3: true}}
	for _, p := range w.Parts {
		t.rows = append(t.rows, []string{p.Name, percent(p.Percent), count(p.Shares), orUnknown(p.Amount, w.Coin.Text)})
	}
	if len(t.rows) > 0 {
		c.print(t)
	}
	for _, line := range w.Example {
		c.printf("%s\n", line)
	}
}

func (c *cli) payoutRoundsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "rounds [ROUND]", Short: "List what was divided, or work one division out",
		Example: `  adit coop payouts rounds
  adit coop payouts rounds ROUND`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError(cmd, "%s takes one ROUND, got %q", cmd.CommandPath(), strings.Join(args, " "))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withCrew(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				coin, err := coinOf(ctx, s)
				if err != nil {
					return err
				}
				if len(args) == 1 {
					r, err := s.CoopRound(ctx, args[0])
					if err != nil {
						return err
					}
					return c.answer(r, func() { c.printRound(r, coin) })
				}
				list, err := s.CoopRounds(ctx, 0)
				if err != nil {
					return err
				}
				return c.answer(list, func() { c.printRounds(list, coin) })
			})
		},
	}
}

func (c *cli) printRounds(list []view.Round, coin view.Coin) {
	if len(list) == 0 {
		c.printf("Nothing was divided yet.\n")
		return
	}
	t := table{head: []string{"ROUND", "KIND", "WHEN", "STATE", "REWARD " + coin.Symbol, "FEE", "MEMBERS", "SHARES"}, right: map[int]bool{4: true, 5: true, 6: true, 7: true}}
	for _, r := range list {
		t.rows = append(t.rows, []string{r.ID, r.Kind, ago(r.At), r.State, coin.Text(r.Reward), coin.Text(r.Fee), fmt.Sprint(r.Members), count(r.Shares)})
	}
	c.print(t)
}

func (c *cli) printRound(r view.RoundDetail, coin view.Coin) {
	for _, step := range r.Steps {
		c.printf("%s\n", step)
	}
	t := table{head: []string{"MEMBER", "SHARE", "SHARES", "AMOUNT " + coin.Symbol}, right: map[int]bool{1: true, 2: true, 3: true}}
	for _, p := range r.Parts {
		t.rows = append(t.rows, []string{p.Name, percent(p.Percent), count(p.Shares), coin.Text(p.Amount)})
	}
	c.print(t)
	c.printf("Digest of this round: %s\n", r.Hash)
}

func (c *cli) payoutListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the payments", Example: "  adit coop payouts list", Args: takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withCrew(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				list, err := s.CoopPayments(ctx)
				if err != nil {
					return err
				}
				coin, err := coinOf(ctx, s)
				if err != nil {
					return err
				}
				return c.answer(list, func() {
					t := table{head: []string{"PAYMENT", "MADE", "STATE", "TOTAL " + coin.Symbol, "MEMBERS", "REFERENCE"}, right: map[int]bool{3: true, 4: true}}
					for _, p := range list {
						t.rows = append(t.rows, []string{p.ID, ago(p.At), p.State, coin.Text(p.Total), fmt.Sprint(len(p.Items)), p.Reference})
					}
					c.print(t)
				})
			})
		},
	}
}

func (c *cli) payoutShowCommand() *cobra.Command {
	return asCSV(&cobra.Command{
		Use: "show PAYMENT", Short: "Show one payment, or write it as a file for a wallet", Example: "  adit coop payouts show 5461 -o csv > pay.csv", Args: takes(1, "a PAYMENT: adit coop payouts list lists them"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withPayment(cmd, args[0], func(ctx context.Context, s *client.Client, id string) error {
				if c.output == "csv" {
					return c.file(ctx, s, client.CoopPaymentFile(id), nil)
				}
				p, err := s.CoopPayment(ctx, id)
				return c.payment(ctx, s, p, err)
			})
		},
	})
}

// withPayment is withCrew for one payment, whose id need not be written out: its first letters will do.
func (c *cli) withPayment(cmd *cobra.Command, text string, fn func(ctx context.Context, s *client.Client, id string) error) error {
	return c.withCrew(cmd.Context(), func(ctx context.Context, s *client.Client) error {
		list, err := s.CoopPayments(ctx)
		if err != nil {
			return err
		}
		found := []string{}
		for _, p := range list {
			if p.ID == text {
				return fn(ctx, s, text)
			}
			if text != "" && strings.HasPrefix(p.ID, text) {
				found = append(found, p.ID)
			}
		}
		switch len(found) {
		case 0:
			return fn(ctx, s, text) // an older one than were listed, or none: then the coordinator says so
		case 1:
			return fn(ctx, s, found[0])
		}
		return usageError(cmd, "%d payments begin with %q: write more of it", len(found), text)
	})
}

// payment prints one payment.
func (c *cli) payment(ctx context.Context, s *client.Client, p view.Payment, err error) error {
	if err != nil {
		return err
	}
	coin, err := coinOf(ctx, s)
	if err != nil {
		return err
	}
	return c.answer(p, func() {
		c.printf("Payment %s: %s, %s %s to %d\n", p.ID, p.State, coin.Text(p.Total), coin.Symbol, len(p.Items))
		t := table{head: []string{"MEMBER", "AMOUNT " + coin.Symbol}, right: map[int]bool{1: true}}
		for _, i := range p.Items {
			t.rows = append(t.rows, []string{i.Name, coin.Text(i.Amount)})
		}
		c.print(t)
	})
}

func (c *cli) payoutNewCommand() *cobra.Command {
	return &cobra.Command{
		Use: "new", Short: "Set aside what is payable now, as a list to pay out", Example: "  adit coop payouts new", Args: takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withCrew(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				p, err := s.CoopNewPayment(ctx)
				return c.payment(ctx, s, p, err)
			})
		},
	}
}

func (c *cli) payoutMarkCommand() *cobra.Command {
	var reference string
	cmd := &cobra.Command{
		Use: "mark PAYMENT", Short: "Say that a payment was sent", Example: "  adit coop payouts mark 5461 --reference TRANSACTION", Args: takes(1, "a PAYMENT: adit coop payouts list lists them"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(reference) == "" {
				return usageError(cmd, "--reference is missing: name the transaction, so that members can find it")
			}
			return c.withPayment(cmd, args[0], func(ctx context.Context, s *client.Client, id string) error {
				p, err := s.CoopMark(ctx, id, "paid", reference)
				return c.payment(ctx, s, p, err)
			})
		},
	}
	cmd.Flags().StringVar(&reference, "reference", "", "`transaction` id (needed)")
	return cmd
}

func (c *cli) payoutCancelCommand() *cobra.Command {
	return &cobra.Command{
		Use: "cancel PAYMENT", Short: "Cancel a payment that was not sent; its amounts are owed again", Example: "  adit coop payouts cancel 5461", Args: takes(1, "a PAYMENT: adit coop payouts list lists them"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withPayment(cmd, args[0], func(ctx context.Context, s *client.Client, id string) error {
				p, err := s.CoopMark(ctx, id, "cancelled", "")
				return c.payment(ctx, s, p, err)
			})
		},
	}
}

func (c *cli) coopCreditCommand() *cobra.Command {
	var since, until, note string
	cmd := &cobra.Command{
		Use: "credit AMOUNT", Short: "Enter what a pool paid for a period; it is divided at once",
		Long: `Enter what a pool paid for a period. Behind a pool the crew sees no blocks: what the pool pays is what it earns, and it
is divided by the crew's rule over the work of that period.`,
		Example: `  adit coop credit 0.251 --note "October, transaction 3f9a…"
  adit coop credit 0.251 --since 2026-10-01 --until 2026-10-31`,
		Args: takes(1, "an AMOUNT in coins, such as 0.251"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r := view.CreditRequest{Note: note}
			var err error
			if r.Since, err = optionalMoment(cmd, "since", since); err != nil {
				return err
			}
			if r.Until, err = optionalMoment(cmd, "until", until); err != nil {
				return err
			}
			return c.withCrew(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				coin, err := coinOf(ctx, s)
				if err != nil {
					return err
				}
				if r.Amount, err = coin.Parse(args[0]); err != nil {
					return err
				}
				got, err := s.CoopCredit(ctx, r)
				if err != nil {
					return err
				}
				return c.answer(got, func() {
					c.printf("Credited %s %s until %s. See it divided: adit coop payouts rounds\n", coin.Text(got.Amount), coin.Symbol, clock(got.Until))
				})
			})
		},
	}
	cmd.Flags().StringVar(&since, "since", "", "begin of the period: a `length` before now or a time (default: the end of the one before)")
	cmd.Flags().StringVar(&until, "until", "", "end of the period: a `length` before now or a time (default: now)")
	cmd.Flags().StringVar(&note, "note", "", "transaction id, or whatever `tells` where it came from")
	return cmd
}
