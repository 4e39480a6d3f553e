package rpc

import (
	"context"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
)

// keepVerdicts is how long the verdicts of a worker that has left are remembered; then its retries are duplicates.
const keepVerdicts = 10 * time.Minute

const recentVerdicts = 256

// solution is what makes a share the same share.
type solution struct {
	job    string
	nonce  uint32
	result [32]byte
}

// verdicts are a member's newest shares and what was said of them, so that a share whose answer was lost on the way can be
// asked about again. They outlive registrations.
type verdicts struct {
	mu   sync.Mutex
	used time.Time
	seen map[solution]*pending
	ring []solution
	at   int
}

// pending is a share that the crew judges, or has.
type pending struct {
	done    chan struct{}
	verdict coop.Verdict
}

func (v *verdicts) idle(now time.Time) time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	return now.Sub(v.used)
}

// find is a share that is known already, nil where it is new. New ones are remembered.
func (v *verdicts) find(k solution, now time.Time, retry bool) (p *pending, known bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.used = now
	if p = v.seen[k]; p != nil && retry {
		return p, true
	}
	p = &pending{done: make(chan struct{})}
	if v.seen == nil {
		v.seen = map[solution]*pending{}
	}
	if _, again := v.seen[k]; again { // sent twice without being a retry: the crew judges it, what was said first stays
		return p, false
	}
	v.seen[k] = p
	if len(v.ring) < recentVerdicts {
		v.ring = append(v.ring, k)
		return p, false
	}
	delete(v.seen, v.ring[v.at])
	v.ring[v.at] = k
	v.at = (v.at + 1) % recentVerdicts
	return p, false
}

// judged keeps a verdict. One that is none (the ledger could not write) is forgotten: the share may come again.
func (v *verdicts) judged(k solution, p *pending, o coop.Verdict) {
	v.mu.Lock()
	if o.Outcome == "" && v.seen[k] == p {
		delete(v.seen, k)
	}
	v.mu.Unlock()
	p.verdict = o
	close(p.done)
}

func (p *pending) wait(ctx context.Context) (coop.Verdict, error) {
	select {
	case <-p.done:
		return p.verdict, nil
	case <-ctx.Done():
		return coop.Verdict{}, adit.Errorf(adit.Timeout, "the share is still being judged")
	}
}
