package estimate

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var owner = adit.LocalOwner("test")

// rest is the rest of the house, as an estimate sees it.
type rest struct {
	mu       sync.Mutex
	programs []Program
	err      error
	running  []Measured
	figures  Figures
}

func (r *rest) ProfileConfig(_ context.Context, _ adit.Actor, id string) (string, json.RawMessage, error) {
	if id != "p1" {
		return "", nil, adit.Errorf(adit.NotFound, "there is no profile of that id")
	}
	return "native", json.RawMessage(`{"pool":"stratum+tcp://pool.example:1","wallet":"w","threads":4}`), nil
}

func (r *rest) Programs(context.Context, adit.Actor) ([]Program, error) { return r.programs, r.err }

func (r *rest) Measured(context.Context, adit.Actor) ([]Measured, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.running, nil
}

func (r *rest) Figures(context.Context, adit.Actor, string) (Figures, error) { return r.figures, nil }

func (r *rest) runs(m ...Measured) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running = m
}

func num(v float64) *float64 { return &v }

var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func open(db *sqldb.DB) (*Service, *rest) {
	r := &rest{programs: []Program{{Name: "adit-miner", Aliases: []string{"native"}, FeePercent: num(0)}, {Name: "xmrig", FeePercent: num(1)}},
		figures: Figures{Currency: "EUR"}}
	return New(Options{DB: db, Profiles: r, Hub: r, Settings: r, Now: func() time.Time { return now },
		PoolFee: func(u string) *float64 {
			if strings.Contains(u, "pool.example") {
				return num(0.5)
			}
			return nil
		}}), r
}

func known(r *rest) {
	at := now.Add(-time.Hour)
	r.figures = Figures{Currency: "EUR", PricePerKwh: num(0.28), Watts: num(140), Price: Figure{num(150), &at, "typed"},
		Difficulty: Figure{num(480e9), &at, "feed"}, Reward: Figure{num(0.6), &at, "feed"}}
}

// TestFormulas: 1 kH/s at a difficulty of 480 G and 0.6 coins a block: 1000 × 86400 ÷ 480e9 × 0.6 = 0.000108 a day.
func TestFormulas(t *testing.T) {
	near := func(got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-12*math.Abs(want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
	near(CoinsPerDay(1000, 480e9, 0.6), 0.000108)
	near(RevenuePerDay(0.000108, 150, 1, 0.6), 0.000108*150*0.99*0.994)
	near(CostPerDay(140, 0.28), 0.9408)
}

func TestEstimate(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s, r := open(db)
		est := func(q Request) Estimate {
			t.Helper()
			e, err := s.Estimate(t.Context(), owner, q)
			if err != nil {
				t.Fatal(err)
			}
			return e
		}
		// Nothing is known: everything is unknown, with the reason.
		e := est(Request{MinerType: "native"})
		if e.Hashrate.Value != nil || e.Revenue.Value != nil || e.Cost.Value != nil || e.Net != nil || e.Loss != nil || e.CoinsPerDay != nil ||
			!strings.HasPrefix(e.Sentence, "Estimate now: revenue unknown, power unknown -> result unknown: ") || !strings.Contains(e.Cost.Why, "price of electricity and the power") {
			t.Errorf("%+v", e)
		}
		known(r)
		r.runs(Measured{Program: "adit-miner", Algorithm: "rx/0", Threads: 4, Baseline: num(5000), Watts: num(90), Uptime: num(10), At: now.Add(-time.Second)})
		e = est(Request{Profile: "p1"})
		want := 5000.0 * 86400 / 480e9 * 0.6 * 150 * 0.995
		if *e.Hashrate.Value != 5000 || e.Hashrate.Source != FromMeasured || *e.Hashrate.Threads != 4 || math.Abs(*e.Revenue.Value-want) > 1e-9 ||
			*e.Cost.Value != CostPerDay(140, 0.28) || !*e.Loss || *e.FeePercent != 0 || *e.PoolFee != 0.5 || e.MinerType != "native" || e.Coin != "XMR" {
			t.Errorf("%+v", e)
		}
		if e.Sentence != "Estimate now: 0.08 EUR/day revenue, 0.94 EUR/day power -> LOSS 0.86 EUR/day" {
			t.Error(e.Sentence)
		}
		for _, in := range append(e.Revenue.Inputs, e.Cost.Inputs...) {
			if in.Value == nil || in.Unit == "" || in.Source == "" || in.Source == "feed" && in.At == nil {
				t.Errorf("%+v", in)
			}
		}
		// Another number of threads was never seen; another program neither.
		four := 8
		if e = est(Request{Profile: "p1", Threads: &four}); e.Hashrate.Value != nil || !strings.Contains(e.Hashrate.Why, "with 8 threads") || e.Loss != nil {
			t.Errorf("%+v", e.Hashrate)
		}
		if e = est(Request{MinerType: "xmrig"}); e.Hashrate.Value != nil || *e.FeePercent != 1 {
			t.Errorf("%+v", e)
		}
		// The power of the running program stands where nobody typed one.
		r.figures.Watts = nil
		if e = est(Request{Profile: "p1"}); *e.Cost.Value != CostPerDay(90, 0.28) || e.Cost.Inputs[0].Source != FromMeasured {
			t.Errorf("%+v", e.Cost)
		}
		// Electricity that costs nothing makes a gain, which is told without a promise.
		r.figures.PricePerKwh = num(0)
		if e = est(Request{Profile: "p1"}); *e.Loss || !strings.HasSuffix(e.Sentence, "-> 0.08 EUR/day left") {
			t.Error(e.Sentence)
		}
		r.figures.Price.Value = nil
		if e = est(Request{Profile: "p1"}); e.Revenue.Value != nil || e.CoinsPerDay == nil || e.Net != nil ||
			!strings.Contains(e.Sentence, "result unknown: the price of XMR is not known: type it in") {
			t.Error(e.Sentence)
		}
		known(r)
		old := now.Add(-72 * time.Hour)
		r.figures.Price.At = &old
		if e = est(Request{Profile: "p1"}); !strings.HasSuffix(e.Sentence, "(oldest figure: 3 days)") {
			t.Error(e.Sentence)
		}
		// The agent is away: the fee is unknown, and said so.
		r.err, r.programs = adit.Errorf(adit.Unreachable, "away"), nil
		r.runs(Measured{Program: "native", Algorithm: "rx/0", Threads: 4, Baseline: num(5000), At: now})
		if e = est(Request{Profile: "p1"}); e.FeePercent != nil || e.Revenue.Value == nil || e.Revenue.Why != "before the program's fee, which is not known" {
			t.Errorf("%+v", e.Revenue)
		}
	})
}

// TestFee: a program takes at least its own fee, more where that was set.
func TestFee(t *testing.T) {
	for _, c := range []struct{ program, set, want *float64 }{
		{nil, nil, nil}, {num(1), nil, num(1)}, {num(1), num(0), num(1)}, {num(1), num(5), num(5)}, {nil, num(5), num(5)}, {num(0), num(0), num(0)},
	} {
		got := fee(Program{FeePercent: c.program}, plan{DonateLevel: c.set})
		if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
			t.Errorf("%v, want %v", got, c.want)
		}
	}
}

// TestRates: what runs, then what ran, then a benchmark; never what a program does before it is warm.
func TestRates(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s, r := open(db)
		rate := func(threads *int) Rate {
			t.Helper()
			e, err := s.Estimate(t.Context(), owner, Request{MinerType: "native", Threads: threads})
			if err != nil {
				t.Fatal(err)
			}
			return e.Hashrate
		}
		two := 2
		if err := s.Benchmark(t.Context(), owner, "native", "rx/0", 2, 900); err != nil {
			t.Fatal(err)
		}
		if got := rate(&two); *got.Value != 900 || got.Source != FromBenchmark {
			t.Errorf("%+v", got)
		}
		for _, m := range []Measured{
			{Program: "adit-miner", Algorithm: "rx/0", Threads: 2, Hashrate60s: num(10), Uptime: num(60), At: now},
			{Program: "adit-miner", Algorithm: "rx/0", Threads: 2, Hashrate60s: num(10), Uptime: num(600), Light: true, At: now},
			{Program: "adit-miner", Algorithm: "rx/0", Threads: 2, Hashrate60s: num(0), Uptime: num(600), At: now},
			{Program: "adit-miner", Algorithm: "rx/0", Threads: 2, At: now}, {Program: "adit-miner", Algorithm: "rx/wow", Threads: 2, Baseline: num(10), At: now},
		} {
			r.runs(m)
			if got := rate(&two); *got.Value != 900 {
				t.Errorf("%+v is believed: %+v", m, got)
			}
		}
		if err := saveRate(t.Context(), db, found{Program: "adit-miner", Algorithm: "rx/0", Threads: 2, Source: measured, Hashrate: 950, Watts: num(60), At: now.Add(-time.Hour)}); err != nil {
			t.Fatal(err)
		}
		if got := rate(&two); *got.Value != 950 || got.Source != FromMeasured || !got.At.Equal(now.Add(-time.Hour)) {
			t.Errorf("%+v", got)
		}
		r.runs(Measured{Program: "adit-miner", Algorithm: "rx/0", Threads: 2, Hashrate60s: num(970), Hashrate15m: num(980), Uptime: num(600), At: now})
		if got := rate(nil); *got.Value != 970 {
			t.Errorf("%+v", got)
		}
		r.runs(Measured{Program: "adit-miner", Algorithm: "rx/0", Threads: 2, Hashrate60s: num(970), Hashrate15m: num(980), Uptime: num(1000), At: now})
		if got := rate(nil); *got.Value != 980 {
			t.Errorf("%+v", got)
		}
	})
}

// TestLoopRemembers: what ran is known when it runs no more.
func TestLoopRemembers(t *testing.T) {
	db := sqltest.Open(t, sqltest.SQLite(t))
	synctest.Test(t, func(t *testing.T) {
		s, r := open(db)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		r.runs(Measured{Program: "adit-miner", Algorithm: "rx/0", Threads: 3, Baseline: num(1234), Watts: num(50), At: now})
		pass(90 * time.Second)
		r.runs()
		pass(time.Hour)
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		e, err := s.Estimate(t.Context(), owner, Request{MinerType: "native"})
		if err != nil || *e.Hashrate.Value != 1234 || *e.Hashrate.Threads != 3 || *e.Cost.Inputs[0].Value != 50 {
			t.Errorf("%+v %v", e, err)
		}
	})
}

func TestRefusals(t *testing.T) {
	s, _ := open(sqltest.Open(t, sqltest.SQLite(t)))
	for _, c := range []struct {
		r     Request
		code  adit.Code
		field string
	}{
		{Request{}, adit.Invalid, "minerType"}, {Request{MinerType: "../x"}, adit.Invalid, "minerType"}, {Request{Profile: "nobody"}, adit.NotFound, ""},
		{Request{Profile: "p1", MinerType: "native"}, adit.Invalid, "profileId"}, {Request{MinerType: "native", Config: json.RawMessage(`{"threads":"many"}`)}, adit.Invalid, "config"},
		{Request{MinerType: "native", Config: json.RawMessage(`{"threads":2000}`)}, adit.Invalid, "threads"}, {Request{MinerType: "native", Config: json.RawMessage(`{"coin":"?"}`)}, adit.Invalid, "coin"},
		{Request{MinerType: "native", Config: json.RawMessage(`{"algo":"?"}`)}, adit.Invalid, "algo"}, {Request{MinerType: "native", Config: json.RawMessage(`[`)}, adit.Invalid, "config"},
	} {
		_, err := s.Estimate(t.Context(), owner, c.r)
		e, _ := adit.AsError(err)
		if adit.CodeOf(err) != c.code || e.Field != c.field {
			t.Errorf("%+v: %v", c.r, err)
		}
	}
	if _, err := s.Estimate(t.Context(), adit.Actor{}, Request{MinerType: "native"}); adit.CodeOf(err) != adit.Unauthorized {
		t.Error(err)
	}
	reader := adit.Actor{ID: "r", Name: "r", Scopes: []adit.Scope{adit.ScopeRead}}
	if err := s.Benchmark(t.Context(), reader, "native", "rx/0", 1, 1); adit.CodeOf(err) != adit.Forbidden {
		t.Error(err)
	}
	for _, c := range []struct {
		program   string
		algorithm adit.Algorithm
		threads   int
		rate      float64
	}{{"?", "rx/0", 1, 1}, {"native", "", 1, 1}, {"native", "rx/0", 0, 1}, {"native", "rx/0", 1, 0}, {"native", "rx/0", 1, math.Inf(1)}, {"native", "rx/0", 1, math.NaN()}} {
		if err := s.Benchmark(t.Context(), owner, c.program, c.algorithm, c.threads, c.rate); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// pass lets the bubble's time go on.
func pass(d time.Duration) { <-time.After(d) }
