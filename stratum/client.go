package stratum

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/wording"
	"github.com/adit-mining/adit/stratum/port"
)

// Time-outs of a client. XMRig: kConnectTimeout and kResponseTimeout 20 s, kKeepAliveTimeout 60 s.
const (
	connectTimeout  = 20 * time.Second // TCP and TLS together
	responseTimeout = 20 * time.Second // login, keepalive and one write
	submitTimeout   = 30 * time.Second // then a share is lost and the connection with it
	keepaliveEach   = 60 * time.Second
	jobTimeout      = 10 * time.Minute // no new job: the pool is dead. Monero's blocks come each 2 min; 10 without one: 0.7 %
)

// DialFunc opens a TCP connection, as net.Dialer.DialContext does.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Client is one connection to one pool, logged in and with a job. Make one with Dial, then Run it.
type Client struct {
	pool    Pool
	log     *slog.Logger
	conn    net.Conn
	lines   *port.Lines
	link    link
	session string // the pool's name for this login
	pings   bool   // the pool announced keepalive
	since   time.Time

	write sync.Mutex // one line at a time

	mu      sync.Mutex
	id      int64 // of the last request
	pending map[int64]*call
	cause   error // why it is over, nil while it lives
	over    chan struct{}
	job     Job
	jobAt   time.Time
	heard   time.Time // the last line of any kind
	ping    *time.Duration
}

// call is a request that waits for its answer.
type call struct {
	sent    time.Time
	verdict chan Verdict         // nil for a keepalive
	done    func(Verdict, error) // of Send, nil elsewhere
}

// Info is what a connection knows about itself.
type Info struct {
	IP          string         // the pool's address
	TLSVersion  string         // "TLS 1.3"; "" for plain
	Fingerprint string         // of the pool's certificate; "" for plain
	Since       time.Time      // login
	Ping        *time.Duration // last round trip, nil before the first
}

// Dial connects, logs in and waits for the first job. Its errors say in words what to mend.
func Dial(ctx context.Context, p Pool, dial DialFunc, log *slog.Logger) (*Client, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	conn, ln, err := connect(ctx, p, dial)
	if err != nil {
		return nil, err
	}
	c := &Client{
		pool: p, log: log.With("pool", p.URL), conn: conn, link: ln,
		lines: port.NewLines(conn, MaxLine), pending: map[int64]*call{}, over: make(chan struct{}),
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	if err = c.login(); err == nil && !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		stop()
		conn.Close()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	return c, nil
}

// Job returns the newest job.
func (c *Client) Job() Job {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.job
}

// Info returns what is known about the connection.
func (c *Client) Info() Info {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Info{IP: c.link.ip, TLSVersion: c.link.version, Fingerprint: c.link.fingerprint, Since: c.since, Ping: c.ping}
}

// Run reads until ctx ends (nil) or the connection does (its cause). onJob gets each job after the first.
func (c *Client) Run(ctx context.Context, onJob func(Job)) error {
	stop := context.AfterFunc(ctx, func() { c.fail(context.Canceled) })
	defer stop()
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		c.keep()
	}()
	for {
		line, err := c.lines.Next()
		if err != nil {
			c.fail(c.lost(err))
			break
		}
		if err := c.take(line, onJob); err != nil {
			c.fail(err)
			break
		}
	}
	<-kept
	if ctx.Err() != nil {
		return nil
	}
	return c.cause // written before over was closed
}

// Close ends the connection; Run returns.
func (c *Client) Close() { c.fail(net.ErrClosed) }

// fail ends the connection once, with its cause.
func (c *Client) fail(cause error) {
	c.mu.Lock()
	if c.cause != nil {
		c.mu.Unlock()
		return
	}
	c.cause = cause
	close(c.over)
	c.conn.Close()
	c.mu.Unlock()
	c.abandon()
}

// lost puts a read error into words.
func (c *Client) lost(err error) error {
	var coded *adit.Error
	switch {
	case errors.As(err, &coded):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return adit.Errorf(adit.Unreachable, "the pool closed the connection in the middle of a line")
	case errors.Is(err, io.EOF):
		return adit.Errorf(adit.Unreachable, "the pool closed the connection")
	}
	return adit.Errorf(adit.Unreachable, "the connection broke: %w", err)
}

// send writes one line.
func (c *Client) send(line []byte) error {
	c.write.Lock()
	defer c.write.Unlock()
	c.conn.SetWriteDeadline(time.Now().Add(responseTimeout))
	if _, err := c.conn.Write(line); err != nil {
		return adit.Errorf(adit.Unreachable, "the connection broke: %w", err)
	}
	return nil
}

// request registers a call and sends it.
func (c *Client) request(method string, params any, k *call) (int64, error) {
	c.mu.Lock()
	if c.cause != nil {
		c.mu.Unlock()
		return 0, adit.Errorf(adit.Unreachable, "not connected: %w", c.cause)
	}
	c.id++
	id := c.id
	k.sent = time.Now()
	c.pending[id] = k
	c.mu.Unlock()
	err := c.send(encode(wireRequest{ID: id, Version: "2.0", Method: method, Params: params}))
	if err != nil {
		c.fail(err)
	}
	return id, err
}

// Submit sends a share and waits for the verdict. A share that is not answered in 30 s is lost (adit.Timeout) and so
// is the connection; it is not sent again.
func (c *Client) Submit(ctx context.Context, s Share) (Verdict, error) {
	k := &call{verdict: make(chan Verdict, 1)}
	if _, err := c.request("submit", s.wire(c.session), k); err != nil {
		return Verdict{}, err
	}
	late := time.NewTimer(submitTimeout)
	defer late.Stop()
	select {
	case v := <-k.verdict:
		return v, nil
	case <-late.C:
		err := adit.Errorf(adit.Timeout, "the pool did not answer a share within %s: it is lost", wording.Length(submitTimeout))
		c.fail(err)
		return Verdict{}, err
	case <-ctx.Done():
		return Verdict{}, ctx.Err()
	case <-c.over:
	}
	select {
	case v := <-k.verdict: // the answer came together with the end
		return v, nil
	default:
		return Verdict{}, adit.Errorf(adit.Unreachable, "the connection ended before the share was answered: %w", c.cause)
	}
}
