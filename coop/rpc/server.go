package rpc

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"golang.org/x/time/rate"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/coopv1"
	"github.com/adit-mining/adit/link/pki"
)

// Bounds of what the coordinator takes.
const (
	maxReceive     = 64 << 10 // bytes of a message from a worker
	maxSend        = 4 << 20  // bytes of an answer: the summary of a large crew
	maxHeaders     = 16 << 10
	maxCalls       = 64 // at once on one connection
	handshakeTime  = 10 * time.Second
	pingAfter      = 20 * time.Second
	pingTimeout    = 10 * time.Second
	leastPing      = 5 * time.Second // more often is a flood
	sweepEvery     = time.Second
	stopWithin     = 2 * time.Second
	joinTime       = 20 * time.Second
	defaultBeat    = 30 * time.Second
	defaultTimeout = 90 * time.Second
)

// Stats answers the two calls for numbers.
type Stats interface {
	ClusterStats(ctx context.Context) (*coopv1.ClusterStatsResponse, error)
	WorkerStats(ctx context.Context, m coop.MemberID) (*coopv1.WorkerStatsResponse, error)
}

// Cluster is what a worker is told of the crew when it registers. Zero values are unknown.
type Cluster struct {
	ID, Name   string
	Target     adit.Hashes // every worker's difficulty; zero = suited to each
	JobTimeout time.Duration
	Coin       string
	Algorithm  adit.Algorithm
}

// Options of a Server. Crew is needed, and either Identity or Anonymous.
type Options struct {
	Crew      coop.Crew
	Commander coop.Commander // nil: nobody is ever told anything
	Stats     Stats          // nil: the two calls say that they are not served
	Cluster   func() Cluster // nil: nothing is known

	Identity *pki.Identity    // nil: plain TCP
	Revoked  *pki.Revocations // nil: nothing is revoked
	// Anonymous lets callers without a certificate be members under their worker id. The caller of New has made sure that
	// the owner said so.
	Anonymous bool

	MaxWorkers   int           // registered at once, 0 = 10,000; who is registered may always come again
	Heartbeat    time.Duration // asked of workers, 0 = 30 s
	Timeout      time.Duration // silent for so long a worker has left, 0 = 90 s
	MaxShareRate float64       // shares a second of one worker, 0 = no limit here

	// Observe gets each call at its end: method ("Register", of Enrol "Enrol.Join"), the code's name ("OK", "NotFound"), and
	// how long it took. It must not block. Nil: nobody asks.
	Observe func(method, status string, took time.Duration)
	// Register adds further services to the same port (Enrol). Their callers need no certificate.
	Register func(grpc.ServiceRegistrar)

	Now func() time.Time
	Log *slog.Logger
}

// Server is the gRPC port of a coordinator.
type Server struct {
	coopv1.UnimplementedCoopMineServer

	o     Options
	grpc  *grpc.Server
	conns *conns // nil for plain TCP

	closing chan struct{}
	stop    sync.Once

	mu      sync.Mutex
	workers map[coop.MemberID]*worker
	bySeat  map[coop.Seat]*worker
	turns   map[coop.MemberID]*turn // registrations going on
	early   map[coop.Seat]error     // evicted before the registration that made them ended
	recent  map[coop.MemberID]*verdicts
}

var _ coop.Gate = (*Server)(nil)

// New makes a server. Serve runs it.
func New(o Options) (*Server, error) {
	if o.Identity == nil && !o.Anonymous {
		return nil, adit.InvalidField("grpc.tls.enabled", "workers are known by their certificates: run `adit pki init`, or say that everybody who reaches the port may join")
	}
	withDefaults(&o)
	s := &Server{
		o: o, closing: make(chan struct{}), workers: map[coop.MemberID]*worker{}, bySeat: map[coop.Seat]*worker{},
		turns: map[coop.MemberID]*turn{}, early: map[coop.Seat]error{}, recent: map[coop.MemberID]*verdicts{},
	}
	creds := insecure.NewCredentials()
	if o.Identity != nil {
		s.conns = newConns(&o)
		creds = s.conns
		if o.Revoked != nil {
			o.Revoked.OnChange(s.conns.cutRevoked)
		}
	}
	s.grpc = grpc.NewServer(
		grpc.Creds(creds),
		grpc.MaxRecvMsgSize(maxReceive), grpc.MaxSendMsgSize(maxSend), grpc.MaxHeaderListSize(maxHeaders),
		grpc.MaxConcurrentStreams(maxCalls), grpc.ConnectionTimeout(handshakeTime),
		grpc.ReadBufferSize(4<<10), grpc.WriteBufferSize(4<<10), // thousands of workers that say little
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: pingAfter, Timeout: pingTimeout}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: leastPing, PermitWithoutStream: true}),
		grpc.UnaryInterceptor(s.unary), grpc.StreamInterceptor(s.streamed),
	)
	coopv1.RegisterCoopMineServer(s.grpc, s)
	if o.Register != nil {
		o.Register(s.grpc)
	}
	return s, nil
}

func withDefaults(o *Options) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MaxWorkers == 0 {
		o.MaxWorkers = 10_000
	}
	if o.Heartbeat == 0 {
		o.Heartbeat = defaultBeat
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Cluster == nil {
		o.Cluster = func() Cluster { return Cluster{} }
	}
	if o.Observe == nil {
		o.Observe = func(string, string, time.Duration) {}
	}
}

// Serve answers workers on l until ctx ends, then says goodbye to them and closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	var owned sync.WaitGroup
	owned.Go(func() { s.tend(ctx) })
	owned.Go(func() {
		<-ctx.Done()
		s.shutdown()
	})
	err := s.grpc.Serve(l)
	ended := ctx.Err() != nil
	cancel()
	owned.Wait()
	if ended || errors.Is(err, grpc.ErrServerStopped) {
		return nil
	}
	return err
}

// shutdown ends all streams with words, then everything else.
func (s *Server) shutdown() {
	s.stop.Do(func() { close(s.closing) })
	done := make(chan struct{})
	go func() {
		s.grpc.GracefulStop()
		close(done)
	}()
	t := time.NewTimer(stopWithin)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
		s.grpc.Stop()
		<-done
	}
	s.mu.Lock()
	left := make([]*worker, 0, len(s.workers))
	for _, w := range s.workers {
		left = append(left, w)
	}
	s.mu.Unlock()
	for _, w := range left {
		s.drop(w, errClosing, true)
	}
}

var errClosing = adit.Errorf(adit.Unreachable, "the coordinator is shutting down")

// tend drops who has been silent too long and cuts connections whose time is over.
func (s *Server) tend(ctx context.Context) {
	t := time.NewTicker(sweepEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			s.sweep(s.o.Now())
			if s.conns != nil {
				s.conns.sweep(s.o.Now())
			}
		}
	}
}

func (s *Server) sweep(now time.Time) {
	var silent []*worker
	s.mu.Lock()
	for _, w := range s.workers {
		if w.silent(now) > s.o.Timeout {
			silent = append(silent, w)
		}
	}
	for m, v := range s.recent {
		if _, here := s.workers[m]; !here && v.idle(now) > keepVerdicts {
			delete(s.recent, m)
		}
	}
	s.mu.Unlock()
	for _, w := range silent {
		s.drop(w, adit.Errorf(adit.Timeout, "no sign of life for %s", s.o.Timeout), true)
	}
}

// Workers is how many are registered; for metrics.
func (s *Server) Workers() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.workers)
}

// limiter is nil where nothing is limited.
func (s *Server) limiter() *rate.Limiter {
	if s.o.MaxShareRate <= 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(s.o.MaxShareRate), max(16, int(10*s.o.MaxShareRate)))
}
