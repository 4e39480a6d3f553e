package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/internal/wording"
)

func (c *cli) estimateCommand() *cobra.Command {
	var m mineFlags
	var kind string
	cmd := &cobra.Command{
		Use:   "estimate [PROFILE]",
		Short: "Say what mining would bring and cost a day, as far as is known",
		Long: `Say what mining would bring and cost a day: of a profile, or of a program with the settings given here.

The hashrate is what this computer was seen to do. Price, difficulty and reward are what you typed in (adit settings) or
what a feed tells that you switched on; electricity costs what you said. Whatever is missing is "unknown", and nothing
here is a promise.`,
		Example: `  adit settings set power.pricePerKwh 0.28
  adit settings set figures.XMR.price.value 150
  adit estimate desk
  adit estimate --type native --threads 4`,
		GroupID: "mine",
		Args:    atMost(1, "a PROFILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			req := body.EstimateRequest{MinerType: kind}
			n, err := m.count(cmd)
			if err != nil {
				return err
			}
			req.Threads = n
			if len(args) == 0 {
				req.Config = map[string]any{"coin": m.coin}
			} else if cmd.Flags().Changed("type") || cmd.Flags().Changed("coin") {
				return usageError(cmd, "--type and --coin are for an estimate without a profile")
			}
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				if len(args) == 1 {
					p, err := profileNamed(ctx, s, args[0])
					if err != nil {
						return err
					}
					req.MinerType, req.ProfileID = "", p.ID
				}
				e, err := s.Estimate(ctx, req)
				if err != nil {
					return err
				}
				return c.answer(e, func() { c.printEstimate(e) })
			})
		},
	}
	cmd.Flags().StringVar(&kind, "type", "native", "mining `program`, as adit list --available names it")
	cmd.Flags().StringVar(&m.coin, "coin", "XMR", "`coin` that is mined")
	m.addThreads(cmd)
	return cmd
}

func (c *cli) printEstimate(e body.Estimate) {
	cur := e.Currency + "/day"
	money := func(v float64) string { return fmt.Sprintf("%.4g %s", v, cur) }
	percent := func(v float64) string { return fmt.Sprintf("%g %%", v) }
	h := orUnknown(e.Hashrate.Value, rate)
	if e.Hashrate.Source != nil {
		h += " (" + *e.Hashrate.Source
		if e.Hashrate.Threads != nil {
			h += ", " + wording.Count(*e.Hashrate.Threads, "thread")
		}
		if e.Hashrate.At != nil {
			h += ", " + ago(*e.Hashrate.At)
		}
		h += ")"
	}
	c.pairs(
		"program", e.MinerType, "hashrate", h,
		"expected", orUnknown(e.CoinsPerDay, func(v float64) string { return fmt.Sprintf("%.3g %s a day", v, e.Coin) }),
		"revenue", orUnknown(e.Revenue.Value, money), "power", orUnknown(e.Cost.Value, money),
		"program's fee", orUnknown(e.FeePercent, percent), "pool's fee", orUnknown(e.PoolFee, percent), "adit's fee", "0 %",
	)
	for _, in := range append(append([]body.EstimateInput{}, e.Revenue.Inputs...), e.Cost.Inputs...) {
		if in.Value == nil || in.Source == nil || in.Name == "hashrate" {
			continue
		}
		age := ""
		if in.At != nil {
			age = ", " + ago(*in.At)
		}
		c.printf("  %s %.6g %s (%s%s)\n", in.Name, *in.Value, in.Unit, *in.Source, age)
	}
	c.printf("%s\n", e.Sentence)
}

// expected shows the estimate before something is started, and asks where it is a loss and a person is there to answer.
// It never keeps a script: without a terminal, or with agreed, it tells and goes on. An estimate that cannot be made is
// passed over. It returns false where the person said no.
func (c *cli) expected(ctx context.Context, agreed bool, estimate func(context.Context) (sentence string, loss *bool, err error)) bool {
	words, loss, err := estimate(ctx)
	if err != nil || words == "" {
		return true
	}
	c.say("%s\n", words)
	if loss == nil || !*loss || agreed || !c.terminal {
		return true
	}
	if ok, err := c.ask("Start anyway? [y/N] "); err == nil && ok {
		return true
	}
	c.say("Nothing was started.\n")
	return false
}

// expectedOf is expected for what a server would start.
func (c *cli) expectedOf(ctx context.Context, agreed bool, req body.EstimateRequest) bool {
	return c.expected(ctx, agreed, func(ctx context.Context) (words string, loss *bool, err error) {
		err = c.withServer(ctx, func(ctx context.Context, s *client.Client) error {
			e, err := s.Estimate(ctx, req)
			words, loss = e.Sentence, e.Loss
			return err
		})
		return words, loss, err
	})
}

// looseConfig is a config as an estimate takes it, without secrets.
func looseConfig(cfg body.Config) map[string]any {
	out := map[string]any{"pool": cfg.Pool, "coin": cfg.Coin, "algo": cfg.Algo}
	if cfg.Threads != nil {
		out["threads"] = *cfg.Threads
	}
	if cfg.DonateLevel != nil {
		out["donateLevel"] = *cfg.DonateLevel
	}
	return out
}

// jsonValue reads a value as a person types it: JSON where it is, else a text.
func jsonValue(s string) json.RawMessage {
	if json.Valid([]byte(s)) && s != "" {
		return json.RawMessage(s)
	}
	b, _ := json.Marshal(s) // a text always can
	return b
}

// atMost checks that there are no more than n arguments.
func atMost(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return usageError(cmd, "%s takes %s at most, got %q", cmd.CommandPath(), what, strings.Join(args, " "))
		}
		return nil
	}
}

// profileNamed finds a profile by its name, the name of its program, or its id.
func profileNamed(ctx context.Context, s *client.Client, name string) (body.Profile, error) {
	list, err := s.Profiles(ctx)
	if err != nil {
		return body.Profile{}, err
	}
	fold := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
	for _, p := range list {
		if p.ID == name || p.Instance == name || fold(p.Name) == fold(name) {
			return p, nil
		}
	}
	return body.Profile{}, adit.Errorf(adit.NotFound, "there is no profile %q: `adit profile list` names those there are", name)
}
