package agent

import (
	"context"
	"math/rand/v2"
	"os"
	"runtime"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/wording"
	"github.com/adit-mining/adit/link/bus"
	"github.com/adit-mining/adit/link/wire"
)

const (
	aliveEvery   = 5 * time.Second
	helloTimeout = 10 * time.Second
	frameTimeout = 30 * time.Second
	window       = 16              // frames under way
	ackPatience  = 2 * time.Minute // a hub makes frames durable in bundles
	backoffMin   = 250 * time.Millisecond
	backoffMax   = 10 * time.Second
	refusedWait  = 30 * time.Second
)

// sessionLoop keeps a conversation with the hub: hello, then frames until it breaks, then again.
func (a *Agent) sessionLoop(ctx context.Context) {
	wait := backoffMin
	for ctx.Err() == nil {
		c := conversation{a: a}
		err := c.hold(ctx)
		if c.moved {
			wait = backoffMin
		}
		if ctx.Err() != nil {
			return
		}
		a.log.DebugContext(ctx, "the conversation with the hub ended", "err", err)
		pause := wait/2 + rand.N(wait/2)
		if adit.CodeOf(err) == adit.Refused {
			pause = refusedWait
		}
		sleep(ctx, pause)
		wait = min(2*wait, backoffMax)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// aliveLoop says that the agent lives.
func (a *Agent) aliveLoop(ctx context.Context) {
	t := time.NewTicker(aliveEvery)
	defer t.Stop()
	for {
		b, err := wire.Marshal(wire.Alive{Rig: a.id.ID, At: time.Now().UTC()})
		if err == nil {
			err = a.o.Control.Publish(wire.AliveSubject(a.id.ID), b)
		}
		if err != nil {
			a.log.DebugContext(ctx, "the hub cannot be told that the agent lives", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// conversation is one talk with the hub, from hello to the first trouble.
type conversation struct {
	a     *Agent
	epoch string
	sent  uint64 // highest number sent
	acked uint64 // highest number the hub holds
	under []flight
	moved bool // the hub took something
	told  uint64
	// progress is when the hub last held something new, or had everything.
	progress time.Time
}

// flight is a frame under way.
type flight struct {
	seq uint64
	ans bus.Pending
}

func (c *conversation) hold(ctx context.Context) error {
	if err := c.hello(ctx); err != nil {
		return err
	}
	defer c.abandon()
	for {
		if err := c.fill(); err != nil {
			return err
		}
		if len(c.under) > 0 {
			if err := c.take(ctx); err != nil {
				return err
			}
			continue
		}
		if err := c.idle(ctx); err != nil {
			return err
		}
	}
}

// hello introduces the agent and finds out how far the hub is.
func (c *conversation) hello(ctx context.Context) error {
	for range 2 { // a second time under another epoch, where the hub's numbers and ours do not fit
		c.epoch = c.a.box.Epoch()
		w, err := c.greet(ctx)
		if err != nil {
			return err
		}
		if !c.a.box.Resume(c.epoch, w.Acked) {
			c.sent, c.acked, c.progress = w.Acked, w.Acked, time.Now()
			return nil
		}
		c.a.log.InfoContext(ctx, "the hub gets a new numbering of what it has not seen")
	}
	return adit.Errorf(adit.Conflict, "the hub knows numbers of a stream that has just begun")
}

func (c *conversation) greet(ctx context.Context) (wire.Welcome, error) {
	a := c.a
	hostname, _ := os.Hostname() // "" = unknown
	b, err := wire.Marshal(wire.Hello{Version: wire.Version, Rig: a.id.ID, Name: a.id.Name, Hostname: hostname, OS: runtime.GOOS,
		Arch: runtime.GOARCH, Program: adit.Version, Epoch: c.epoch, Interval: a.o.Interval})
	if err != nil {
		return wire.Welcome{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, helloTimeout)
	defer cancel()
	ans, err := a.o.Telemetry.Request(ctx, wire.HelloSubject(a.id.ID), b)
	if err != nil {
		return wire.Welcome{}, err
	}
	w, err := wire.Unmarshal[wire.Welcome](ans)
	if err == nil && w.Refused != "" {
		a.log.ErrorContext(ctx, "the hub refuses this computer", "reason", w.Refused)
		err = adit.Errorf(adit.Refused, "the hub refuses this computer: %s", w.Refused)
	}
	return w, err
}

// fill sends what waits, up to the window.
func (c *conversation) fill() error {
	for len(c.under) < window {
		rs, ok := c.a.box.After(c.epoch, c.sent, window-len(c.under))
		if !ok {
			return adit.Errorf(adit.Conflict, "the stream was numbered anew")
		}
		if len(rs) == 0 {
			return nil
		}
		for _, r := range rs {
			b, err := wire.Envelope(c.a.id.ID, c.epoch, r.Seq, r.Kind, r.Body)
			if err != nil {
				return err
			}
			p, err := start(c.a.o.Telemetry, wire.FrameSubject(c.a.id.ID), b)
			if err != nil {
				return err
			}
			if c.acked == c.sent {
				c.progress = time.Now()
			}
			c.under, c.sent = append(c.under, flight{r.Seq, p}), r.Seq
		}
	}
	return nil
}

// take waits for the answer to the oldest frame under way.
func (c *conversation) take(ctx context.Context) error {
	f := c.under[0]
	c.under = c.under[1:]
	ctx, cancel := context.WithTimeout(ctx, frameTimeout)
	defer cancel()
	b, err := f.ans.Wait(ctx)
	if err != nil {
		return err
	}
	ack, err := wire.Unmarshal[wire.Ack](b)
	switch {
	case err != nil:
		return err
	case ack.Epoch != c.epoch:
		return adit.Errorf(adit.Conflict, "the hub answers for another numbering")
	case ack.Seq < c.acked:
		return adit.Errorf(adit.Conflict, "the hub has forgotten what it held")
	}
	if ack.Seq > c.acked {
		c.acked, c.moved, c.progress = ack.Seq, true, time.Now()
		c.a.box.Ack(c.epoch, ack.Seq)
	}
	if ack.Resend && f.seq > c.told {
		c.told = c.sent // the same wish in the answers to frames already sent is granted by now
		c.a.announce()
	}
	return nil
}

// idle waits for something new to send. A hub that answers and yet holds nothing for long is asked afresh how far it is.
func (c *conversation) idle(ctx context.Context) error {
	var late <-chan time.Time
	if c.acked < c.sent {
		t := time.NewTimer(time.Until(c.progress.Add(ackPatience)))
		defer t.Stop()
		late = t.C
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-c.a.box.Wake():
		return nil
	case <-late:
		return adit.Errorf(adit.Timeout, "the hub answers and has held nothing new for %s", wording.Length(ackPatience))
	}
}

// abandon forgets the frames under way: they are sent again in the next conversation.
func (c *conversation) abandon() {
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	for _, f := range c.under {
		_, _ = f.ans.Wait(gone)
	}
	c.under = nil
}

// start sends a request in order; over a connection that cannot do that, the request goes out when it is waited for.
func start(c bus.Conn, subject string, data []byte) (bus.Pending, error) {
	if s, ok := c.(bus.Starter); ok {
		return s.Start(subject, data)
	}
	return later{c, subject, data}, nil
}

type later struct {
	c       bus.Conn
	subject string
	data    []byte
}

func (l later) Wait(ctx context.Context) ([]byte, error) { return l.c.Request(ctx, l.subject, l.data) }
