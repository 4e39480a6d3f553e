package gate

import (
	"context"
	"net"
	"runtime"
	"sync"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/port"
)

// XMROptions configure an XMR gate.
type XMROptions struct {
	Crew coop.Crew    // required
	Port port.Options // bounds, TLS, log; its Handler and Words are the gate's own
}

// XMR is the door for miners of the XMR dialect.
type XMR struct {
	crew   coop.Crew
	server *stratum.Server
	fan    fan

	mu    sync.Mutex
	lanes map[coop.Lane]*xmrLane
	seats map[coop.Seat]*xmrMiner
}

// xmrMiner is one logged in connection.
type xmrMiner struct {
	gate    *XMR
	session *stratum.Session
	seat    coop.Seat

	// Where it stands, under the gate's mu.
	squad *squad // nil before and after
	at    int

	mu       sync.Mutex // makes assigning and sending one step
	any      bool       // it puts nonces where the job says, in its part of them
	nicehash bool       // it was told that the last nonce byte may be ours even where that is 0
	gone     bool
	seq      uint64 // of the newest work it was given
}

// NewXMR makes a gate; Serve opens it.
func NewXMR(o XMROptions) *XMR {
	g := &XMR{crew: o.Crew, lanes: map[coop.Lane]*xmrLane{}, seats: map[coop.Seat]*xmrMiner{}}
	g.fan = fan{gate: g, most: min(max(runtime.GOMAXPROCS(0), 2), 4)}
	p := o.Port
	g.server = stratum.NewServer(stratum.ServerOptions{
		Handler: xmrDesk{g}, TLS: p.TLS, Log: p.Log, LoginTime: p.LoginTime, IdleTime: p.IdleTime, WriteTime: p.WriteTime,
		MaxLine: p.MaxLine, MaxSessions: p.MaxConns, Rate: p.Rate, Burst: p.Burst, Guard: p.Guard,
	})
	return g
}

// Serve takes miners until ctx ends (nil) or the listener breaks; then all have left.
func (g *XMR) Serve(ctx context.Context, ln net.Listener) error {
	defer g.fan.wait.Wait()
	return g.server.Serve(ctx, ln)
}

// Sessions returns how many connections are open, logged in or not.
func (g *XMR) Sessions() int { return g.server.Sessions() }

// Deliver implements coop.Gate.
func (g *XMR) Deliver(l coop.Lane, w *coop.Work) {
	if w.Blob == nil {
		return // not this door's work
	}
	line, err := lineOf(w)
	if err != nil {
		return // no miner could take it; give says so to each that comes
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	lane := g.lanes[l]
	if lane == nil {
		return // nobody sits there: who comes asks its seat
	}
	if lane.work == nil || lane.work.Seq < w.Seq {
		lane.work, lane.line = w, line
	}
	for _, q := range lane.squads {
		g.fan.push(q)
	}
}

// Refresh implements coop.Gate.
func (g *XMR) Refresh(s coop.Seat) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if m := g.seats[s]; m != nil {
		g.fan.again(m)
	}
}

// Idle implements coop.Gate: miners stay connected, search what they have and wait.
func (g *XMR) Idle(coop.Lane, error) {}

// Evict implements coop.Gate.
func (g *XMR) Evict(s coop.Seat, reason error) {
	g.mu.Lock()
	m := g.seats[s]
	g.mu.Unlock()
	if m != nil {
		m.session.Bye(reason)
	}
}

// lineOf encodes a work for all of its lane.
func lineOf(w *coop.Work) (*stratum.JobLine, error) {
	return stratum.NewJobLine(stratum.Job{
		ID: w.ID, Blob: w.Blob.Bytes, Target: w.Blob.Target, Algorithm: w.Algorithm, Height: w.Height,
		SeedHash: w.Blob.Seed, NextSeedHash: w.Blob.NextSeed,
	}, w.Blob.NonceOffset, w.Blob.NonceWidth)
}

// newest is the newest work of a miner's lane and its line.
func (g *XMR) newest(m *xmrMiner) (*coop.Work, *stratum.JobLine, error) {
	w := m.seat.Newest()
	switch {
	case w == nil:
		return nil, nil, adit.Errorf(adit.Unreachable, "there is no work at the moment; try again")
	case w.Blob == nil:
		return nil, nil, adit.Errorf(adit.Unsupported, "the work here is not for the XMR dialect")
	}
	g.mu.Lock()
	lane := g.lanes[w.Lane]
	if lane != nil && lane.work == w {
		defer g.mu.Unlock()
		return w, lane.line, nil
	}
	g.mu.Unlock()
	line, err := lineOf(w)
	if err != nil {
		return nil, nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if lane := g.lanes[w.Lane]; lane != nil && (lane.work == nil || lane.work.Seq < w.Seq) {
		lane.work, lane.line = w, line
	}
	return w, line, nil
}
