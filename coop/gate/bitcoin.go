package gate

import (
	"context"
	"net"
	"sync"

	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/stratum/bitcoin"
	"github.com/adit-mining/adit/stratum/port"
)

// BitcoinOptions configure a Bitcoin gate.
type BitcoinOptions struct {
	Crew coop.Crew    // required
	Port port.Options // bounds, TLS, log; its Handler and Words are the gate's own
}

// Bitcoin is the door for miners of the Bitcoin dialect.
type Bitcoin struct {
	crew   coop.Crew
	server *bitcoin.Server
	wait   sync.WaitGroup // work on its way out

	mu    sync.Mutex
	lanes map[coop.Lane]*bitcoinLane
	seats map[coop.Seat]*bitcoinMiner
}

// bitcoinMiner is one connection, from its place on.
type bitcoinMiner struct {
	session *bitcoin.Session
	seat    coop.Seat
	lane    coop.Lane // where it stands; guarded by the gate's mu

	mu     sync.Mutex // makes assigning and sending one step
	member bool       // it said who it is: a stranger gets no work
	seq    uint64     // of the newest work it was given
	id     string     // its job
	again  uint32     // how often it was given that work
	gone   bool
}

// NewBitcoin makes a gate; Serve opens it.
func NewBitcoin(o BitcoinOptions) *Bitcoin {
	g := &Bitcoin{crew: o.Crew, lanes: map[coop.Lane]*bitcoinLane{}, seats: map[coop.Seat]*bitcoinMiner{}}
	g.server = bitcoin.NewServer(bitcoin.ServerOptions{Handler: bitcoinDesk{g}, Port: o.Port})
	return g
}

// Serve takes miners until ctx ends (nil) or the listener breaks; then all have left.
func (g *Bitcoin) Serve(ctx context.Context, ln net.Listener) error {
	defer g.wait.Wait()
	return g.server.Serve(ctx, ln)
}

// Sessions returns how many connections are open, logged in or not.
func (g *Bitcoin) Sessions() int { return g.server.Sessions() }

// Deliver implements coop.Gate.
func (g *Bitcoin) Deliver(l coop.Lane, w *coop.Work) {
	if w.Bitcoin == nil {
		return // not this door's work
	}
	p := pack(w)
	g.mu.Lock()
	defer g.mu.Unlock()
	lane := g.lanes[l]
	if lane == nil {
		return // nobody sits there: who comes asks its seat
	}
	if lane.take(p) && !lane.sending {
		lane.sending = true
		g.wait.Go(func() { g.send(lane) })
	}
}

// Refresh implements coop.Gate.
func (g *Bitcoin) Refresh(s coop.Seat) {
	g.mu.Lock()
	m := g.seats[s]
	g.mu.Unlock()
	if m != nil {
		g.renew(m)
	}
}

// Idle implements coop.Gate: miners stay connected, search what they have and wait.
func (g *Bitcoin) Idle(coop.Lane, error) {}

// Evict implements coop.Gate.
func (g *Bitcoin) Evict(s coop.Seat, reason error) {
	g.mu.Lock()
	m := g.seats[s]
	g.mu.Unlock()
	if m != nil {
		m.session.Close(reason)
	}
}
