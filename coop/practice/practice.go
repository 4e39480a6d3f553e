package practice

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum"
)

// Checker hashes blobs under one seed; `adit-miner verify` does it for adit. Hash is called by one goroutine, never
// again before it returned, and must honour ctx.
type Checker interface {
	Hash(ctx context.Context, algorithm adit.Algorithm, seed [32]byte, blobs [][]byte) ([][32]byte, error)
}

// Options of a Server. Listen and Checker are required.
type Options struct {
	Listen   string        // HOST:PORT; port 0 takes a free one, see Addr
	Listener net.Listener  // instead of Listen
	Checker  Checker       // hashes
	Log      *slog.Logger  // nil: silent
	TLS      *tls.Config   // nil: plain only; else both on the port
	Start    uint64        // first difficulty of a connection; 0: 100
	Goal     time.Duration // wanted time between two shares; 0: 5 s
	Fresh    time.Duration // a new job at least this often; 0: 60 s
	Grace    time.Duration // shares of a replaced job count for so long; 0: 5 s
}

const (
	mostMiners = 256 // connections; practice is not a pool
	tickEach   = time.Second
)

// Server is the upstream. Open it, then Run it.
type Server struct {
	o       Options
	ln      net.Listener
	stratum *stratum.Server
	secret  [32]byte // makes the merkle roots nobody else's
	queue   chan check

	mu      sync.Mutex
	started time.Time
	miners  map[*stratum.Session]*miner
	work    template
	totals  Totals
	checker CheckerStatus
}

// Open binds the listener, so that Addr is known before Run. A taken port is adit.Conflict: the caller may ask for
// another.
func Open(o Options) (*Server, error) {
	if o.Checker == nil {
		return nil, adit.InvalidField("checker", "practice checks every share and needs something that hashes")
	}
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&o.Goal, 5*time.Second)
	def(&o.Fresh, 60*time.Second)
	def(&o.Grace, 5*time.Second)
	if o.Start == 0 {
		o.Start = 100
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	ln, err := listen(o)
	if err != nil {
		return nil, err
	}
	s := &Server{
		o: o, ln: ln, queue: make(chan check, mostChecks), miners: map[*stratum.Session]*miner{},
		totals:  Totals{Rejected: map[adit.ShareOutcome]uint64{}},
		checker: CheckerStatus{State: CheckerStarting, Since: time.Now().UTC()},
	}
	rand.Read(s.secret[:])
	s.work = newTemplate(time.Now(), 0)
	s.stratum = stratum.NewServer(stratum.ServerOptions{
		Handler: handler{s}, TLS: o.TLS, Log: o.Log, MaxSessions: mostMiners,
	})
	return s, nil
}

func listen(o Options) (net.Listener, error) {
	if o.Listener != nil {
		return o.Listener, nil
	}
	if _, _, err := net.SplitHostPort(o.Listen); err != nil {
		return nil, adit.InvalidField("listen", "%q is not HOST:PORT, such as 127.0.0.1:3333", o.Listen)
	}
	ln, err := net.Listen("tcp", o.Listen)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, adit.Errorf(adit.Conflict, "%s is taken by another program; choose another port", o.Listen)
	case err != nil:
		return nil, adit.Errorf(adit.Invalid, "listen: cannot listen on %s: %w", o.Listen, err)
	}
	return ln, nil
}

// Addr is where miners connect.
func (s *Server) Addr() net.Addr { return s.ln.Addr() }

// URL is Addr as a pool's URL.
func (s *Server) URL() string { return "stratum+tcp://" + s.ln.Addr().String() }

// Close gives the port back without Run.
func (s *Server) Close() error { return s.ln.Close() }

// Run serves until ctx ends, which takes it well under a second; it returns nil then. It may be called once.
func (s *Server) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.mu.Lock()
	s.started = time.Now()
	s.mu.Unlock()
	var loops sync.WaitGroup
	loops.Go(func() { s.verify(ctx) })
	loops.Go(func() { s.renew(ctx) })
	err := s.stratum.Serve(ctx, s.ln)
	cancel()
	loops.Wait()
	return err
}

// renew hands out fresh work each minute and lowers the difficulty of who finds nothing.
func (s *Server) renew(ctx context.Context) {
	fresh := time.NewTicker(s.o.Fresh)
	defer fresh.Stop()
	tick := time.NewTicker(tickEach)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-fresh.C:
			s.mu.Lock()
			s.work = newTemplate(now, s.work.height)
			s.mu.Unlock()
			for _, m := range s.all() {
				m.renew(now)
			}
		case now := <-tick.C:
			for _, m := range s.all() {
				m.tick(now)
			}
		}
	}
}

// template returns the work at hand.
func (s *Server) template() template {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.work
}

// all returns the miners that are connected, in the order they came.
func (s *Server) all() []*miner {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*miner, 0, len(s.miners))
	for _, m := range s.miners {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b *miner) int { return a.session.Since().Compare(b.session.Since()) })
	return all
}
