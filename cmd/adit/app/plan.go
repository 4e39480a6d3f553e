package app

import (
	"context"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/estimate"
	"github.com/adit-mining/adit/fleet/setting"
	"github.com/adit-mining/adit/fleet/sheet"
)

// plans are the nouns about what could be mined: profiles, people's settings, estimates.
type plans struct {
	sheet    *sheet.Service
	setting  *setting.Service
	estimate *estimate.Service
}

func (h *House) openPlans() {
	h.plans.sheet = sheet.New(sheet.Options{
		DB: h.db, Checker: h.commands, Starter: h.commands, Watcher: h.telemetry, Journal: h.journal, Log: h.o.Log,
	})
	h.plans.setting = setting.New(setting.Options{DB: h.db, Journal: h.journal, Log: h.o.Log})
	h.plans.estimate = estimate.New(estimate.Options{
		DB: h.db, Profiles: h.plans.sheet, Hub: hubFigures{h}, Settings: setFigures{h.plans.setting},
		PoolFee: sheet.PoolFee, Log: h.o.Log,
	})
}

// loops are what the plans do by themselves.
func (p plans) loops() []func(context.Context) error {
	return []func(context.Context) error{p.sheet.Run, p.setting.Run, p.estimate.Run}
}

// hubFigures shows an estimate what programs there are and what they do.
type hubFigures struct{ h *House }

// Programs implements estimate.Hub.
func (f hubFigures) Programs(ctx context.Context, actor adit.Actor) ([]estimate.Program, error) {
	list, err := f.h.commands.Available(ctx, actor)
	out := make([]estimate.Program, 0, len(list))
	for _, a := range list {
		out = append(out, estimate.Program{Name: a.Name, Aliases: a.Aliases, FeePercent: a.FeePercent})
	}
	return out, err
}

// Measured implements estimate.Hub.
func (f hubFigures) Measured(ctx context.Context, actor adit.Actor) ([]estimate.Measured, error) {
	all, err := f.h.telemetry.Devices(ctx, actor)
	home, _ := f.h.inventory.Home()
	var out []estimate.Measured
	for _, d := range all {
		if d.Rig != string(home.ID) || d.Stale || d.Work != "hashing" || d.At == nil || d.Algorithm == nil {
			continue
		}
		out = append(out, estimate.Measured{
			Program: d.Driver, Algorithm: *d.Algorithm, Threads: len(d.Threads), Hashrate60s: d.Hashrate60s, Hashrate15m: d.Hashrate15m,
			Baseline: d.Baseline, Watts: d.Power, Uptime: d.Uptime, Light: d.Mode != nil && *d.Mode != "fast", At: *d.At,
		})
	}
	return out, err
}

// setFigures shows an estimate what people set.
type setFigures struct{ s *setting.Service }

// Figures implements estimate.Settings.
func (f setFigures) Figures(ctx context.Context, actor adit.Actor, coin string) (estimate.Figures, error) {
	set, err := f.s.Get(ctx, actor)
	c := set.Figures[coin]
	of := func(v setting.Figure) estimate.Figure {
		return estimate.Figure{Value: v.Value, At: v.At, Source: v.Source}
	}
	return estimate.Figures{
		Currency: set.General.Currency, PricePerKwh: set.Power.PricePerKwh, Watts: set.Power.Watts,
		Price: of(c.Price), Difficulty: of(c.Difficulty), Reward: of(c.Reward),
	}, err
}
