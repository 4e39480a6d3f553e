package telemetry

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

// sessions is the list of all, the newest first.
func (h *house) sessions() []Session {
	h.t.Helper()
	list, err := h.Sessions(context.Background(), owner, SessionQuery{})
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}

// mine lets a program begin now and read some values every ten seconds.
func (a *sim) mine(h *house, name string, readings ...[]float64) wire.DeviceFacts {
	f := a.minerFacts(name, h.clock.now())
	f.StartedAt, f.Since, f.Profile = &f.At, f.At, "p1"
	a.deliver(h, a.facts(f))
	if a.schema == nil {
		a.deliver(h, a.announce(1, a.columns(name)...))
	}
	for _, values := range readings {
		h.clock.add(10 * time.Second)
		a.deliver(h, a.batch(h.clock.now(), values...))
	}
	return f
}

func TestSessions(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx, c := context.Background(), newClock()
		h := openHouse(t, db, openSeries(t, c), c, &book{})
		a := newSim(t)
		a.hello(h)
		f := a.mine(h, "m", []float64{1000, 1, 0, 1}, []float64{2000, 5, 1, 1})
		h.keep(ctx)
		began := *f.StartedAt
		open := h.sessions()
		if len(open) != 1 || open[0].StoppedAt != nil || *open[0].Accepted != 5 || *open[0].Rejected != 1 || open[0].Stale != nil ||
			open[0].Program != "adit-miner" || open[0].Profile != "p1" || open[0].Algorithm != "rx/0" || open[0].Reason != "" {
			t.Fatalf("%+v", open)
		}
		// The number of stale shares is not in the readings: unknown, not 0. Now it ends.
		h.clock.add(10 * time.Second)
		f.At, f.Since, f.Work, f.Reason, f.StartedAt, f.PID, f.Desired = c.now(), c.now(), wire.WorkStopped, "stopped by owner", nil, nil, "stopped"
		a.deliver(h, a.facts(f))
		h.keep(ctx)
		h.settle(ctx)
		h.keep(ctx)
		done := h.sessions()
		if len(done) != 1 || done[0].StoppedAt == nil || !done[0].StoppedAt.Equal(c.now()) || done[0].Reason != "stopped: stopped by owner" || *done[0].Accepted != 5 {
			t.Fatalf("%+v", done)
		}
		if avg := done[0].Average; avg == nil || *avg < 1000 || *avg > 2000 {
			t.Errorf("the average is %v", avg)
		}
		// It starts again: a session of its own, its shares counted from zero.
		h.clock.add(time.Hour)
		a.mine(h, "m", []float64{500, 0, 0, 1})
		h.keep(ctx)
		both := h.sessions()
		if len(both) != 2 || *both[0].Accepted != 0 || *both[1].Accepted != 5 || both[0].ID == both[1].ID {
			t.Errorf("%+v", both)
		}
		for name, q := range map[string]SessionQuery{
			"another device": {Device: "rig1/x"}, "before": {Until: began}, "after the first, one only": {Since: began.Add(30 * time.Minute), Limit: 1},
		} {
			list, err := h.Sessions(ctx, owner, q)
			want := 0
			if q.Limit == 1 {
				want = 1
			}
			if err != nil || len(list) != want {
				t.Errorf("%s: %+v %v", name, list, err)
			}
		}
		for _, q := range []SessionQuery{{Limit: -1}, {Limit: MaxSessions + 1}, {Since: c.now(), Until: began}} {
			if _, err := h.Sessions(ctx, owner, q); adit.CodeOf(err) != adit.Invalid {
				t.Errorf("%+v: %v", q, err)
			}
		}
		if _, err := h.Sessions(ctx, adit.Actor{ID: "m", Scopes: []adit.Scope{adit.ScopeMetrics}}, SessionQuery{}); adit.CodeOf(err) != adit.Forbidden {
			t.Errorf("a metrics token lists sessions: %v", err)
		}
		h.clock.add(31 * 24 * time.Hour)
		h.prune(ctx)
		if list, err := openRuns(ctx, db); err != nil || len(list) != 1 {
			t.Errorf("%d open, %v", len(list), err)
		}
		if list, err := listRuns(ctx, db, "", time.Unix(0, 0), c.now(), 10); err != nil || len(list) != 1 {
			t.Errorf("the old session was kept, or the open one was not: %d, %v", len(list), err)
		}
	})
}

// TestSessionSurvivesTheHub: the hub dies without a word; the program runs on under its shim, or is gone when the hub is
// back, or its computer never speaks again.
func TestSessionSurvivesTheHub(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx, c := context.Background(), newClock()
		series := openSeries(t, c)
		h := openHouse(t, db, series, c, &book{})
		a := newSim(t)
		a.hello(h)
		a.deliver(h, a.announce(1, append(append(a.columns("on"), a.columns("off")...), a.columns("anew")...)...))
		on := a.mine(h, "on")
		anew := a.mine(h, "anew")
		off := a.mine(h, "off")
		for i := range 12 {
			h.clock.add(10 * time.Second)
			n := float64(i)
			a.deliver(h, a.batch(c.now(), 100, n, 0, 1, 200, 2*n, 1, 1, 300, 3*n, 0, 1))
			h.keep(ctx)
		}
		died := c.now()

		h.clock.add(70 * time.Second) // nobody tidies up: a new hub on the same database
		again := openHouse(t, db, series, c, &book{})
		a.hello(again)
		anew.At, anew.Since, anew.Work, anew.StartedAt, anew.PID = c.now(), c.now(), starting, nil, nil
		a.deliver(again, a.facts(anew)) // its agent starts it anew at once
		h.clock.add(time.Hour)
		off.At, off.Since, off.Work, off.StartedAt, off.PID = c.now(), c.now(), wire.WorkStopped, nil, nil
		a.deliver(again, a.facts(on))
		a.deliver(again, a.facts(off))
		again.keep(ctx)
		list := again.sessions()
		if len(list) != 3 {
			t.Fatalf("%+v", list)
		}
		for _, s := range list {
			switch s.Name {
			case "anew":
				if s.StoppedAt == nil || s.StoppedAt.After(died) || *s.Accepted < 15 || s.Reason != unseenEnd {
					t.Errorf("what was started anew: %+v", s)
				}
			case "on":
				if s.StoppedAt != nil || s.Accepted == nil || *s.Accepted < 5 {
					t.Errorf("what runs on: %+v", s)
				}
			case "off":
				if s.StoppedAt == nil || died.Sub(*s.StoppedAt) > keepRunEvery || s.StoppedAt.After(died) || s.Accepted == nil || *s.Accepted < 10 ||
					*s.Rejected != 1 || s.Average == nil || *s.Average != 200 || s.Reason != unseenEnd {
					t.Errorf("what ended unseen: %+v", s)
				}
			}
		}
		// A device that is forgotten altogether: its session is closed when the hub starts.
		if _, err := db.Exec(ctx, `DELETE FROM telemetry_facts`); err != nil {
			t.Fatal(err)
		}
		third := openHouse(t, db, series, c, &book{})
		if list, err := openRuns(ctx, db); err != nil || len(list) != 0 {
			t.Errorf("%d stay open, %v", len(list), err)
		}
		for _, s := range third.sessions() {
			if s.StoppedAt == nil || s.Accepted == nil || !strings.Contains(s.Reason, "did not look") {
				t.Errorf("%+v", s)
			}
		}
	})
}

func TestCounts(t *testing.T) {
	c := newClock()
	h := openHouse(t, sqltest.Open(t, sqltest.SQLite(t)), openSeries(t, c), c, &book{})
	a := newSim(t)
	a.hello(h)
	f := a.mine(h, "m", []float64{1000, 1, 0, 1})
	f.At, f.Since, f.Work, f.StartedAt, f.PID = c.now(), c.now(), wire.WorkFailed, nil, nil
	a.deliver(h, a.facts(f))
	got, err := h.Counts(context.Background(), owner)
	if want := (Counts{Readings: 1, RunsStarted: 1, RunsEnded: 1, RunsFailed: 1}); err != nil || got != want {
		t.Errorf("%+v %v", got, err)
	}
}
