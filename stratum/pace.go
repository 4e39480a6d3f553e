package stratum

import (
	"math"
	"time"
)

// PaceRules are the numbers of a Pace; all must be set. One is shared by all who keep the same pace.
type PaceRules struct {
	Least, Most float64       // difficulty never below and above
	Goal        time.Duration // wanted time between two shares
	Tau         time.Duration // time constant of the rate
}

// Pace moves one miner's difficulty towards a share each Goal. It is small, because there are many, and is what Vardiff
// is made of; times are nanoseconds on any clock that does not run backwards.
//
// The rate is an exponentially weighted mean of the difficulty found per second, corrected for young connections
// (divided by 1-e^(-age/tau), as ckpool does). A change happens only where the ideal is outside [0.5, 2] times the
// difficulty, by at most 4 up and 2 down, and without any share for three goals the difficulty falls by 2: a miner that
// was set too high would never recover otherwise. Numbers have three significant digits.
//
// It is not safe for concurrent use.
type Pace struct {
	difficulty float64
	decayed    float64 // sum of work, each part decayed since it came
	found      float64 // work of shares since `since`
	born, at   int64   // of the mean; its last share
	since      int64   // of this difficulty
	silent     int64   // the last share, change or timer step
	shares     int32   // at this difficulty
	any        bool
}

// Steps and thresholds, see the type.
const (
	stepUp, stepDown = 4, 2
	band             = 2  // ideal/difficulty outside [1/band, band] leads to a change
	silentGoals      = 3  // without a share
	enough           = 4  // shares at this difficulty before it may change
	enoughAlone      = 10 // shares at this difficulty that outvote a slow mean upwards
)

// NewPace starts at a difficulty.
func NewPace(r *PaceRules, start float64, now int64) Pace {
	return Pace{difficulty: min(max(start, r.Least), r.Most), born: now, at: now, since: now, silent: now}
}

// Difficulty is that of the next job.
func (p *Pace) Difficulty() float64 { return p.difficulty }

// Share counts a share found on a job of this difficulty, which may be an older job's. It reports whether Difficulty
// changed, so that a new job is due.
func (p *Pace) Share(r *PaceRules, now int64, difficulty float64) bool {
	if passed := now - p.at; passed > 0 {
		p.decayed *= math.Exp(-float64(passed) / float64(r.Tau))
		p.at = now
	}
	p.decayed += difficulty
	p.any = true
	p.silent = now
	p.shares++
	p.found += difficulty
	if p.shares < enough {
		return false
	}
	return p.follow(r, now)
}

// Tick is called now and then, at least once per Goal; it reports the same as Share.
func (p *Pace) Tick(r *PaceRules, now int64) bool {
	if now < p.Next(r) {
		return false
	}
	p.silent = now
	return p.set(r, now, p.difficulty/stepDown)
}

// Next returns when Tick has something to do if no share comes.
func (p *Pace) Next(r *PaceRules) int64 { return p.silent + silentGoals*int64(r.Goal) }

// Rest forgets the time since the last share: there was no work.
func (p *Pace) Rest(now int64) { p.silent = now }

// Rate is the work found per second; ok is false before the first share.
func (p *Pace) Rate(r *PaceRules, now int64) (rate float64, ok bool) {
	age := max(float64(now-p.born), float64(time.Second)) / float64(r.Tau)
	passed := max(float64(now-p.at), 0) / float64(r.Tau)
	return p.decayed * math.Exp(-passed) / (r.Tau.Seconds() * (1 - math.Exp(-age))), p.any
}

// follow moves towards the ideal where that is far enough away.
func (p *Pace) follow(r *PaceRules, now int64) bool {
	rate, _ := p.Rate(r, now)
	ideal := rate * r.Goal.Seconds()
	// A miner that just became faster (its dataset is ready) is seen at once by what this difficulty alone brought.
	if p.shares >= enoughAlone {
		ideal = max(ideal, p.found/max(float64(now-p.since)/1e9, 1e-3)*r.Goal.Seconds())
	}
	if ratio := ideal / p.difficulty; ratio <= band && ratio >= 1.0/band {
		return false
	}
	return p.set(r, now, min(max(ideal, p.difficulty/stepDown), p.difficulty*stepUp))
}

func (p *Pace) set(r *PaceRules, now int64, difficulty float64) bool {
	next := min(max(round3(difficulty), r.Least), r.Most)
	if next == p.difficulty {
		return false
	}
	p.difficulty, p.since, p.silent, p.shares, p.found = next, now, now, 0, 0
	return true
}

// round3 rounds to three significant digits, never below 1.
func round3(difficulty float64) float64 {
	if !(difficulty >= 1) { // also NaN
		return 1
	}
	scale := math.Pow(10, math.Max(0, math.Floor(math.Log10(difficulty))-2))
	return math.Round(difficulty/scale) * scale
}
