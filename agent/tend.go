package agent

import (
	"context"
	"time"

	"github.com/adit-mining/adit/agent/proc"
)

// A lost shim is started again at most lossesMax times within lossesWindow; then a person must look.
const (
	lossesMax    = 5
	lossesWindow = 10 * time.Minute
	retryMin     = time.Second
	retryMax     = time.Minute
)

// tend watches one program until it has ended or the agent lets go of it.
func (a *Agent) tend(ctx context.Context, u *unit, p program) {
	for {
		st, changed := p.Watch()
		a.notice(u, p, st)
		a.poke()
		select {
		case <-changed:
		case <-p.Done():
			a.ended(ctx, u, p)
			a.poke()
			return
		case <-ctx.Done():
			return
		}
	}
}

// notice tells of what changed since the last status.
func (a *Agent) notice(u *unit, p program, st proc.Status) {
	u.mu.Lock()
	if u.prog != p {
		u.mu.Unlock()
		return
	}
	before, held := u.phase, u.hold
	u.phase, u.hold = st.Phase, st.Hold
	u.mu.Unlock()
	if before == st.Phase && held == st.Hold {
		return
	}
	switch st.Phase {
	case proc.Held:
		severity := warn
		if st.Hold == proc.HoldPause || st.Hold == proc.HoldBattery || st.Hold == proc.HoldIdle {
			severity = info
		}
		a.tell(evHeld, severity, u.name, "%s is held: %s", u.name, st.Words)
	case proc.BackingOff:
		a.tell(evRestarted, warn, u.name, "%s ended by itself and is started again: %s", u.name, st.Words)
	case proc.Quarantined:
		a.tell(evQuarantined, crit, u.name, "%s is in quarantine and is not started again: %s", u.name, st.Words)
	case proc.Running, proc.Starting:
		if before == proc.Held {
			a.tell(evFreed, info, u.name, "%s may run again", u.name)
		}
	}
}

// ended clears up after a program whose shim has gone, and starts it anew where it was lost.
func (a *Agent) ended(ctx context.Context, u *unit, p program) {
	u.order.Lock()
	defer u.order.Unlock()
	if u.running() != p || ctx.Err() != nil {
		return // an order has seen to it, or the agent ends
	}
	st := p.Status()
	a.drop(u)
	switch {
	case !u.wanted(), a.unwrittenPause() != nil: // it starts again after the pause
	case st.Phase == proc.Stopped:
		a.wantStopped(u)
		a.tell(evStopped, warn, u.name, "%s was stopped from outside adit; it stays stopped until it is started again", u.name)
	default:
		a.tell(evLost, warn, u.name, "%s was lost: %s", u.name, st.Words)
		a.countLoss(u)
		a.revive(ctx, u)
	}
}

func (a *Agent) countLoss(u *unit) {
	now := time.Now()
	u.mu.Lock()
	defer u.mu.Unlock()
	kept := u.lost[:0]
	for _, t := range u.lost {
		if now.Sub(t) < lossesWindow {
			kept = append(kept, t)
		}
	}
	u.lost = append(kept, now)
	u.given = len(u.lost) > lossesMax
}

// revive starts a wanted program that does not run, unless it was lost too often or its next try is not due.
// The caller holds u.order.
func (a *Agent) revive(ctx context.Context, u *unit) {
	u.mu.Lock()
	due := u.want.Desired == wantRunning && u.prog == nil && !time.Now().Before(u.retry)
	given, told, tries := u.given, u.failed, u.tries
	u.mu.Unlock()
	if !due || ctx.Err() != nil {
		return
	}
	if given {
		words := "its shim was lost more than 5 times within 10 minutes: look at its log, then release it"
		u.mu.Lock()
		u.failed = words
		u.mu.Unlock()
		if told != words {
			a.tell(evQuarantined, crit, u.name, "%s is not started again: %s", u.name, words)
		}
		return
	}
	err := a.launch(ctx, u)
	if err == nil {
		a.tell(evRestarted, warn, u.name, "%s was started again", u.name)
		return
	}
	u.mu.Lock()
	u.tries = tries + 1
	u.retry = time.Now().Add(min(retryMin<<min(tries, 10), retryMax))
	u.mu.Unlock()
	if words := reasonOf(err); words != told {
		a.tell(evFailed, warn, u.name, "%s cannot be started: %s", u.name, words)
	}
}

// wantStopped remembers that a program should not run.
func (a *Agent) wantStopped(u *unit) {
	u.mu.Lock()
	u.want.Desired = wantStopped
	u.mu.Unlock()
	if err := a.save(); err != nil {
		a.log.Error("what should run is not remembered", "err", err)
	}
}
