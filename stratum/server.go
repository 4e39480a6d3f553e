package stratum

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/adit-mining/adit"
)

// Handler decides; the Server only speaks. Its methods are called from many goroutines.
type Handler interface {
	// Login admits a miner and returns its first job, for which it may wait until ctx ends. The miner gets the text of
	// an error and is hung up on. From here on s.SendJob may be called.
	Login(ctx context.Context, s *Session, l Login) (Job, error)
	// Submit judges a share and calls its Reply once, now or later, from any goroutine. Calls of one session come one
	// after the other.
	Submit(b Submission)
	// Gone is called once for each session that Login admitted, after its last Submit.
	Gone(s *Session, reason error)
}

// Login is what a miner says about itself. Texts are at most 512 characters long.
type Login struct {
	User       string
	Password   string
	Agent      string
	RigID      string
	Algorithms []adit.Algorithm // what it can hash, best first; nil where it did not say
	Extensions []string         // of adit's own, such as NonceOffset; nil where it has none
}

// ServerOptions configure a Server; zero values mean the defaults named.
type ServerOptions struct {
	Handler     Handler       // required
	TLS         *tls.Config   // nil: plain only; else both on one port, told apart by the first byte
	Log         *slog.Logger  // nil: silent
	LoginTime   time.Duration // 10 s from connecting to the login line, TLS included (xmrig-proxy: the same)
	IdleTime    time.Duration // 600 s without a line (xmrig-proxy: the same)
	WriteTime   time.Duration // 10 s for one write; then the reader is too slow
	MaxLine     int           // 16 KiB
	MaxSessions int           // 20,000
	Rate        float64       // 200 lines per second and session, sustained …
	Burst       int           // … and 2,000 at once; beyond that it is a flood
	Ban         BanRule
}

// Server is the miners' end of Stratum.
type Server struct {
	o    ServerOptions
	bans *bans

	mu       sync.Mutex
	sessions map[*Session]struct{}
	wait     sync.WaitGroup
}

// NewServer fills in the defaults.
func NewServer(o ServerOptions) *Server {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&o.LoginTime, 10*time.Second)
	def(&o.IdleTime, 600*time.Second)
	def(&o.WriteTime, 10*time.Second)
	if o.MaxLine == 0 {
		o.MaxLine = 16 << 10
	}
	if o.MaxSessions == 0 {
		o.MaxSessions = 20000
	}
	if o.Rate == 0 {
		o.Rate = 200
	}
	if o.Burst == 0 {
		o.Burst = 2000
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Server{o: o, bans: newBans(o.Ban), sessions: map[*Session]struct{}{}}
}

// Serve takes connections until ctx ends (nil) or the listener breaks. It closes the listener and every session, and
// returns when all their goroutines have ended. It may be called for several listeners.
func (v *Server) Serve(ctx context.Context, ln net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer v.wait.Wait()
	defer cancel()
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	defer ln.Close()
	var pause time.Duration
	for {
		conn, err := ln.Accept()
		switch {
		case ctx.Err() != nil:
			if conn != nil {
				conn.Close()
			}
			return nil
		case errors.Is(err, net.ErrClosed):
			return adit.Errorf(adit.Internal, "the Stratum listener was closed: %w", err)
		case err != nil: // most likely out of file descriptors: others end, then it goes on
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			v.o.Log.Warn("cannot take a connection", "reason", err, "pause", pause)
			sleep(ctx, pause)
			continue
		}
		pause = 0
		v.admit(ctx, conn)
	}
}

// admit starts a session, or refuses the connection where there are too many or its address is banned.
func (v *Server) admit(ctx context.Context, conn net.Conn) {
	s := newSession(v, conn)
	v.mu.Lock()
	full := len(v.sessions) >= v.o.MaxSessions
	if !full {
		v.sessions[s] = struct{}{}
	}
	v.mu.Unlock()
	if full {
		v.o.Log.Warn("too many connections: one refused", "remote", s.remote, "most", v.o.MaxSessions)
		conn.Close()
		return
	}
	v.wait.Go(func() {
		defer func() {
			v.mu.Lock()
			delete(v.sessions, s)
			v.mu.Unlock()
		}()
		s.serve(ctx)
	})
}

// Sessions returns how many connections are open, logged in or not.
func (v *Server) Sessions() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.sessions)
}
