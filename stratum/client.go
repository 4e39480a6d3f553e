package stratum

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/adit-mining/adit/stratum/jsonline"
)

// Time-outs of a client. XMRig: kConnectTimeout and kResponseTimeout 20 s, kKeepAliveTimeout 60 s.
const (
	connectTimeout  = 20 * time.Second // TCP and TLS together
	responseTimeout = jsonline.ResponseTimeout
	submitTimeout   = jsonline.SubmitTimeout
	keepaliveEach   = 60 * time.Second
	jobTimeout      = 10 * time.Minute // no new job: the pool is dead. Monero's blocks come each 2 min; 10 without one: 0.7 %
)

// DialFunc opens a TCP connection, as net.Dialer.DialContext does.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Client is one connection to one pool, logged in and with a job. Make one with Dial, then Run it.
type Client struct {
	pool    Pool
	log     *slog.Logger
	conn    *jsonline.Conn
	link    link
	session string // the pool's name for this login
	pings   bool   // the pool announced keepalive
	since   time.Time

	mu      sync.Mutex
	id      int64 // of the last request
	pending map[int64]*call
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
	c := &Client{pool: p, log: log.With("pool", p.URL), link: ln, pending: map[int64]*call{}}
	c.conn = jsonline.NewConn(conn, c.abandon)
	if err := c.conn.Login(ctx, c.login); err != nil {
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
	return c.conn.Read(ctx, func(line []byte) error { return c.take(line, onJob) }, c.keep)
}

// Close ends the connection; Run returns.
func (c *Client) Close() { c.conn.End(net.ErrClosed) }

// request registers a call and sends it.
func (c *Client) request(method string, params any, k *call) (int64, error) {
	c.mu.Lock()
	if err := c.conn.Alive(); err != nil {
		c.mu.Unlock()
		return 0, err
	}
	c.id++
	id := c.id
	k.sent = time.Now()
	c.pending[id] = k
	c.mu.Unlock()
	err := c.conn.Send(jsonline.Encode(wireRequest{ID: id, Version: "2.0", Method: method, Params: params}))
	if err != nil {
		c.conn.End(err)
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
	return jsonline.Answer(ctx, c.conn, k.verdict)
}
