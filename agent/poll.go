package agent

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
)

// pollTimeout is how long one device may take; it delays nobody else.
const pollTimeout = 5 * time.Second

// pollLoop reads every device each interval and appends one batch.
func (a *Agent) pollLoop(ctx context.Context) {
	t := time.NewTicker(a.o.Interval)
	defer t.Stop()
	for {
		a.round(ctx)
		a.facts(false)
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// round polls all devices that are not still busy with the last poll, and reports what came back in time.
func (a *Agent) round(ctx context.Context) {
	at := time.Now().UTC()
	a.stale()
	all := make(chan struct{})
	var g sync.WaitGroup
	for _, u := range a.all() {
		if u.begin() {
			g.Add(1)
			a.loops.Go(func() {
				defer g.Done()
				a.poll(ctx, u)
			})
		}
	}
	a.loops.Go(func() { g.Wait(); close(all) })
	late := time.NewTimer(a.o.Interval * 3 / 5)
	defer late.Stop()
	select {
	case <-all:
	case <-late.C:
	case <-ctx.Done():
		return
	}
	a.batch(at)
}

// stale marks every unit's last answer as not of this round.
func (a *Agent) stale() {
	for _, u := range a.all() {
		u.mu.Lock()
		u.fresh = false
		u.mu.Unlock()
	}
}

// begin claims the unit for one poll.
func (u *unit) begin() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.dev == nil && u.prog == nil || u.busy || u.resting() {
		return false
	}
	u.busy = true
	return true
}

func (a *Agent) poll(ctx context.Context, u *unit) {
	pctx, cancel := context.WithTimeout(ctx, pollTimeout)
	dev := a.reopen(pctx, u)
	var s device.Snapshot
	var now device.Info
	err := a.shield(u.name, "poll", func() (err error) {
		if dev == nil {
			return nil
		}
		if s, err = dev.Snapshot(pctx); err == nil {
			now = dev.Info()
		}
		return err
	})
	cancel()
	u.mu.Lock()
	a.judgeCrowd(u)
	u.busy = false
	if dev == nil || u.dev != dev { // it was stopped meanwhile
		u.mu.Unlock()
		return
	}
	if err != nil {
		u.missed, u.why = u.missed+1, reasonOf(err)
		u.mu.Unlock()
		if !u.host() {
			a.watch(ctx, u)
		}
		return
	}
	from := u.pool
	u.snap, u.info, u.missed, u.why, u.fresh = &s, now, 0, "", true
	if len(s.Threads) > 0 {
		u.threads = len(s.Threads)
	}
	if s.Pool != nil && s.Pool.URL != "" {
		u.pool = s.Pool.URL
	}
	to, name := u.pool, u.name
	u.mu.Unlock()
	if u.host() {
		return
	}
	a.watchFee(u, s.Fee)
	if from != "" && from != to {
		a.tell(evPool, info, name, "%s works for the pool %s now, before for %s", name, to, from)
	}
	a.watch(ctx, u)
	if err := a.settle(ctx, u, a.pauseFor(u), false); err != nil && ctx.Err() == nil {
		a.log.WarnContext(ctx, "a program does not follow the pause", "name", name, "err", err)
	}
}

// batch sends the readings of this round; what did not answer in it is unknown.
func (a *Agent) batch(at time.Time) {
	var cols []wire.Column
	var vals []float64
	for _, u := range a.all() {
		u.mu.Lock()
		if u.dev != nil {
			s := u.snap
			if !u.fresh {
				s = nil
			}
			cols = append(cols, u.columns(a.id.ID)...)
			vals = u.values(vals, s)
		}
		u.mu.Unlock()
	}
	if len(cols) == 0 {
		return
	}
	a.mu.Lock()
	changed := !slices.Equal(cols, a.columns)
	a.columns = cols
	a.mu.Unlock()
	id := schemaID(cols)
	if changed {
		a.send(wire.Frame{Kind: wire.FrameSchema, Schema: &wire.Schema{ID: id, Columns: cols}})
	}
	if slices.ContainsFunc(vals, func(v float64) bool { return !math.IsNaN(v) }) {
		a.send(wire.Frame{Kind: wire.FrameBatch, Batch: &wire.Batch{Schema: id, At: at, Values: vals}})
	}
}

// resting reports that the program does not run now, so that its last snapshot is of the past. The caller holds u.mu.
func (u *unit) resting() bool {
	return u.prog != nil && u.prog.Status().Phase != proc.Running
}

// announce sends the current schema and all facts again, because the hub asked for them.
func (a *Agent) announce() {
	a.mu.Lock()
	cols := a.columns
	a.mu.Unlock()
	if len(cols) > 0 {
		a.send(wire.Frame{Kind: wire.FrameSchema, Schema: &wire.Schema{ID: schemaID(cols), Columns: cols}})
	}
	a.facts(true)
}
