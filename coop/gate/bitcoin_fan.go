package gate

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/stratum/bitcoin"
)

// parcel is a work as it travels, encoded once.
type parcel struct {
	work   *coop.Work
	notice *bitcoin.Notice
	clean  uint64 // of the newest work up to this one that made older ones worthless, as far as is known
}

func pack(w *coop.Work) parcel {
	p := parcel{work: w, notice: bitcoin.NoticeOf(w.Bitcoin)}
	if w.Clean {
		p.clean = w.Seq
	}
	return p
}

// bitcoinLane is who shares the work of one upstream connection, and that work. It is guarded by the gate's mu.
type bitcoinLane struct {
	miners  map[*bitcoinMiner]struct{}
	newest  parcel // as delivered; its work is nil before the first
	asked   parcel // what a miner that came between found with its seat: not everybody has it yet
	sending bool   // a goroutine of Deliver sends
}

// take makes p the newest and reports whether it is.
func (l *bitcoinLane) take(p parcel) bool {
	if l.newest.work != nil && l.newest.work.Seq >= p.work.Seq {
		return false
	}
	// A work that is replaced before it was sent may have been clean.
	p.clean = max(p.clean, l.newest.clean)
	l.newest = p
	return true
}

// send gives the newest work of a lane to its miners until there is none newer.
func (g *Bitcoin) send(l *bitcoinLane) {
	var sent *coop.Work
	for {
		g.mu.Lock()
		p := l.newest
		if p.work == sent {
			l.sending = false
			g.mu.Unlock()
			return
		}
		miners := make([]*bitcoinMiner, 0, len(l.miners))
		for m := range l.miners {
			miners = append(miners, m)
		}
		g.mu.Unlock()
		spread(miners, p)
		sent = p.work
	}
}

const mostSpread = 256 // miners for which one goroutine is enough

// spread gives p to miners, by a few goroutines where there are many.
func spread(miners []*bitcoinMiner, p parcel) {
	var next atomic.Int64
	work := func() {
		for i := next.Add(1) - 1; i < int64(len(miners)); i = next.Add(1) - 1 {
			miners[i].give(p)
		}
	}
	var wait sync.WaitGroup
	for range min(len(miners)/mostSpread, runtime.GOMAXPROCS(0)-1, 3) {
		wait.Go(work)
	}
	work()
	wait.Wait()
}

// renew hands a miner the newest work of its lane, which may be another one than before.
func (g *Bitcoin) renew(m *bitcoinMiner) {
	g.place(m)
	w := m.seat.Newest()
	if w == nil || w.Bitcoin == nil {
		return
	}
	m.give(g.parcel(w))
}

// parcel finds a work that was encoded already, or encodes it.
func (g *Bitcoin) parcel(w *coop.Work) parcel {
	g.mu.Lock()
	lane := g.lanes[w.Lane]
	if lane == nil {
		g.mu.Unlock()
		return pack(w)
	}
	defer g.mu.Unlock()
	switch w {
	case lane.newest.work:
		return lane.newest
	case lane.asked.work:
		return lane.asked
	}
	lane.asked = pack(w)
	lane.asked.clean = max(lane.asked.clean, lane.newest.clean)
	return lane.asked
}

// give hands a miner its part of a work, unless it has newer already.
func (m *bitcoinMiner) give(p parcel) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone || !m.member || p.work.Seq < m.seq {
		return
	}
	a, ok := m.seat.Assign(p.work)
	if !ok {
		return
	}
	clean := p.clean > m.seq
	switch {
	case p.work.Seq != m.seq:
		m.again = 0
	case a.JobID != m.id: // another difficulty; what was found until now keeps its worth
		m.again = min(m.again+1, mostAgain)
	}
	m.seq, m.id = p.work.Seq, a.JobID
	m.session.Offer(bitcoin.Offer{
		Notice: p.notice, ID: a.JobID, Clean: clean, Difficulty: a.Difficulty, Place: placeOf(p.work, a), Later: m.again * laterEach,
	})
}

// The same work given again is this much later each time. Pools take times up to some minutes ahead (NOMP: 180 s).
const (
	laterEach = 10 // seconds
	mostAgain = 12
)

func placeOf(w *coop.Work, a coop.Assignment) bitcoin.Place {
	return bitcoin.Place{
		Extranonce1: a.Slice.Extranonce1, Extranonce2Size: a.Slice.Extranonce2Size, VersionMask: w.Bitcoin.VersionMask,
	}
}

// place puts a miner where its seat is. One that is gone stays nowhere.
func (g *Bitcoin) place(m *bitcoinMiner) {
	id := m.seat.Lane()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.seats[m.seat] != m {
		return
	}
	if lane := g.lanes[id]; lane != nil && m.lane == id {
		if _, there := lane.miners[m]; there {
			return
		}
	}
	g.unplace(m)
	lane := g.lanes[id]
	if lane == nil {
		lane = &bitcoinLane{miners: map[*bitcoinMiner]struct{}{}}
		g.lanes[id] = lane
	}
	lane.miners[m] = struct{}{}
	m.lane = id
}

// unplace takes a miner out of its lane. It is called with mu held.
func (g *Bitcoin) unplace(m *bitcoinMiner) {
	lane := g.lanes[m.lane]
	if lane == nil {
		return
	}
	if delete(lane.miners, m); len(lane.miners) == 0 {
		delete(g.lanes, m.lane)
	}
}

// add makes a miner known to Deliver, Refresh and Evict.
func (g *Bitcoin) add(m *bitcoinMiner) {
	g.mu.Lock()
	g.seats[m.seat] = m
	g.mu.Unlock()
	g.place(m)
}

func (g *Bitcoin) remove(m *bitcoinMiner) {
	m.mu.Lock()
	m.gone = true
	m.mu.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.seats, m.seat)
	g.unplace(m)
}
