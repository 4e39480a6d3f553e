package gate

import (
	"sync"

	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/stratum"
)

// xmrLane is who shares the work of one upstream connection, and that work as it travels.
type xmrLane struct {
	squads []*squad
	work   *coop.Work // the newest, nil before
	line   *stratum.JobLine
}

// squad is a part of a lane that gets its work in one go; several squads get theirs at a time.
type squad struct {
	lane   *xmrLane
	id     coop.Lane
	miners []*xmrMiner
	queued bool // it stands in the fan's queue
	busy   bool // work goes out to it
}

const mostSquad = 256

// fan sends work out beside the crew, with a few goroutines that live while there is something to send. Its state is
// guarded by the gate's mu.
type fan struct {
	gate *XMR
	most int // goroutines
	wait sync.WaitGroup

	busy   int
	squads []*squad
	single []*xmrMiner
}

// push queues a squad. A squad never gets work from two goroutines; newer work replaces what was not sent yet.
func (f *fan) push(q *squad) {
	if q.queued {
		return
	}
	q.queued = true
	if !q.busy {
		f.squads = append(f.squads, q)
		f.start()
	}
}

// again queues one miner.
func (f *fan) again(m *xmrMiner) {
	f.single = append(f.single, m)
	f.start()
}

func (f *fan) start() {
	if f.busy < f.most {
		f.busy++
		f.wait.Go(f.run)
	}
}

// run sends until nothing waits.
func (f *fan) run() {
	g := f.gate
	var room [mostSquad]*xmrMiner
	g.mu.Lock()
	defer g.mu.Unlock()
	for {
		switch {
		case len(f.squads) > 0:
			q := f.squads[0]
			f.squads = f.squads[1:]
			q.queued, q.busy = false, true
			miners := append(room[:0], q.miners...)
			w, line := q.lane.work, q.lane.line
			g.mu.Unlock()
			for _, m := range miners {
				m.give(w, line)
			}
			g.mu.Lock()
			if q.busy = false; q.queued {
				f.squads = append(f.squads, q)
			}
		case len(f.single) > 0:
			m := f.single[0]
			f.single = f.single[1:]
			g.mu.Unlock()
			m.renew()
			g.mu.Lock()
		default:
			f.busy--
			f.squads, f.single = nil, nil
			return
		}
	}
}

// renew hands a miner the newest work of its lane, which may be another one than before.
func (m *xmrMiner) renew() {
	m.gate.place(m)
	if w, line, err := m.gate.newest(m); err == nil {
		m.give(w, line)
	}
}

// place puts a miner where its seat is. One that is gone stays nowhere.
func (g *XMR) place(m *xmrMiner) {
	id := m.seat.Lane()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.seats[m.seat] != m || m.squad != nil && m.squad.id == id {
		return
	}
	g.unplace(m)
	lane := g.lanes[id]
	if lane == nil {
		lane = &xmrLane{}
		g.lanes[id] = lane
	}
	for _, q := range lane.squads {
		if len(q.miners) < mostSquad {
			q.add(m)
			return
		}
	}
	q := &squad{lane: lane, id: id}
	lane.squads = append(lane.squads, q)
	q.add(m)
}

func (q *squad) add(m *xmrMiner) {
	m.squad, m.at = q, len(q.miners)
	q.miners = append(q.miners, m)
}

// unplace takes a miner out of its squad. It is called with mu held.
func (g *XMR) unplace(m *xmrMiner) {
	q := m.squad
	if q == nil {
		return
	}
	m.squad = nil
	last := len(q.miners) - 1
	q.miners[m.at] = q.miners[last]
	q.miners[m.at].at = m.at
	q.miners[last] = nil
	q.miners = q.miners[:last]
	if last > 0 {
		return
	}
	for i, o := range q.lane.squads {
		if o == q {
			q.lane.squads = append(q.lane.squads[:i], q.lane.squads[i+1:]...)
			break
		}
	}
	if len(q.lane.squads) == 0 {
		delete(g.lanes, q.id)
	}
}
