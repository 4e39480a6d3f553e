package crew

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
)

// join is one who waits for a slot: a connection that comes, or a seat whose lane has no slot for it any more.
type join struct {
	gate  coop.Gate
	hello coop.Hello
	m     *member    // nil for a stranger, and for a seat that moves
	moved *seat      // nil for a connection that comes
	done  chan *seat // gets the seat once; nil for a seat that moves
	err   error      // read after done gave nil
}

// Join implements coop.Crew.
func (c *Crew) Join(ctx context.Context, g coop.Gate, h coop.Hello) (coop.Seat, error) {
	var m *member
	if h.Member != "" || h.Via != coop.ViaStratum {
		var err error
		if m, err = c.enter(&h); err != nil {
			return nil, err
		}
	}
	h.Password = "" // nobody needs it any more
	j := &join{gate: g, hello: h, m: m, done: make(chan *seat, 1)}
	c.mu.Lock()
	if most := c.o.Rules.MostSeats; most > 0 && c.seats+len(c.waiters) >= most && !(m != nil && m.via == coop.ViaGRPC && m.sits()) {
		c.mu.Unlock()
		return nil, adit.Errorf(adit.Conflict, "the crew is full: %d members are connected", most)
	}
	c.waiters = append(c.waiters, j)
	c.place()
	c.mu.Unlock()
	select {
	case s := <-j.done:
		return c.seated(j, s)
	case <-ctx.Done():
	}
	c.mu.Lock()
	c.waiters = slices.DeleteFunc(c.waiters, func(x *join) bool { return x == j })
	reason := c.away()
	c.mu.Unlock()
	select {
	case s := <-j.done:
		if s != nil {
			s.Leave(context.Cause(ctx))
		}
	default:
	}
	return nil, adit.Errorf(adit.Unreachable, "there is no work yet: %s", reason)
}

// seated finishes a join outside of all locks.
func (c *Crew) seated(j *join, s *seat) (coop.Seat, error) {
	if s == nil {
		return nil, j.err
	}
	if j.m != nil {
		if err := c.sit(j.m, s); err != nil {
			s.Leave(err)
			return nil, err
		}
	}
	return s, nil
}

// sit gives a seat its member: it counts from now on. A worker's former seats are taken over and left.
func (c *Crew) sit(m *member, s *seat) error {
	h := s.Hello()
	m.mu.Lock()
	if err := m.blocked(c.now()); err != nil { // since enter looked
		m.mu.Unlock()
		return err
	}
	var old []*seat
	if w := m.worker; w != nil {
		if old = slices.Clone(m.seats); len(old) == 0 && w.former != nil {
			old = append(old, w.former)
		}
		w.former = nil
	}
	s.member.Store(m) // before: who evicts it must find out whose list it is on
	m.seats = append(m.seats, s)
	m.seen = time.Now()
	if h.Agent != "" {
		m.agent = h.Agent
	}
	if w := m.worker; w != nil {
		w.cert, w.threads, w.os, w.arch = h.Cert, h.Threads, h.OS, h.Arch
	}
	start, fixed := m.start, m.card.Fixed
	m.mu.Unlock()
	if s.left.Load() { // meanwhile
		m.forget(s, 0)
		return adit.Errorf(adit.Conflict, "the connection has ended")
	}
	s.begin(&h, start, fixed)
	for _, o := range old {
		s.inherit(o)
		reason := adit.Errorf(adit.Conflict, "this worker came anew")
		if o.leave() {
			o.gate.Evict(o, reason)
		}
	}
	return nil
}

// away says why there is no work. It is called with mu held.
func (c *Crew) away() string {
	if c.run == nil {
		return "the coordinator is starting"
	}
	reason := "the upstream did not answer so far"
	for _, l := range c.lanes {
		l.mu.Lock()
		working := l.newest != nil
		l.mu.Unlock()
		if working {
			return "all places are taken, and another connection to the upstream is being made"
		}
		if r := l.fail.Status().Reason; r != "" {
			reason = r
		}
	}
	return reason
}

// place seats who waits while there is room, and opens lanes for the rest. It is called with mu held.
func (c *Crew) place() {
	if c.run == nil || c.run.ctx.Err() != nil {
		return
	}
	opening := c.opening() // first: what gets work meanwhile comes here by itself
	n := 0
	for n < len(c.waiters) && c.seat(c.waiters[n]) {
		n++
	}
	c.waiters = slices.Delete(c.waiters, 0, n)
	if len(c.waiters) == 0 {
		c.waiters = nil
	}
	c.open(opening)
}

// opening is how many lanes have no work.
func (c *Crew) opening() (n int) {
	for _, l := range c.lanes {
		l.mu.Lock()
		if l.newest == nil {
			n++
		}
		l.mu.Unlock()
	}
	return n
}

// seat finds a slot for j; false where all are taken.
func (c *Crew) seat(j *join) bool {
	if j.moved != nil && j.moved.left.Load() {
		return true
	}
	for _, l := range c.lanes {
		s, err := l.offer(j)
		switch {
		case err != nil:
			j.err = err
			if j.done != nil {
				j.done <- nil
			} else {
				c.run.group.Go(func() { j.moved.gate.Evict(j.moved, err) })
			}
			return true
		case s != nil:
			if j.done != nil {
				c.seats++
				j.done <- s
			}
			return true
		}
	}
	return false
}

// mostOpening is how many lanes log in at a time.
const mostOpening = 8

// open opens lanes for who waits; one is always there. It is called with mu held.
func (c *Crew) open(opening int) {
	size := 256
	if c.size > 0 {
		size = int(c.size)
	}
	need := min((len(c.waiters)+size-1)/size, mostOpening)
	if len(c.lanes) == 0 {
		need = max(need, 1)
	}
	if c.size == 0 {
		need = min(need, 1) // the first work says how many there must be
	}
	for ; opening < need && len(c.lanes) < c.o.Rules.MostLanes; opening++ {
		if err := c.openLane(); err != nil {
			c.o.Log.Error("no upstream can be opened", "reason", err)
			return
		}
	}
}

const mostName = 128 // characters of a member's id

// checkName says what is wrong with a member's id.
func checkName(id coop.MemberID) error {
	s := string(id)
	switch {
	case s == "":
		return adit.InvalidField("login", "a name is missing: the login is the name under which you earn")
	case len(s) > mostName:
		return adit.InvalidField("login", "longer than %d characters", mostName)
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffd }):
		return adit.InvalidField("login", "control characters are not allowed in a name")
	}
	return nil
}
