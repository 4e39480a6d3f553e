package crew

import (
	"slices"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/stratum/upstream"
)

// Status is the crew at a glance. Nil is unknown, or none.
type Status struct {
	Since    time.Time // when this coordinator began
	Working  bool      // at least one lane has work
	Reason   string    // why none has; "" while one has
	Lanes    []LaneStatus
	Checking Checking
	Trouble  error // why shares cannot be written to the ledger now, nil where they can
	Members  error // why members cannot be written now, nil where they can

	Known, Online, Suspended int // members
	Seats, Waiting           int // connections; those that wait for a place

	Hashrate  [3]*float64                  // by accepted difficulty over a minute, an hour, a day; H/s
	Work      float64                      // accepted difficulty since it began
	Shares    map[adit.ShareOutcome]uint64 // "" = not judged
	Unwritten uint64                       // shares that the ledger did not take
	Lost      uint64                       // shares that went up and were not answered
	Blocks    uint64
	LastBlock *time.Time
	Jobs      uint64
	Reconnect uint64 // logins of lanes after the first of each
}

// LaneStatus is one upstream connection.
type LaneStatus struct {
	ID       coop.Lane
	Upstream upstream.Status
	Seats    int
	Slots    uint32 // how many its work has room for, 0 before the first work
	Cooling  int    // given back and not yet clean
	JobID    string // of the newest work, "" while idle
	Idle     string // why it has no work, "" while it has
	UnderWay int    // shares that go up
}

// Modes of Checking.
const (
	CheckFull    = "full"    // all shares are hashed
	CheckSampled = "sampled" // there are more than can be
	CheckProxy   = "proxy"   // none is
)

// Checking is how claims are hashed.
type Checking struct {
	Mode    string
	Reason  string // why it is not full
	Hashed  uint64
	Trusted uint64 // counted as claimed
	Wrong   uint64
	Waiting int
	Rate    *float64 // hashes a second that can be made, nil before the first
}

// Status returns a snapshot.
func (c *Crew) Status() Status {
	s := Status{Since: c.begun, Checking: c.check.status(), Trouble: c.o.Ledger.Trouble(), Shares: map[adit.ShareOutcome]uint64{}}
	now := c.now()
	c.mu.Lock()
	lanes := slices.Clone(c.lanes)
	s.Known, s.Seats, s.Waiting, s.Members = len(c.members), c.seats, len(c.waiters), c.trouble
	for _, m := range c.members {
		m.mu.Lock()
		if len(m.seats) > 0 {
			s.Online++
		}
		if m.card.Suspended != "" {
			s.Suspended++
		}
		m.mu.Unlock()
	}
	s.Reason = c.away()
	c.mu.Unlock()
	for _, l := range lanes {
		ls := l.status()
		s.Working = s.Working || ls.JobID != ""
		s.Lanes = append(s.Lanes, ls)
	}
	if s.Working {
		s.Reason = ""
	}
	for i, o := range outcomes {
		s.Shares[o] = c.total.count[i].Load()
	}
	s.Unwritten, s.Lost, s.Blocks = c.total.unwritten.Load(), c.total.lost.Load(), c.total.blocks.Load()
	s.Jobs, s.Reconnect = c.total.jobs.Load(), c.total.reconnects.Load()
	if ns := c.total.lastBlock.Load(); ns != 0 {
		t := time.Unix(0, ns).UTC()
		s.LastBlock = &t
	}
	c.total.mu.Lock()
	defer c.total.mu.Unlock()
	s.Work, s.Hashrate = c.total.work, c.total.rates.read(now)
	return s
}

// Mining is how many members are at work: an accepted share within silent, or a worker's own word.
func (c *Crew) Mining(silent time.Duration) (n int) {
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.members {
		m.mu.Lock()
		w := m.worker
		switch {
		case len(m.seats) == 0 || m.card.Suspended != "" || m.card.Paused || m.rests():
		case m.last != 0 && now-m.last < int64(silent), w != nil && w.beat.Hashrate != nil && *w.beat.Hashrate > 0:
			n++
		}
		m.mu.Unlock()
	}
	return n
}

func (l *lane) status() LaneStatus {
	s := LaneStatus{ID: l.id, Upstream: l.fail.Status()}
	l.mu.Lock()
	s.Seats, s.Slots, s.Cooling = len(l.seats), l.shape.size, l.slots.cool()
	if l.newest != nil {
		s.JobID = l.newest.ID
	} else if l.idle != nil {
		s.Idle = l.idle.Error()
	}
	l.mu.Unlock()
	s.UnderWay = l.up.waiting()
	return s
}

func (k *checks) status() Checking {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := Checking{Mode: CheckFull, Hashed: k.hashed, Trusted: k.skipped, Wrong: k.wrong, Waiting: len(k.first) + len(k.rest)}
	switch {
	case k.crew.o.Coin.Algorithm == adit.SHA256d:
		return s
	case k.crew.o.Checker == nil:
		s.Mode, s.Reason = CheckProxy, "adit-miner is not there, which would hash the shares: what members claim is believed"
	case k.away != 0 && k.crew.now()-k.away > int64(awayGrace):
		s.Mode, s.Reason = CheckProxy, "shares cannot be hashed: "+k.failed.Error()
	case k.failed != nil:
		s.Reason = "shares wait, they cannot be hashed: " + k.failed.Error()
	case k.backlog() >= k.crew.o.Rules.CheckWait:
		s.Mode, s.Reason = CheckSampled, "more shares come than can be hashed"
	}
	if k.each > 0 {
		r := float64(time.Second) / float64(k.each) * float64(k.crew.o.Rules.CheckThreads)
		s.Rate = &r
	}
	return s
}
