package stratum

import (
	"math"
	"time"

	"github.com/adit-mining/adit"
)

// VardiffOptions configure a Vardiff; zero values mean the defaults named.
type VardiffOptions struct {
	Start uint64        // first difficulty; 100
	Least uint64        // never below; 1
	Most  uint64        // never above; 2^48
	Goal  time.Duration // wanted time between two shares; 5 s
	Tau   time.Duration // time constant of the rate; 120 s
}

// Vardiff is a Pace with rules of its own, in whole numbers: what one connection of a small server needs.
//
// It is not safe for concurrent use. Times come from the caller.
type Vardiff struct {
	rules PaceRules
	pace  Pace
	epoch time.Time
}

// NewVardiff starts at Start.
func NewVardiff(o VardiffOptions, now time.Time) *Vardiff {
	if o.Start == 0 {
		o.Start = 100
	}
	if o.Least == 0 {
		o.Least = 1
	}
	if o.Most == 0 {
		o.Most = 1 << 48
	}
	if o.Goal == 0 {
		o.Goal = 5 * time.Second
	}
	if o.Tau == 0 {
		o.Tau = 120 * time.Second
	}
	v := &Vardiff{rules: PaceRules{Least: float64(o.Least), Most: float64(o.Most), Goal: o.Goal, Tau: o.Tau}, epoch: now}
	v.pace = NewPace(&v.rules, float64(o.Start), 0)
	return v
}

// Difficulty is that of the next job.
func (v *Vardiff) Difficulty() uint64 { return uint64(v.pace.Difficulty()) }

// Share counts a share found on a job of this difficulty, which may be an older job's. It reports whether Difficulty
// changed, so that a new job is due.
func (v *Vardiff) Share(now time.Time, difficulty uint64) bool {
	return v.pace.Share(&v.rules, int64(now.Sub(v.epoch)), float64(difficulty))
}

// Tick is called now and then, at least once per Goal; it reports the same as Share.
func (v *Vardiff) Tick(now time.Time) bool { return v.pace.Tick(&v.rules, int64(now.Sub(v.epoch))) }

// Next returns when Tick has something to do if no share comes.
func (v *Vardiff) Next() time.Time { return v.epoch.Add(time.Duration(v.pace.Next(&v.rules))) }

// Meter is an exponentially weighted rate of work per second: with difficulties of accepted shares, a hashrate.
type Meter struct {
	tau     float64 // seconds
	born    time.Time
	at      time.Time
	decayed float64 // sum of work, each part decayed since it came
	any     bool
}

// NewMeter begins now.
func NewMeter(tau time.Duration, now time.Time) Meter {
	return Meter{tau: tau.Seconds(), born: now, at: now}
}

// Add counts work done up to now. A clock that went back counts as standing still.
func (m *Meter) Add(now time.Time, work float64) {
	if passed := now.Sub(m.at).Seconds(); passed > 0 {
		m.decayed *= math.Exp(-passed / m.tau)
		m.at = now
	}
	m.decayed += work
	m.any = true
}

// Rate returns work per second, corrected for a young meter.
func (m *Meter) Rate(now time.Time) float64 {
	age := max(now.Sub(m.born).Seconds(), 1)
	passed := max(now.Sub(m.at).Seconds(), 0)
	return m.decayed * math.Exp(-passed/m.tau) / (m.tau * (1 - math.Exp(-age/m.tau)))
}

// Hashrate returns the rate where work is difficulty, nil before the first share.
func (m *Meter) Hashrate(now time.Time) *adit.Hashrate {
	if !m.any {
		return nil
	}
	h := adit.Hashrate(m.Rate(now))
	return &h
}
