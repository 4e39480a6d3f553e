package proc

import (
	"context"
	"encoding/json"
	"os"
	"sync"
	"time"

	"github.com/adit-mining/adit"
)

// Process is a program under its shim, as the agent sees it. Its methods may be called from anywhere.
type Process struct {
	sup  *Supervisor
	dir  string
	shim ident       // who the shim is
	reap *os.Process // the shim as our own child; nil where it was adopted

	status *cell[Status]
	done   chan struct{} // closed when the shim has gone
	ctx    context.Context
	detach context.CancelFunc
	ended  sync.WaitGroup

	mu   sync.Mutex
	spec Spec
	conn *client // nil while reconnecting
}

// Name is the instance's name.
func (p *Process) Name() string { return p.Spec().Name }

// Spec is what the program was started with, with the digest as recorded and all updates.
func (p *Process) Spec() Spec {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.spec
}

// Status is the newest status the shim sent; Phase Lost or Stopped once the shim has gone.
func (p *Process) Status() Status {
	s, _ := p.status.get()
	return s
}

// Watch returns the status and a channel that is closed when a newer one is there.
func (p *Process) Watch() (Status, <-chan struct{}) { return p.status.get() }

// Done is closed when the shim has gone: Status says Stopped (wanted), or Lost (start it anew), after everything
// that was left of the program has been ended. It is not closed by Close.
func (p *Process) Done() <-chan struct{} { return p.done }

// Close lets go of the program without stopping it: the shim keeps it running, a later Adopt finds it.
func (p *Process) Close() {
	p.detach()
	p.ended.Wait()
}

// Stop ends the program and its shim and waits until both, and everything the program started, have gone.
// A shim that does not answer is killed; its program goes with it. When ctx ends first the stop goes on.
func (p *Process) Stop(ctx context.Context) error {
	timeout := p.Spec().withDefaults().StopTimeout
	asking, cancel := context.WithTimeout(ctx, stopSlack/2)
	_ = p.ask(asking, opStop, nil, nil) // a shim that does not answer is dealt with below
	cancel()
	hung := time.NewTimer(timeout + stopSlack)
	defer hung.Stop()
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		return adit.Errorf(adit.Timeout, "%s has not ended yet: %w", p.Name(), context.Cause(ctx))
	case <-p.ctx.Done():
		select {
		case <-p.done:
			return nil
		default:
			return adit.Errorf(adit.Conflict, "this agent let go of %s", p.Name())
		}
	case <-hung.C:
	}
	if err := p.sup.reaper().kill(p.shim); err != nil {
		return adit.Errorf(adit.Internal, "the shim of %s does not end: %w", p.Name(), err)
	}
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		return adit.Errorf(adit.Timeout, "%s has not ended yet: %w", p.Name(), context.Cause(ctx))
	}
}

// stopSlack is what a shim gets beyond the program's own stop timeout to sweep up and leave.
const stopSlack = 5 * time.Second

// Restart ends the program and starts it again; it counts against the restart budget. The reason is journalled.
func (p *Process) Restart(ctx context.Context, reason string) error {
	return p.ask(ctx, opRestart, reasonArgs{Reason: reason}, nil)
}

// Quarantine ends the program and keeps it ended, with words, until Release.
func (p *Process) Quarantine(ctx context.Context, words string) error {
	return p.ask(ctx, opQuarantine, reasonArgs{Reason: words}, nil)
}

// Release ends a quarantine or a back-off: the budget is full again and the program is started at once.
func (p *Process) Release(ctx context.Context) error { return p.ask(ctx, opRelease, nil, nil) }

// Stdin writes to the program's standard input, at most 64 KiB at a time.
func (p *Process) Stdin(ctx context.Context, data []byte) error {
	if len(data) > maxStdin {
		return adit.InvalidField("data", "%d bytes is more than %d at a time", len(data), maxStdin)
	}
	return p.ask(ctx, opStdin, stdinArgs{Data: data}, nil)
}

// Update changes parts of the spec without a restart.
func (p *Process) Update(ctx context.Context, c Change) error {
	if len(c.Meta) > maxMeta || len(c.Meta) > 0 && !json.Valid(c.Meta) {
		return adit.InvalidField("meta", "must be valid JSON of at most %d bytes", maxMeta)
	}
	if c.Guards != nil {
		if err := c.Guards.Validate(); err != nil {
			return err
		}
	}
	var s Spec
	if err := p.ask(ctx, opUpdate, c, &s); err != nil {
		return err
	}
	p.mu.Lock()
	p.spec = s
	p.mu.Unlock()
	return nil
}

// Logs returns up to limit lines with a sequence number greater than after, oldest first; limit 0 = all the ring holds.
// Where more than limit lines follow, after 0 gives the newest ones and any other after gives the next ones.
func (p *Process) Logs(ctx context.Context, after uint64, limit int) ([]Line, error) {
	if limit <= 0 || limit > ringLines {
		limit = ringLines
	}
	var all []Line
	for {
		var page logsReply
		if err := p.ask(ctx, opLogs, logsArgs{After: after, Limit: limit}, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Lines...)
		limit -= len(page.Lines)
		if !page.More || len(page.Lines) == 0 || limit <= 0 {
			return all, nil
		}
		after = page.Lines[len(page.Lines)-1].Seq
	}
}

// Follow calls each for every line with a sequence number greater than after, and goes on with new lines until ctx
// ends (its error), each fails (that error) or the shim has gone (nil). A follower too slow for a flood misses lines:
// the sequence numbers show it.
func (p *Process) Follow(ctx context.Context, after uint64, each func(Line) error) error {
	c, err := dialShim(ctx, p.dir, p.sup.hello())
	if err != nil {
		return err
	}
	if err := c.call(ctx, opFollow, logsArgs{After: after}, nil); err != nil {
		c.close()
		for range c.events { // until the reader has gone
		}
		return err
	}
	return c.follow(ctx, func(m message) error {
		if m.Event != eventLines {
			return nil
		}
		var page logsReply
		if err := json.Unmarshal(m.Result, &page); err != nil {
			return adit.Errorf(adit.Internal, "the shim's lines cannot be read: %w", err)
		}
		for _, l := range page.Lines {
			if err := each(l); err != nil {
				return err
			}
		}
		return nil
	})
}

// ask calls an operation on the conversation of the moment.
func (p *Process) ask(ctx context.Context, op string, args, out any) error {
	p.mu.Lock()
	c := p.conn
	p.mu.Unlock()
	if c == nil {
		s := p.Status()
		return adit.Errorf(adit.Unreachable, "%s: no shim answers (%s: %s)", s.Name, s.Phase, s.Words)
	}
	return c.call(ctx, op, args, out)
}
