package agent

import (
	"context"
	"errors"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/consent"
	"github.com/adit-mining/adit/link/wire"
)

// The owner's orders about this computer as a whole. What takes a permission away holds whether or not it can be
// recorded: a full disk must never be a reason to go on mining. Such an order fails as Refused, by the disk, because the
// words of Internal errors are kept from people.

// records writes the files that the agent keeps; tests put a full disk in its place.
type records struct {
	desired func(path string, d desired) error
	pause   func(path string, by adit.Actor, until *time.Time, now time.Time) error
	revoke  func(path string, by adit.Actor, at time.Time) error
}

var onDisk = records{writeDesired, consent.Pause, consent.Revoke}

// unwritten is what the owner ordered and the disk did not take; it ends with this process.
type unwritten struct {
	pause   *wire.Pause // nil = none
	by      adit.Actor
	retry   time.Time // of writing the pause
	revoked bool
}

const rewriteEvery = 10 * time.Second

func (a *Agent) pause(ctx context.Context, o wire.Order) (any, error) {
	p, err := args[wire.PauseArgs](o)
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	err = a.records.pause(a.pauseFile(), actor(o), p.Until, now)
	if err != nil && adit.CodeOf(err) != adit.Internal {
		return nil, err // the order is wrong
	}
	a.mu.Lock()
	a.unwritten.pause = nil
	if err != nil {
		a.unwritten.pause = &wire.Pause{Paused: true, Since: &now, Until: p.Until, By: o.Actor, Reason: consent.ReasonUser}
		a.unwritten.by, a.unwritten.retry = actor(o), now.Add(rewriteEvery)
	}
	a.mu.Unlock()
	unheard := a.look(ctx)
	if err != nil {
		err = adit.Errorf(adit.Refused, "mining is paused, but that could not be recorded and lasts only as long as this adit runs: %w", err)
	}
	return nil, errors.Join(err, unheard)
}

func (a *Agent) resume(ctx context.Context, o wire.Order) (any, error) {
	if err := consent.Resume(a.pauseFile()); err != nil {
		return nil, err
	}
	a.mu.Lock()
	a.unwritten.pause = nil
	a.mu.Unlock()
	return nil, a.look(ctx)
}

// unwrittenPause is a pause in force that is in no file, so that no shim knows of it; nil = there is none.
func (a *Agent) unwrittenPause() *wire.Pause {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.unwritten.pause
	if p != nil && p.Until != nil && !time.Now().Before(*p.Until) {
		a.unwritten.pause, p = nil, nil
	}
	return p
}

// rewrite tries again to record a pause.
func (a *Agent) rewrite() {
	p := a.unwrittenPause()
	if p == nil {
		return
	}
	a.mu.Lock()
	by, now := a.unwritten.by, time.Now()
	due := !now.Before(a.unwritten.retry)
	if due {
		a.unwritten.retry = now.Add(rewriteEvery)
	}
	a.mu.Unlock()
	if !due || a.records.pause(a.pauseFile(), by, p.Until, *p.Since) != nil {
		return
	}
	a.mu.Lock()
	if a.unwritten.pause == p {
		a.unwritten.pause = nil
	}
	a.mu.Unlock()
	a.tell(evAgent, info, "", "the pause is recorded now")
}

func (a *Agent) grant(ctx context.Context, o wire.Order) (any, error) {
	c, err := args[wire.ConsentArgs](o)
	if err != nil {
		return nil, err
	}
	if !a.o.LocalHub {
		return nil, adit.Errorf(adit.Forbidden, "consent is given on the computer that mines: run `adit consent grant` there")
	}
	if err := consent.Grant(a.consentFile(), adit.Actor{ID: c.By, Name: c.By, Via: c.Via}, c.Via, time.Now()); err != nil {
		return nil, err
	}
	a.mu.Lock()
	a.unwritten.revoked = false
	a.mu.Unlock()
	return nil, a.look(ctx)
}

func (a *Agent) revoke(ctx context.Context, o wire.Order) (any, error) {
	if !a.o.LocalHub {
		return nil, adit.Errorf(adit.Forbidden, "consent is withdrawn on the computer that mines; from afar, pause it or stop its programs")
	}
	err := a.records.revoke(a.consentFile(), actor(o), time.Now())
	if err != nil && adit.CodeOf(err) != adit.Internal {
		return nil, err
	}
	if err == nil && consent.Read(a.consentFile()).By != "" {
		return nil, a.look(ctx) // the shims read it and end their programs
	}
	// The record is gone instead of rewritten, or still there: nothing may go on that looks at the old one.
	a.mu.Lock()
	a.unwritten.revoked = err != nil
	a.mu.Unlock()
	if err != nil {
		err = adit.Errorf(adit.Refused, "mining is stopped and not allowed any more, but that could not be recorded: make room, then withdraw it again: %w", err)
	}
	defer func() {
		if err := a.save(); err != nil { // no consent, no start: what is on record does no harm
			a.log.WarnContext(ctx, "what should run is not recorded", "err", err)
		}
	}()
	return nil, errors.Join(err, a.stopAll(ctx, AllPrograms, "mining is not allowed any more"), a.look(ctx))
}

// consent is the owner's permission: the record's, unless it was withdrawn and the record could not be changed.
func (a *Agent) consent() consent.Consent {
	a.mu.Lock()
	revoked := a.unwritten.revoked
	a.mu.Unlock()
	if revoked {
		return consent.Consent{Version: consent.Version, Words: "mining is not allowed on this computer: withdrawn, but that could not be recorded"}
	}
	return consent.Read(a.consentFile())
}
