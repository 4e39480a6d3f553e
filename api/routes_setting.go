package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/fleet/estimate"
)

func (s *server) settingRoutes() {
	register(s, op("settings", http.MethodGet, "/api/v1/settings", "What people set about adit itself", tagOwn), adit.ScopeRead, s.settings)
	put := op("settings-change", http.MethodPut, "/api/v1/settings", "Change settings", tagOwn)
	put.Description = "A JSON merge patch (RFC 7396): what is left out stays, null makes it unknown or the default again. " +
		"Figures get their time and source from adit."
	register(s, put, adit.ScopeOwner, s.changeSettings)
	register(s, op("estimate", http.MethodPost, "/api/v1/estimate", "What a mining program would bring and cost a day, as far as is known", tagOwn),
		adit.ScopeRead, s.estimate)
	register(s, op("estimate-benchmark", http.MethodPost, "/api/v1/estimate/benchmark", "Note what a benchmark on this computer showed", tagOwn),
		adit.ScopeControl, s.benchmark)
}

func (s *server) settings(ctx context.Context, actor adit.Actor, _ *none) (*answer[body.Settings], error) {
	return give(s.Setting.Get(ctx, actor))
}

// settingsInput is the input of a change; the raw body tells what was left out from what is null.
type settingsInput struct {
	Body json.RawMessage
}

func (s *server) changeSettings(ctx context.Context, actor adit.Actor, in *settingsInput) (*answer[body.Settings], error) {
	return give(s.Setting.Put(ctx, actor, in.Body))
}

// estimateInput is the input of an estimate.
type estimateInput struct{ Body body.EstimateRequest }

func (s *server) estimate(ctx context.Context, actor adit.Actor, in *estimateInput) (*answer[body.Estimate], error) {
	r := estimate.Request{Profile: in.Body.ProfileID, MinerType: in.Body.MinerType, Threads: in.Body.Threads}
	if in.Body.Config != nil {
		raw, err := json.Marshal(in.Body.Config)
		if err != nil {
			return nil, adit.InvalidField("config", "it is not the JSON object that is expected here")
		}
		r.Config = raw
	}
	e, err := s.Estimate.Estimate(ctx, actor, r)
	return give(estimateOf(e), err)
}

func estimateOf(e estimate.Estimate) body.Estimate {
	return body.Estimate{
		At: e.At, MinerType: e.MinerType, Coin: e.Coin, Algorithm: string(e.Algorithm), Currency: e.Currency,
		Hashrate: body.ExpectedRate{Value: e.Hashrate.Value, Source: textOrNil(e.Hashrate.Source), At: e.Hashrate.At,
			Threads: e.Hashrate.Threads, Why: e.Hashrate.Why},
		CoinsPerDay: e.CoinsPerDay, Revenue: amountOf(e.Revenue), Cost: amountOf(e.Cost), FeePercent: e.FeePercent, PoolFee: e.PoolFee,
		Net: e.Net, Loss: e.Loss, Sentence: e.Sentence,
	}
}

func amountOf(a estimate.Amount) body.DayAmount {
	out := body.DayAmount{Value: a.Value, Why: a.Why, Inputs: []body.EstimateInput{}}
	for _, in := range a.Inputs {
		out.Inputs = append(out.Inputs, body.EstimateInput{Name: in.Name, Value: in.Value, Unit: in.Unit, At: in.At, Source: textOrNil(in.Source)})
	}
	return out
}

func textOrNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// benchmarkInput is the input of a benchmark's result.
type benchmarkInput struct{ Body body.BenchmarkRequest }

func (s *server) benchmark(ctx context.Context, actor adit.Actor, in *benchmarkInput) (*answer[body.Done], error) {
	b := in.Body
	return give(body.Done{Status: "noted"}, s.Estimate.Benchmark(ctx, actor, b.MinerType, adit.Algorithm(b.Algorithm), b.Threads, b.Hashrate))
}
