package stratum

import (
	"context"
	"crypto/tls"
	"errors"
	"hash/maphash"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum/port"
)

// Handler decides; the Server only speaks. Its methods are called from many goroutines.
type Handler interface {
	// Login admits a miner and returns its first job, for which it may wait until ctx ends. The miner gets the text of
	// an error and is hung up on. From here on s.SendJob and s.SendLine may be called; a Login that called one of them
	// returns an empty Job.
	Login(ctx context.Context, s *Session, l Login) (Job, error)
	// Submit judges a share and calls its Reply once, now or later, from any goroutine. It must not block. Calls of one
	// session come one after the other.
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
	Extensions []string         // what it understands beyond the dialect, such as NonceOffset; nil where it did not say
}

// BanRule says when an address is shut out.
type BanRule = port.BanRule

// Guard keeps scores and bans; ports that share one share their bans.
type Guard = port.Guard

// NewGuard fills in a rule's defaults.
func NewGuard(r BanRule) *Guard { return port.NewGuard(r) }

// ServerOptions configure a Server; zero values mean the defaults named, those of port.Options.
type ServerOptions struct {
	Handler     Handler       // required
	TLS         *tls.Config   // nil: plain only; else both on one port, told apart by the first byte
	Log         *slog.Logger  // nil: silent
	LoginTime   time.Duration // 10 s
	IdleTime    time.Duration // 600 s
	WriteTime   time.Duration // 10 s
	MaxLine     int           // 16 KiB
	MaxSessions int           // 20,000
	Rate        float64       // 200 lines per second and session
	Burst       int           // 2,000
	Ban         BanRule
	Guard       *Guard // nil: one of its own with the rule Ban
}

// Server is the miners' end of Stratum, in the XMR dialect.
type Server struct {
	o      ServerOptions
	port   *port.Server
	seed   maphash.Seed // of Session.fresh
	logins sync.WaitGroup

	mu      sync.Mutex
	busy    int      // logins at work
	waiting []func() // logins that wait for one of them to end
}

// mostLogins is how many logins are at work at once. More wait: ten thousand miners that come back together must not
// cost ten thousand goroutines.
const mostLogins = 512

// NewServer fills in the defaults.
func NewServer(o ServerOptions) *Server {
	if o.LoginTime == 0 {
		o.LoginTime = 10 * time.Second
	}
	if o.Guard == nil {
		o.Guard = NewGuard(o.Ban)
	}
	v := &Server{o: o, seed: maphash.MakeSeed()}
	v.port = port.New(port.Options{
		Handler: counter{v}, TLS: o.TLS, Log: o.Log, LoginTime: o.LoginTime, IdleTime: o.IdleTime, WriteTime: o.WriteTime,
		MaxLine: o.MaxLine, MaxConns: o.MaxSessions, Rate: o.Rate, Burst: o.Burst, Guard: o.Guard, Words: lastWords,
	})
	return v
}

// Serve takes connections until ctx ends (nil) or the listener breaks. It closes the listener and every session, and
// returns when all their goroutines have ended. It may be called for several listeners.
func (v *Server) Serve(ctx context.Context, ln net.Listener) error {
	defer v.logins.Wait()
	return v.port.Serve(ctx, ln)
}

// Sessions returns how many connections are open, logged in or not.
func (v *Server) Sessions() int { return v.port.Conns() }

// lastWords is what a miner hears when the port hangs up.
func lastWords(cause error) []byte {
	switch {
	case errors.Is(cause, port.ErrBanned):
		// Said with XMRig's own login id, so that it shows the text.
		return appendRefusal(nil, []byte("1"), "IP Address currently banned")
	case errors.Is(cause, port.ErrFlood):
		return appendRefusal(nil, nil, "too many requests")
	}
	return appendRefusal(nil, nil, cause.Error())
}

// login runs a login, or has it wait for its turn.
func (v *Server) login(f func()) {
	v.logins.Add(1)
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.busy >= mostLogins {
		v.waiting = append(v.waiting, f)
		return
	}
	v.busy++
	go v.doLogins(f)
}

// doLogins runs one login after the other until none waits.
func (v *Server) doLogins(f func()) {
	for f != nil {
		f()
		v.mu.Lock()
		f = nil
		if len(v.waiting) > 0 {
			f, v.waiting = v.waiting[0], v.waiting[1:]
		} else {
			v.busy--
			v.waiting = nil
		}
		v.mu.Unlock()
		v.logins.Done()
	}
}
