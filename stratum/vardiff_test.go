package stratum

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// simulate lets a miner of this hashrate find shares at random for a while, as chance would have it, and reports the
// difficulty over time through see.
func simulate(v *Vardiff, r *rand.Rand, now time.Time, rate float64, span time.Duration, see func(time.Time, uint64)) (end time.Time, shares int) {
	end = now.Add(span)
	const step = 100 * time.Millisecond
	hashes := r.ExpFloat64() * float64(v.Difficulty()) // until the next share
	for ; now.Before(end); now = now.Add(step) {
		hashes -= rate * step.Seconds()
		for hashes <= 0 && rate > 0 {
			shares++
			v.Share(now, v.Difficulty())
			hashes += r.ExpFloat64() * float64(v.Difficulty())
		}
		if now.Sub(end)%time.Second == 0 && v.Tick(now) {
			hashes = r.ExpFloat64() * float64(v.Difficulty())
		}
		if see != nil {
			see(now, v.Difficulty())
		}
	}
	return end, shares
}

func TestVardiffConverges(t *testing.T) {
	start := time.Unix(1e9, 0)
	for _, rate := range []float64{5, 20, 500, 1000, 30000, 1e6} {
		var minutes, shares, changes int
		for seed := range uint64(20) {
			v := NewVardiff(VardiffOptions{}, start)
			r := rand.New(rand.NewPCG(seed, 1))
			if v.Difficulty() != 100 {
				t.Fatal(v.Difficulty())
			}
			now, early := simulate(v, r, start, rate, time.Minute, nil)
			if most := 12*5 + 12*8; early > most {
				t.Errorf("%v H/s, seed %d: %d shares in the first minute", rate, seed, early)
			}
			last := v.Difficulty()
			_, n := simulate(v, r, now, rate, 20*time.Minute, func(_ time.Time, d uint64) {
				if d != last {
					changes++
					if up := float64(d) / float64(last); up > stepUp*1.01 || up < 0.99/stepDown {
						t.Errorf("a step from %d to %d", last, d)
					}
					if d != Round3(float64(d)) {
						t.Errorf("%d has more than three digits", d)
					}
					last = d
				}
			})
			shares += n
			minutes += 20
		}
		perShare := float64(minutes) * 60 / float64(shares)
		t.Logf("%8.0f H/s: a share each %.1f s, a change each %.1f min", rate, perShare, float64(minutes)/float64(changes))
		if perShare < 2.5 || perShare > 8 {
			t.Errorf("%v H/s: a share each %.1f s", rate, perShare)
		}
		if float64(changes)/float64(minutes) > 2 {
			t.Errorf("%v H/s: %d changes in %d minutes", rate, changes, minutes)
		}
	}
}

// A miner that just finished its dataset is 30 times faster; within seconds it does not flood any more.
func TestVardiffFollowsSpeed(t *testing.T) {
	start := time.Unix(1e9, 0)
	for seed := range uint64(20) {
		v := NewVardiff(VardiffOptions{}, start)
		r := rand.New(rand.NewPCG(seed, 2))
		now, _ := simulate(v, r, start, 30, time.Minute, nil)
		now, _ = simulate(v, r, now, 1000, 30*time.Second, nil)
		_, n := simulate(v, r, now, 1000, time.Minute, nil)
		if n > 40 {
			t.Errorf("seed %d: %d shares in the minute after, difficulty %d", seed, n, v.Difficulty())
		}
	}
}

// A miner that was set far too high never finds a share, so only the timer can help; and it gives up at Least.
func TestVardiffRecovers(t *testing.T) {
	start := time.Unix(1e9, 0)
	v := NewVardiff(VardiffOptions{Start: 1000000, Least: 10}, start)
	now := start
	var steps []time.Duration
	for range 60 * 20 {
		now = now.Add(time.Second)
		if v.Tick(now) {
			steps = append(steps, now.Sub(start))
		}
	}
	if v.Difficulty() != 10 {
		t.Fatalf("difficulty %d", v.Difficulty())
	}
	for i, s := range steps {
		if s != time.Duration(i+1)*15*time.Second {
			t.Fatalf("step %d after %v", i, s)
		}
	}
	if len(steps) != 17 { // 10^6 halved 17 times is under 10
		t.Fatalf("%d steps", len(steps))
	}
}

// Bounds hold, and a share of an older, easier job counts what it was worth.
func TestVardiffBounds(t *testing.T) {
	now := time.Unix(1e9, 0)
	v := NewVardiff(VardiffOptions{Start: 5, Least: 50, Most: 200}, now)
	if v.Difficulty() != 50 {
		t.Fatal(v.Difficulty())
	}
	for range 100 {
		now = now.Add(time.Millisecond)
		v.Share(now, 50)
	}
	if v.Difficulty() != 200 {
		t.Fatal(v.Difficulty())
	}
	v = NewVardiff(VardiffOptions{Start: 1000}, now)
	for range 600 { // a tenth of the goal's work per share, at twice its pace: right at a fifth of 1000
		now = now.Add(2500 * time.Millisecond)
		v.Share(now, 100)
	}
	if d := v.Difficulty(); d < 100 || d > 400 {
		t.Fatal(d)
	}
}

func TestMeter(t *testing.T) {
	now := time.Unix(1e9, 0)
	m := NewMeter(2*time.Minute, now)
	if m.Hashrate(now) != nil {
		t.Fatal("unknown is not zero")
	}
	for i := range 600 {
		now = now.Add(time.Second)
		m.Add(now, 500)
		if got := float64(*m.Hashrate(now)); i > 20 && math.Abs(got-500) > 15 {
			t.Fatalf("after %d s: %v", i, got)
		}
	}
	m.Add(now.Add(-time.Hour), 500) // a clock that went back
	if got := float64(*m.Hashrate(now)); got < 480 || got > 520 {
		t.Fatal(got)
	}
	if got := float64(*m.Hashrate(now.Add(2 * time.Minute))); math.Abs(got-500/math.E) > 10 {
		t.Fatalf("two silent minutes later: %v", got)
	}
}
