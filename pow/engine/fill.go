package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// fillChunk is how many items one call computes: RandomX makes about a million a second and core, so a build can be
// paused or broken off within some 20 ms.
const fillChunk = 16384

// filling is a dataset being computed. It can be broken off and gone on with later, by more or fewer threads.
type filling struct {
	dataset Dataset
	cache   Cache
	items   uint64
	next    atomic.Uint64 // first item nobody has taken
	done    atomic.Uint64 // items computed
	spent   atomic.Int64  // nanoseconds of wall time so far, pauses apart
}

func newFilling(d Dataset, c Cache) *filling { return &filling{dataset: d, cache: c, items: d.Items()} }

// progress goes from 0 to 1.
func (f *filling) progress() float64 { return float64(f.done.Load()) / float64(f.items) }

func (f *filling) full() bool { return f.done.Load() >= f.items }

// run computes with n threads until the dataset is full (nil) or ctx ends. A chunk once taken is always computed.
func (f *filling) run(ctx context.Context, e *Engine, n int) error {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			e.keepOSThread(e.cfg.cpu(i))
			for f.chunk(ctx, e, n) {
			}
		})
	}
	began := time.Now()
	all.Wait()
	f.spent.Add(int64(time.Since(began)))
	if f.full() {
		return nil
	}
	return ctx.Err()
}

// chunk computes one chunk; false when there is none left or ctx has ended. It waits while the engine is paused.
func (f *filling) chunk(ctx context.Context, e *Engine, n int) bool {
	for {
		a := e.now.Load()
		if ctx.Err() != nil {
			return false
		}
		if !a.paused {
			break
		}
		paused := time.Now()
		select {
		case <-a.changed:
		case <-ctx.Done():
		}
		f.spent.Add(-int64(time.Since(paused)) / int64(n))
	}
	first := f.next.Add(fillChunk) - fillChunk
	if first >= f.items {
		return false
	}
	count := min(fillChunk, f.items-first)
	f.dataset.Fill(f.cache, first, count)
	f.done.Add(count)
	return true
}
