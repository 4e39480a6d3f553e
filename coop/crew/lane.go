package crew

import (
	"context"
	"math"
	"sync"

	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/stratum/bitcoin"
	"github.com/adit-mining/adit/stratum/upstream"
)

// lane is one upstream connection and the seats who share its work.
type lane struct {
	id   coop.Lane
	crew *Crew
	fail *upstream.Failover
	stop context.CancelFunc
	up   lift

	mu     sync.Mutex
	newest *work // nil while idle
	idle   error // why there is no work, nil before the first try ended
	works  []*work
	via    *upstream.Via // of the newest work
	shape  shape
	slots  slots
	seats  []*seat
	gates  []gateCount
	empty  int64 // since when no seat is on it, on the crew's clock; 0 = there are some
	logins uint64
}

type gateCount struct {
	gate coop.Gate
	n    int
}

// mostWorks is how many works of a lane are remembered.
const mostWorks = 8

// work is a work of a lane with what the crew knows of it.
type work struct {
	coop.Work
	lane  *lane
	via   *upstream.Via
	shape shape
	solo  bool
	url   string
	share bitcoin.Target // Bitcoin: of the upstream's shares

	// Under the lane's mu.
	came  int64  // on the crew's clock
	until int64  // shares count until then, on the crew's clock
	seen  handed // what was handed in; after until only blocks that came late
}

// forever is the until of work at hand.
const forever = math.MaxInt64

// openLane starts one more upstream connection. It is called with crew.mu held.
func (c *Crew) openLane() error {
	c.lastLane++
	l := &lane{id: c.lastLane, crew: c, empty: c.now()}
	l.up.lane = l
	var err error
	l.fail, err = upstream.NewFailover(upstream.FailoverOptions{
		Sources: c.o.Sources(), OnWork: l.onWork, OnIdle: l.onIdle, Log: c.o.Log.With("lane", uint32(l.id)), Rand: c.o.Rand,
		Pause: c.o.Rules.Pause, Tries: c.o.Rules.Tries,
	})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(c.run.ctx)
	l.stop = stop
	c.lanes = append(c.lanes, l)
	c.run.group.Go(func() {
		defer stop()
		l.fail.Run(ctx)
	})
	return nil
}

// onWork takes new work and hands it to the gates. The failover calls it one at a time.
func (l *lane) onWork(via *upstream.Via, up *upstream.Work) {
	c := l.crew
	w := &work{lane: l, via: via, shape: shapeOf(up), solo: via.Conn.Info().Solo, url: via.Source.URL(), until: forever}
	w.Work = coop.Work{Work: up, Lane: l.id}
	w.Seq, w.ID = c.nextWork()
	w.came = c.now()
	if up.Bitcoin != nil {
		w.share = bitcoin.TargetOf(up.Share)
	}
	now := c.now()
	l.mu.Lock()
	again := l.via != nil && l.via != via
	l.retire(now, up.Clean || l.via != via)
	homeless := l.reshape(w, now)
	if l.newest == nil {
		for _, s := range l.seats {
			s.pace.Rest(now)
		}
	}
	l.newest, l.via, l.idle = w, via, nil
	l.works = append(l.works, w)
	gates := l.gateList()
	l.mu.Unlock()
	if again {
		c.reconnected(w.url)
	}
	for _, g := range gates {
		g.Deliver(l.id, &w.Work)
	}
	c.worked(w)
	c.check.foresee(w)
	c.mu.Lock()
	c.size = w.shape.size
	for _, s := range homeless {
		c.waiters = append(c.waiters, &join{gate: s.gate, hello: s.Hello(), m: s.member.Load(), moved: s})
	}
	c.place()
	c.mu.Unlock()
}

// onIdle says that there is no work for now.
func (l *lane) onIdle(reason error) {
	l.mu.Lock()
	l.retire(l.crew.now(), true)
	l.newest, l.idle = nil, reason
	gates := l.gateList()
	l.mu.Unlock()
	for _, g := range gates {
		g.Idle(l.id, reason)
	}
}

// retire makes the works at hand former ones: late at once where clean, else after the grace.
func (l *lane) retire(now int64, clean bool) {
	until := now + int64(l.crew.o.Rules.Grace)
	if clean {
		until = now - 1
	}
	life := int64(l.crew.o.Rules.WorkLife)
	for _, w := range l.works {
		if w.until > until {
			w.until = until
		}
		if life > 0 {
			w.until = min(w.until, max(w.came+life, now-1))
		}
		if w.until <= now {
			w.seen = handed{} // its memory; see late
		}
	}
	if n := len(l.works) - mostWorks + 1; n > 0 {
		for _, w := range l.works[:n] {
			w.until = min(w.until, now-1)
			w.seen = handed{}
		}
		l.works = append(l.works[:0:0], l.works[n:]...)
	}
	if clean {
		l.slots.clean()
	}
}

// reshape gives the seats slots of another kind where the work is divided in another way than before, and returns those
// for whom there is none.
func (l *lane) reshape(w *work, now int64) (homeless []*seat) {
	if l.shape == w.shape {
		return nil
	}
	l.shape, l.slots = w.shape, newSlots(w.shape)
	for _, s := range append([]*seat(nil), l.seats...) {
		h := s.hello()
		slot, ok := l.slots.take(h.Via == coop.ViaGRPC)
		if ok && fits(w.Work.Work, &h) == nil {
			s.slot = slot
			continue
		}
		if ok {
			l.slots.put(slot, true)
		}
		l.remove(s, now)
		s.placed = false
		homeless = append(homeless, s)
	}
	return homeless
}

// offer seats j where there is room. An error means that j does not fit to this work. It is called with crew.mu held,
// under which alone two lanes may be locked at once.
func (l *lane) offer(j *join) (*seat, error) {
	now := l.crew.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if j.moved != nil {
		if from := j.moved.lane.Load(); from != l {
			from.mu.Lock()
			defer from.mu.Unlock()
		}
		if j.moved.left.Load() {
			return j.moved, nil
		}
	}
	if l.newest == nil {
		return nil, nil
	}
	if err := fits(l.newest.Work.Work, &j.hello); err != nil {
		return nil, err
	}
	slot, ok := l.slots.take(j.hello.Via == coop.ViaGRPC)
	if !ok {
		return nil, nil
	}
	s := j.moved
	if s == nil {
		s = newSeat(l.crew, j, now)
	}
	s.slot, s.placed = slot, true
	s.lane.Store(l)
	l.add(s)
	if j.moved != nil {
		l.crew.run.group.Go(func() { s.gate.Refresh(s) })
	}
	return s, nil
}

// add and remove keep the lane's lists. They are called with mu held.
func (l *lane) add(s *seat) {
	s.pos = int32(len(l.seats))
	l.seats = append(l.seats, s)
	l.empty = 0
	for i := range l.gates {
		if l.gates[i].gate == s.gate {
			l.gates[i].n++
			return
		}
	}
	l.gates = append(l.gates, gateCount{s.gate, 1})
}

func (l *lane) remove(s *seat, now int64) {
	last := len(l.seats) - 1
	l.seats[s.pos] = l.seats[last]
	l.seats[s.pos].pos = s.pos
	l.seats[last] = nil
	l.seats = l.seats[:last]
	if last == 0 {
		l.empty = now
	}
	for i := range l.gates {
		if l.gates[i].gate == s.gate {
			l.gates[i].n--
		}
	}
}

// gateList is the gates that have seats here.
func (l *lane) gateList() (list []coop.Gate) {
	for _, g := range l.gates {
		if g.n > 0 {
			list = append(list, g.gate)
		}
	}
	return list
}

// find returns the crew's view of a work of this lane. It is called with mu held.
func (l *lane) find(w *coop.Work) *work {
	for i := len(l.works) - 1; i >= 0; i-- {
		if &l.works[i].Work == w {
			return l.works[i]
		}
	}
	return nil
}
