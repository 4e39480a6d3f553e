package crew

import (
	"context"
	"time"
)

const tickEach = time.Second

// loop is the one loop for all seats: difficulties of who finds nothing, lanes nobody needs, members to be written. It
// ends with the crew's Run.
func (c *Crew) loop(r *running) {
	t := time.NewTicker(tickEach)
	defer t.Stop()
	var retry int64 // a database that fails is left alone for a while
	stood := c.now()
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-t.C:
		}
		now := c.now()
		c.mu.Lock()
		lanes := append([]*lane(nil), c.lanes...)
		c.mu.Unlock()
		for _, l := range lanes {
			l.tick(now)
		}
		c.prune(now)
		if now < retry {
			continue
		}
		all := now-stood >= int64(standEach)
		if all {
			stood = now
		}
		if err := c.write(r.ctx, all); err != nil && r.ctx.Err() == nil {
			c.o.Log.Error("members are not written", "reason", err)
			retry = now + int64(30*time.Second)
		}
	}
}

// write writes what is new of members: all, or what must not wait.
func (c *Crew) write(ctx context.Context, all bool) error {
	if err := c.flush(ctx); err != nil {
		return err
	}
	return c.flushStandings(ctx, all)
}

// tick lowers the difficulty of who finds nothing.
func (l *lane) tick(now int64) {
	var changed []*seat
	l.mu.Lock()
	if l.newest != nil {
		for _, s := range l.seats {
			if s.fixed == 0 && s.pace.Tick(&l.crew.pace, now) && s.differs(l) {
				changed = append(changed, s)
			}
		}
	}
	l.mu.Unlock()
	for _, s := range changed {
		s.gate.Refresh(s)
	}
}

// prune closes lanes that nobody needs, but never the last, and looks after who waits.
func (c *Crew) prune(now int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiters) > 0 {
		c.place()
		return
	}
	idle := int64(c.o.Rules.LaneIdle)
	for i := len(c.lanes) - 1; i >= 0 && len(c.lanes) > 1; i-- {
		l := c.lanes[i]
		l.mu.Lock()
		unused := l.empty != 0 && now-l.empty > idle
		l.mu.Unlock()
		if unused && l.up.idle() {
			l.stop()
			c.dropLane(l)
		}
	}
}
