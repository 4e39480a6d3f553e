package bitcoin

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/wording"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/port"
)

// Time-outs of a client.
const (
	responseTimeout = 20 * time.Second // each step of the login, and one write
	submitTimeout   = 30 * time.Second // then a share is lost and the connection with it
	jobTimeout      = 5 * time.Minute  // no new job: the pool is dead. Living ones send one each 30 to 60 s
)

// Work is a job and what its shares must meet.
type Work struct {
	Job        *Job    // never changed once it was handed out
	Difficulty float64 // of its shares, as the pool says it; HashesOf makes Hashes of it
	At         time.Time
}

// Client is one connection to one pool, subscribed, authorized and with a job. Make one with Dial, then Run it.
type Client struct {
	pool  Pool
	log   *slog.Logger
	conn  net.Conn
	lines *port.Lines
	info  stratum.Info

	write sync.Mutex // one line at a time

	// These belong to the reading goroutine.
	asked      wish
	subscribed bool
	authorized bool
	early      *message // a job that came before the answer to mining.subscribe
	next       extranonce
	difficulty float64 // of the next job
	mask       uint32
	received   *Job   // the newest as it came, nil before the first
	moved      uint32 // seconds by which the newest work is later than that

	mu      sync.Mutex
	id      int64 // of the last request
	pending map[int64]*call
	cause   error // why it is over, nil while it lives
	over    chan struct{}
	work    Work // Job nil before the first
	session string
}

// extranonce is what the next job gets.
type extranonce struct {
	one     []byte
	size    int
	changed bool // since the last job
}

// call is a request that waits for its answer: verdict for a share, else answer, which the reading goroutine calls.
type call struct {
	sent    time.Time
	verdict chan stratum.Verdict
	answer  func(message) error
}

// Dial connects, subscribes, authorizes and waits for the first job. Its errors say in words what to mend.
func Dial(ctx context.Context, p Pool, dial stratum.DialFunc, log *slog.Logger) (*Client, error) {
	p = p.plain()
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	conn, info, err := stratum.Open(ctx, p.Pool, dial)
	if err != nil {
		return nil, err
	}
	c := newClient(p, conn, log.With("pool", p.URL))
	c.info = info
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

func newClient(p Pool, conn net.Conn, log *slog.Logger) *Client {
	return &Client{
		pool: p, log: log, conn: conn, lines: port.NewLines(conn, stratum.MaxLine),
		difficulty: 1, // until the pool says another
		pending:    map[int64]*call{}, over: make(chan struct{}),
	}
}

// Work returns the newest work.
func (c *Client) Work() Work {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.work
}

// Session is the pool's name for this login, for Pool.Session of a later one; "" where it gave none.
func (c *Client) Session() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session
}

// Info returns what is known about the connection.
func (c *Client) Info() stratum.Info {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.info
}

// Run reads until ctx ends (nil) or the connection does (its cause, a *Redirect where the pool sent us on). onWork gets
// each work after the first.
func (c *Client) Run(ctx context.Context, onWork func(Work)) error {
	stop := context.AfterFunc(ctx, func() { c.fail(context.Canceled) })
	defer stop()
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		c.watch()
	}()
	for {
		line, err := c.lines.Next()
		if err != nil {
			c.fail(lost(err))
			break
		}
		if err := c.take(line, onWork); err != nil {
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

// watch ends a connection without jobs.
func (c *Client) watch() {
	silence := time.NewTimer(time.Until(c.Work().At.Add(jobTimeout)))
	defer silence.Stop()
	for {
		select {
		case <-c.over:
			return
		case <-silence.C:
		}
		left := time.Until(c.heardJob().Add(jobTimeout))
		if left <= 0 {
			c.fail(adit.Errorf(adit.Timeout, "the pool sent no job for %s", wording.Length(jobTimeout)))
			return
		}
		silence.Reset(left)
	}
}

// Close ends the connection; Run returns.
func (c *Client) Close() { c.fail(net.ErrClosed) }

// fail ends the connection once, with its cause.
func (c *Client) fail(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause != nil {
		return
	}
	c.cause = cause
	close(c.over)
	c.conn.Close()
}

// lost puts a read error into words.
func lost(err error) error {
	switch {
	case errors.As(err, new(*adit.Error)):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return adit.Errorf(adit.Unreachable, "the pool closed the connection in the middle of a line")
	case errors.Is(err, io.EOF):
		return adit.Errorf(adit.Unreachable, "the pool closed the connection")
	}
	return adit.Errorf(adit.Unreachable, "the connection broke: %w", err)
}

// send writes lines at once.
func (c *Client) send(lines []byte) error {
	c.write.Lock()
	defer c.write.Unlock()
	err := c.conn.SetWriteDeadline(time.Now().Add(responseTimeout))
	if err == nil {
		_, err = c.conn.Write(lines)
	}
	if err != nil {
		return adit.Errorf(adit.Unreachable, "the connection broke: %w", err)
	}
	return nil
}

// line registers a call and returns its request.
func (c *Client) line(method string, params any, k *call) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause != nil {
		return nil, adit.Errorf(adit.Unreachable, "not connected: %w", c.cause)
	}
	c.id++
	k.sent = time.Now()
	c.pending[c.id] = k
	return encode(request{ID: c.id, Method: method, Params: params}), nil
}

// Submit sends a share of one of this connection's jobs and waits for the verdict. A share that is not answered in 30 s
// is lost (adit.Timeout) and so is the connection; it is not sent again.
func (c *Client) Submit(ctx context.Context, j *Job, s Share) (stratum.Verdict, error) {
	s.JobID = j.ID
	s.VersionBits = j.RolledVersion(s) & j.VersionMask
	k := &call{verdict: make(chan stratum.Verdict, 1)}
	line, err := c.line("mining.submit", s.params(c.pool.User, j.VersionMask), k)
	if err != nil {
		return stratum.Verdict{}, err
	}
	if err := c.send(line); err != nil {
		c.fail(err)
		return stratum.Verdict{}, err
	}
	late := time.NewTimer(submitTimeout)
	defer late.Stop()
	select {
	case v := <-k.verdict:
		return v, nil
	case <-late.C:
		err := adit.Errorf(adit.Timeout, "the pool did not answer a share within %s: it is lost", wording.Length(submitTimeout))
		c.fail(err)
		return stratum.Verdict{}, err
	case <-ctx.Done():
		return stratum.Verdict{}, ctx.Err()
	case <-c.over:
	}
	select {
	case v := <-k.verdict: // the answer came together with the end
		return v, nil
	default:
		return stratum.Verdict{}, adit.Errorf(adit.Unreachable, "the connection ended before the share was answered: %w", c.cause)
	}
}

// verdictOf reads the answer to a submit.
func verdictOf(m message) stratum.Verdict {
	f := m.fault()
	var yes bool
	switch {
	case f != nil:
	case !absent(m.Result) && json.Unmarshal(m.Result, &yes) == nil && yes:
		return stratum.Verdict{Outcome: adit.ShareAccepted}
	default:
		if f = ParseFault(m.Reason); f == nil {
			f = &Fault{Text: noReason}
		}
	}
	return stratum.Verdict{Outcome: f.Outcome(), Text: f.Text}
}
