package view

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/adit-mining/adit"
)

var xmr = Coin{Symbol: "XMR", Name: "Monero", Decimals: 12}

func TestAmounts(t *testing.T) {
	for text, want := range map[string]Atomic{
		"0.25": 250_000_000_000, "1": 1_000_000_000_000, "0.000000000001": 1, "18446744.073709551615": math.MaxUint64, "0.25 xmr": 250_000_000_000, " 007. ": 7_000_000_000_000,
	} {
		if got, err := xmr.Parse(text); err != nil || got != want {
			t.Errorf("%q: %d %v, want %d", text, got, err, want)
		}
	}
	for _, bad := range []string{"", ".5", "-1", "1e3", "0.1234567890123", "18446744.073709551616", "1 BTC", "1,5", "x", strings.Repeat("9", 100)} {
		if got, err := xmr.Parse(bad); err == nil {
			t.Errorf("%q is %d", bad, got)
		} else if e, ok := adit.AsError(err); !ok || e.Field != "amount" {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if b, err := json.Marshal(struct{ A *Atomic }{new(Atomic)}); err != nil || string(b) != `{"A":"0"}` {
		t.Errorf("%s %v", b, err)
	}
	for _, bad := range []string{`5`, `"-5"`, `"1.5"`, `"x"`} {
		var a Atomic
		if json.Unmarshal([]byte(bad), &a) == nil {
			t.Errorf("%s was read as %d", bad, a)
		}
	}
}

// TestAmountsRoundTrip: what is written is read again, for every amount and every number of decimals.
func TestAmountsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Coin{Symbol: "X", Decimals: rapid.IntRange(0, 18).Draw(t, "decimals")}
		a := Atomic(rapid.Uint64().Draw(t, "amount"))
		if got, err := c.Parse(c.Text(a)); err != nil || got != a {
			t.Errorf("%d became %q became %d: %v", a, c.Text(a), got, err)
		}
	})
}

func ptr[T any](v T) *T { return &v }

// well is a glance of a crew that is well.
func well() Glance {
	return Glance{Members: MemberCounts{Total: 2, Online: 2, Mining: 2}, Hashrate: Rates{Minute: ptr(2000.0)},
		Upstreams: []Upstream{{URL: "stratum+tcp://a:1", State: "connected", Active: true}, {Index: 1, URL: "stratum+tcp://b:1", State: "waiting"}},
		Job:       &Job{Height: ptr(uint64(7))}, Verification: Verification{Mode: "full"}}
}

func TestGlanceTells(t *testing.T) {
	for name, c := range map[string]struct {
		change          func(*Glance)
		state, sentence string
		alarms          string // ids
	}{
		"well":      {func(*Glance) {}, "ok", "2 members mine 2.00 kH/s for stratum+tcp://a:1 at height 7.", ""},
		"one":       {func(g *Glance) { g.Members = MemberCounts{Total: 1, Online: 1, Mining: 1} }, "ok", "1 member mines", ""},
		"unknown":   {func(g *Glance) { g.Hashrate.Minute, g.Job = nil, nil }, "ok", "2 members mine for stratum+tcp://a:1.", ""},
		"quiet":     {func(g *Glance) { g.Members.Mining = 0 }, "idle", "2 members are connected and find nothing yet.", ""},
		"quiet one": {func(g *Glance) { g.Members = MemberCounts{Total: 3, Online: 1} }, "idle", "1 member is connected and finds nothing yet.", ""},
		"nobody":    {func(g *Glance) { g.Members = MemberCounts{} }, "idle", "Nobody has joined yet.", ""},
		"all away":  {func(g *Glance) { g.Members = MemberCounts{Total: 3} }, "idle", "None of the 3 members is connected.", ""},
		"disk full": {func(g *Glance) { g.Ledger.Trouble = "no space" }, "crit", "2 members mine", "ledger"},
		"one away":  {func(g *Glance) { g.Members = MemberCounts{Total: 1} }, "idle", "The one member is not connected.", ""},
		"practice":  {func(g *Glance) { g.Upstreams[0].URL = "practice:" }, "ok", "2 members mine 2.00 kH/s for practice at height 7.", ""},
		"no work":   {func(g *Glance) { g.Upstreams[0].State, g.Upstreams[0].Error = "failed", "refused." }, "crit", "2 members wait: no upstream gives work.", "upstream"},
		"failover": {func(g *Glance) {
			g.Upstreams[0].Active = false
			g.Upstreams[1] = Upstream{Index: 1, URL: "stratum+tcp://b:1", State: "connected", Active: true}
		}, "warn", "for stratum+tcp://b:1", "failover"},
		"proxy":      {func(g *Glance) { g.Verification = Verification{Mode: "proxy", Reason: "adit-miner is missing"} }, "warn", "2 members mine", "verification"},
		"everything": {func(g *Glance) { g.Ledger.Trouble, g.Verification.Mode, g.Upstreams[0].State = "x", "proxy", "failed" }, "crit", "wait", "ledger upstream verification"},
		"own alarm":  {func(g *Glance) { g.Alarms = []Alarm{{ID: "clock", Severity: "warn"}, {ID: "ledger", Severity: "crit"}} }, "warn", "2 members mine", "clock"},
	} {
		g := well()
		c.change(&g)
		for range 2 { // telling twice is telling once
			g.Tell()
		}
		var ids []string
		for _, a := range g.Alarms {
			ids = append(ids, a.ID)
			if told[a.ID] && (a.Text == "" || a.Fix == "" || strings.Contains(a.Text, "..")) {
				t.Errorf("%s: %+v", name, a)
			}
		}
		if g.State != c.state || !strings.Contains(g.Sentence, c.sentence) || strings.Join(ids, " ") != c.alarms {
			t.Errorf("%s: %s %q %v", name, g.State, g.Sentence, ids)
		}
	}
}

// TestRuleWords: each of the four rules has words of its own, and the fee is said.
func TestRuleWords(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range []Rule{{Scheme: "pplns", Basis: "blocks", Window: 2, FeePercent: 1.5}, {Scheme: "pplns", Basis: "credits", Window: 2, FeePercent: 1.5},
		{Scheme: "prop", Basis: "blocks", FeePercent: 1.5}, {Scheme: "prop", Basis: "credits", FeePercent: 1.5}} {
		r.tell()
		if seen[r.Words] || !strings.HasSuffix(r.Words, "The operator keeps 1.5 %.") {
			t.Errorf("%+v", r)
		}
		seen[r.Words] = true
	}
}

// TestWindowTells: behind a pool nobody tells a reward; then one coin is divided by the weights.
func TestWindowTells(t *testing.T) {
	w := Window{Coin: xmr, Rule: Rule{Scheme: "pplns", Basis: "credits", FeePercent: 1}, Weight: "300", Parts: []WindowPart{
		{Name: "a", Weight: "200", Percent: 66.667}, {Name: "b", Weight: "100", Percent: 33.333}}}
	w.Tell()
	if got := strings.Join(w.Example, "\n"); got != "Suppose that 1 XMR is paid.\nThe operator keeps 1 %, that is 0.01 XMR; 0.99 XMR is divided.\na did 66.67 % of the work in the window and gets 0.66 XMR.\nb did 33.33 % of the work in the window and gets 0.33 XMR." {
		t.Error(got)
	}
	w.Parts[0].Weight, w.Weight = "x", "0"
	w.Tell()
	if strings.Contains(strings.Join(w.Example, "\n"), "gets") {
		t.Error(w.Example)
	}
	w.Parts = nil
	if w.Tell(); len(w.Example) != 0 || w.Rule.Words == "" {
		t.Errorf("%+v", w)
	}
}

func TestSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, ppm := Atomic(rapid.Uint64().Draw(t, "r")), rapid.Uint64Range(0, 1_000_000).Draw(t, "ppm")
		if fee, rest := split(r, ppm); fee+rest != r || fee > r {
			t.Errorf("%d at %d: %d and %d", r, ppm, fee, rest)
		}
	})
	if ppm(1.5) != 15_000 || ppm(0.0001) != 1 || ppm(100) != 1_000_000 {
		t.Error(ppm(1.5), ppm(0.0001), ppm(100))
	}
}

// silent is a coordinator that cannot be asked now.
type silent struct{ Source }

func (silent) Glance(context.Context, adit.Actor) (Glance, error) {
	return Glance{}, errors.New("not now")
}

func TestLive(t *testing.T) {
	if Live(t.Context(), adit.LocalOwner("loop"), nil) != nil || Live(t.Context(), adit.LocalOwner("loop"), silent{}) != nil {
		t.Error("nobody tells something")
	}
}
