package proc

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
)

// watch feeds a watchdog one reading each 10 s.
type watch struct {
	t *testing.T
	w *Watchdog
	o Observation
}

const look = 10 * time.Second

func watching(t *testing.T, w *Watchdog) *watch {
	rate, diff, accepted := adit.Hashrate(1000), 5000.0, uint64(0)
	return &watch{t, w, Observation{At: time.Now(), PID: 1, Wanted: true, Connected: true, Ready: true, Hashrate: &rate, Difficulty: &diff, Accepted: &accepted}}
}

// pass lets time pass and returns the first verdict that asks for something, and when it came.
func (w *watch) pass(d time.Duration, each func(*Observation)) (Verdict, time.Duration) {
	w.t.Helper()
	for at := time.Duration(0); at < d; at += look {
		w.o.At = w.o.At.Add(look)
		if each != nil {
			each(&w.o)
		}
		if v := w.w.Observe(w.o); v.Remedy != RemedyNone {
			if v.Words == "" {
				w.t.Error("a verdict without words")
			}
			return v, at + look
		}
	}
	return Verdict{}, 0
}

func (w *watch) fine(d time.Duration, each func(*Observation)) {
	w.t.Helper()
	if v, at := w.pass(d, each); v.Remedy != RemedyNone {
		w.t.Fatalf("after %s: %+v", at, v)
	}
}

func (w *watch) wants(r Remedy, d time.Duration, words string, each func(*Observation)) time.Duration {
	w.t.Helper()
	v, at := w.pass(d, each)
	if v.Remedy != r || !strings.Contains(v.Words, words) {
		w.t.Fatalf("after %s: %+v, want %q with %q", at, v, r, words)
	}
	return at
}

func share(o *Observation) { n := *o.Accepted + 1; o.Accepted = &n }

func set[T any](p **T, v T) { *p = &v }

func TestWatchdogShares(t *testing.T) {
	w := watching(t, &Watchdog{})
	w.fine(time.Hour, share)
	if at := w.wants(RemedyRestart, time.Hour, "no share was accepted", nil); at != 80*time.Second { // 15 × 5000 ÷ 1000 = 75 s
		t.Errorf("after %s", at)
	}
	set(&w.o.Difficulty, 10.0) // 15 shares are due in 0.15 s: the floor holds
	if at := w.wants(RemedyRestart, time.Hour, "no share", nil); at < time.Minute || at > 80*time.Second {
		t.Errorf("with an easy job: after %s", at)
	}
	set(&w.o.Difficulty, 1e6) // 15 shares are due in 15000 s
	w.fine(4*time.Hour, nil)
	set(&w.o.Difficulty, 1e3) // vardiff came down: what was due before still counts
	w.wants(RemedyRestart, 30*time.Minute, "no share", nil)
}

func TestWatchdogDoesNotBlameWhatIsNotTheProgram(t *testing.T) {
	w := watching(t, &Watchdog{})
	w.fine(time.Minute, share)
	for what, change := range map[string]func(*Observation, bool){
		"paused": func(o *Observation, on bool) { o.Paused = on }, "no pool": func(o *Observation, on bool) { o.Connected = !on },
		"dataset": func(o *Observation, on bool) { o.Ready = !on }, "not wanted": func(o *Observation, on bool) { o.Wanted = !on },
	} {
		change(&w.o, true)
		if v, at := w.pass(time.Hour, nil); v.Remedy != RemedyNone {
			t.Errorf("%s: after %s %+v", what, at, v)
		}
		change(&w.o, false)
		w.fine(time.Minute, nil)
		w.fine(time.Minute, share)
	}
	w.o.PID = 2 // a new run begins with nothing due
	set(&w.o.Accepted, uint64(0))
	w.fine(time.Minute, nil)
	w.o.At = w.o.At.Add(24 * time.Hour) // suspended, or the agent was away
	w.fine(look, nil)
	w.o.At = w.o.At.Add(-48 * time.Hour)
	w.fine(look, share)
}

// TestWatchdogAgainstOpinion: a program that says it hashes, or says zero, is judged by its shares.
func TestWatchdogAgainstOpinion(t *testing.T) {
	w := watching(t, &Watchdog{})
	w.fine(time.Minute, share)
	set(&w.o.Hashrate, adit.Hashrate(0)) // 15 × difficulty ÷ 0 would be never
	if at := w.wants(RemedyRestart, time.Hour, "no share", nil); at > 3*time.Minute {
		t.Errorf("zero hashrate: after %s", at)
	}
	w = watching(t, &Watchdog{})
	set(&w.o.Hashrate, adit.Hashrate(0))
	if at := w.wants(RemedyRestart, time.Hour, "no hashrate at all", nil); at != 10*time.Minute+look {
		t.Errorf("never any hashrate: after %s", at)
	}
	w = watching(t, &Watchdog{})
	w.fine(time.Minute, share)
	w.o.Accepted, w.o.Hashrate, w.o.Connected = nil, nil, false // its API does not answer
	if at := w.wants(RemedyRestart, time.Hour, "no share", nil); at > 3*time.Minute {
		t.Errorf("no answer: after %s", at)
	}
	w = watching(t, &Watchdog{})
	w.o.Accepted, w.o.Hashrate, w.o.Connected = nil, nil, false
	if at := w.wants(RemedyRestart, time.Hour, "not answered", nil); at < 10*time.Minute || at > 11*time.Minute {
		t.Errorf("never an answer: after %s", at)
	}
}

func TestWatchdogBudget(t *testing.T) {
	w := watching(t, &Watchdog{})
	for range 3 {
		w.wants(RemedyRestart, time.Hour, "", nil)
		w.o.PID++
	}
	w.wants(RemedyQuarantine, time.Hour, "3 restarts within 1 h did not help", nil)
	w.w.Released()
	w.wants(RemedyRestart, time.Hour, "", nil)
	w.fine(2*time.Hour, share)
	for range 3 { // the window has moved on
		w.wants(RemedyRestart, time.Hour, "", nil)
	}
}

func TestWatchdogBaseline(t *testing.T) {
	path := filepath.Join(t.TempDir(), "baselines.json")
	b, err := OpenBaselines(path)
	if err != nil {
		t.Fatal(err)
	}
	key := BaselineKey("adit-miner", adit.RandomX, 2)
	w := watching(t, &Watchdog{Baseline: b, Key: key})
	w.fine(4*time.Minute, func(o *Observation) { share(o); set(&o.Hashrate, adit.Hashrate(10)) }) // cold: not learned
	if b.Hashrate(key) != nil {
		t.Error("learned while cold")
	}
	w.fine(time.Hour, func(o *Observation) { share(o); set(&o.Hashrate, adit.Hashrate(1000)) })
	if h := b.Hashrate(key); h == nil || *h < 990 || *h > 1001 {
		t.Fatalf("baseline: %v", h)
	}
	w.fine(time.Hour, func(o *Observation) { share(o); set(&o.Hashrate, adit.Hashrate(600)) }) // slower is not far under
	w.fine(4*time.Minute, func(o *Observation) { share(o); set(&o.Hashrate, adit.Hashrate(100)) })
	w.fine(10*time.Minute, func(o *Observation) { share(o); set(&o.Hashrate, adit.Hashrate(1000)) }) // a dip
	if at := w.wants(RemedyRestart, time.Hour, "own warm rate", func(o *Observation) { share(o); set(&o.Hashrate, adit.Hashrate(100)) }); at != 5*time.Minute {
		t.Errorf("far under: after %s", at)
	}
	before := *b.Hashrate(key)
	if err := b.Save(); err != nil {
		t.Fatal(err)
	}
	again, err := OpenBaselines(path)
	if err != nil || again.Hashrate(key) == nil || *again.Hashrate(key) != before {
		t.Errorf("after a restart: %v %v", again.Hashrate(key), err)
	}
	if other := again.Hashrate(BaselineKey("adit-miner", adit.RandomX, 4)); other != nil {
		t.Errorf("other threads: %v", *other)
	}
	fresh := watching(t, &Watchdog{Baseline: again, Key: key})
	set(&fresh.o.Hashrate, adit.Hashrate(0))
	if at := fresh.wants(RemedyRestart, time.Hour, "no share", nil); at > 5*time.Minute { // due by the machine's own past
		t.Errorf("zero from the start: after %s", at)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if b, err := OpenBaselines(path); err == nil || b == nil || b.Hashrate(key) != nil {
		t.Errorf("damaged: %v %v", b, err)
	}
	var none *Baselines
	none.Learn(key, 5)
	if none.Hashrate(key) != nil || none.Save() != nil {
		t.Error("no baselines know something")
	}
}

// A program that gets no processor because of other work is slow, dark or mute through no fault of its own.
func TestWatchdogCrowded(t *testing.T) {
	w := watching(t, &Watchdog{})
	w.fine(10*time.Minute, func(o *Observation) { o.Accepted = new(*o.Accepted + 1) })
	w.o.Crowded = true
	zero := adit.Hashrate(0)
	w.o.Hashrate = &zero
	w.fine(time.Hour, nil)
	w.o.Hashrate, w.o.Accepted = nil, nil
	w.fine(time.Hour, nil)
	w.o.Crowded = false
	w.wants(RemedyRestart, 15*time.Minute, "has not answered", nil)
}
