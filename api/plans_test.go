package api

import (
	"context"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/command"
	"github.com/adit-mining/adit/fleet/estimate"
	"github.com/adit-mining/adit/fleet/journal"
	"github.com/adit-mining/adit/fleet/setting"
	"github.com/adit-mining/adit/fleet/sheet"
	"github.com/adit-mining/adit/fleet/telemetry"
	"github.com/adit-mining/adit/store/sqldb"
)

// withPlans adds the nouns about what could be mined, as cmd wires them.
func withPlans(o Options, db *sqldb.DB, cmd *command.Service, tel *telemetry.Service, log *journal.Service) Options {
	o.Sheet = sheet.New(sheet.Options{DB: db, Checker: cmd, Starter: cmd, Watcher: tel, Journal: log})
	o.Setting = setting.New(setting.Options{DB: db, Journal: log})
	o.Estimate = estimate.New(estimate.Options{DB: db, Profiles: o.Sheet, Hub: plannedHub{cmd}, Settings: plannedSettings{o.Setting}})
	return o
}

// plannedHub knows the programs, and that none runs.
type plannedHub struct{ cmd *command.Service }

func (h plannedHub) Programs(ctx context.Context, actor adit.Actor) ([]estimate.Program, error) {
	list, err := h.cmd.Available(ctx, actor)
	var out []estimate.Program
	for _, a := range list {
		out = append(out, estimate.Program{Name: a.Name, Aliases: a.Aliases, FeePercent: a.FeePercent})
	}
	return out, err
}

func (plannedHub) Measured(context.Context, adit.Actor) ([]estimate.Measured, error) { return nil, nil }

type plannedSettings struct{ s *setting.Service }

func (p plannedSettings) Figures(ctx context.Context, actor adit.Actor, coin string) (estimate.Figures, error) {
	set, err := p.s.Get(ctx, actor)
	c := set.Figures[coin]
	of := func(v setting.Figure) estimate.Figure {
		return estimate.Figure{Value: v.Value, At: v.At, Source: v.Source}
	}
	return estimate.Figures{Currency: set.General.Currency, PricePerKwh: set.Power.PricePerKwh, Watts: set.Power.Watts,
		Price: of(c.Price), Difficulty: of(c.Difficulty), Reward: of(c.Reward)}, err
}
