package port

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/adit-mining/adit"
)

// wire is a connection with a goroutine: it reads lines, and a second goroutine writes while something waits.
type wire struct {
	raw     net.Conn
	conn    net.Conn // raw, or TLS over it. Set once by the reader, with Conn.mu held
	version string   // of TLS
	resumed chan struct{}

	flushing bool // a goroutine writes; guarded by Conn.mu
	writers  sync.WaitGroup
}

// admit serves a connection with a goroutine, or refuses it where there are too many.
func (h *hall) admit(raw net.Conn) {
	c := &Conn{hall: h, since: h.now()}
	if a, err := netip.ParseAddrPort(raw.RemoteAddr().String()); err == nil {
		c.remote = netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
	}
	if !h.room(c.remote) {
		raw.Close()
		return
	}
	h.carry(c, raw, nil)
}

// carry begins the goroutine. first was read already.
func (h *hall) carry(c *Conn, raw net.Conn, first []byte) {
	w := &wire{raw: raw, resumed: make(chan struct{}, 1)}
	if len(first) > 0 {
		w.raw = &sniffed{Conn: raw, first: first}
	}
	w.conn = w.raw
	c.wire = w
	h.wait.Go(func() {
		defer h.conns.Add(-1)
		w.serve(c)
	})
}

// serve is the goroutine, from the first byte to Closed.
func (w *wire) serve(c *Conn) {
	ctx := c.hall.ctx
	stop := context.AfterFunc(ctx, func() { c.Close(errStopping, false) })
	defer stop()
	err := w.read(c)
	c.mu.Lock()
	c.end(err, errors.As(err, new(*adit.Error)))
	cause, polite := c.cause, c.polite
	c.mu.Unlock()
	if c.opened {
		c.hall.o.Handler.Closed(c, cause)
	}
	w.writers.Wait()
	if polite && ctx.Err() == nil {
		w.linger()
	}
	w.conn.Close()
	c.hall.o.Log.Debug("connection ended", "remote", c.remote, "reason", cause)
}

// read takes lines until the connection ends.
func (w *wire) read(c *Conn) error {
	if left := c.hall.o.Guard.Banned(c.remote.Addr()); left > 0 {
		c.refuse(banned(left))
		return nil // the cause is known
	}
	w.raw.SetReadDeadline(c.Since().Add(c.hall.o.LoginTime))
	if err := w.sniff(c); err != nil {
		return w.inWords(c, err)
	}
	lines := NewLines(w.conn, c.hall.o.MaxLine)
	lines.empty = true
	lines.before = func(partial bool) { w.await(c, partial) }
	for {
		line, err := lines.Next()
		if err != nil {
			if errors.Is(err, ErrTooLong) {
				c.refuse(err)
			}
			return w.inWords(c, err)
		}
		c.begun = 0
		if over, _, _ := c.state(); over {
			return nil
		}
		if c.take(line, c.hall.now()) {
			continue
		}
		for {
			over, paused, _ := c.state()
			if over {
				return nil
			}
			if !paused {
				break
			}
			<-w.resumed
		}
	}
}

// await sets the time by which the next bytes must come.
func (w *wire) await(c *Conn, partial bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d := c.patience(c.hall.now(), c.settled, partial); !c.over && c.settled {
		w.raw.SetReadDeadline(c.hall.born.Add(time.Duration(d)))
	}
}

// inWords says why reading ended.
func (w *wire) inWords(c *Conn, err error) error {
	var timeout net.Error
	switch {
	case errors.As(err, new(*adit.Error)):
		return err
	case errors.As(err, &timeout) && timeout.Timeout():
		_, _, settled := c.state()
		return c.late(settled)
	case errors.Is(err, io.EOF):
		return errLeft
	}
	return err
}

// sniffed gives back the bytes that told plain from TLS.
type sniffed struct {
	net.Conn
	first []byte
}

func (c *sniffed) Read(b []byte) (int, error) {
	if len(c.first) > 0 {
		n := copy(b, c.first)
		c.first = c.first[n:]
		return n, nil
	}
	return c.Conn.Read(b)
}

// CloseWrite ends the sending half where the connection has halves.
func (c *sniffed) CloseWrite() error {
	if h, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return h.CloseWrite()
	}
	return errors.ErrUnsupported
}

// sniff reads one byte and puts TLS between where the miner begins it.
func (w *wire) sniff(c *Conn) error {
	first := make([]byte, 1)
	if _, err := io.ReadFull(w.raw, first); err != nil {
		return err
	}
	conn := net.Conn(&sniffed{Conn: w.raw, first: first})
	if first[0] == tlsHello {
		if c.hall.o.TLS == nil {
			return errPlain
		}
		secure := tls.Server(conn, c.hall.o.TLS)
		if err := secure.HandshakeContext(c.hall.ctx); err != nil {
			return err
		}
		w.version = tls.VersionName(secure.ConnectionState().Version)
		conn = secure
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	w.conn = conn
	if c.over {
		return c.cause
	}
	return nil
}

func (w *wire) wake() {
	select {
	case w.resumed <- struct{}{}:
	default:
	}
}

// ending wakes whoever waits. It is called with Conn.mu held.
func (w *wire) ending(polite bool) {
	if polite {
		w.raw.SetReadDeadline(time.Now()) // wakes the reader, which closes
	} else {
		w.conn.Close()
	}
	w.wake()
}

// flushSoon starts a writer where none is. It is called with Conn.mu held.
func (w *wire) flushSoon(c *Conn) {
	if !w.flushing {
		w.flushing = true
		w.writers.Go(func() { w.flush(c) })
	}
}

// flush writes until nothing waits.
func (w *wire) flush(c *Conn) {
	for {
		c.mu.Lock()
		batch := c.out
		c.out = nil
		if batch == nil {
			w.flushing = false
			c.mu.Unlock()
			return
		}
		conn := w.conn
		c.mu.Unlock()
		conn.SetWriteDeadline(time.Now().Add(c.hall.o.WriteTime))
		if _, err := conn.Write(batch.bytes); err != nil {
			c.mu.Lock()
			c.end(adit.Errorf(adit.Unreachable, "cannot write to the miner: %w", err), false)
			c.out = nil
			c.mu.Unlock()
		}
	}
}

// linger lets the miner read the last words: closing with unread input would throw them away (TCP reset).
func (w *wire) linger() {
	if c, ok := w.conn.(interface{ CloseWrite() error }); ok {
		c.CloseWrite()
		w.conn.SetReadDeadline(time.Now().Add(lingerTime))
		io.CopyN(io.Discard, w.conn, 1<<20)
	}
}
