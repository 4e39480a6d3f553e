package main

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/pow/engine"
	"github.com/adit-mining/adit/pow/randomx"
)

// bench is an engine without a pool.
type bench struct {
	o      benchOptions
	errs   io.Writer // for people
	lib    *catcher
	engine *engine.Engine
	cancel context.CancelFunc
	ended  chan struct{}

	run atomic.Pointer[benchRun]
}

// benchRun is one measured stretch. Each thread's hashes are summed on its own cache line.
type benchRun struct {
	sum   atomic.Uint64
	count atomic.Uint64
	want  uint64
	full  chan struct{}
	once  sync.Once
}

func newBench(o benchOptions) (*bench, error) {
	lib, err := randomx.Open(randomx.Options{NoHugePages: o.noHuge, NoTransparent: o.noTHP})
	if err != nil {
		return nil, err
	}
	cpus, err := o.affinity.ints()
	if err != nil {
		return nil, err
	}
	b := &bench{o: o, lib: &catcher{Library: lib}, ended: make(chan struct{})}
	b.engine, err = engine.New(engine.Config{
		Library: b.lib, Threads: o.threads, Affinity: cpus, Mode: engine.Mode(o.mode), Tap: b.tap,
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	b.cancel = cancel
	go func() {
		defer close(b.ended)
		_ = b.engine.Run(ctx) // never fails
	}()
	return b, nil
}

func (b *bench) close() {
	b.cancel()
	<-b.ended
}

// tap sums up the hashes of the current run.
func (b *bench) tap(_ uint64, h *[32]byte) {
	r := b.run.Load()
	if r == nil {
		return
	}
	v := engine.Value(h)
	for {
		old := r.sum.Load()
		if r.sum.CompareAndSwap(old, old^v) {
			break
		}
	}
	if r.count.Add(1) == r.want {
		r.once.Do(func() { close(r.full) })
	}
}

// job hashes nonces 0 to limit-1 of the benchmark's blob; other is a blob of no interest.
func (b *bench) job(limit uint64, other byte) error {
	blob := make([]byte, 112)
	blob[100] = other
	return b.engine.SetJob(engine.Job{ID: "bench", Algorithm: adit.RandomX, Blob: blob, Target: 1, Limit: limit})
}

// ready waits until all threads hash in their final mode.
func (b *bench) ready(ctx context.Context) error {
	if err := b.job(0, 1); err != nil {
		return err
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		r := b.engine.Report()
		if r.State == engine.StateFailed {
			return adit.Errorf(adit.Refused, "%s", r.Reason)
		}
		busy := 0
		for _, t := range r.Threads {
			if t.Mode != "" && (r.Progress == nil || t.Mode == engine.Fast) {
				busy++
			}
		}
		if busy == len(r.Threads) {
			return nil
		}
	}
}

// hash computes so many nonces, or goes on for a time when that is 0.
func (b *bench) hash(ctx context.Context, nonces uint64, length time.Duration) (n uint64, took time.Duration, sum uint64, err error) {
	b.engine.Pause()
	defer b.engine.Pause()
	if err := b.settle(ctx); err != nil {
		return 0, 0, 0, err
	}
	r := &benchRun{want: nonces, full: make(chan struct{})}
	b.run.Store(r)
	defer b.run.Store(nil)
	limit := nonces
	if limit == 0 {
		limit = 1<<32 - 1
	}
	b.engine.ClearJob()
	if err := b.fresh(limit); err != nil {
		return 0, 0, 0, err
	}
	began := time.Now()
	b.engine.Resume()
	var end <-chan time.Time
	if nonces == 0 {
		t := time.NewTimer(length)
		defer t.Stop()
		end = t.C
	}
	select {
	case <-ctx.Done():
		return 0, 0, 0, ctx.Err()
	case <-r.full:
	case <-end:
	}
	return r.count.Load(), time.Since(began), r.sum.Load(), nil
}

// settle waits until a pause has taken hold: no hash is counted any more.
func (b *bench) settle(ctx context.Context) error {
	for last := b.engine.Report().Hashes; ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
		now := b.engine.Report().Hashes
		if now == last {
			return nil
		}
		last = now
	}
}

// fresh gives the engine the benchmark's job with all its nonces still to try. The engine remembers the nonces of
// recent blobs, so it must have seen others since.
func (b *bench) fresh(limit uint64) error {
	for i := range byte(40) {
		if err := b.job(1, 2+i); err != nil {
			return err
		}
	}
	return b.job(limit, 0)
}
