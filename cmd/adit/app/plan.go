package app

import (
	"context"
	"encoding/json"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/command"
	"github.com/adit-mining/adit/fleet/estimate"
	"github.com/adit-mining/adit/fleet/setting"
	"github.com/adit-mining/adit/fleet/sheet"
	"github.com/adit-mining/adit/fleet/telemetry/view"
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
			Baseline: d.Baseline, Watts: d.Power, Uptime: d.Uptime, Light: growing(d), At: *d.At,
		})
	}
	return out, err
}

// growing reports whether a program is still on its way to full speed. One that mines in light mode for good, for want
// of memory, builds nothing and is at full speed.
func growing(d view.Device) bool {
	return d.Mode != nil && (*d.Mode == "starting" || *d.Mode == "light" && d.DatasetProgress != nil)
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

// Expected says in one line what a start would bring and cost a day; loss is nil where that is not known.
func (h *House) Expected(ctx context.Context, r command.StartRequest) (words string, loss *bool, err error) {
	raw, err := json.Marshal(configOf(r))
	if err != nil {
		return "", nil, err
	}
	e, err := h.plans.estimate.Estimate(ctx, terminal(), estimate.Request{MinerType: r.Driver, Config: raw})
	return e.Sentence, e.Loss, err
}

// remember keeps what the terminal started as the configuration used last.
func (h *House) remember(ctx context.Context, r command.StartRequest) {
	raw, err := json.Marshal(configOf(r))
	if err == nil {
		err = h.plans.sheet.Remember(ctx, terminal(), r.Driver, raw)
	}
	if err != nil {
		h.o.Log.Warn("the configuration used last was not kept", "err", err)
	}
}

// configOf is what a profile would say to make this request.
func configOf(r command.StartRequest) command.Config {
	c := command.Config{Coin: r.Coin, Algo: r.Algorithm, Threads: r.Threads, CPUAffinity: r.Affinity, HugePages: r.HugePages}
	if r.Settings != nil {
		c.Settings = *r.Settings
	}
	for i, p := range r.Pools {
		if i == 0 {
			c.Pool, c.Wallet, c.Password, c.RigID = p.URL, p.Wallet, p.Password, p.RigID
			c.TLS, c.TLSFingerprint, c.Nicehash, c.Keepalive = p.TLS, p.Fingerprint, p.Nicehash, p.Keepalive
			continue
		}
		c.Pools = append(c.Pools, command.PoolConfig{Pool: p.URL, Wallet: p.Wallet, Password: p.Password, RigID: p.RigID,
			TLS: p.TLS, TLSFingerprint: p.Fingerprint, Nicehash: p.Nicehash})
	}
	return c
}
