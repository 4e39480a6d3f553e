package command

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
)

// order is one command on its way; shown is its arguments without secrets.
type order struct {
	verb   wire.Verb
	target Target
	args   any
	shown  any
	within time.Duration
}

// carry writes an order down, sends it, takes the outcome back and writes that down. The actor was checked before.
func (s *Service) carry(ctx context.Context, actor adit.Actor, o order) (json.RawMessage, error) {
	if err := o.target.check(); err != nil {
		return nil, err
	}
	now := s.o.Now()
	w := wire.Order{
		ID: adit.NewID(), Verb: o.verb, Device: o.target.Name, Actor: actor.Name, Via: actor.Via,
		Deadline: now.Add(o.within), Fence: s.o.Fence,
	}
	var err error
	if w.Args, err = rawOrNil(o.args); err != nil {
		return nil, err
	}
	shown := o.shown
	if shown == nil {
		shown = o.args
	}
	args, err := rawOrNil(shown)
	if err != nil {
		return nil, err
	}
	row := row{ID: w.ID, Verb: string(o.verb), Target: o.target.id(), Args: string(args), Actor: actor.ID, Created: now, Deadline: w.Deadline}
	if err := insert(ctx, s.o.DB, row); err != nil {
		if !stops(o.verb) {
			return nil, err
		}
		s.o.Log.ErrorContext(ctx, "an order was not written down; it is sent all the same, for it only stops", "verb", o.verb, "err", err)
	}
	out := s.send(ctx, o, w)
	s.close(ctx, actor, o, w.ID, out)
	return out.Result, out.Err()
}

// stops reports whether an order only ends mining: that must work on a full disk too.
func stops(v wire.Verb) bool {
	return v == wire.VerbStop || v == wire.VerbPause || v == wire.VerbConsentRevoke
}

// send asks the agent; what keeps it from answering becomes an outcome too.
func (s *Service) send(ctx context.Context, o order, w wire.Order) wire.Outcome {
	data, err := wire.Marshal(w)
	if err != nil {
		return wire.Fail(w.ID, err)
	}
	sctx, cancel := context.WithTimeout(ctx, o.within+grace)
	defer cancel()
	answer, err := s.o.Bus.Request(sctx, wire.OrderSubject(o.target.Rig), data)
	if err != nil {
		return wire.Fail(w.ID, s.noAnswer(ctx, o.target, err))
	}
	out, err := wire.Unmarshal[wire.Outcome](answer)
	if err != nil || out.ID != w.ID {
		return wire.Fail(w.ID, adit.Errorf(adit.Internal, "the agent's answer cannot be read: is it of this version of adit?"))
	}
	return out
}

// noAnswer says which agent did not answer.
func (s *Service) noAnswer(ctx context.Context, t Target, err error) error {
	name := "that computer"
	for _, r := range s.o.Inventory.All() {
		if r.ID == t.Rig && r.Name != "" {
			name = r.Name
		}
	}
	switch {
	case ctx.Err() != nil:
		return adit.Errorf(adit.Timeout, "the request ended before the agent on %s answered; the order may still be carried out", name)
	case errors.Is(err, context.DeadlineExceeded), adit.CodeOf(err) == adit.Timeout:
		return adit.Errorf(adit.Timeout, "the agent on %s did not answer in time", name)
	case adit.CodeOf(err) == adit.Unreachable:
		return adit.Errorf(adit.Unreachable, "the agent on %s does not answer", name)
	}
	return err
}

// close writes the outcome down. The order was carried out (or not) whatever happens here, so a failure is logged only.
func (s *Service) close(ctx context.Context, actor adit.Actor, o order, id string, out wire.Outcome) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := finish(ctx, s.o.DB, id, out, s.o.Now())
	severity, text := "info", string(o.verb)+": done"
	if out.Code != "" {
		severity, text = "warn", string(o.verb)+": "+out.Reason
	}
	data := map[string]string{"order": id, "via": actor.Via}
	if out.Code != "" {
		data["code"] = string(out.Code)
	}
	err = errors.Join(err, s.o.Journal.Note(ctx, actor, "order."+string(o.verb), severity, o.target.id(), text, data))
	if err != nil {
		s.o.Log.ErrorContext(ctx, "what became of an order was not written down", "order", id, "verb", o.verb, "err", err)
	}
}

func rawOrNil(v any) (json.RawMessage, error) {
	if v == nil {
		return nil, nil
	}
	return json.Marshal(v)
}

// ask puts a question to the agent of a target and decodes its answer.
func ask[T any](ctx context.Context, s *Service, t Target, q wire.Query) (out T, err error) {
	if err := t.check(); err != nil {
		return out, err
	}
	q.Device = t.Name
	data, err := wire.Marshal(q)
	if err != nil {
		return out, err
	}
	qctx, cancel := context.WithTimeout(ctx, queryWithin)
	defer cancel()
	b, err := s.o.Bus.Request(qctx, wire.QuerySubject(t.Rig), data)
	if err != nil {
		return out, s.noAnswer(ctx, t, err)
	}
	a, err := wire.Unmarshal[wire.Answer](b)
	switch {
	case err != nil:
		return out, adit.Errorf(adit.Internal, "the agent's answer cannot be read: is it of this version of adit?")
	case a.Code != "":
		return out, a.Err()
	}
	if err := json.Unmarshal(a.Result, &out); err != nil {
		return out, adit.Errorf(adit.Internal, "the agent's answer cannot be read: is it of this version of adit?")
	}
	return out, nil
}
