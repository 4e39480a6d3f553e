package proc

import (
	"fmt"
	"math"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/wording"
)

// Watchdog decides from readings whether a program that runs still works. It looks at what comes of the work, the
// accepted shares and the hashrate compared with this machine's own past, never at what the program thinks of itself.
// One Watchdog watches one program; it is not safe for concurrent use. The zero value works without a baseline.
type Watchdog struct {
	Rules    WatchRules
	Baseline *Baselines // nil = no comparison with the past
	Key      string     // of the baseline: see BaselineKey

	last     *Observation
	expected float64       // shares that should have been accepted since the last one was
	silent   time.Duration // of mining without an accepted share
	warm     time.Duration // of mining since the start or the last pause
	slow     time.Duration // of mining far under the baseline
	dark     time.Duration // of mining with no hashrate at all, ever
	mute     time.Duration // without any answer from the program
	typical  float64       // smoothed non-zero hashrate of this run, H/s; 0 = none yet
	budget   ledger
}

// WatchRules are the watchdog's thresholds; zero fields take the defaults given.
type WatchRules struct {
	Shares   float64       // restart when this many shares should have come and none did; 15
	Floor    time.Duration // ... but not before this long without one; 60 s
	Dark     time.Duration // restart when no hashrate was ever seen, or the program did not answer, this long; 10 min
	Slow     float64       // far under the baseline is this part of it; 0.5
	SlowFor  time.Duration // restart when far under it this long; 5 min
	WarmUp   time.Duration // the first part of a run is not compared nor learned; 5 min
	Restarts int           // more than this many restarts within Window end in quarantine; 3
	Window   time.Duration // 1 h
}

func (r WatchRules) withDefaults() WatchRules {
	def(&r.Shares, 15)
	def(&r.Floor, time.Minute)
	def(&r.Dark, 10*time.Minute)
	def(&r.Slow, 0.5)
	def(&r.SlowFor, 5*time.Minute)
	def(&r.WarmUp, 5*time.Minute)
	def(&r.Restarts, 3)
	def(&r.Window, time.Hour)
	return r
}

// Observation is one reading of a program, taken by the agent.
type Observation struct {
	At         time.Time      // of the reading, by time.Now (its monotonic part guards against clock jumps)
	PID        int            // a change means a new run
	Wanted     bool           // the program should be mining
	Paused     bool           // paused or held: not expected to work
	Connected  bool           // to a pool that gave it a job
	Ready      bool           // datasets are built
	Crowded    bool           // other work on the computer keeps it from a processor: no fault of its own
	Accepted   *uint64        // shares accepted since the program started; nil = unknown
	Difficulty *float64       // of the pool's shares: hashes per share; nil = unknown
	Hashrate   *adit.Hashrate // nil = unknown
}

// working reports whether shares and hashes are due.
func (o Observation) working() bool {
	return o.Wanted && !o.Paused && !o.Crowded && o.Connected && o.Ready
}

// Remedy is what a watchdog asks for; "" = nothing.
type Remedy string

// The remedies.
const (
	RemedyNone       Remedy = ""
	RemedyRestart    Remedy = "restart"    // Process.Restart
	RemedyQuarantine Remedy = "quarantine" // Process.Quarantine: restarts did not help
)

// Verdict is a remedy and, in words for a person, why.
type Verdict struct {
	Remedy Remedy
	Words  string
}

// maxStep is the longest time between two readings that counts as observed. After a suspend or without an agent
// nothing was; so a program must be read at least once a minute.
const maxStep = time.Minute

// between is the observed time between two readings.
func between(prev, o *Observation) time.Duration {
	if d := o.At.Sub(prev.At); d > 0 && d <= maxStep {
		return d
	}
	return 0
}

// Observe takes one reading and says what to do.
func (w *Watchdog) Observe(o Observation) Verdict {
	rules := w.Rules.withDefaults()
	prev := w.last
	if verdict, told := w.mutely(prev, &o, rules); told {
		return verdict
	}
	w.last = &o
	if prev == nil || prev.PID != o.PID || !prev.working() || !o.working() {
		w.rest(prev, o)
		return Verdict{}
	}
	step := between(prev, &o)
	w.warm += step
	w.shares(prev, o, step)
	w.rate(o, step, rules)
	words := w.complaint(o, rules)
	if words == "" {
		return Verdict{}
	}
	w.forget()
	return w.remedy(words, o.At, rules)
}

// mutely deals with a program that gave no answer: what it last said still stands, so that shares stay due, and one
// that says nothing for long is as dead as one that hashes nothing.
func (w *Watchdog) mutely(prev, o *Observation, rules WatchRules) (Verdict, bool) {
	if o.Accepted != nil || o.Hashrate != nil || prev == nil || prev.PID != o.PID || !o.Wanted || o.Paused || o.Crowded {
		w.mute = 0
		return Verdict{}, false
	}
	w.mute += between(prev, o)
	o.Connected, o.Ready, o.Accepted, o.Difficulty = prev.Connected, prev.Ready, prev.Accepted, prev.Difficulty
	if w.mute < rules.Dark {
		return Verdict{}, false
	}
	words := fmt.Sprintf("the program has not answered for %s", wording.Length(w.mute.Round(time.Second)))
	w.last = o
	w.mute = 0
	w.forget()
	return w.remedy(words, o.At, rules), true
}

// rest begins afresh where nothing is due: a new run, a pause, a lost pool. A pool lost for a moment keeps the warmth.
func (w *Watchdog) rest(prev *Observation, o Observation) {
	newRun := prev == nil || prev.PID != o.PID
	warm, typical := w.warm, w.typical
	w.forget()
	if !newRun && o.Wanted && !o.Paused {
		w.warm, w.typical = warm, typical
	}
}

func (w *Watchdog) forget() {
	w.expected, w.silent, w.warm, w.slow, w.dark, w.typical = 0, 0, 0, 0, 0, 0
}

// shares adds up what should have been accepted. Adding per reading rather than multiplying at the end stays right
// when vardiff moves the difficulty.
func (w *Watchdog) shares(prev *Observation, o Observation, step time.Duration) {
	if o.Accepted != nil && prev.Accepted != nil && *o.Accepted != *prev.Accepted {
		w.expected, w.silent = 0, 0
		return
	}
	if o.Accepted == nil || o.Difficulty == nil || !(*o.Difficulty > 0) {
		return
	}
	w.silent += step
	w.expected += w.due() * step.Seconds() / *o.Difficulty
}

// due is the hashrate to expect: what this run showed, else what this machine is used to. Not what the program shows
// now: one that shows zero would never be missed.
func (w *Watchdog) due() float64 {
	if w.typical > 0 {
		return w.typical
	}
	if base := w.Baseline.Hashrate(w.Key); base != nil {
		return float64(*base)
	}
	return 0
}

func (w *Watchdog) rate(o Observation, step time.Duration, rules WatchRules) {
	h := 0.0
	if o.Hashrate != nil && float64(*o.Hashrate) > 0 && !math.IsInf(float64(*o.Hashrate), 0) {
		h = float64(*o.Hashrate)
	}
	switch {
	case h > 0 && w.typical == 0:
		w.typical = h
	case h > 0:
		w.typical += 0.1 * (h - w.typical)
	case w.typical == 0:
		w.dark += step
	}
	base := w.Baseline.Hashrate(w.Key)
	far := base != nil && h < rules.Slow*float64(*base)
	switch {
	case w.warm < rules.WarmUp:
	case far && (o.Hashrate != nil || w.typical > 0):
		w.slow += step
	case h > 0 && !far:
		w.slow = 0
		w.Baseline.Learn(w.Key, adit.Hashrate(h))
	}
}

// complaint is what is wrong, "" = nothing.
func (w *Watchdog) complaint(o Observation, rules WatchRules) string {
	switch {
	case w.expected >= rules.Shares && w.silent >= rules.Floor:
		return fmt.Sprintf("no share was accepted for %s, in which about %.0f were due at %s and difficulty %.0f",
			wording.Length(w.silent.Round(time.Second)), w.expected, adit.Hashrate(w.due()), *o.Difficulty)
	case w.slow >= rules.SlowFor:
		now := "no hashrate"
		if o.Hashrate != nil {
			now = o.Hashrate.String()
		}
		return fmt.Sprintf("%s for %s, this machine's own warm rate is %s", now, wording.Length(w.slow.Round(time.Second)), *w.Baseline.Hashrate(w.Key))
	case w.dark >= rules.Dark:
		return fmt.Sprintf("no hashrate at all for %s although it is ready and connected", wording.Length(w.dark.Round(time.Second)))
	}
	return ""
}

func (w *Watchdog) remedy(words string, at time.Time, rules WatchRules) Verdict {
	w.budget.budget = Budget{Max: rules.Restarts, Window: rules.Window}
	if w.budget.spend(at) {
		return Verdict{RemedyRestart, words}
	}
	return Verdict{RemedyQuarantine, fmt.Sprintf("%s within %s did not help: %s", wording.Count(len(w.budget.times), "restart"), wording.Length(rules.Window), words)}
}

// Released forgets the restarts so far; to be called when a person releases the program.
func (w *Watchdog) Released() {
	w.forget()
	w.budget.refill()
}
