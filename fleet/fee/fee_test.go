package fee

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var owner = adit.LocalOwner("test")

// world is a journal, a live state and a clock for one ledger.
type world struct {
	t    *testing.T
	s    *Service
	last map[string]time.Time
	now  time.Time
	log  []Event
	runs []Now
}

// After implements Journal.
func (w *world) After(_ context.Context, after int64, limit int) ([]Event, error) {
	out := []Event{}
	for _, e := range w.log {
		if e.Seq > after && len(out) < limit {
			out = append(out, e)
		}
	}
	return out, nil
}

// Programs implements State.
func (w *world) Programs(context.Context) ([]Now, error) { return w.runs, nil }

func newWorld(t *testing.T, db *sqldb.DB) *world {
	w := &world{t: t, now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), last: map[string]time.Time{}}
	w.s = New(Options{DB: db, Journal: w, State: w, Now: func() time.Time { return w.now }})
	return w
}

func (w *world) event(kind, device string, at time.Time) {
	w.log = append(w.log, Event{Seq: int64(len(w.log) + 1), At: at, Kind: kind, Subject: device})
}

// mine lets time pass, with a look every 15 s.
func (w *world) mine(d time.Duration) {
	w.t.Helper()
	for end := w.now.Add(d); w.now.Before(end); w.now = w.now.Add(lookEvery) {
		if err := w.s.look(context.Background(), w.last); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := w.s.look(context.Background(), w.last); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) ledger() Ledger {
	w.t.Helper()
	l, err := w.s.Ledger(context.Background(), owner)
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

func (w *world) program(device string) Program {
	w.t.Helper()
	for _, p := range w.ledger().Programs {
		if p.Device == device {
			return p
		}
	}
	w.t.Fatalf("the ledger does not know %s", device)
	return Program{}
}

// TestLedger is row 5.5: fee time per program, its share of the mining time, and what is taken at this moment.
func TestLedger(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		if l := w.ledger(); l.AditPercent != 0 || len(l.Programs) != 0 || l.Since != nil || !strings.Contains(l.Words, "adit takes nothing") {
			t.Errorf("%+v", l)
		}
		one, zero := 1.0, 0.0
		w.runs = []Now{
			{Device: "r/xmrig", Name: "xmrig", Program: "xmrig", Percent: &one, Hashing: true, Shows: true},
			{Device: "r/own", Name: "own", Program: "adit-miner", Percent: &zero, Hashing: true},
			{Device: "r/other", Name: "other", Program: "other", Hashing: true},
		}
		w.event("miner.started", "r/xmrig", w.now)
		w.ledger() // before it was seen to run
		w.mine(30 * time.Minute)
		if p := w.program("r/xmrig"); p.SharePercent != nil || p.MiningSeconds != 1800 || p.FeeSeconds == nil || *p.FeeSeconds != 0 {
			t.Errorf("half an hour says nothing of a share: %+v", p)
		}
		began := w.now
		w.event("fee.started", "r/xmrig", began)
		w.runs[0].Active = true
		w.mine(time.Minute)
		if p := w.program("r/xmrig"); !p.Active || p.ActiveSince == nil || !p.ActiveSince.Equal(began) || p.Rounds != 1 || *p.FeeSeconds != 60 {
			t.Errorf("in a round: %+v", p)
		}
		w.event("fee.ended", "r/xmrig", w.now)
		w.event("fee.ended", "r/xmrig", w.now) // told again by an agent that took over
		w.runs[0].Active = false
		w.mine(69 * time.Minute)
		w.event("miner.restarted", "r/xmrig", w.now)
		p := w.program("r/xmrig")
		if p.Active || *p.FeeSeconds != 60 || p.MiningSeconds != 6000 || p.SharePercent == nil || *p.SharePercent != 1 || p.Starts != 2 || p.Source != observed {
			t.Errorf("%+v", p)
		}
		if p.LastRound == nil || p.LastRound.Seconds != 60 || !p.LastRound.Start.Equal(began) || !strings.Contains(p.Words, "started 2 times") {
			t.Errorf("%+v", p)
		}
		if p := w.program("r/own"); p.Source != nothing || *p.FeeSeconds != 0 || p.Words != "takes no fee" {
			t.Errorf("%+v", p)
		}
		if p := w.program("r/other"); p.Source != declared || p.FeeSeconds != nil || p.SharePercent != nil || !strings.Contains(p.Words, "not known") {
			t.Errorf("unknown is not zero: %+v", p)
		}
		if l := w.ledger(); !strings.Contains(l.Words, "1 min went to authors") || !strings.Contains(l.Words, "1 program does not show") {
			t.Errorf("%q", l.Words)
		}
	})
}

// TestLedgerOutlivesTheHub: nothing is counted twice or lost over a restart, and time without a look is not mined time.
func TestLedgerOutlivesTheHub(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		w.runs = []Now{{Device: "r/x", Name: "x", Program: "xmrig", Hashing: true, Shows: true}}
		w.mine(time.Minute)
		start := w.now
		w.event("fee.started", "r/x", start)
		w.ledger()
		again := newWorld(t, db)
		again.log, again.runs, again.now = w.log, w.runs, w.now.Add(10*time.Hour)
		again.event("fee.started", "r/x", start) // the agent says again that the round runs
		again.runs[0].Active = true
		again.mine(time.Minute)
		p := again.program("r/x")
		if p.Rounds != 1 || !p.Active || p.MiningSeconds != 120 {
			t.Errorf("%+v", p)
		}
		// The round ended while nobody told: it is left out rather than guessed.
		again.runs[0].Active = false
		if p := again.program("r/x"); p.Rounds != 0 || *p.FeeSeconds != 0 || p.Active {
			t.Errorf("%+v", p)
		}
		// A new round ends the old one when it begins at the latest.
		next := again.now
		again.event("fee.started", "r/x", next)
		again.event("fee.ended", "r/x", next.Add(time.Minute))
		if p := again.program("r/x"); p.Rounds != 2 || p.LastRound.Seconds != 60 {
			t.Errorf("%+v", p)
		}
	})
}

// TestManyEvents goes over several pages of the journal.
func TestManyEvents(t *testing.T) {
	w := newWorld(t, sqltest.Open(t, sqltest.SQLite(t)))
	w.runs = []Now{{Device: "r/x", Name: "x", Program: "p"}}
	w.mine(lookEvery)
	for range 2*page + 3 {
		w.event("miner.restarted", "r/x", w.now)
		w.event("order.pause", "r", w.now)
	}
	if p := w.program("r/x"); p.Starts != 2*page+3 || p.MiningSeconds != 0 {
		t.Errorf("%+v", p)
	}
}

func TestNobodyReads(t *testing.T) {
	w := newWorld(t, sqltest.Open(t, sqltest.SQLite(t)))
	if _, err := w.s.Ledger(context.Background(), adit.Actor{}); adit.CodeOf(err) != adit.Unauthorized {
		t.Errorf("%v", err)
	}
}

// TestRun looks at once and ends with its context.
func TestRun(t *testing.T) {
	w := newWorld(t, sqltest.Open(t, sqltest.SQLite(t)))
	w.runs = []Now{{Device: "r/x", Name: "x", Program: "p", Hashing: true}}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.s.Run(ctx) }()
	for len(w.ledger().Programs) == 0 {
		select {
		case err := <-done:
			t.Fatal("Run ended by itself: ", err)
		case <-time.After(time.Millisecond):
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
