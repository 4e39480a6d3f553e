package proc

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net"
	"path/filepath"
	"sync"
	"time"

	"github.com/adit-mining/adit"
)

// client is one conversation with a shim: requests and answers matched by id, events handed on in order.
type client struct {
	conn     net.Conn
	peer     hello
	protocol int
	peerPID  int // by the kernel's word; 0 = unknown

	events chan message  // closed when the conversation ends
	done   chan struct{} // closed when the conversation ends

	mu      sync.Mutex
	nextID  uint64
	waiting map[uint64]chan message
}

const sockName = "sock"

// dialShim connects to the shim of a folder and exchanges hellos. The caller closes the client.
func dialShim(ctx context.Context, dir string, mine hello) (*client, error) {
	conn, err := dialUnix(ctx, filepath.Join(dir, sockName))
	if err != nil {
		return nil, adit.Errorf(adit.Unreachable, "the shim in %s does not answer: %w", dir, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	c, err := greet(conn, mine)
	if err == nil && !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = conn.Close()
		if adit.CodeOf(err) != adit.Internal {
			return nil, err
		}
		return nil, adit.Errorf(adit.Unreachable, "the shim in %s does not answer: %w", dir, err)
	}
	return c, nil
}

// greet sends our hello, reads the other's and starts reading.
func greet(conn net.Conn, mine hello) (*client, error) {
	line, err := encodeLine(message{Hello: &mine}, maxRequest)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Write(line); err != nil {
		return nil, err
	}
	r := bufio.NewReader(conn)
	if line, err = readLine(r, maxReply); err != nil {
		return nil, err
	}
	var m message
	if err := json.Unmarshal(line, &m); err != nil || m.Hello == nil {
		return nil, adit.Errorf(adit.Invalid, "the other end of the socket is not a shim of adit")
	}
	p, err := agree(mine, *m.Hello)
	if err != nil {
		return nil, err
	}
	c := &client{
		conn: conn, peer: *m.Hello, protocol: p, peerPID: peerPID(conn),
		events: make(chan message, 64), done: make(chan struct{}), waiting: map[uint64]chan message{},
	}
	go c.read(r)
	return c, nil
}

// read hands answers to their callers and events to the events channel until the conversation ends.
func (c *client) read(r *bufio.Reader) {
	defer close(c.events)
	defer close(c.done)
	defer c.conn.Close()
	for {
		line, err := readLine(r, maxReply)
		if err != nil {
			return
		}
		var m message
		if json.Unmarshal(line, &m) != nil {
			return // a shim never sends garbage; something is badly wrong with it
		}
		if m.Event != "" {
			c.events <- m // the owner drains it until it is closed
			continue
		}
		c.mu.Lock()
		ch := c.waiting[m.ID]
		delete(c.waiting, m.ID)
		c.mu.Unlock()
		if ch != nil {
			ch <- m
		}
	}
}

// call sends one request and decodes its answer into out (nil = no interest).
func (c *client) call(ctx context.Context, op string, args, out any) error {
	ch, id, err := c.send(op, args)
	if err != nil {
		return err
	}
	select {
	case m := <-ch:
		return settle(m, out)
	case <-c.done:
		select {
		case m := <-ch: // answered just before it hung up
			return settle(m, out)
		default:
			return adit.Errorf(adit.Unreachable, "the shim hung up before it answered %q", op)
		}
	case <-ctx.Done():
		c.mu.Lock()
		delete(c.waiting, id)
		c.mu.Unlock()
		return adit.Errorf(adit.Timeout, "the shim did not answer %q in time: %w", op, context.Cause(ctx))
	}
}

func (c *client) send(op string, args any) (<-chan message, uint64, error) {
	raw, err := json.Marshal(args)
	if err != nil {
		return nil, 0, err
	}
	if args == nil {
		raw = nil
	}
	ch := make(chan message, 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nextID++
	line, err := encodeLine(request{ID: c.nextID, Op: op, Args: raw}, maxRequest)
	if err != nil {
		return nil, 0, adit.Errorf(adit.Invalid, "the request %q is too large: %w", op, err)
	}
	c.waiting[c.nextID] = ch
	_ = c.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err := c.conn.Write(line); err != nil {
		delete(c.waiting, c.nextID)
		return nil, 0, adit.Errorf(adit.Unreachable, "the shim does not take requests: %w", err)
	}
	return ch, c.nextID, nil
}

func settle(m message, out any) error {
	switch {
	case m.Error != nil:
		return m.Error.err()
	case out == nil || len(m.Result) == 0:
		return nil
	}
	if err := json.Unmarshal(m.Result, out); err != nil {
		return adit.Errorf(adit.Internal, "the shim's answer cannot be read: %w", err)
	}
	return nil
}

func (c *client) close() { _ = c.conn.Close() }

// follow reads events of one kind on a conversation of its own until ctx ends or the shim hangs up (nil).
func (c *client) follow(ctx context.Context, each func(message) error) error {
	stop := context.AfterFunc(ctx, c.close)
	defer stop()
	var failed error
	for m := range c.events {
		if failed == nil {
			if failed = each(m); failed != nil {
				c.close()
			}
		}
	}
	return errors.Join(failed, ctx.Err())
}

const writeTimeout = 10 * time.Second
