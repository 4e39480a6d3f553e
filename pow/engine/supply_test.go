package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

func withNext(j Job, next byte) Job {
	s := [32]byte(seedOf(next))
	j.NextSeed = &s
	return j
}

// TestSeedChange: everybody leaves the old dataset before it is filled again for the new seed; one thread hashes on.
func TestSeedChange(t *testing.T) {
	inBubble(t, plenty, nil, func(t *testing.T, b bench) {
		b.job(t, jobOf("a", 1))
		after(10 * time.Second)
		b.job(t, jobOf("b", 2))
		after(time.Second)
		if r := b.Report(); r.Mode != Light || b.lib.vms.Load() != 1 || b.lib.datasets.Load() != 1 {
			t.Errorf("just after the change: %+v, %d datasets", r, b.lib.datasets.Load())
		}
		after(10 * time.Second)
		if r := b.Report(); r.Mode != Fast || b.lib.datasets.Load() != 1 || b.lib.vms.Load() != 2 {
			t.Errorf("%+v, %d datasets", r, b.lib.datasets.Load())
		}
	})
}

// TestSeedChangeWhileBuilding: a build is broken off for the new seed.
func TestSeedChangeWhileBuilding(t *testing.T) {
	inBubble(t, plenty, nil, func(t *testing.T, b bench) {
		for i := range byte(5) {
			b.job(t, jobOf("x", i))
			after(time.Second)
		}
		after(6 * time.Second)
		if r := b.Report(); r.Mode != Fast || b.lib.datasets.Load() != 1 || b.lib.caches.Load() != 0 {
			t.Errorf("%+v, %d datasets, %d caches", r, b.lib.datasets.Load(), b.lib.caches.Load())
		}
	})
}

// TestNextSeed: with more than 5 GiB the next dataset is ready before it is needed, and the change costs nothing.
func TestNextSeed(t *testing.T) {
	inBubble(t, plenty, nil, func(t *testing.T, b bench) {
		b.job(t, withNext(jobOf("a", 1), 2))
		after(time.Minute)
		if b.lib.opens(2) != 1 || b.lib.datasets.Load() != 2 || b.lib.caches.Load() != 0 {
			t.Errorf("next: opened %d, %d datasets, %d caches", b.lib.opens(2), b.lib.datasets.Load(), b.lib.caches.Load())
		}
		b.job(t, jobOf("b", 2))
		after(50 * time.Millisecond)
		if r := b.Report(); r.Mode != Fast || b.lib.opens(2) != 1 || b.lib.datasets.Load() != 1 || b.lib.vms.Load() != 2 {
			t.Errorf("after the change: %+v, %d datasets", r, b.lib.datasets.Load())
		}
	})
}

// TestNextSeedHalfBuilt: a change in the middle of the preparation goes on with what there is.
func TestNextSeedHalfBuilt(t *testing.T) {
	inBubble(t, plenty, nil, func(t *testing.T, b bench) {
		b.job(t, withNext(jobOf("a", 1), 2))
		after(11 * time.Second) // 5.3 s for the first; one builder needs 10 s for the second
		before := b.lib.filled.Load()
		b.job(t, jobOf("b", 2))
		after(4 * time.Second)
		if r := b.Report(); r.Mode != Fast || b.lib.opens(2) != 1 || b.lib.filled.Load() != 2*b.lib.items {
			t.Errorf("%+v, opened %d, filled %d then %d of %d", r, b.lib.opens(2), before, b.lib.filled.Load(), 2*b.lib.items)
		}
	})
}

// TestNextSeedCacheOnly: between 3 and 5 GiB only the cache is made early.
func TestNextSeedCacheOnly(t *testing.T) {
	inBubble(t, 4<<30, nil, func(t *testing.T, b bench) {
		b.job(t, withNext(jobOf("a", 1), 2))
		after(time.Minute)
		if b.lib.opens(2) != 1 || b.lib.datasets.Load() != 1 || b.lib.caches.Load() != 1 {
			t.Errorf("next: opened %d, %d datasets, %d caches", b.lib.opens(2), b.lib.datasets.Load(), b.lib.caches.Load())
		}
		b.job(t, jobOf("b", 2))
		after(50 * time.Millisecond)
		if r := b.Report(); r.Mode != Light {
			t.Errorf("light mode at once: %+v", r)
		}
		after(10 * time.Second)
		if r := b.Report(); r.Mode != Fast || b.lib.opens(2) != 1 || b.lib.datasets.Load() != 1 {
			t.Errorf("%+v", r)
		}
	})
}

// TestNextSeedChanges: a prepared seed that is not wanted any more is freed.
func TestNextSeedChanges(t *testing.T) {
	inBubble(t, plenty, nil, func(t *testing.T, b bench) {
		b.job(t, withNext(jobOf("a", 1), 2))
		after(time.Minute)
		b.job(t, withNext(jobOf("b", 1), 3))
		after(time.Minute)
		if b.lib.datasets.Load() != 2 || b.lib.caches.Load() != 0 {
			t.Errorf("%d datasets, %d caches", b.lib.datasets.Load(), b.lib.caches.Load())
		}
		b.job(t, jobOf("c", 9)) // neither current nor next
		after(time.Minute)
		if r := b.Report(); r.Mode != Fast || b.lib.datasets.Load() != 1 || b.lib.caches.Load() != 0 {
			t.Errorf("%+v, %d datasets, %d caches", r, b.lib.datasets.Load(), b.lib.caches.Load())
		}
	})
}

// TestStorm gives orders in any order at any moment; the fake fails the test on a use of freed memory.
func TestStorm(t *testing.T) {
	for run := range uint64(12) {
		t.Run(fmt.Sprint(run), func(t *testing.T) {
			dice := rand.New(rand.NewPCG(run, 1))
			inBubble(t, plenty, func(_ *Config, l *fakeLib) { l.items = 40*fillChunk + 3 }, func(t *testing.T, b bench) {
				for i := range 100 {
					switch dice.IntN(10) {
					case 0:
						b.Pause()
					case 1:
						b.Halt()
					case 2:
						b.ClearJob()
					case 3, 4, 5:
						b.Resume()
					default:
						j := jobOf(fmt.Sprint(i), byte(dice.IntN(3)))
						if dice.IntN(2) == 0 {
							j = withNext(j, byte(dice.IntN(3)))
						}
						b.job(t, j)
					}
					after(time.Duration(dice.IntN(900)) * time.Millisecond)
					if n := b.lib.datasets.Load(); n > 2 {
						t.Fatalf("%d datasets at once", n)
					}
					if n := b.lib.caches.Load(); n > 2 {
						t.Fatalf("%d caches at once", n)
					}
				}
				b.Resume()
				b.job(t, jobOf("last", 7))
				after(10 * time.Second)
				if r := b.Report(); r.Mode != Fast || r.State != StateHashing {
					t.Errorf("it does not recover: %+v", r)
				}
			})
		})
	}
}
