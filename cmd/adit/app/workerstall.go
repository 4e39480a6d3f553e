package app

import (
	"context"
	"fmt"
	"time"

	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/device"
)

// How long an engine may hash nothing although it has a job, and how often that is looked at.
const (
	stallAfter = 2 * time.Minute
	stallEvery = 10 * time.Second
	stallGap   = time.Minute // between two looks: the computer slept, which says nothing of the engine
)

// stall notices an engine that hangs. What `adit up` does with baselines (proc.Watchdog) is not for a worker, which may be
// told other threads at any time: no hashrate at all is wrong in any case.
type stall struct {
	pid   int
	at    time.Time // of the last look
	since time.Time // it does nothing; zero = it works, or need not
}

// look takes one reading of the program with this pid: s is nil where it gave no answer. It returns what is wrong, "" for
// nothing.
func (w *stall) look(now time.Time, pid int, s *device.Snapshot) string {
	if w.pid != pid || now.Sub(w.at) > stallGap {
		*w = stall{pid: pid}
	}
	w.at = now
	hangs := s == nil || due(s) && (s.Hashrate == nil || *s.Hashrate <= 0)
	if !hangs || pid == 0 {
		w.since = time.Time{}
		return ""
	}
	if w.since.IsZero() {
		w.since = now
	}
	silent := now.Sub(w.since)
	if silent <= stallAfter {
		return ""
	}
	w.since = time.Time{}
	if s == nil {
		return fmt.Sprintf("the program has not answered for %s", silent.Round(time.Second))
	}
	return fmt.Sprintf("no hashrate for %s although it has a job", silent.Round(time.Second))
}

// due reports whether a program should hash: it is connected, which it is with a job alone, not paused, and has its dataset.
func due(s *device.Snapshot) bool {
	return s.Work != device.WorkPaused && s.Pool != nil && s.Pool.State == "connected" && s.Mode != "starting" &&
		(s.DatasetProgress == nil || *s.DatasetProgress >= 1)
}

// watch has the shim start a program anew that hangs, within its budget of restarts. The caller holds steer.
func (e *WorkerEngine) watch(ctx context.Context, now time.Time) {
	e.mu.Lock()
	p, dev := e.prog, e.dev
	e.mu.Unlock()
	if p == nil || dev == nil {
		return
	}
	st := p.Status()
	if rest, _ := e.resting(); rest || st.Phase != proc.Running {
		e.stall = stall{}
		return
	}
	octx, cancel := context.WithTimeout(ctx, followTime)
	defer cancel()
	var seen *device.Snapshot
	if s, err := dev.Snapshot(octx); err == nil {
		seen = &s
	}
	if ctx.Err() != nil {
		return
	}
	why := e.stall.look(now, st.PID, seen)
	if why == "" {
		return
	}
	e.o.Log.Warn("the engine hangs and is started anew", "reason", why)
	octx, cancel = context.WithTimeout(ctx, followTime)
	defer cancel()
	if err := p.Restart(octx, why); err != nil {
		e.o.Log.Error("the engine that hangs cannot be started anew", "err", err)
	}
}
