package port

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/adit-mining/adit"
)

// Handler gives lines a meaning. Its methods must not block: a poller serves thousands of connections with one
// goroutine. Those of one connection come one after the other; different connections come from different goroutines.
type Handler interface {
	// Open is called before the first Line of a connection, once it is known whether it speaks TLS. An error hangs up, and
	// Closed is not called then.
	Open(c *Conn) error
	// Line takes one line without its end, trimmed, never empty. The bytes are valid until it returns.
	Line(c *Conn, line []byte)
	// Closed is called once for each connection that Open took, after its last Line.
	Closed(c *Conn, cause error)
}

// What a Words function is asked about, with errors.Is.
var (
	ErrBanned  = errors.New("banned")
	ErrFlood   = errors.New("flood")
	ErrTooLong = errors.New("line too long")
)

// Options configure a Server; zero values mean the defaults named.
type Options struct {
	Handler   Handler       // required
	TLS       *tls.Config   // nil: plain only; else both on one port, told apart by the first byte
	Log       *slog.Logger  // nil: silent
	LoginTime time.Duration // 10 s from connecting to Conn.Settle, TLS included (xmrig-proxy: the same); and for each line once begun
	IdleTime  time.Duration // 600 s without a line (xmrig-proxy: the same)
	WriteTime time.Duration // 10 s for what waits to be written; then the reader is too slow
	MaxLine   int           // 16 KiB
	MaxConns  int           // 20,000
	Rate      float64       // 200 lines per second and connection, sustained …
	Burst     int           // … and 2,000 at once; beyond that it is a flood
	Guard     *Guard        // nil: one of its own with the default rule. Ports that share one share their bans

	// Words makes the last line that a miner gets when the port itself hangs up: banned, flood, line too long. Nil or an
	// empty line: it hears nothing.
	Words func(cause error) []byte
}

const (
	maxBacklog = 64 << 10               // bytes that may wait to be written to one miner; beyond that it reads too slowly
	lingerTime = 500 * time.Millisecond // for a refused miner to read why
)

// Server is a port. It may serve several listeners.
type Server struct {
	o     Options
	born  time.Time
	every int64 // nanoseconds between lines at Rate
	conns atomic.Int64
}

// New fills in the defaults.
func New(o Options) *Server {
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
	if o.MaxConns == 0 {
		o.MaxConns = 20000
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
	if o.Guard == nil {
		o.Guard = NewGuard(BanRule{})
	}
	if o.Words == nil {
		o.Words = func(error) []byte { return nil }
	}
	return &Server{o: o, born: time.Now().Add(-1), every: max(int64(float64(time.Second)/o.Rate), 1)}
}

// now is never 0.
func (v *Server) now() tick { return tick(time.Since(v.born)) }

// Conns returns how many connections are open.
func (v *Server) Conns() int { return int(v.conns.Load()) }

// hall is one Serve: its listener's connections.
type hall struct {
	*Server
	ctx     context.Context
	pollers []*poller
	next    int            // of pollers
	wait    sync.WaitGroup // goroutines of connections and pollers
}

// Serve takes connections until ctx ends (nil) or the listener breaks. It closes the listener and every connection of
// it, and returns when all their goroutines have ended.
func (v *Server) Serve(ctx context.Context, ln net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	h := &hall{Server: v, ctx: ctx}
	defer h.wait.Wait()
	defer cancel()
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	defer ln.Close()
	if tcp, ok := ln.(*net.TCPListener); ok && pollable {
		return h.servePolled(tcp)
	}
	return h.accept(func() error {
		conn, err := ln.Accept()
		if err == nil && ctx.Err() != nil {
			return conn.Close()
		}
		if err == nil {
			h.admit(conn)
		}
		return err
	})
}

// accept calls take until the end. Trouble that may pass is waited for: most likely the process is out of file
// descriptors, and others end.
func (h *hall) accept(take func() error) error {
	var pause time.Duration
	for {
		err := take()
		switch {
		case h.ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed), errors.Is(err, os.ErrClosed):
			return adit.Errorf(adit.Internal, "the Stratum listener was closed: %w", err)
		case err != nil:
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			h.o.Log.Warn("cannot take a connection", "reason", err, "pause", pause)
			sleep(h.ctx, pause)
		default:
			pause = 0
		}
	}
}

// room counts a connection in, unless there are too many.
func (v *Server) room(remote any) bool {
	if v.conns.Add(1) <= int64(v.o.MaxConns) {
		return true
	}
	v.conns.Add(-1)
	v.o.Log.Warn("too many connections: one refused", "remote", remote, "most", v.o.MaxConns)
	return false
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
