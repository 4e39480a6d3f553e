package crew

import (
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/stratum"
)

// seat implements coop.Seat. There are many: what several have in common is in a kind.
type seat struct {
	crew   *Crew
	gate   coop.Gate
	lane   atomic.Pointer[lane]
	member atomic.Pointer[member] // nil for a stranger
	left   atomic.Bool
	who    atomic.Pointer[who]
	remote netip.AddrPort
	since  time.Time

	// Under the lane's mu.
	placed   bool // it has a slot of its lane
	used     bool // it was assigned work in this slot
	slot     uint32
	pos      int32   // in lane.seats
	fixed    float64 // difficulty, 0 = it is found
	pace     stratum.Pace
	given    [mostGiven]given // the newest first
	counted  [2]uint32        // accepted, refused
	lastPart int64            // of the last accepted share, on the crew's clock
}

// who is what a connection said of itself.
type who struct {
	*kind
	rig string
}

// kind is what many seats have in common: how they came and what they can.
type kind struct{ h coop.Hello }

// mostGiven is how many assignments a seat remembers: the work at hand, the one before, and changes of difficulty.
const mostGiven = 4

// newSeat makes a seat; its lane and slot are the caller's to set. It is called with crew.mu held.
func newSeat(c *Crew, j *join, now int64) *seat {
	h := &j.hello
	s := &seat{crew: c, gate: j.gate, remote: h.Remote, since: time.Now()}
	s.who.Store(&who{c.kindOf(h), h.RigID})
	s.pace = stratum.NewPace(&c.pace, c.start(h), now)
	if h.FixedDiff && !h.Difficulty.IsZero() {
		s.fixed = max(h.Difficulty.Float(), c.pace.Least) // an order, but not one to be flooded
	}
	return s
}

// mostKinds bounds the table of kinds; who has one keeps it.
const mostKinds = 4096

// kindOf finds or makes a kind. It is called with mu held.
func (c *Crew) kindOf(h *coop.Hello) *kind {
	k := *h
	k.Member, k.RigID, k.Remote, k.Password, k.Difficulty, k.FixedDiff = "", "", netip.AddrPort{}, "", adit.Hashes{}, false
	key := fmt.Sprint(k)
	if known := c.kinds[key]; known != nil {
		return known
	}
	if len(c.kinds) >= mostKinds {
		clear(c.kinds)
	}
	n := &kind{k}
	c.kinds[key] = n
	return n
}

// start is the difficulty of who was never here: what it wishes for, else by its threads, else Rules.Start. A thread of
// RandomX does some 500 hashes a second.
func (c *Crew) start(h *coop.Hello) float64 {
	switch {
	case !h.Difficulty.IsZero():
		return h.Difficulty.Float()
	case h.Threads > 0 && c.o.Coin.Algorithm != adit.SHA256d:
		return float64(h.Threads) * 500 * c.o.Rules.Goal.Seconds() / 4
	}
	return c.o.Rules.Start.Float()
}

// begin gives a seat its difficulty. start and fixed are the member's.
func (s *seat) begin(h *coop.Hello, start float64, fixed adit.Hashes) {
	s.lock(func(*lane) {
		if !fixed.IsZero() {
			s.fixed = fixed.Float()
		} else if start > 0 && h.Difficulty.IsZero() {
			s.pace = stratum.NewPace(&s.crew.pace, start, s.crew.now())
		}
	})
}

// inherit takes over what a worker's former seat was given, so that what it found meanwhile still counts. The slot is
// not: a worker that began anew would find the same shares again.
func (s *seat) inherit(o *seat) {
	l := s.lane.Load()
	if o.lane.Load() != l {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.lane.Load() != l || o.lane.Load() != l {
		return
	}
	at := 0
	for at < mostGiven && s.given[at].w != nil {
		at++
	}
	for _, g := range o.given {
		if at < mostGiven && g.w != nil && !s.knows(g.w, g.n) {
			s.given[at] = g
			at++
		}
	}
}

func (s *seat) knows(w *work, n uint16) bool {
	for _, g := range s.given {
		if g.w == w && g.n == n {
			return true
		}
	}
	return false
}

// hold locks the seat's lane and returns it.
func (s *seat) hold() *lane {
	for {
		l := s.lane.Load()
		l.mu.Lock()
		if s.lane.Load() == l {
			return l
		}
		l.mu.Unlock()
	}
}

// lock runs fn with the mu of the seat's lane held.
func (s *seat) lock(fn func(l *lane)) {
	l := s.hold()
	defer l.mu.Unlock()
	fn(l)
}

// Member implements coop.Seat; "" for a stranger.
func (s *seat) Member() coop.MemberID {
	if m := s.member.Load(); m != nil {
		return m.id
	}
	return ""
}

// Hello implements coop.Seat. The password is not kept.
func (s *seat) Hello() coop.Hello { return s.hello() }

func (s *seat) hello() coop.Hello {
	w := s.who.Load()
	h := w.h
	h.RigID, h.Remote = w.rig, s.remote
	if m := s.member.Load(); m != nil {
		h.Member = m.id
	}
	return h
}

// Lane implements coop.Seat.
func (s *seat) Lane() coop.Lane { return s.lane.Load().id }

// Newest implements coop.Seat.
func (s *seat) Newest() (w *coop.Work) {
	s.lock(func(l *lane) {
		if l.newest != nil {
			w = &l.newest.Work
		}
	})
	return w
}

// Introduce implements coop.Seat.
func (s *seat) Introduce(h coop.Hello) error {
	if s.member.Load() != nil {
		return adit.Errorf(adit.Conflict, "this connection is logged in as %s", s.Member())
	}
	m, err := s.crew.enter(&h)
	if err != nil {
		return err
	}
	if s.left.Load() {
		return adit.Errorf(adit.Conflict, "the connection has ended")
	}
	s.crew.mu.Lock()
	s.who.Store(&who{s.crew.kindOf(&h), h.RigID})
	s.crew.mu.Unlock()
	return s.crew.sit(m, s)
}

// Wish implements coop.Seat.
func (s *seat) Wish(d adit.Hashes) {
	changed := false
	s.lock(func(l *lane) {
		if d.IsZero() || s.fixed > 0 {
			return
		}
		s.pace = stratum.NewPace(&s.crew.pace, d.Float(), s.crew.now())
		changed = s.differs(l)
	})
	if changed {
		s.gate.Refresh(s)
	}
}

// Beat implements coop.Seat.
func (s *seat) Beat(b coop.Beat) {
	m := s.member.Load()
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen = time.Now()
	if m.worker != nil {
		m.worker.beat, m.worker.beatAt = b, m.seen
		m.worker.heard(b)
	}
}

// Leave implements coop.Seat.
func (s *seat) Leave(error) { s.leave() }

// leave reports whether it was still there.
func (s *seat) leave() bool {
	if s.left.Swap(true) {
		return false
	}
	c := s.crew
	now := c.now()
	var difficulty float64
	s.lock(func(l *lane) {
		if s.placed {
			l.remove(s, now)
			l.slots.put(s.slot, !s.used)
			s.placed = false
		}
		if s.counted[0] > 0 && s.fixed == 0 {
			difficulty = s.pace.Difficulty()
		}
	})
	if m := s.member.Load(); m != nil {
		m.forget(s, difficulty)
	}
	c.mu.Lock()
	c.seats--
	if len(c.waiters) > 0 {
		c.place()
	}
	c.mu.Unlock()
	return true
}

// forget takes a seat off the member's list; its difficulty is where the next one begins.
func (m *member) forget(s *seat, difficulty float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, x := range m.seats {
		if x == s {
			m.seats = append(m.seats[:i:i], m.seats[i+1:]...)
			break
		}
	}
	m.seen = time.Now()
	if m.worker != nil && len(m.seats) == 0 {
		m.worker.shutdown = false // it ended
		m.worker.former = s
	}
	if difficulty > 0 {
		m.start = difficulty
	}
}
