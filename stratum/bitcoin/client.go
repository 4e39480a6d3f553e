package bitcoin

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/jsonline"
)

// Time-outs of a client.
const (
	responseTimeout = jsonline.ResponseTimeout
	submitTimeout   = jsonline.SubmitTimeout
	jobTimeout      = 5 * time.Minute // no new job: the pool is dead. Living ones send one each 30 to 60 s
)

// Work is a job and what its shares must meet.
type Work struct {
	Job        *Job    // never changed once it was handed out
	Difficulty float64 // of its shares, as the pool says it; HashesOf makes Hashes of it
	At         time.Time
}

// Client is one connection to one pool, subscribed, authorized and with a job. Make one with Dial, then Run it.
type Client struct {
	pool Pool
	log  *slog.Logger
	conn *jsonline.Conn
	info stratum.Info

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
	if err := c.conn.Login(ctx, c.login); err != nil {
		return nil, err
	}
	return c, nil
}

func newClient(p Pool, conn net.Conn, log *slog.Logger) *Client {
	return &Client{
		pool: p, log: log, conn: jsonline.NewConn(conn, nil),
		difficulty: 1, // until the pool says another
		pending:    map[int64]*call{},
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
	return c.conn.Read(ctx, func(line []byte) error { return c.take(line, onWork) }, c.watch)
}

// watch ends a connection without jobs.
func (c *Client) watch() {
	silence := time.NewTimer(time.Until(c.Work().At.Add(jobTimeout)))
	defer silence.Stop()
	for {
		select {
		case <-c.conn.Over():
			return
		case <-silence.C:
		}
		left := time.Until(c.heardJob().Add(jobTimeout))
		if left <= 0 {
			c.conn.End(jsonline.Silent(jobTimeout))
			return
		}
		silence.Reset(left)
	}
}

// Close ends the connection; Run returns.
func (c *Client) Close() { c.conn.End(net.ErrClosed) }

// line registers a call and returns its request.
func (c *Client) line(method string, params any, k *call) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.conn.Alive(); err != nil {
		return nil, err
	}
	c.id++
	k.sent = time.Now()
	c.pending[c.id] = k
	return jsonline.Encode(request{ID: c.id, Method: method, Params: params}), nil
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
	if err := c.conn.Send(line); err != nil {
		c.conn.End(err)
		return stratum.Verdict{}, err
	}
	return jsonline.Answer(ctx, c.conn, k.verdict)
}

// verdictOf reads the answer to a submit.
func verdictOf(m message) stratum.Verdict {
	f := m.fault()
	var yes bool
	switch {
	case f != nil:
	case !jsonline.Absent(m.Result) && json.Unmarshal(m.Result, &yes) == nil && yes:
		return stratum.Verdict{Outcome: adit.ShareAccepted}
	default:
		if f = ParseFault(m.Reason); f == nil {
			f = &Fault{Text: noReason}
		}
	}
	return stratum.Verdict{Outcome: f.Outcome(), Text: f.Text}
}
