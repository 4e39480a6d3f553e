package coordinator

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/crew"
	"github.com/adit-mining/adit/coop/payout"
	"github.com/adit-mining/adit/coop/view"
)

// mostTallied is how many jobs' shares are counted at least.
const mostTallied = 512

// tally counts the shares of the newest jobs.
type tally struct {
	mu    sync.Mutex
	most  int // jobs
	byJob map[string]*jobCount
	order []string
	began map[coop.Lane]time.Time // of each lane's newest job
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

// job counts a new job from now on; lasted is how long the one before it on its lane was the newest, false = it is the
// lane's first.
func (t *tally) job(id string, l coop.Lane) (lasted time.Duration, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byJob == nil {
		t.byJob, t.began = map[string]*jobCount{}, map[coop.Lane]time.Time{}
	}
	before, ok := t.began[l]
	lasted = time.Since(before)
	t.began[l] = time.Now()
	if len(t.order) >= max(t.most, 1) {
		delete(t.byJob, t.order[0])
		t.order = t.order[1:]
	}
	t.byJob[id] = new(jobCount)
	t.order = append(t.order, id)
	return lasted, ok
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

// recallEffort adds up what was done since the last block before this coordinator started.
func (c *Coordinator) recallEffort(ctx context.Context) {
	to := c.recorded
	if to == 0 {
		return
	}
	from := uint64(1)
	blocks, err := c.book.Blocks(ctx, adit.LocalOwner("loop"), view.PageQuery{Limit: 1})
	if err == nil && len(blocks) > 0 {
		from = blocks[0].Share + 1
	}
	var t payout.Tally
	if err == nil && from <= to {
		t, err = c.ledger.Tally(ctx, payout.ByScore, from, to)
	}
	if err != nil {
		if ctx.Err() == nil {
			c.o.Log.Warn("the effort of the present round begins anew: the ledger could not be added up", "err", err)
		}
		return
	}
	c.effort.begin(float64(t.Total.Hi) + math.Ldexp(float64(t.Total.Lo), -64))
}
