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

// Vardiff moves one miner's difficulty towards a share each Goal.
//
// The rate is an exponentially weighted mean of the difficulty found per second, corrected for young connections
// (divided by 1-e^(-age/tau), as ckpool does). A change happens only where the ideal is outside [0.5, 2] times the
// difficulty, by at most 4 up and 2 down, and without any share for three goals the difficulty falls by 2: a miner that
// was set too high would never recover otherwise. Numbers have three significant digits.
//
// It is not safe for concurrent use. Times come from the caller.
type Vardiff struct {
	o          VardiffOptions
	difficulty uint64
	meter      Meter

	since  time.Time // of this difficulty
	silent time.Time // the last share, change or timer step
	shares int       // at this difficulty
	found  float64   // work of shares since `since`
}

// Steps and thresholds, see the type.
const (
	stepUp, stepDown = 4, 2
	band             = 2  // ideal/difficulty outside [1/band, band] leads to a change
	silentGoals      = 3  // without a share
	enough           = 4  // shares at this difficulty before it may change
	enoughAlone      = 10 // shares at this difficulty that outvote a slow mean upwards
)

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
	return &Vardiff{
		o: o, difficulty: min(max(o.Start, o.Least), o.Most),
		meter: NewMeter(o.Tau, now), since: now, silent: now,
	}
}

// Difficulty is that of the next job.
func (v *Vardiff) Difficulty() uint64 { return v.difficulty }

// Share counts a share found on a job of this difficulty, which may be an older job's. It reports whether Difficulty
// changed, so that a new job is due.
func (v *Vardiff) Share(now time.Time, difficulty uint64) bool {
	v.meter.Add(now, float64(difficulty))
	v.silent = now
	v.shares++
	v.found += float64(difficulty)
	if v.shares < enough {
		return false
	}
	return v.follow(now)
}

// Tick is called now and then, at least once per Goal; it reports the same as Share.
func (v *Vardiff) Tick(now time.Time) bool {
	if now.Sub(v.silent) < silentGoals*v.o.Goal {
		return false
	}
	v.silent = now
	return v.set(now, float64(v.difficulty)/stepDown)
}

// Next returns when Tick has something to do if no share comes.
func (v *Vardiff) Next() time.Time { return v.silent.Add(silentGoals * v.o.Goal) }

// follow moves towards the ideal where that is far enough away.
func (v *Vardiff) follow(now time.Time) bool {
	ideal := v.meter.Rate(now) * v.o.Goal.Seconds()
	// A miner that just became faster (its dataset is ready) is seen at once by what this difficulty alone brought.
	if at := now.Sub(v.since).Seconds(); v.shares >= enoughAlone {
		ideal = max(ideal, v.found/max(at, 1e-3)*v.o.Goal.Seconds())
	}
	current := float64(v.difficulty)
	if ratio := ideal / current; ratio <= band && ratio >= 1.0/band {
		return false
	}
	return v.set(now, min(max(ideal, current/stepDown), current*stepUp))
}

func (v *Vardiff) set(now time.Time, difficulty float64) bool {
	next := min(max(Round3(difficulty), v.o.Least), v.o.Most)
	if next == v.difficulty {
		return false
	}
	v.difficulty, v.since, v.silent, v.shares, v.found = next, now, now, 0, 0
	return true
}

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
