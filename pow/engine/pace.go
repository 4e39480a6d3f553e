package engine

import (
	"context"
	"sync"
	"time"

	"github.com/adit-mining/adit"
)

// Windows are what a hashrate is averaged over. Source: xmrig Hashrate::ShortInterval, MediumInterval, LargeInterval.
var Windows = [3]time.Duration{10 * time.Second, 60 * time.Second, 15 * time.Minute}

// Rates are the hashrates of the three Windows (10 s, 60 s, 15 min); nil until a window is filled.
type Rates [3]*adit.Hashrate

// sampleEvery and paceRing: the longest window fits with room.
const (
	sampleEvery = 500 * time.Millisecond
	paceRing    = 2048
)

// pace keeps samples of the threads' hash counters.
type pace struct {
	mu      sync.Mutex
	at      [paceRing]time.Time
	counts  [][paceRing]uint64 // per thread
	n       int                // samples ever taken
	highest *adit.Hashrate
}

func newPace(threads int) *pace { return &pace{counts: make([][paceRing]uint64, threads)} }

// reset forgets the samples; the highest rate stays.
func (p *pace) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n = 0
}

// sample records the counters at a time.
func (p *pace) sample(at time.Time, count func(thread int) uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := p.n % paceRing
	p.at[i] = at
	for t := range p.counts {
		p.counts[t][i] = count(t)
	}
	p.n++
	if r := p.total(Windows[0]); r != nil && (p.highest == nil || *r > *p.highest) {
		p.highest = r
	}
}

// rate is thread t's hashrate over the last d, nil while there are no samples that old.
func (p *pace) rate(t int, d time.Duration) *adit.Hashrate {
	if p.n < 2 {
		return nil
	}
	last := (p.n - 1) % paceRing
	edge := p.at[last].Add(-d)
	for back := 1; back < min(p.n, paceRing); back++ {
		i := (p.n - 1 - back) % paceRing
		if p.at[i].After(edge) {
			continue
		}
		dt := p.at[last].Sub(p.at[i]).Seconds()
		r := adit.Hashrate(float64(p.counts[t][last]-p.counts[t][i]) / dt)
		return &r
	}
	return nil
}

// total adds the threads' rates, nil while the window is not filled.
func (p *pace) total(d time.Duration) *adit.Hashrate {
	var sum adit.Hashrate
	for t := range p.counts {
		r := p.rate(t, d)
		if r == nil {
			return nil
		}
		sum += *r
	}
	return &sum
}

// rates are the total's and each thread's rates.
func (p *pace) rates() (total Rates, each []Rates, highest *adit.Hashrate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	each = make([]Rates, len(p.counts))
	for i, d := range Windows {
		total[i] = p.total(d)
		for t := range p.counts {
			each[t][i] = p.rate(t, d)
		}
	}
	return total, each, p.highest
}

// measure samples from the first hash on until ctx ends.
func (e *Engine) measure(ctx context.Context) {
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	began := false
	for {
		select {
		case <-ctx.Done():
			return
		case at := <-tick.C:
			if began = began || e.hashes() > 0; began && !e.now.Load().halted {
				e.pace.sample(at, func(t int) uint64 { return e.threads[t].hashes.Load() })
			}
		}
	}
}

// hashes is how many were computed since the start.
func (e *Engine) hashes() (sum uint64) {
	for _, t := range e.threads {
		sum += t.hashes.Load()
	}
	return sum
}
