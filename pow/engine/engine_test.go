package engine

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/adit-mining/adit"
)

const plenty = 16 << 30

// TestLightThenFast: hashes within a second of the job, the dataset's progress meanwhile, then all threads fast.
func TestLightThenFast(t *testing.T) {
	inBubble(t, plenty, nil, func(t *testing.T, b bench) {
		if r := b.Report(); r.State != StateWaiting || r.Mode != Starting || r.Progress != nil || r.Hashrate[0] != nil {
			t.Errorf("before a job: %+v", r)
		}
		b.job(t, jobOf("a", 1))
		after(time.Second)
		r := b.Report()
		if r.Mode != Light || r.State != StateHashing || r.Hashes == 0 || r.Reason == "" {
			t.Errorf("while the dataset is built: %+v", r)
		}
		if r.Progress == nil || *r.Progress <= 0 || *r.Progress >= 1 || r.Build == nil {
			t.Errorf("progress %v, build %v", r.Progress, r.Build)
		}
		if b.lib.vms.Load() != 1 {
			t.Errorf("%d threads hash in light mode, want 1", b.lib.vms.Load())
		}
		after(5 * time.Second) // 501 chunks of 20 ms by two builders
		r = b.Report()
		if r.Mode != Fast || r.Progress == nil || *r.Progress != 1 || b.lib.vms.Load() != 2 || b.lib.caches.Load() != 0 {
			t.Errorf("after the build: %+v, %d VMs, %d caches", r, b.lib.vms.Load(), b.lib.caches.Load())
		}
		if s := r.Build.Seconds(); math.Abs(s-5.02) > 0.15 {
			t.Errorf("the build took %v s, want 5.02", s)
		}
		if want := (Pages{Got: 3, Want: 4}); r.Pages != want {
			t.Errorf("pages %v, want %v", r.Pages, want)
		}
	})
}

// TestLittleMemory: under 3 GiB every thread stays in light mode and the report says why.
func TestLittleMemory(t *testing.T) {
	inBubble(t, 3<<30-1<<20, nil, func(t *testing.T, b bench) {
		b.job(t, jobOf("a", 1))
		after(time.Minute)
		r := b.Report()
		if r.Mode != Light || b.lib.vms.Load() != 2 || b.lib.filled.Load() != 0 || r.Progress != nil {
			t.Errorf("%+v", r)
		}
		if want := "light mode: 3.0 GiB of memory are available and the fast mode needs 3.0 GiB"; r.Reason != want {
			t.Errorf("reason %q", r.Reason)
		}
	})
}

// TestNoDataset: when the dataset cannot be allocated, light mode goes on.
func TestNoDataset(t *testing.T) {
	inBubble(t, plenty, func(_ *Config, l *fakeLib) { l.noDataset.Store(true) }, func(t *testing.T, b bench) {
		b.job(t, jobOf("a", 1))
		after(time.Minute)
		if r := b.Report(); r.Mode != Light || r.Reason != "no memory for a dataset" || b.lib.vms.Load() != 2 {
			t.Errorf("%+v", r)
		}
	})
}

// TestNoCache: without memory for a cache the engine says so and tries again.
func TestNoCache(t *testing.T) {
	inBubble(t, plenty, func(_ *Config, l *fakeLib) { l.noCache.Store(true) }, func(t *testing.T, b bench) {
		b.job(t, jobOf("a", 1))
		after(time.Minute)
		if r := b.Report(); r.State != StateStarting || r.Reason != "no memory for a cache" {
			t.Errorf("%+v", r)
		}
		b.lib.noCache.Store(false)
		after(time.Minute)
		if r := b.Report(); r.Mode != Fast {
			t.Errorf("after memory came back: %+v", r)
		}
	})
}

// TestShares: every hash belongs to its nonce, no nonce is tried twice for a blob, shares carry the right job, across
// changes of job and mode.
func TestShares(t *testing.T) {
	var (
		mu   sync.Mutex
		seen = map[[32]byte]int{}
	)
	tap := func(_ uint64, h *[32]byte) {
		mu.Lock()
		defer mu.Unlock()
		seen[*h]++
	}
	inBubble(t, plenty, func(c *Config, _ *fakeLib) { c.Tap = tap }, func(t *testing.T, b bench) {
		jobs := map[string]Job{}
		for i := range 40 {
			j := jobOf(string(rune('A'+i%20)), byte(i/10)) // the second half comes back to blobs of the first
			j.ID += string(rune('a' + i/20))
			j.Target = math.MaxUint64 / 3
			jobs[j.ID] = j
			b.job(t, j)
			after(time.Duration(rand.IntN(3000)) * time.Millisecond)
		}
		b.end()
		shares := 0
		for len(b.Shares()) > 0 {
			s := <-b.Shares()
			shares++
			j := jobs[s.JobID]
			blob := append([]byte(nil), j.Blob...)
			copy(blob[39:], s.Nonce)
			if got := fakeHash(string(j.Seed[:]), blob); got != s.Hash {
				t.Fatalf("job %s nonce %x: the hash is of something else", s.JobID, s.Nonce)
			}
			if Value(&s.Hash) >= s.Target || s.Target != j.Target || s.Difficulty() < 3 {
				t.Errorf("share %+v is not below its target", s)
			}
		}
		r := b.Report()
		mu.Lock()
		defer mu.Unlock()
		for h, n := range seen {
			if n > 1 {
				t.Fatalf("hash %x was computed %d times", h, n)
			}
		}
		if len(seen) < 1000 || uint64(len(seen)) != r.Hashes || shares == 0 {
			t.Errorf("%d hashes, %d counted, %d shares", len(seen), r.Hashes, shares)
		}
		if r.Lost == 0 && shares < len(seen)/4 {
			t.Errorf("only %d shares of %d hashes", shares, len(seen))
		}
	})
}

// TestExhausted: when a job's nonces are used up the engine says so, idles, and goes on with the next job.
func TestExhausted(t *testing.T) {
	var mu sync.Mutex
	nonces := map[uint64]int{}
	tap := func(n uint64, _ *[32]byte) {
		mu.Lock()
		defer mu.Unlock()
		nonces[n]++
	}
	inBubble(t, plenty, func(c *Config, _ *fakeLib) { c.Mode, c.Tap = Light, tap }, func(t *testing.T, b bench) {
		j := jobOf("a", 1)
		copy(j.Blob[39:], []byte{1, 2, 3, 0xa7}) // a nonce that is not zero: nicehash
		j.Limit = 100
		b.job(t, j)
		after(time.Hour)
		r := b.Report()
		if r.State != StateExhausted || r.Hashes != 100 {
			t.Errorf("%+v", r)
		}
		b.job(t, j) // the same again brings no new nonces
		after(time.Minute)
		if r := b.Report(); r.Hashes != 100 {
			t.Errorf("%d hashes after the same job came again", r.Hashes)
		}
		b.job(t, jobOf("b", 1))
		after(time.Second)
		if r := b.Report(); r.State != StateHashing || r.Hashes <= 100 {
			t.Errorf("with a new job: %+v", r)
		}
		mu.Lock()
		defer mu.Unlock()
		for n := range uint64(100) {
			if nonces[n|0xa7000000] != 1 {
				t.Fatalf("nonce %d with the fixed byte was tried %d times", n, nonces[n|0xa7000000])
			}
		}
	})
}

// TestPause: nothing is computed while paused, neither hashes nor dataset; memory is kept.
func TestPause(t *testing.T) {
	inBubble(t, plenty, nil, func(t *testing.T, b bench) {
		b.job(t, jobOf("a", 1))
		after(time.Second)
		b.Pause()
		after(time.Second)
		hashes, filled := b.Report().Hashes, b.lib.filled.Load()
		after(3 * time.Hour)
		r := b.Report()
		if r.Hashes != hashes || b.lib.filled.Load() != filled || r.State != StatePaused || !r.Paused {
			t.Errorf("paused in the build: %+v, filled %d then %d", r, filled, b.lib.filled.Load())
		}
		b.job(t, jobOf("b", 1))
		b.Resume()
		after(6 * time.Second)
		if r := b.Report(); r.Mode != Fast || r.Build.Seconds() > 6 {
			t.Errorf("resumed: %+v (build %v)", r, r.Build)
		}
		b.Pause()
		after(time.Second)
		if r := b.Report(); r.Hashrate[0] == nil || *r.Hashrate[0] != 0 || r.Threads[0].Hashrate[0] == nil || *r.Threads[0].Hashrate[0] != 0 || r.Highest == nil || *r.Highest == 0 {
			t.Errorf("what it hashed before the pause is told as if it were now: %+v", r)
		}
		hashes = b.Report().Hashes
		after(time.Hour)
		if r := b.Report(); r.Hashes != hashes || b.lib.datasets.Load() != 1 || *r.Hashrate[0] != 0 {
			t.Errorf("paused in fast mode: %+v", r)
		}
		b.job(t, jobOf("c", 2)) // a new seed while paused: nothing is built before resume
		after(time.Minute)
		if b.lib.opens(2) != 0 {
			t.Error("a cache is made while paused")
		}
		b.Resume()
		after(10 * time.Second)
		if r := b.Report(); r.Mode != Fast || b.lib.opens(2) != 1 {
			t.Errorf("resumed with a new seed: %+v", r)
		}
	})
}

// TestHalt: halting frees all memory, resume starts afresh; the windows start again.
func TestHalt(t *testing.T) {
	inBubble(t, plenty, nil, func(t *testing.T, b bench) {
		b.job(t, jobOf("a", 1))
		after(2 * time.Second)
		b.Halt() // in the middle of the build
		after(2 * time.Second)
		if b.lib.caches.Load()+b.lib.datasets.Load()+b.lib.vms.Load() != 0 {
			t.Error("memory is kept after Halt")
		}
		r := b.Report()
		if r.State != StateStopped || r.Hashrate[0] != nil || r.Mode != Starting {
			t.Errorf("halted: %+v", r)
		}
		b.Resume()
		after(20 * time.Second)
		if r := b.Report(); r.Mode != Fast || r.Hashrate[0] == nil {
			t.Errorf("resumed: %+v", r)
		}
	})
}

// TestEndWhileBuilding is in inBubble's own check: the end takes less than two seconds.
func TestEndWhileBuilding(t *testing.T) {
	for _, at := range []time.Duration{0, 100 * time.Millisecond, 400 * time.Millisecond, 3 * time.Second} {
		inBubble(t, plenty, nil, func(t *testing.T, b bench) {
			b.job(t, jobOf("a", 1))
			after(at)
		})
	}
}

// TestHours: nothing ends by time.
func TestHours(t *testing.T) {
	slow := func(_ *Config, l *fakeLib) { l.hash = 200 * time.Millisecond }
	inBubble(t, plenty, slow, func(t *testing.T, b bench) {
		b.job(t, jobOf("a", 1))
		after(10 * time.Minute)
		before := b.Report().Hashes
		after(6 * time.Hour)
		r := b.Report()
		if got := r.Hashes - before; got < 6*3600*10-10 || got > 6*3600*10+10 {
			t.Errorf("%d hashes in six hours, want %d", got, 6*3600*10)
		}
		for i, w := range r.Hashrate {
			if w == nil || math.Abs(float64(*w)-10) > 0.3 {
				t.Errorf("window %v: %v, want 10 H/s", Windows[i], w)
			}
		}
		if r.Highest == nil || *r.Highest < 9.9 || *r.Highest > 10.5 {
			t.Errorf("highest %v", r.Highest)
		}
	})
}

// TestWindows: a window is nil until it is filled.
func TestWindows(t *testing.T) {
	inBubble(t, plenty, func(c *Config, _ *fakeLib) { c.Mode = Light }, func(t *testing.T, b bench) {
		b.job(t, jobOf("a", 1))
		for _, step := range []struct {
			at     time.Duration
			filled int
		}{{9 * time.Second, 0}, {12 * time.Second, 1}, {59 * time.Second, 1}, {62 * time.Second, 2}, {899 * time.Second, 2}, {902 * time.Second, 3}} {
			after(step.at - time.Since(started(b)))
			r := b.Report()
			for i := range Windows {
				if (r.Hashrate[i] != nil) != (i < step.filled) || (r.Threads[1].Hashrate[i] != nil) != (i < step.filled) {
					t.Errorf("after %v: window %v is %v", step.at, Windows[i], r.Hashrate[i])
				}
			}
		}
		if r := b.Report(); math.Abs(float64(*r.Hashrate[2])-20) > 0.2 || math.Abs(float64(*r.Threads[0].Hashrate[1])-10) > 0.2 {
			t.Errorf("rates %v and %v, want 20 and 10 H/s", *r.Hashrate[2], *r.Threads[0].Hashrate[1])
		}
	})
}

// started is when the bubble's clock began: midnight UTC 2000-01-01.
func started(bench) time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }

// TestSlowReader: a reader that never fetches shares holds nobody up.
func TestSlowReader(t *testing.T) {
	quick := func(_ *Config, l *fakeLib) { l.hash = time.Millisecond }
	inBubble(t, plenty, quick, func(t *testing.T, b bench) {
		j := jobOf("a", 1)
		j.Target = math.MaxUint64
		b.job(t, j)
		after(10 * time.Second)
		r := b.Report()
		if r.Lost == 0 || r.Lost+shareQueue != r.Hashes {
			t.Errorf("%d hashes, %d shares lost, %d queued", r.Hashes, r.Lost, len(b.Shares()))
		}
	})
}

// TestRefusedJobs: a job that cannot be worked on is refused with the field, and the old one goes on.
func TestRefusedJobs(t *testing.T) {
	inBubble(t, plenty, nil, func(t *testing.T, b bench) {
		b.job(t, jobOf("good", 1))
		bad := map[string]func(*Job){
			"algorithm": func(j *Job) { j.Algorithm = "kawpow" },
			"target":    func(j *Job) { j.Target = 0 },
			"short":     func(j *Job) { j.Blob = j.Blob[:42] },
			"long":      func(j *Job) { j.Blob = make([]byte, 408) },
			"place":     func(j *Job) { j.Nonce = &NoncePlace{Offset: 39, Width: 9} },
			"negative":  func(j *Job) { j.Nonce = &NoncePlace{Offset: -1, Width: 4} },
		}
		for name, spoil := range bad {
			j := jobOf("bad", 1)
			spoil(&j)
			if err := b.SetJob(j); err == nil || adit.CodeOf(err) == adit.Internal {
				t.Errorf("%s: %v", name, err)
			}
		}
		after(time.Second)
		if r := b.Report(); r.State != StateHashing {
			t.Errorf("%+v", r)
		}
	})
}
