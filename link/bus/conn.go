package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/adit-mining/adit"
)

// conn is a Conn over NATS.
type conn struct {
	nc      *nats.Conn
	log     *slog.Logger
	closed  chan struct{}
	onClose func()
	once    sync.Once
	answers *answers
}

func dial(srv nats.InProcessConnProvider, name, inbox, key string, log *slog.Logger) (*conn, error) {
	c := &conn{log: log, closed: make(chan struct{})}
	nc, err := nats.Connect("", nats.InProcessServer(srv), nats.Name(name), nats.Token(key), nats.CustomInboxPrefix(inbox),
		nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond), nats.ReconnectBufSize(-1),
		nats.DrainTimeout(5*time.Second), nats.ErrorHandler(c.failed),
		nats.ClosedHandler(func(*nats.Conn) { close(c.closed) }))
	if err != nil {
		return nil, adit.Errorf(adit.Unreachable, "bus: cannot connect %s: %w", name, err)
	}
	c.nc = nc
	c.answers = newAnswers(inbox)
	if _, err := nc.Subscribe(c.answers.wildcard(), c.answers.take); err != nil {
		nc.Close()
		return nil, fmt.Errorf("bus: %w", err)
	}
	return c, nil
}

// refusedRE finds the subject in the server's words `Permissions Violation for Publish to "x"`, in any case.
var refusedRE = regexp.MustCompile(`(?i)permissions violation for (publish|subscription) to "([^"]+)"`)

// failed hears of everything the server refuses after the fact; a request to a forbidden subject ends at once.
func (c *conn) failed(_ *nats.Conn, _ *nats.Subscription, err error) {
	c.log.Warn("bus: refused", "err", err)
	if m := refusedRE.FindStringSubmatch(err.Error()); m != nil {
		c.answers.forbid(m[2], adit.Errorf(adit.Forbidden, "bus: this identity may not use %s", m[2]))
	}
}

// Publish implements Conn.
func (c *conn) Publish(subject string, data []byte) error { return told(c.nc.Publish(subject, data)) }

// Request implements Conn.
func (c *conn) Request(ctx context.Context, subject string, data []byte) ([]byte, error) {
	p, err := c.Start(subject, data)
	if err != nil {
		return nil, err
	}
	return p.Wait(ctx)
}

// Start implements Starter.
func (c *conn) Start(subject string, data []byte) (Pending, error) {
	reply, p := c.answers.expect(subject)
	p.gone = c.closed
	if err := c.nc.PublishRequest(subject, reply, data); err != nil {
		p.drop()
		return nil, told(err)
	}
	return p, nil
}

// Subscribe implements Conn. It returns after the server has taken the subscription, so that nothing sent later is missed.
func (c *conn) Subscribe(subject string, h func(m Msg)) (func(), error) {
	sub, err := c.nc.Subscribe(subject, func(m *nats.Msg) { h(message(m)) })
	if err != nil {
		return nil, told(err)
	}
	cancel := func() { _ = sub.Unsubscribe() } // an error means that it is gone already
	if err := c.nc.FlushTimeout(5 * time.Second); err != nil {
		cancel()
		return nil, told(err)
	}
	if last := c.nc.LastError(); errors.Is(last, nats.ErrPermissionViolation) {
		if m := refusedRE.FindStringSubmatch(last.Error()); m != nil && m[2] == subject {
			cancel()
			return nil, adit.Errorf(adit.Forbidden, "bus: this identity may not listen on %s", subject)
		}
	}
	return cancel, nil
}

func message(m *nats.Msg) Msg {
	out := Msg{Subject: m.Subject, Data: m.Data}
	if m.Reply != "" {
		out.Reply = func(data []byte) error { return told(m.Respond(data)) }
	}
	return out
}

// Close implements Conn: what was received is still handled, what was published still leaves.
func (c *conn) Close() error {
	c.once.Do(func() {
		if err := c.nc.Drain(); err != nil {
			c.nc.Close()
		}
		<-c.closed
		if c.onClose != nil {
			c.onClose()
		}
	})
	return nil
}

// told puts a code on the client library's errors.
func told(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, nats.ErrMaxPayload):
		return adit.Errorf(adit.Invalid, "bus: the message is too big: %w", err)
	case errors.Is(err, nats.ErrBadSubject):
		return adit.Errorf(adit.Invalid, "bus: bad subject: %w", err)
	}
	return adit.Errorf(adit.Unreachable, "bus: %w", err)
}
