package main

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/api/client"
)

func (c *cli) settingsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "settings",
		Short: "See and change settings of adit itself",
		Long: `See and change settings of adit itself: units and currency, what electricity costs, the figures an estimate is made of,
and the feed that may bring them. The feed is off until you name its address and switch it on.`,
		Example: `  adit settings get
  adit settings set power.pricePerKwh 0.28
  adit settings set figures.XMR.price.value 150
  adit settings set power.watts null          # not known any more`,
		GroupID: "care",
		Args:    noSuchCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.settingsGetCommand(), c.settingsSetCommand())
	return cmd
}

func (c *cli) settingsGetCommand() *cobra.Command {
	return &cobra.Command{
		Use: "get [KEY]", Short: "Print the settings, or one of them",
		Example: `  adit settings get power.pricePerKwh
  adit settings get -o json`,
		Args: atMost(1, "a KEY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				set, err := s.Settings(ctx)
				if err != nil {
					return err
				}
				return c.printSettings(set, args)
			})
		},
	}
}

func (c *cli) printSettings(set body.Settings, args []string) error {
	b, err := json.Marshal(set)
	if err != nil {
		return err
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	if len(args) == 0 {
		return c.answer(set, func() {
			c.pairs(flattened("", v)...)
		})
	}
	for _, part := range strings.Split(args[0], ".") {
		m, _ := v.(map[string]any)
		next, ok := m[part]
		if !ok {
			return adit.Errorf(adit.NotFound, "there is no setting %q: adit settings get lists them", args[0])
		}
		v = next
	}
	return c.answer(v, func() {
		if m, ok := v.(map[string]any); ok {
			c.pairs(flattened(args[0], m)...)
			return
		}
		c.printf("%s\n", plainWord(v))
	})
}

// flattened lists the leaves of settings as "a.b.c", value.
func flattened(prefix string, v any) (kv []string) {
	m, ok := v.(map[string]any)
	if !ok {
		return []string{prefix, plainWord(v)}
	}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		key := k
		if prefix != "" {
			key = prefix + "." + k
		}
		kv = append(kv, flattened(key, m[k])...)
	}
	return kv
}

func plainWord(v any) string {
	switch v := v.(type) {
	case nil:
		return unknown
	case string:
		if v == "" {
			return `""`
		}
		return v
	}
	b, err := json.Marshal(v)
	if err != nil {
		return unknown
	}
	return string(b)
}

func (c *cli) settingsSetCommand() *cobra.Command {
	return &cobra.Command{
		Use: "set KEY VALUE", Short: "Change one setting",
		Long: `Change one setting. VALUE is a number, true, false, null (not known), or a text. A figure that is set is as old as
that moment; adit says its age with every estimate.`,
		Example: `  adit settings set general.currency CHF
  adit settings set figures.XMR.difficulty.value 480000000000
  adit settings set feed.enabled false`,
		Args: takes(2, "a KEY and a VALUE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			parts := strings.Split(args[0], ".")
			if len(parts) < 2 || slices.Contains(parts, "") {
				return usageError(cmd, "%q is no setting: adit settings get lists them", args[0])
			}
			var patch any = jsonValue(args[1])
			for _, p := range slices.Backward(parts) {
				patch = map[string]any{p: patch}
			}
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				set, err := s.ChangeSettings(ctx, patch)
				if err != nil {
					return err
				}
				return c.answer(set, func() { c.printf("%s is %s now.\n", args[0], args[1]) })
			})
		},
	}
}

func (c *cli) poolsCommand() *cobra.Command {
	var coin string
	cmd := &cobra.Command{
		Use:   "pools",
		Short: "List recommended pools, with the source of what is said of them",
		Long: `List recommended pools, with the source of what is said of them. adit gets nothing from any pool. "–" is not known.
Any other pool can be used as well.`,
		Example: "  adit pools --coin XMR",
		GroupID: "mine",
		Args:    takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				list, err := s.Pools(ctx, coin)
				if err != nil {
					return err
				}
				return c.answer(list, func() { c.printPools(list) })
			})
		},
	}
	cmd.Flags().StringVar(&coin, "coin", "", "only those of a `coin`")
	return cmd
}

func (c *cli) printPools(list []body.CoinPools) {
	number := func(v float64) string { return plainWord(v) }
	for _, of := range list {
		t := table{head: []string{"POOL", "URL", "FEE %", "SCHEME", "MIN PAYOUT", "SOURCE"}, right: map[int]bool{2: true, 4: true}}
		for _, p := range of.Pools {
			scheme := p.Scheme
			if scheme == "" {
				scheme = unknown
			}
			t.rows = append(t.rows, []string{p.Name, p.URL, orUnknown(p.FeePercent, number), scheme, orUnknown(p.MinPayout, number), p.Source + ", " + p.Dated})
		}
		c.printf("%s (%s)\n", of.Name, of.Coin)
		c.print(t)
		for _, a := range of.Alternatives {
			c.printf("%s: %s %s\n", a.Name, a.Text, a.Website)
		}
		c.printf("%s\n", of.Note)
	}
}
