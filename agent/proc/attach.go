package proc

import (
	"context"
	"encoding/json"
	"os"
	"sync"
	"time"

	"github.com/adit-mining/adit"
)

const (
	pingEvery   = 8 * time.Second
	pingTimeout = time.Minute      // then the shim is dialled afresh before it counts as hung
	presence    = 20 * time.Second // how long an attached agent may be silent and still count as there
)

type attachReply struct {
	Status Status `json:"status"`
	Spec   Spec   `json:"spec"`
}

// attach makes an agent of this conversation and keeps it until the shim has gone or the Process is closed.
func (s *Supervisor) attach(ctx context.Context, dir string, c *client, shim ident, own *os.Process) (*Process, error) {
	var a attachReply
	actx, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	if err := c.call(actx, opAttach, nil, &a); err != nil {
		c.drop()
		return nil, err
	}
	p := &Process{sup: s, dir: dir, shim: shim, reap: own, spec: a.Spec, conn: c, done: make(chan struct{})}
	p.status = newCell(p.complete(a.Status, c))
	p.ctx, p.detach = context.WithCancel(context.WithoutCancel(ctx))
	p.ended.Go(func() { p.keep(c) })
	return p, nil
}

func (p *Process) complete(s Status, c *client) Status {
	s.Version, s.Protocol = c.peer.Version, c.protocol
	return s
}

// keep holds the conversation, renews it where only the conversation broke, and concludes when the shim has gone.
func (p *Process) keep(c *client) {
	defer p.detach()
	for c != nil {
		p.converse(c)
		p.set(nil)
		if p.ctx.Err() != nil {
			return
		}
		c = p.again()
		if p.ctx.Err() != nil {
			if c != nil {
				c.drop()
			}
			return
		}
		p.set(c)
	}
	p.conclude()
}

func (p *Process) set(c *client) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conn = c
}

// converse takes status events and pings until the conversation ends.
func (p *Process) converse(c *client) {
	var pinger sync.WaitGroup
	defer pinger.Wait()
	stop := context.AfterFunc(p.ctx, c.close)
	defer stop()
	pinger.Go(func() { p.ping(c) })
	for m := range c.events {
		var s Status
		if m.Event == eventStatus && json.Unmarshal(m.Result, &s) == nil {
			p.status.set(p.complete(s, c))
		}
	}
}

func (p *Process) ping(c *client) {
	t := time.NewTimer(untilBeat(time.Now(), pingEvery))
	defer t.Stop()
	for {
		select {
		case <-c.done:
			return
		case <-t.C:
		}
		t.Reset(untilBeat(time.Now(), pingEvery))
		ctx, cancel := context.WithTimeout(p.ctx, pingTimeout)
		err := c.call(ctx, opPing, nil, nil)
		cancel()
		if err != nil {
			c.close()
			return
		}
	}
}

// untilBeat is the time until the clock is at a multiple of d, so that what is due every d for many programs is due at
// one time and wakes the process once.
func untilBeat(now time.Time, d time.Duration) time.Duration {
	return d - time.Duration(now.UnixNano()%int64(d))
}

// again renews the conversation with a shim that still lives; nil where it has gone. One that stays silent is killed.
func (p *Process) again() *client {
	r := p.sup.reaper()
	deadline := time.Now().Add(answerPatience)
	for r.proc.alive(p.shim) && p.ctx.Err() == nil {
		if c := p.redial(); c != nil {
			return c
		}
		if time.Now().After(deadline) {
			p.sup.log().Error("a shim hangs and is killed", "name", p.Name(), "pid", p.shim.PID)
			if err := r.kill(p.shim); err != nil {
				p.sup.log().Error("a hung shim cannot be killed", "name", p.Name(), "error", err)
			}
		}
		if pause(p.ctx, 20*time.Millisecond) != nil {
			return nil
		}
	}
	return nil
}

func (p *Process) redial() *client {
	ctx, cancel := context.WithTimeout(p.ctx, 2*time.Second)
	defer cancel()
	c, err := dialShim(ctx, p.dir, p.sup.hello())
	if err != nil {
		return nil
	}
	var a attachReply
	if c.peer.PID != p.shim.PID || c.call(ctx, opAttach, nil, &a) != nil {
		c.drop()
		return nil
	}
	p.status.set(p.complete(a.Status, c))
	return c
}

// conclude sweeps up after a shim that has gone and says how it went.
func (p *Process) conclude() {
	if p.reap != nil {
		_, _ = p.reap.Wait()
	}
	final, spec := p.Status(), p.Spec()
	if final.Phase != Stopped {
		final.Phase, final.Hold = Lost, ""
		final.Words = "its shim ended unexpectedly, and the program with it"
		final.Since = time.Now()
	}
	if st, err := readState(p.dir); err == nil && st.ID == spec.ID && st.Phase == Stopped {
		final = st.status()
		final.Driver = spec.Driver
	}
	if words := p.sweep(); words != "" {
		final.Words += "; " + words
	}
	if p.ctx.Err() != nil {
		return
	}
	final.PID, final.Started, final.Retry, final.Agents = 0, nil, nil, 0
	p.status.set(final)
	close(p.done)
}

// sweep ends what the shim left, unless the name was started anew meanwhile: then it is no longer ours to touch.
func (p *Process) sweep() string {
	unlock, err := lockStart(p.ctx, p.dir)
	if err != nil {
		return err.Error()
	}
	defer unlock()
	spec := p.Spec()
	if now, err := readSpec(p.dir); err == nil && now.ID != spec.ID {
		return ""
	}
	err = p.sup.clear(p.ctx, p.dir, spec.Name)
	if err != nil && adit.CodeOf(err) != adit.Conflict {
		return err.Error()
	}
	return ""
}

// drop ends a conversation that nobody took over.
func (c *client) drop() {
	c.close()
	for range c.events { // until the reader has gone
	}
}
