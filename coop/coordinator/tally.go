package coordinator

import (
	"sync"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/crew"
)

// mostTallied is how many jobs' shares are counted at least.
const mostTallied = 512

// tally counts the shares of the newest jobs.
type tally struct {
	mu    sync.Mutex
	most  int // jobs
	byJob map[string]*jobCount
	order []string
}

type jobCount struct{ accepted, rejected uint64 }

func (t *tally) share(s *crew.Share) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.byJob[s.JobID]
	if n == nil {
		return // not a job of ours
	}
	if s.Outcome.Accepted() {
		n.accepted++
	} else if s.Outcome != "" {
		n.rejected++
	}
}

func (t *tally) job(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byJob == nil {
		t.byJob = map[string]*jobCount{}
	}
	if len(t.order) >= max(t.most, 1) {
		delete(t.byJob, t.order[0])
		t.order = t.order[1:]
	}
	t.byJob[id] = new(jobCount)
	t.order = append(t.order, id)
}

func (t *tally) of(id string) (accepted, rejected uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := t.byJob[id]; n != nil {
		return n.accepted, n.rejected
	}
	return 0, 0
}

// effort is the work done since the last block, in blocks' worth.
type effort struct {
	mu      sync.Mutex
	network adit.Hashes // of the newest work; zero = unknown
	done    float64
}

func (e *effort) work(network *adit.Hashes) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.network = (adit.Hashes{}); network != nil {
		e.network = *network
	}
}

func (e *effort) share(s *crew.Share) {
	if !s.Outcome.Accepted() {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.network.IsZero() {
		e.done += s.Difficulty.Float() / e.network.Float()
	}
	if s.Block {
		e.done = 0
	}
}

// begin takes what was done before this coordinator started.
func (e *effort) begin(done float64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.done += done
}

// now is nil where the upstream does not tell the network's difficulty.
func (e *effort) now() *float64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.network.IsZero() {
		return nil
	}
	d := e.done
	return &d
}
