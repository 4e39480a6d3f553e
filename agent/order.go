package agent

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/wording"
	"github.com/adit-mining/adit/link/bus"
	"github.com/adit-mining/adit/link/wire"
)

const (
	orderPatience = 30 * time.Second // for an order without a deadline
	orderMemory   = 1024             // outcomes kept, so that an order sent twice is carried out once
	ordersAtOnce  = 16
)

// urgent orders end mining. They are never refused because others are under way, nor for a disk that takes no record.
var urgent = map[wire.Verb]bool{wire.VerbStop: true, wire.VerbPause: true, wire.VerbConsentRevoke: true}

// ledger remembers orders by their ID.
type ledger struct {
	mu    sync.Mutex
	known map[string]*entry
	aged  []string
}

// entry is one order; done is closed when its outcome is there.
type entry struct {
	done    chan struct{}
	outcome wire.Outcome
}

// begin returns the entry of an order and whether the caller is the one to carry it out.
func (l *ledger) begin(id string) (e *entry, first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.known[id]; ok {
		return e, false
	}
	if l.known == nil {
		l.known = map[string]*entry{}
	}
	e = &entry{done: make(chan struct{})}
	l.known[id] = e
	l.aged = append(l.aged, id)
	if len(l.aged) > orderMemory {
		delete(l.known, l.aged[0])
		l.aged = slices.Delete(l.aged, 0, 1)
	}
	return e, true
}

// takeOrder is called by the bus for each order; orders do not wait for one another.
func (a *Agent) takeOrder(m bus.Msg) {
	o, err := wire.Unmarshal[wire.Order](m.Data)
	if err == nil && o.ID == "" {
		err = adit.InvalidField("id", "an order needs an id")
	}
	if err != nil {
		a.reply(m, wire.Fail(o.ID, err))
		return
	}
	if a.run.Err() != nil {
		a.reply(m, wire.Fail(o.ID, adit.Errorf(adit.Unreachable, "the agent ends")))
		return
	}
	if urgent[o.Verb] {
		a.loops.Go(func() { a.reply(m, a.carryOut(a.run, o)) })
		return
	}
	select {
	case a.slots <- struct{}{}:
	default:
		a.reply(m, wire.Fail(o.ID, adit.Errorf(adit.Unreachable, "the agent is busy with %d other orders", ordersAtOnce)))
		return
	}
	a.loops.Go(func() {
		defer func() { <-a.slots }()
		a.reply(m, a.carryOut(a.run, o))
	})
}

// carryOut does an order once; the same ID again gets the same outcome.
func (a *Agent) carryOut(ctx context.Context, o wire.Order) wire.Outcome {
	e, first := a.ledger.begin(o.ID)
	if !first {
		select {
		case <-e.done:
			return e.outcome
		case <-ctx.Done():
			return wire.Fail(o.ID, adit.Errorf(adit.Unreachable, "the agent ends"))
		}
	}
	defer close(e.done)
	e.outcome = wire.Outcome{ID: o.ID}
	result, err := a.obey(ctx, o)
	if err == nil && result != nil {
		e.outcome.Result, err = json.Marshal(result)
	}
	if err != nil {
		e.outcome = wire.Fail(o.ID, err)
	}
	a.log.DebugContext(ctx, "order", "id", o.ID, "verb", o.Verb, "device", o.Device, "actor", o.Actor, "code", e.outcome.Code)
	return e.outcome
}

func (a *Agent) obey(ctx context.Context, o wire.Order) (any, error) {
	patience := orderPatience
	if !o.Deadline.IsZero() {
		if patience = time.Until(o.Deadline); patience <= 0 {
			return nil, adit.Errorf(adit.Timeout, "the order came %s after its deadline and was not carried out", wording.Length(-patience))
		}
	}
	if err := a.checkFence(ctx, o); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	do, ok := verbs[o.Verb]
	if !ok {
		return nil, adit.Errorf(adit.Unsupported, "this agent (adit %s) knows no order %q", adit.Version, o.Verb)
	}
	defer a.poke()
	return do(a, ctx, o)
}

// checkFence refuses the orders of a hub that has lost its lock to another.
func (a *Agent) checkFence(ctx context.Context, o wire.Order) error {
	fence := o.Fence
	a.mu.Lock()
	highest := a.fence
	a.fence = max(a.fence, fence)
	a.mu.Unlock()
	switch {
	case fence < highest:
		return adit.Errorf(adit.Conflict, "the order comes from a hub that is no longer in charge (its number is %d, %d was seen)", fence, highest)
	case fence > highest:
		err := a.save()
		if err != nil && urgent[o.Verb] {
			a.log.WarnContext(ctx, "the hub's number is not recorded", "err", err)
			return nil
		}
		return err
	}
	return nil
}

// args reads an order's arguments.
func args[T any](o wire.Order) (T, error) {
	var v T
	if len(o.Args) == 0 {
		return v, nil
	}
	if err := json.Unmarshal(o.Args, &v); err != nil {
		return v, adit.InvalidField("args", "not the arguments of %q: %v", o.Verb, err)
	}
	return v, nil
}

func (a *Agent) reply(m bus.Msg, v any) {
	if m.Reply == nil {
		return
	}
	b, err := wire.Marshal(v)
	if err == nil {
		err = m.Reply(b)
	}
	if err != nil {
		a.log.Warn("an answer could not be sent", "subject", m.Subject, "err", err)
	}
}
