package gate

import (
	"context"
	"net"
	"sync"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/bitcoin"
	"github.com/adit-mining/adit/stratum/port"
)

// BitcoinOptions configure a Bitcoin gate.
type BitcoinOptions struct {
	Crew coop.Crew    // required
	Port port.Options // bounds, TLS, log; its Handler and Words are the gate's own
}

// Bitcoin is the door for miners of the Bitcoin dialect. A job is encoded once for all miners of a lane.
type Bitcoin struct {
	crew   coop.Crew
	server *bitcoin.Server

	mu    sync.RWMutex
	lanes map[coop.Lane]*bitcoinLane
	seats map[coop.Seat]*bitcoinMiner
}

// bitcoinLane is who shares the work of one upstream connection, and that work as it travels.
type bitcoinLane struct {
	miners map[*bitcoinMiner]struct{}
	work   *coop.Work
	notice *bitcoin.Notice
}

// bitcoinMiner is one connection, from its place on.
type bitcoinMiner struct {
	session *bitcoin.Session
	seat    coop.Seat

	mu     sync.Mutex // makes assigning and sending one step
	member bool       // it said who it is: a stranger gets no work
	seq    uint64     // of the newest work it was given
	gone   bool
}

// NewBitcoin makes a gate; Serve opens it.
func NewBitcoin(o BitcoinOptions) *Bitcoin {
	g := &Bitcoin{crew: o.Crew, lanes: map[coop.Lane]*bitcoinLane{}, seats: map[coop.Seat]*bitcoinMiner{}}
	g.server = bitcoin.NewServer(bitcoin.ServerOptions{Handler: bitcoinDesk{g}, Port: o.Port})
	return g
}

// Serve takes miners until ctx ends (nil) or the listener breaks; then all have left.
func (g *Bitcoin) Serve(ctx context.Context, ln net.Listener) error { return g.server.Serve(ctx, ln) }

// Sessions returns how many connections are open, logged in or not.
func (g *Bitcoin) Sessions() int { return g.server.Sessions() }

// Deliver implements coop.Gate.
func (g *Bitcoin) Deliver(l coop.Lane, w *coop.Work) {
	if w.Bitcoin == nil {
		return // not this door's work; nobody sits on such a lane
	}
	notice := bitcoin.NoticeOf(w.Bitcoin)
	g.mu.Lock()
	lane := g.lane(l)
	if lane.work == nil || lane.work.Seq < w.Seq {
		lane.work, lane.notice = w, notice
	}
	miners := make([]*bitcoinMiner, 0, len(lane.miners))
	for m := range lane.miners {
		miners = append(miners, m)
	}
	if len(miners) == 0 {
		delete(g.lanes, l)
	}
	g.mu.Unlock()
	for _, m := range miners {
		m.give(w, notice)
	}
}

// lane is called with mu held.
func (g *Bitcoin) lane(l coop.Lane) *bitcoinLane {
	lane := g.lanes[l]
	if lane == nil {
		lane = &bitcoinLane{miners: map[*bitcoinMiner]struct{}{}}
		g.lanes[l] = lane
	}
	return lane
}

// Refresh implements coop.Gate.
func (g *Bitcoin) Refresh(s coop.Seat) {
	g.mu.RLock()
	m := g.seats[s]
	g.mu.RUnlock()
	if m != nil {
		g.renew(m)
	}
}

// renew hands a miner the newest work of its lane.
func (g *Bitcoin) renew(m *bitcoinMiner) {
	w := m.seat.Newest()
	if w == nil || w.Bitcoin == nil {
		return
	}
	var notice *bitcoin.Notice
	g.mu.RLock()
	if lane := g.lanes[m.seat.Lane()]; lane != nil && lane.work == w {
		notice = lane.notice
	}
	g.mu.RUnlock()
	if notice == nil {
		notice = bitcoin.NoticeOf(w.Bitcoin)
	}
	m.give(w, notice)
}

// give hands a miner its part of w, unless it has newer work already.
func (m *bitcoinMiner) give(w *coop.Work, notice *bitcoin.Notice) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone || !m.member || w.Seq < m.seq {
		return
	}
	a, ok := m.seat.Assign(w)
	if !ok {
		return
	}
	again := w.Seq == m.seq // with another difficulty: what was found until now counts
	m.seq = w.Seq
	m.session.Offer(bitcoin.Offer{
		Notice: notice, ID: a.JobID, Clean: w.Clean && !again, Difficulty: a.Difficulty, Place: placeOf(w, a),
	})
}

func placeOf(w *coop.Work, a coop.Assignment) bitcoin.Place {
	return bitcoin.Place{
		Extranonce1: a.Slice.Extranonce1, Extranonce2Size: a.Slice.Extranonce2Size, VersionMask: w.Bitcoin.VersionMask,
	}
}

// Idle implements coop.Gate: miners stay connected, search what they have and wait.
func (g *Bitcoin) Idle(coop.Lane, error) {}

// Evict implements coop.Gate.
func (g *Bitcoin) Evict(s coop.Seat, reason error) {
	g.mu.RLock()
	m := g.seats[s]
	g.mu.RUnlock()
	if m != nil {
		m.session.Close(reason)
	}
}

// add makes a miner known to Deliver, Refresh and Evict.
func (g *Bitcoin) add(m *bitcoinMiner) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seats[m.seat] = m
	g.lane(m.seat.Lane()).miners[m] = struct{}{}
}

func (g *Bitcoin) remove(m *bitcoinMiner) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.seats, m.seat)
	l := m.seat.Lane()
	if lane := g.lanes[l]; lane != nil {
		if delete(lane.miners, m); len(lane.miners) == 0 {
			delete(g.lanes, l)
		}
	}
}

// bitcoinDesk is what the server asks.
type bitcoinDesk struct{ g *Bitcoin }

// Place takes a seat for somebody who has not said who it is.
func (d bitcoinDesk) Place(ctx context.Context, s *bitcoin.Session) (bitcoin.Place, error) {
	seat, err := d.g.crew.Join(ctx, d.g, hello(s).Hello)
	if err != nil {
		return bitcoin.Place{}, err
	}
	w := seat.Newest()
	if w == nil || w.Bitcoin == nil {
		err := adit.Errorf(adit.Unreachable, "there is no work at the moment; try again")
		if w != nil {
			err = adit.Errorf(adit.Unsupported, "the work here is not for the Bitcoin dialect")
		}
		seat.Leave(err)
		return bitcoin.Place{}, err
	}
	a, ok := seat.Assign(w)
	if !ok {
		err := adit.Errorf(adit.Unreachable, "the work changed hands; try again")
		seat.Leave(err)
		return bitcoin.Place{}, err
	}
	m := &bitcoinMiner{session: s, seat: seat}
	s.Data = m
	d.g.add(m)
	return placeOf(w, a), nil
}

// Login makes the seat a member's and gives it work.
func (d bitcoinDesk) Login(_ context.Context, s *bitcoin.Session, l bitcoin.Login) error {
	m := s.Data.(*bitcoinMiner)
	h := hello(s)
	h.introduce(l)
	if err := m.seat.Introduce(h.Hello); err != nil {
		return err
	}
	if !h.Difficulty.IsZero() {
		m.seat.Wish(h.Difficulty)
	}
	m.mu.Lock()
	m.member = true
	m.mu.Unlock()
	d.g.renew(m)
	return nil
}

// Submit hands a share to the crew.
func (d bitcoinDesk) Submit(b bitcoin.Submission) {
	m := b.Session.Data.(*bitcoinMiner)
	m.seat.Submit(coop.Submission{JobID: b.Share.JobID, Share: b.Share, At: b.At}, func(v coop.Verdict) {
		b.Reply(stratum.Verdict{Outcome: v.Outcome, Text: v.Reason})
	})
}

// Wish passes it on.
func (d bitcoinDesk) Wish(s *bitcoin.Session, difficulty adit.Hashes) {
	s.Data.(*bitcoinMiner).seat.Wish(difficulty)
}

// Gone gives the seat back.
func (d bitcoinDesk) Gone(s *bitcoin.Session, reason error) {
	m, ok := s.Data.(*bitcoinMiner)
	if !ok {
		return // it found no place
	}
	m.mu.Lock()
	m.gone = true
	m.mu.Unlock()
	d.g.remove(m)
	m.seat.Leave(reason)
}
