package proc

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/adit-mining/adit"
)

const (
	maxConns     = 64
	helloTimeout = 5 * time.Second
	maxInFlight  = 16
)

// server answers agents on the shim's socket.
type server struct {
	run   *runner
	ring  *ring
	dir   string
	mine  func() hello
	write func(Spec) error

	mu    sync.Mutex
	conns map[*session]struct{}
	feeds sync.WaitGroup // status and lines on their way to agents; they end by themselves once the runner has
}

// session is one agent's conversation.
type session struct {
	srv  *server
	conn net.Conn
	ctx  context.Context

	writing sync.Mutex
	mu      sync.Mutex
	agent   bool      // said attach
	heard   time.Time // the last word from it
	busy    chan struct{}
	work    sync.WaitGroup
	once    map[string]bool // attach and follow begin once each
}

// agents counts the attached agents that gave a sign of life lately.
func (s *server) agents() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for c := range s.conns {
		if c.present(time.Now()) {
			n++
		}
	}
	return n
}

func (c *session) present(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.agent && now.Sub(c.heard) < presence
}

// serve accepts until the listener is closed, then ends every conversation.
func (s *server) serve(ctx context.Context, l net.Listener) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of descriptors: try again in a while
			if pause(ctx, 100*time.Millisecond) != nil {
				return
			}
			continue
		}
		c := &session{srv: s, conn: conn, ctx: ctx, busy: make(chan struct{}, maxInFlight), once: map[string]bool{}}
		if !s.enter(c) {
			_ = conn.Close()
			continue
		}
		all.Go(func() {
			defer s.leave(c)
			c.talk()
		})
	}
}

// drain waits until every agent has the last status and the last lines, or has been too slow for them.
func (s *server) drain(patience time.Duration) {
	fed := make(chan struct{})
	go func() { // ends with the conversations, which the caller ends next
		s.feeds.Wait()
		close(fed)
	}()
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case <-fed:
	case <-t.C:
	}
}

func (s *server) enter(c *session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.conns) >= maxConns {
		return false
	}
	s.conns[c] = struct{}{}
	return true
}

func (s *server) leave(c *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// talk exchanges hellos, then answers requests until the other side leaves or talks garbage.
func (c *session) talk() {
	var cancel context.CancelFunc
	c.ctx, cancel = context.WithCancel(c.ctx)
	defer c.work.Wait()
	defer cancel()
	defer c.conn.Close()
	stop := context.AfterFunc(c.ctx, func() { _ = c.conn.Close() })
	defer stop()
	r := bufio.NewReader(c.conn)
	if !c.greet(r) {
		return
	}
	for garbage := 0; garbage < maxGarbage; {
		line, err := readLine(r, maxRequest)
		if err != nil {
			if errors.Is(err, errLineTooLong) {
				c.fail(0, adit.Errorf(adit.Invalid, "a request is longer than %d bytes", maxRequest))
			}
			return
		}
		c.mu.Lock()
		c.heard = time.Now()
		c.mu.Unlock()
		req, err := parseRequest(line)
		if err != nil {
			garbage++
			c.fail(req.ID, err)
			continue
		}
		c.dispatch(req)
	}
}

// greet sends our hello and reads theirs. Theirs may come with a newer protocol than ours: the lower one is spoken.
func (c *session) greet(r *bufio.Reader) bool {
	mine := c.srv.mine()
	if c.send(message{Hello: &mine}) != nil {
		return false
	}
	_ = c.conn.SetReadDeadline(time.Now().Add(helloTimeout))
	line, err := readLine(r, maxRequest)
	if err != nil {
		return false
	}
	var m message
	if json.Unmarshal(line, &m) != nil || m.Hello == nil {
		c.fail(0, adit.Errorf(adit.Invalid, "say hello first"))
		return false
	}
	if _, err := agree(mine, *m.Hello); err != nil {
		c.fail(0, err)
		return false
	}
	_ = c.conn.SetReadDeadline(time.Time{})
	return true
}

// dispatch answers one request beside the reading, so that a slow one holds up nobody.
func (c *session) dispatch(req request) {
	select {
	case c.busy <- struct{}{}:
	case <-c.ctx.Done():
		return
	}
	c.work.Go(func() {
		defer func() { <-c.busy }()
		result, after, err := c.do(req)
		if err != nil {
			c.fail(req.ID, err)
			return
		}
		raw, err := json.Marshal(result)
		if err == nil {
			err = c.send(message{ID: req.ID, Result: raw})
		}
		if err != nil {
			_ = c.conn.Close()
			return
		}
		if after != nil {
			c.srv.feeds.Add(1)
			c.work.Go(func() {
				defer c.srv.feeds.Done()
				after()
			})
		}
	})
}

func (c *session) fail(id uint64, err error) {
	if c.send(message{ID: id, Error: toWire(err)}) != nil {
		_ = c.conn.Close()
	}
}

// send writes one line whole; a reader that does not read for long loses the conversation.
func (c *session) send(m message) error {
	line, err := encodeLine(m, maxReply)
	if err != nil {
		return err
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	_ = c.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	_, err = c.conn.Write(line)
	return err
}

func (c *session) first(op string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.once[op] {
		return false
	}
	c.once[op] = true
	if op == opAttach {
		c.agent = true
	}
	return true
}
