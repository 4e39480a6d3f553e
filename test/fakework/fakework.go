// Package fakework mines for fake programs: real Stratum, and a hash (SHA-256) that needs no memory and no library.
// Start reading at Worker.
package fakework

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum"
)

// tick and perTick set the speed: about 200 H/s, so that practice's first difficulty gives two shares a second.
const (
	tick    = 100 * time.Millisecond
	perTick = 20
)

// each is how many hashes are done per tick for one whose first job is j: more where that is hard, so that its share
// comes within some two seconds.
func each(j stratum.Job) int { return max(perTick, int(j.Difficulty()/20)) }

// Hasher hashes as a Worker does; it is a verify.Hasher.
type Hasher struct{}

// Hash hashes blobs.
func (Hasher) Hash(_ context.Context, _ adit.Algorithm, _ [32]byte, blobs [][]byte) ([][32]byte, error) {
	out := make([][32]byte, len(blobs))
	for i, b := range blobs {
		out[i] = sha256.Sum256(b)
	}
	return out, nil
}

// Worker tries nonces at a steady, low rate and submits what is below the target.
type Worker struct {
	Pool *stratum.Failover

	began time.Time
	news  chan stratum.Job
	share func(stratum.Verdict, error)

	mu     sync.Mutex
	paused bool
	hashes uint64
}

// New makes a worker for pools, in order of preference. job and share, which may be nil, are told of each new job and of
// the pool's word on each share.
func New(pools []stratum.Pool, log *slog.Logger, job func(stratum.Job), share func(stratum.Verdict, error)) (*Worker, error) {
	w := &Worker{began: time.Now(), news: make(chan stratum.Job, 16), share: share}
	var err error
	w.Pool, err = stratum.NewFailover(stratum.FailoverOptions{Pools: pools, Log: log, OnJob: func(j stratum.Job) {
		if job != nil {
			job(j)
		}
		w.news <- j
	}})
	return w, err
}

// Run mines until ctx ends.
func (w *Worker) Run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { _ = w.Pool.Run(ctx) })
	all.Go(func() { w.hash(ctx, &all) })
	all.Wait()
}

func (w *Worker) hash(ctx context.Context, all *sync.WaitGroup) {
	t := time.NewTicker(tick)
	defer t.Stop()
	var job *stratum.Job
	var nonce uint32
	var many int
	for {
		select {
		case <-ctx.Done():
			return
		case j := <-w.news:
			job, nonce = &j, first(j)
			if many == 0 {
				many = each(j)
			}
		case <-t.C:
			if job == nil || w.Paused() {
				continue
			}
			for range many {
				nonce++
				w.try(ctx, *job, nonce, all)
			}
		}
	}
}

// first is where the search of a job begins: where it says, and with the byte that belongs to the pool.
func first(j stratum.Job) uint32 {
	if j.Place != nil {
		return j.Place.Start
	}
	if off, width, ok := j.Algorithm.Nonce(); ok && width == 4 && j.Nicehash {
		return binary.LittleEndian.Uint32(j.Blob[off:])
	}
	return 0
}

func (w *Worker) try(ctx context.Context, j stratum.Job, nonce uint32, all *sync.WaitGroup) {
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], nonce)
	blob, err := j.WithNonce(b[:])
	if err != nil {
		return
	}
	w.mu.Lock()
	w.hashes++
	w.mu.Unlock()
	h := sha256.Sum256(blob)
	if !stratum.Meets(h, j.Target) {
		return
	}
	all.Go(func() {
		v, err := w.Pool.Submit(ctx, j.Share(b[:], h))
		if w.share != nil {
			w.share(v, err)
		}
	})
}

// Pause stops hashing, or lets it go on.
func (w *Worker) Pause(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.paused = on
}

// Paused reports whether it was told to pause.
func (w *Worker) Paused() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.paused
}

// Age is the time since it was made.
func (w *Worker) Age() time.Duration { return time.Since(w.began) }

// Rate is the mean since the start, in H/s, with two digits after the point, so that a busy computer does not make it 0;
// of the first second, what was done in it.
func (w *Worker) Rate() float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return math.Round(100*float64(w.hashes)/max(1, w.Age().Seconds())) / 100
}

// Mine works on one connection until it ends or ctx does; share is told of the pool's word on each share.
func Mine(ctx context.Context, p stratum.Pool, share func(stratum.Verdict, error)) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c, err := stratum.Dial(ctx, p, nil, nil)
	if err != nil {
		return
	}
	var all sync.WaitGroup
	defer all.Wait()
	defer c.Close()
	all.Go(func() {
		defer cancel()
		_ = c.Run(ctx, func(stratum.Job) {})
	})
	t := time.NewTicker(tick)
	defer t.Stop()
	var job string
	var nonce uint32
	var many int
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		j := c.Job()
		if j.ID != job {
			job, nonce = j.ID, first(j)
			if many == 0 {
				many = each(j)
			}
		}
		for range many {
			nonce++
			var b [4]byte
			binary.LittleEndian.PutUint32(b[:], nonce)
			blob, err := j.WithNonce(b[:])
			if err != nil {
				continue
			}
			if h := sha256.Sum256(blob); stratum.Meets(h, j.Target) {
				all.Go(func() { share(c.Submit(ctx, j.Share(b[:], h))) })
			}
		}
	}
}
