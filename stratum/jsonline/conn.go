package jsonline

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/wording"
	"github.com/adit-mining/adit/stratum/port"
)

// MaxLine bounds one line from a pool, in bytes without its end.
const MaxLine = 64 << 10

// Time-outs. XMRig: kResponseTimeout 20 s.
const (
	ResponseTimeout = 20 * time.Second // each step of the login, a keepalive and one write
	SubmitTimeout   = 30 * time.Second // then a share is lost and the connection with it
)

// Conn is a connection to a pool. It ends once, with a cause. Its methods may be called concurrently but for those of
// the reading goroutine: Login, Read and Next.
type Conn struct {
	conn  net.Conn
	lines *port.Lines
	write sync.Mutex // one line at a time

	mu    sync.Mutex
	cause error // why it is over, nil while it lives
	over  chan struct{}
	ended func() // nil or called once, after the cause was set
}

// NewConn takes over a connection. ended, where it is not nil, is called once after the end, when Cause tells why.
func NewConn(conn net.Conn, ended func()) *Conn {
	return &Conn{conn: conn, lines: port.NewLines(conn, MaxLine), over: make(chan struct{}), ended: ended}
}

// Login calls login, which speaks within ctx, and closes the connection where it does not succeed.
func (c *Conn) Login(ctx context.Context, login func() error) error {
	stop := context.AfterFunc(ctx, func() { c.conn.Close() })
	err := login()
	if err == nil && !stop() {
		err = context.Cause(ctx)
	}
	if err == nil {
		return nil
	}
	stop()
	c.conn.Close()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// Within gives reading a time from now; zero takes the bound away.
func (c *Conn) Within(d time.Duration) error {
	if d == 0 {
		return c.conn.SetReadDeadline(time.Time{})
	}
	return c.conn.SetReadDeadline(time.Now().Add(d))
}

// Next reads a line, which is valid until the following call.
func (c *Conn) Next() ([]byte, error) { return c.lines.Next() }

// Read gives lines to take until ctx ends (nil) or the connection does (its cause), while keep runs beside it until
// Over.
func (c *Conn) Read(ctx context.Context, take func(line []byte) error, keep func()) error {
	stop := context.AfterFunc(ctx, func() { c.End(context.Canceled) })
	defer stop()
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		keep()
	}()
	for {
		line, err := c.lines.Next()
		if err != nil {
			c.End(Lost(err))
			break
		}
		if err := take(line); err != nil {
			c.End(err)
			break
		}
	}
	<-kept
	if ctx.Err() != nil {
		return nil
	}
	return c.Cause()
}

// Send writes whole lines at once.
func (c *Conn) Send(lines []byte) error {
	c.write.Lock()
	defer c.write.Unlock()
	err := c.conn.SetWriteDeadline(time.Now().Add(ResponseTimeout))
	if err == nil {
		_, err = c.conn.Write(lines)
	}
	if err != nil {
		return adit.Errorf(adit.Unreachable, "the connection broke: %w", err)
	}
	return nil
}

// End ends the connection once, with its cause.
func (c *Conn) End(cause error) {
	c.mu.Lock()
	if c.cause != nil {
		c.mu.Unlock()
		return
	}
	c.cause = cause
	close(c.over)
	c.conn.Close()
	c.mu.Unlock()
	if c.ended != nil {
		c.ended()
	}
}

// Over is closed when the connection is over.
func (c *Conn) Over() <-chan struct{} { return c.over }

// Cause is why it is over, nil while it lives.
func (c *Conn) Cause() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cause
}

// Alive is an error in words where the connection is over.
func (c *Conn) Alive() error {
	if cause := c.Cause(); cause != nil {
		return adit.Errorf(adit.Unreachable, "not connected: %w", cause)
	}
	return nil
}

// Unanswered is the error of a share whose connection ended before its answer.
func (c *Conn) Unanswered() error {
	return adit.Errorf(adit.Unreachable, "the connection ended before the share was answered: %w", c.Cause())
}

// Late is the error of a share that was not answered in time.
func Late() error {
	return adit.Errorf(adit.Timeout, "the pool did not answer a share within %s: it is lost", wording.Length(SubmitTimeout))
}

// Silent is the error of a pool that sends no jobs.
func Silent(within time.Duration) error {
	return adit.Errorf(adit.Timeout, "the pool sent no job for %s", wording.Length(within))
}

// Answer waits for the answer to a share. One that does not come in time ends the connection (adit.Timeout).
func Answer[V any](ctx context.Context, c *Conn, answer <-chan V) (v V, err error) {
	late := time.NewTimer(SubmitTimeout)
	defer late.Stop()
	select {
	case v = <-answer:
		return v, nil
	case <-late.C:
		err = Late()
		c.End(err)
		return v, err
	case <-ctx.Done():
		return v, ctx.Err()
	case <-c.over:
	}
	select {
	case v = <-answer: // it came together with the end
		return v, nil
	default:
		return v, c.Unanswered()
	}
}

// SpeaksTLS is an error in words where the pool began to speak TLS on a plain connection.
func (c *Conn) SpeaksTLS() error {
	if held := c.lines.Held(); len(held) > 0 && (held[0] == 0x15 || held[0] == 0x16) {
		return adit.Errorf(adit.Refused, "the pool speaks TLS on this port; use stratum+ssl://")
	}
	return nil
}

// Lost puts a read error into words.
func Lost(err error) error {
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
