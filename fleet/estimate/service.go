package estimate

import (
	"context"
	"encoding/json"
	"log/slog"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
)

// Options of a Service. All but PoolFee, Now and Log are needed.
type Options struct {
	DB       *sqldb.DB
	Profiles Profiles
	Hub      Hub
	Settings Settings
	PoolFee  func(poolURL string) *float64 // per cent of a pool that is known; nil = none is
	Now      func() time.Time              // nil = time.Now
	Log      *slog.Logger                  // nil = silent
}

// Service is the noun. Its methods may be called from several goroutines.
type Service struct{ o Options }

// New makes the service.
func New(o Options) *Service {
	if o.PoolFee == nil {
		o.PoolFee = func(string) *float64 { return nil }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{o: o}
}

// plan is what of a configuration an estimate looks at.
type plan struct {
	Pool        string   `json:"pool"`
	Coin        string   `json:"coin"`
	Algo        string   `json:"algo"`
	Threads     *int     `json:"threads"`
	DonateLevel *float64 `json:"donateLevel"`
}

// Estimate says what a start would bring and cost. Nothing is asked of anybody but the agent.
func (s *Service) Estimate(ctx context.Context, actor adit.Actor, r Request) (Estimate, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return Estimate{}, err
	}
	p, coin, err := s.plan(ctx, actor, &r)
	if err != nil {
		return Estimate{}, err
	}
	e := Estimate{At: s.o.Now().UTC().Truncate(time.Millisecond), MinerType: r.MinerType, Coin: coin.Symbol, Algorithm: coin.Algorithm}
	f, err := s.o.Settings.Figures(ctx, actor, coin.Symbol)
	if err != nil {
		return Estimate{}, err
	}
	e.Currency = f.Currency
	program := s.program(ctx, actor, r.MinerType)
	e.FeePercent, e.PoolFee = fee(program, p), s.o.PoolFee(p.Pool)
	best, err := s.rate(ctx, actor, program, string(coin.Algorithm), p.Threads)
	if err != nil {
		return Estimate{}, err
	}
	e.Hashrate = best.rate(program.Name, p.Threads)
	e.revenue(coin, f)
	e.cost(f, best)
	e.result()
	e.Sentence = e.sentence()
	return e, nil
}

// plan reads the request; a profile's id is replaced by what it holds.
func (s *Service) plan(ctx context.Context, actor adit.Actor, r *Request) (p plan, coin adit.Coin, err error) {
	switch {
	case r.Profile != "" && (r.MinerType != "" || len(r.Config) > 0):
		return p, coin, adit.InvalidField("profileId", "give a profile, or minerType with config, not both")
	case r.Profile != "":
		if r.MinerType, r.Config, err = s.o.Profiles.ProfileConfig(ctx, actor, r.Profile); err != nil {
			return p, coin, err
		}
	case !adit.ValidName(r.MinerType):
		return p, coin, adit.InvalidField("minerType", "name the mining program as `adit list --available` does, such as native; or give a profileId")
	}
	if len(r.Config) > 0 {
		if err := json.Unmarshal(r.Config, &p); err != nil {
			return p, coin, adit.InvalidField("config", "pool, coin and algo are texts, threads and donateLevel numbers")
		}
	}
	if r.Threads != nil {
		p.Threads = r.Threads
	}
	if n := p.Threads; n != nil && (*n < 0 || *n > 1024) {
		return p, coin, adit.InvalidField("threads", "it must be 0 to 1024; 0 leaves it to the program")
	}
	if p.Threads != nil && *p.Threads == 0 {
		p.Threads = nil
	}
	coin, err = coinOf(p)
	return p, coin, err
}

func coinOf(p plan) (adit.Coin, error) {
	if p.Coin != "" {
		c, ok := adit.MinedCoinNamed(p.Coin)
		if !ok {
			return c, adit.InvalidField("coin", "no mining program of adit mines it")
		}
		return c, nil
	}
	for _, c := range adit.MinedCoins() {
		if p.Algo == "" || string(c.Algorithm) == p.Algo {
			return c, nil
		}
	}
	return adit.Coin{}, adit.InvalidField("algo", "adit knows no coin with it")
}

// program finds a program by name or alias; where the agent cannot be asked only its name is known.
func (s *Service) program(ctx context.Context, actor adit.Actor, kind string) Program {
	list, err := s.o.Hub.Programs(ctx, actor)
	if err != nil {
		s.o.Log.DebugContext(ctx, "the programs are not known for an estimate", "err", err)
	}
	for _, p := range list {
		if p.Name == kind || slices.Contains(p.Aliases, kind) {
			return p
		}
	}
	return Program{Name: kind}
}

// fee is the program's own, or what the configuration gives beyond it: a program may insist on a minimum.
func fee(program Program, p plan) *float64 {
	switch {
	case p.DonateLevel == nil:
		return program.FeePercent
	case program.FeePercent == nil:
		return p.DonateLevel
	}
	v := math.Max(*p.DonateLevel, *program.FeePercent)
	return &v
}

func (e *Estimate) revenue(coin adit.Coin, f Figures) {
	unit := f.Currency + "/" + coin.Symbol
	e.Revenue.Inputs = []Input{
		{Name: "hashrate", Value: e.Hashrate.Value, Unit: "H/s", At: e.Hashrate.At, Source: e.Hashrate.Source},
		{Name: "price", Value: f.Price.Value, Unit: unit, At: f.Price.At, Source: f.Price.Source},
		{Name: "difficulty", Value: f.Difficulty.Value, Unit: "hashes/block", At: f.Difficulty.At, Source: f.Difficulty.Source},
		{Name: "reward", Value: f.Reward.Value, Unit: coin.Symbol + "/block", At: f.Reward.At, Source: f.Reward.Source},
	}
	var missing []string
	for _, in := range e.Revenue.Inputs[1:] {
		if in.Value == nil {
			missing = append(missing, in.Name)
		}
	}
	if h, d, w := e.Hashrate.Value, f.Difficulty.Value, f.Reward.Value; h != nil && d != nil && w != nil {
		n := CoinsPerDay(*h, *d, *w)
		e.CoinsPerDay = &n
	}
	switch {
	case e.Hashrate.Value == nil:
		e.Revenue.Why = e.Hashrate.Why
		return
	case len(missing) > 0:
		e.Revenue.Why = "the " + list(missing) + " of " + coin.Symbol + " " + be(missing) + " not known: type " + them(missing) + " in under Settings, or switch a feed on"
		return
	}
	v := RevenuePerDay(*e.CoinsPerDay, *f.Price.Value, orZero(e.FeePercent), orZero(e.PoolFee))
	e.Revenue.Value = &v
	switch {
	case e.FeePercent == nil && e.PoolFee == nil:
		e.Revenue.Why = "before the fees of program and pool, which are not known"
	case e.FeePercent == nil:
		e.Revenue.Why = "before the program's fee, which is not known"
	case e.PoolFee == nil:
		e.Revenue.Why = "before the pool's fee, which is not known"
	}
}

func (e *Estimate) cost(f Figures, best found) {
	watts := Input{Name: "power", Value: f.Watts, Unit: "W", Source: "typed"}
	if f.Watts == nil {
		watts.Source = ""
		if best.Watts != nil {
			watts = Input{Name: "power", Value: best.Watts, Unit: "W", At: &best.At, Source: FromMeasured}
		}
	}
	price := Input{Name: "pricePerKwh", Value: f.PricePerKwh, Unit: f.Currency + "/kWh"}
	if price.Value != nil {
		price.Source = "typed"
	}
	e.Cost.Inputs = []Input{watts, price}
	switch {
	case price.Value == nil && watts.Value == nil:
		e.Cost.Why = "the price of electricity and the power drawn are not known: type them in under Settings"
	case price.Value == nil:
		e.Cost.Why = "the price of electricity is not known: type it in under Settings"
	case watts.Value == nil:
		e.Cost.Why = "the power drawn is not known: measure it at the plug and type it in under Settings"
	default:
		v := CostPerDay(*watts.Value, *price.Value)
		e.Cost.Value = &v
	}
}

func (e *Estimate) result() {
	if e.Revenue.Value == nil || e.Cost.Value == nil {
		return
	}
	net := *e.Revenue.Value - *e.Cost.Value
	loss := net < 0
	e.Net, e.Loss = &net, &loss
}

func orZero(v *float64) float64 {
	if v == nil {
		return 0
	}
	return *v
}

func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

func be(names []string) string {
	if len(names) == 1 {
		return "is"
	}
	return "are"
}

func them(names []string) string {
	if len(names) == 1 {
		return "it"
	}
	return "them"
}
