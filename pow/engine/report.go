package engine

import (
	"fmt"
	"time"

	"github.com/adit-mining/adit"
)

// State is what the engine does, in one word.
type State string

// The states.
const (
	StateWaiting   State = "waiting"   // no job yet
	StateStarting  State = "starting"  // memory is being made, no hash yet
	StateHashing   State = "hashing"   // light or fast, see Mode
	StatePaused    State = "paused"    // memory kept, no CPU used
	StateExhausted State = "exhausted" // the job's nonces are used up
	StateStopped   State = "stopped"   // memory freed
	StateFailed    State = "failed"    // no memory to hash with; it tries again
)

// Report says what an engine does. A nil pointer means: not known (yet).
type Report struct {
	State     State
	Reason    string         // why it is so, in words; "" where there is nothing to say
	Mode      Mode           // Starting, Light or Fast
	Algorithm adit.Algorithm // of the current job, "" without one
	Paused    bool
	Hashrate  Rates
	Highest   *adit.Hashrate // the highest 10 s rate so far
	Hashes    uint64         // computed since the start
	Lost      uint64         // shares nobody fetched in time
	Threads   []ThreadReport
	Progress  *float64       // of the dataset, 0 to 1; nil without one
	Build     *time.Duration // how long the dataset took, or takes so far; nil without one
	Pages     Pages          // reserved huge pages
	RSS       *adit.Bytes    // resident memory without reserved huge pages
	HugePages *adit.Bytes    // reserved huge pages in use
}

// ThreadReport is one thread's part.
type ThreadReport struct {
	CPU      *int // it is bound to, nil: the system decides
	Hashrate Rates
	Mode     Mode   // "" while it waits
	Err      string // why it cannot hash
}

// status is what supply tells about its work.
type status struct {
	reason  string
	filling *filling
	began   time.Time
}

// tell notes what supply does for the reports.
func (e *Engine) tell(s status) {
	s.began = time.Now()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.told = s
}

// Report tells how it goes.
func (e *Engine) Report() Report {
	e.mu.Lock()
	told := e.told
	e.mu.Unlock()
	a := e.now.Load()
	r := Report{Paused: a.paused, Hashes: e.hashes(), Lost: e.lost.Load(), Reason: told.reason, Mode: Starting}
	if a.work != nil {
		r.Algorithm = a.work.job.Algorithm
	}
	var each []Rates
	r.Hashrate, each, r.Highest = e.pace.rates()
	for i, t := range e.threads {
		tr := ThreadReport{CPU: t.cpu, Hashrate: each[i]}
		if st := t.state.Load(); st != nil {
			tr.Mode, tr.Err = st.mode, st.err
			r.Pages = r.Pages.plus(st.pages)
			if st.mode == Fast || st.mode == Light && r.Mode != Fast {
				r.Mode = st.mode
			}
		}
		r.Threads = append(r.Threads, tr)
	}
	r.Pages = r.Pages.plus(a.pages())
	if f := told.filling; f != nil {
		p, d := f.progress(), time.Duration(f.spent.Load())
		if !f.full() {
			d = time.Since(told.began)
		}
		r.Progress, r.Build = &p, &d
	}
	r.RSS, r.HugePages = e.mem.Self()
	r.State, r.Reason = e.stateOf(a, r)
	if r.State == StatePaused {
		r.rest()
	}
	return r
}

// rest says that nothing is hashed now: the shortest window would still tell of the time before. The longer ones are
// averages, and stay.
func (r *Report) rest() {
	r.Hashrate[0] = new(adit.Hashrate)
	for i := range r.Threads {
		r.Threads[i].Hashrate[0] = new(adit.Hashrate)
	}
}

// stateOf sums it up.
func (e *Engine) stateOf(a *assignment, r Report) (State, string) {
	switch {
	case a.closed || a.halted:
		return StateStopped, "stopped; resume starts it again"
	case a.paused:
		return StatePaused, "paused; the memory is kept"
	case a.work == nil:
		return StateWaiting, "waits for a job"
	case a.work.nonces.ended.Load():
		return StateExhausted, fmt.Sprintf("all %d nonces of the job are tried; waits for the next job", a.work.nonces.limit)
	case r.Mode != Starting:
		return StateHashing, r.Reason
	}
	for _, t := range r.Threads {
		if t.Err != "" {
			return StateFailed, t.Err
		}
	}
	return StateStarting, r.Reason
}

// pages are the huge pages of the sources in use.
func (a *assignment) pages() (p Pages) {
	for _, s := range []*source{a.light, a.fast} {
		if s != nil {
			p = p.plus(s.pages)
		}
	}
	return p
}
