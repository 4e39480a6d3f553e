package telemetry

import (
	"context"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
	"github.com/adit-mining/adit/store/tsdb"
)

// aDay is a hub that has heard a miner for 25 hours; the readings came late, as after an outage, so the series are
// written directly.
func aDay(t *testing.T) *house {
	t.Helper()
	ctx, c := context.Background(), newClock()
	h := openHouse(t, sqltest.Open(t, sqltest.SQLite(t)), openSeries(t, c), c, &book{})
	a := newSim(t)
	a.hello(h)
	a.mine(h, "m", []float64{1000, 0, 0, 1})
	for i := range 25 * 360 {
		c.add(10 * time.Second)
		if i >= 3600 && i < 3960 {
			continue // an hour of silence
		}
		a.deliver(h, a.batch(c.now(), 1000+float64(i%10), float64(i/6), 0, 1))
	}
	h.settle(ctx)
	return h
}

// TestHistory asks one such hub everything; the last question moves its clock.
func TestHistory(t *testing.T) {
	h := aDay(t)
	for _, ask := range []func(*testing.T, *house){testHistory, testChart, testNumbers} {
		ask(t, h)
	}
}

func testHistory(t *testing.T, h *house) {
	ctx := context.Background()
	all, err := h.HistoryMiners(ctx, owner)
	if err != nil || len(all) != 1 || all[0].Name != "m" || all[0].Min != 1000 || all[0].Max != 1009 || all[0].Count != 25*360-360+1 {
		t.Fatalf("%+v %v", all, err)
	}
	one, err := h.HistoryMiner(ctx, owner, "m")
	if err != nil || one.Count != all[0].Count || one.Mean < 1004 || one.Mean > 1005 {
		t.Errorf("%+v %v", one, err)
	}
	status, err := h.HistoryStatus(ctx, owner)
	if err != nil || status.Miners != 1 || status.Retention != 30*24*time.Hour || !status.First.Equal(one.First) {
		t.Errorf("%+v %v", status, err)
	}
	now := h.clock.now()
	for name, c := range map[string]struct {
		span   Span
		points int // about
		step   time.Duration
	}{
		"five minutes":    {Span{Since: now.Add(-5 * time.Minute)}, 30, 10 * time.Second},
		"a day":           {Span{}, 24*60 - 60, time.Minute},
		"a month":         {Span{Since: now.Add(-30 * 24 * time.Hour)}, 49, 30 * time.Minute},
		"before anything": {Span{Since: now.Add(-9 * 24 * time.Hour), Until: now.Add(-8 * 24 * time.Hour)}, 0, 0},
	} {
		points, err := h.MinerHashrate(ctx, owner, "m", c.span)
		if err != nil || len(points) < c.points-3 || len(points) > c.points+3 {
			t.Errorf("%s: %d points, %v", name, len(points), err)
			continue
		}
		if len(points) > 1 && points[1].At.Sub(points[0].At) != c.step {
			t.Errorf("%s: %v apart", name, points[1].At.Sub(points[0].At))
		}
	}
	for name, code := range map[string]adit.Code{"nope": adit.NotFound, "a/b": adit.NotFound, "*": adit.NotFound} {
		if _, err := h.MinerHashrate(ctx, owner, name, Span{}); adit.CodeOf(err) != code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.MinerHashrate(ctx, owner, "m", Span{Since: now, Until: now}); adit.CodeOf(err) != adit.Invalid {
		t.Errorf("no time at all: %v", err)
	}
}

func testChart(t *testing.T, h *house) {
	ctx, now := context.Background(), h.clock.now()
	c, err := h.Chart(ctx, owner, ChartQuery{Metrics: []string{"accepted", "hashrate"}, Device: "rig1/m", Span: Span{Since: now.Add(-2 * time.Hour)}})
	if err != nil || len(c.Lines) != 2 || c.Step != time.Minute || len(c.Lines[0].Points) != len(c.Lines[1].Points) {
		t.Fatalf("%+v %v", c, err)
	}
	total, known := 0.0, 0
	for _, p := range c.Lines[0].Points {
		if p.Value != nil {
			total, known = total+*p.Value, known+1
		}
	}
	if total < 118 || total > 121 || known < 118 {
		t.Errorf("one share a minute for two hours makes %v in %d steps", total, known)
	}
	long, err := h.Chart(ctx, owner, ChartQuery{Metrics: []string{"hashrate"}, Span: Span{Since: now.Add(-24 * time.Hour)}})
	if err != nil {
		t.Fatal(err)
	}
	gap := 0
	for _, p := range long.Lines[0].Points {
		if p.Value == nil {
			gap++
		}
	}
	if gap < 58 || gap > 62 {
		t.Errorf("an hour of silence is drawn as %d minutes without a value", gap)
	}
	for _, q := range []ChartQuery{{Metrics: []string{"wallet"}}, {Metrics: []string{"hashrate"}, Step: time.Second},
		{Metrics: []string{"hashrate"}, Step: 10 * time.Second, Span: Span{Since: now.Add(-300 * 24 * time.Hour)}}} {
		if _, err := h.Chart(ctx, owner, q); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

// TestGrowth: a counter that begins anew counts from zero, and what was not read is not known.
func TestGrowth(t *testing.T) {
	v := func(x float64) *float64 { return &x }
	var in []tsdb.Point
	for _, x := range []*float64{v(5), v(7), nil, v(10), v(2), v(2)} {
		in = append(in, tsdb.Point{Value: x})
	}
	got := growth(in)
	for i, want := range []*float64{nil, v(2), nil, v(3), v(2), v(0)} {
		if (want == nil) != (got[i].Value == nil) || want != nil && *want != *got[i].Value {
			t.Errorf("step %d: %v", i, got[i].Value)
		}
	}
}

// testNumbers: what is known now, and nothing of what is not.
func testNumbers(t *testing.T, h *house) {
	ctx := context.Background()
	metrics := adit.Actor{ID: "m", Scopes: []adit.Scope{adit.ScopeMetrics}}
	h.inv.Heard(testRig)
	found := func(name string) (v []float64) {
		list, err := h.Numbers(ctx, metrics)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range list {
			if n.Name == name {
				v = append(v, n.Value)
			}
		}
		return v
	}
	if v := found(seriesHashrate); len(v) != 1 || v[0] != 1009 {
		t.Errorf("hashrate %v", v)
	}
	if v := found(seriesFleetHashrate); len(v) != 1 || v[0] != 1009 {
		t.Errorf("the fleet's hashrate %v", v)
	}
	if v := found("adit_temperature_celsius"); len(v) != 0 {
		t.Errorf("a temperature that nobody measured: %v", v)
	}
	known := map[string]bool{}
	for _, i := range Catalog() {
		known[i.Name] = i.Help != ""
	}
	list, err := h.Numbers(ctx, metrics)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range list {
		if !known[n.Name] {
			t.Errorf("%s is not explained", n.Name)
		}
	}
	for _, name := range hot {
		if !known[name] {
			t.Errorf("the series %s is not explained", name)
		}
	}
	h.clock.add(time.Minute) // the reading grows old
	h.inv.Heard(testRig)
	if v := found(seriesHashrate); len(v) != 0 {
		t.Errorf("an old reading is told: %v", v)
	}
	if _, err := h.Numbers(ctx, adit.Actor{ID: "x", Scopes: []adit.Scope{"other"}}); adit.CodeOf(err) != adit.Forbidden {
		t.Errorf("%v", err)
	}
}
