package crew

import (
	"math"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
)

// outcomes are the ways a share can end, in the order of the counters.
var outcomes = [...]adit.ShareOutcome{
	adit.ShareAccepted, adit.ShareBlock, adit.ShareStale, adit.ShareDuplicate, adit.ShareLowDifficulty,
	adit.ShareUnknownJob, adit.ShareMalformed, adit.ShareUnauthorized, "",
}

// kinds is how many there are; the last is "not judged".
const kinds = len(outcomes)

func kindOf(o adit.ShareOutcome) int {
	for i, x := range outcomes {
		if x == o {
			return i
		}
	}
	return kinds - 1
}

// member is who earns. The fields of the first block never change; the rest is under mu.
type member struct {
	id        coop.MemberID
	number    int64 // as people count them, from 1
	via       string
	since     time.Time // came first
	invitedBy string    // "" = nobody

	mu    sync.Mutex
	card  card // what is kept in the database
	dirty bool // card is to be written
	kept  kept // of what was written of the rest
	seats []*seat
	seen  time.Time // the last connection or share; zero = not since the coordinator started

	count  [kinds]uint32
	work   float64 // accepted difficulty, summed
	rates  rates
	last   int64 // of the last accepted share, on the crew's clock; 0 = none
	lastAt time.Time
	start  float64 // difficulty at which its next seat begins; 0 = not known

	trust trust
	score score
	slow  int64 // held to one share a second until then, on the crew's clock
	token int64 // when the next share of a slowed member is looked at
	ban   int64 // shut out until then, on the crew's clock
	until time.Time

	known   *[32]byte // hash of the password that was right last, nil = none
	agent   string    // of its newest seat
	refused uint64    // shares that the upstream did not like
	worker  *worker   // nil for miners over Stratum
}

// worker is what only workers over gRPC have. It is under the member's mu.
type worker struct {
	beat     coop.Beat
	beatAt   time.Time // zero = none came so far
	resting  bool      // its last beat said that it is paused
	resume   bool      // an order to resume stands
	config   *coop.WorkerConfig
	sent     int // how often config was handed out
	shutdown bool
	former   *seat // that left last: what it was given may still be found
	cert     string
	threads  int
	os, arch string
}

// card is what the database keeps of a member beside its id, number, way and origin.
type card struct {
	Name      string
	Password  string // verifier, "" = none
	Suspended string // the reason, "" = it is not
	CheckAll  bool
	Paused    bool
	Fixed     adit.Hashes // difficulty, zero = it is found
}

// rates are three exponentially weighted means of the work per second.
type rates struct {
	born, at int64 // on the crew's clock; born 0 = nothing yet
	sum      [3]float64
}

var rateSpans = [3]float64{60, 3600, 86400} // seconds

func (r *rates) add(now int64, work float64) {
	if r.born == 0 {
		r.born, r.at = now, now
	}
	if passed := float64(now-r.at) / 1e9; passed > 0 {
		for i, tau := range rateSpans {
			r.sum[i] *= math.Exp(-passed / tau)
		}
		r.at = now
	}
	for i := range r.sum {
		r.sum[i] += work
	}
}

// read returns work per second over about a minute, an hour and a day; nil before the first share. A mean younger than
// its span is corrected for that.
func (r *rates) read(now int64) (out [3]*float64) {
	if r.born == 0 {
		return out
	}
	age, passed := max(float64(now-r.born)/1e9, 10), max(float64(now-r.at)/1e9, 0)
	for i, tau := range rateSpans {
		v := r.sum[i] * math.Exp(-passed/tau) / (tau * (1 - math.Exp(-age/tau)))
		out[i] = &v
	}
	return out
}

// blocked says why a member may not mine now, nil where it may. It is called with mu held.
func (m *member) blocked(now int64) error {
	if m.card.Suspended != "" {
		return adit.Errorf(adit.Forbidden, "member %s is suspended: %s", m.id, m.card.Suspended)
	}
	if left := m.ban - now; left > 0 {
		return adit.Errorf(adit.Forbidden, "member %s is shut out for %d more seconds: too many of its shares were wrong", m.id, left/int64(time.Second)+1)
	}
	return nil
}
