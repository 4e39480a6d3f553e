package rpc

import (
	"context"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/coopv1"
	"github.com/adit-mining/adit/link/pki"
	"github.com/adit-mining/adit/stratum"
)

// Times of a client.
const (
	dialTime     = 10 * time.Second
	registerTime = 30 * time.Second // the coordinator waits for work meanwhile
	callTime     = 10 * time.Second // of a heartbeat or a share, before it is tried on another connection
	goodbyeTime  = 2 * time.Second
	leastPause   = 250 * time.Millisecond
	mostPause    = 4 * time.Second
	steadyAfter  = time.Minute // a connection that held so long makes the next pause a short one
	mostMisses   = 2           // heartbeats in a row without an answer
)

// Handler is a worker as its connection sees it. Hello, Registered and Lost come one at a time, from Run; while the worker
// is registered Job comes from one goroutine, Beat and Command from another.
type Handler interface {
	// Hello is what the worker says of itself, asked before each registration.
	Hello() *coopv1.RegisterRequest
	// Registered says that the coordinator has taken the worker, at first and after every break. CurrentJob in it comes
	// through Job as well.
	Registered(r *coopv1.RegisterResponse)
	// Job is new work, or that there is none (JobMessage.Idle). It must not block.
	Job(j *coopv1.JobMessage)
	// Beat is what the worker says of itself now; worker id and session are filled in.
	Beat() *coopv1.HeartbeatRequest
	// Command is what the coordinator wants done; config is nil but with an update of it. It must not block.
	Command(c coopv1.WorkerCommand, config *coopv1.ClusterConfig, reason string)
	// Lost says that there is no connection now and why, in words for people. The next is tried after pause.
	Lost(err error, pause time.Duration)
}

// ClientOptions of a Client. Addresses, Handler and, but for plain TCP, Identity are needed.
type ClientOptions struct {
	Addresses []string      // HOST:PORT of the coordinator, tried in order, round and round
	Identity  *pki.Identity // nil: plain TCP, which the caller has made sure the owner wants
	Handler   Handler
	Attempts  int             // failures in a row before Run gives up; 0 = never
	Backoff   stratum.Backoff // zero: 0.25 s to 4 s
	// Dial connects to an address; nil: TCP.
	Dial func(ctx context.Context, address string) (net.Conn, error)
	Now  func() time.Time
	Log  *slog.Logger
}

// Client keeps a worker connected with its coordinator.
type Client struct {
	o ClientOptions

	mu      sync.Mutex
	live    *live         // nil = no registration now
	changed chan struct{} // closed and made anew when live changes
}

// NewClient checks the options. Run connects.
func NewClient(o ClientOptions) (*Client, error) {
	if len(o.Addresses) == 0 {
		return nil, adit.InvalidField("coordinator.address", "name the coordinator as HOST:PORT")
	}
	for _, a := range o.Addresses {
		if err := checkAddress(a); err != nil {
			return nil, err
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Backoff.Least == 0 {
		o.Backoff.Least = leastPause
	}
	if o.Backoff.Most == 0 {
		o.Backoff.Most = mostPause
	}
	if o.Dial == nil {
		d := &net.Dialer{Timeout: dialTime}
		o.Dial = func(ctx context.Context, a string) (net.Conn, error) { return d.DialContext(ctx, "tcp", a) }
	}
	return &Client{o: o, changed: make(chan struct{})}, nil
}

func checkAddress(a string) error {
	host, port, err := net.SplitHostPort(a)
	n, notNumber := strconv.Atoi(port)
	if err != nil || host == "" || notNumber != nil || n < 1 || n > 65535 {
		return adit.InvalidField("coordinator.address", "%q: use HOST:PORT, for example coordinator.example:50051", a)
	}
	return nil
}

// Run connects, registers and stays connected until ctx ends (nil, after a goodbye), or until it has failed Attempts times
// in a row (its last cause).
func (c *Client) Run(ctx context.Context) error {
	failures, missed := 0, 0
	for n := 0; ; n++ {
		address := c.o.Addresses[n%len(c.o.Addresses)]
		held, registered, err := c.once(ctx, address)
		if ctx.Err() != nil {
			return nil
		}
		if missed++; registered {
			missed = 0
		}
		if held >= steadyAfter {
			failures = 0
			n = -1 // the first address has the next word
		}
		failures++
		if c.o.Attempts > 0 && missed >= c.o.Attempts {
			return adit.Errorf(adit.Unreachable, "the coordinator cannot be reached after %d attempts: %w", missed, err)
		}
		pause := c.o.Backoff.Wait(failures - 1)
		if patience := patient(err); patience > pause {
			pause = patience
		}
		c.o.Handler.Lost(err, pause)
		if !sleep(ctx, pause) {
			return nil
		}
	}
}

// patient is how long to wait at least where coming again at once cannot help.
func patient(err error) time.Duration {
	switch adit.CodeOf(err) {
	case adit.Forbidden, adit.Invalid, adit.Unauthorized, adit.Unsupported:
		return 15 * time.Second
	case adit.Conflict: // another program with the same id: the two would chase each other
		return 30 * time.Second
	}
	return 0
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// setLive tells those who wait to hand in shares.
func (c *Client) setLive(l *live) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.live = l
	close(c.changed)
	c.changed = make(chan struct{})
}

func (c *Client) present() (*live, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.live, c.changed
}

// Connected reports whether the worker is registered now.
func (c *Client) Connected() bool {
	l, _ := c.present()
	return l != nil
}
