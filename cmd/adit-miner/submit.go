package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/adit-mining/adit/pow/engine"
	"github.com/adit-mining/adit/stratum"
)

// inFlight is how many shares wait for verdicts at most; further ones wait in the engine's queue.
const inFlight = 64

// bestKept is how many of the best shares are remembered. Source: xmrig NetworkState (topDiff, 10).
const bestKept = 10

// results is what is counted of shares besides the pool's own counters.
type results struct {
	mu   sync.Mutex
	best []uint64 // difficulties, highest first
	took time.Duration
	n    int // verdicts that took is of
}

// submit sends found shares until ctx ends.
func (m *miner) submit(ctx context.Context) {
	room := make(chan struct{}, inFlight)
	var all sync.WaitGroup
	defer all.Wait()
	for {
		var s engine.Share
		select {
		case <-ctx.Done():
			return
		case s = <-m.engine.Shares():
		}
		select {
		case <-ctx.Done():
			return
		case room <- struct{}{}:
		}
		all.Go(func() {
			m.submitOne(ctx, s)
			<-room
		})
	}
}

func (m *miner) submitOne(ctx context.Context, s engine.Share) {
	job := s.Tag.(stratum.Job)
	began := time.Now()
	v, err := m.pool.Submit(ctx, job.Share(s.Nonce, s.Hash))
	took := time.Since(began)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		m.log.WarnContext(ctx, "share lost", "job", s.JobID, "error", err)
		return
	}
	st := m.pool.Status()
	line := fmt.Sprintf("(%d/%d) diff %d (%d ms)", st.Accepted, st.Rejected+st.Stale, job.Difficulty(), took.Milliseconds())
	if v.Outcome.Accepted() {
		m.results.accepted(s.Difficulty(), took)
		m.log.InfoContext(ctx, "accepted "+line)
		return
	}
	if v.Outcome == "" {
		m.log.WarnContext(ctx, "not judged "+line, "reason", v.Text)
		return
	}
	m.log.WarnContext(ctx, "rejected "+line, "outcome", v.Outcome, "reason", v.Text)
}

// accepted remembers a share.
func (r *results) accepted(difficulty uint64, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i, _ := slices.BinarySearchFunc(r.best, difficulty, func(a, b uint64) int {
		if a > b {
			return -1
		}
		return 1
	})
	r.best = slices.Insert(r.best, i, difficulty)
	r.best = r.best[:min(len(r.best), bestKept)]
	r.took += took
	r.n++
}

// top are the difficulties of the best accepted shares, highest first.
func (r *results) top() []uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.best)
}
