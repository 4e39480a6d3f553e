package telemetry

import (
	"context"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/bus"
	"github.com/adit-mining/adit/link/wire"
)

// hubName is how the hub introduces itself.
const hubName = "adit " // with its version

// listen subscribes to what agents say; the returned function ends it.
func (s *Service) listen(ctx context.Context, conn bus.Conn) (stop func(), err error) {
	var cancels []func()
	stop = func() {
		for _, c := range cancels {
			c()
		}
	}
	for _, l := range []struct {
		subject string
		on      func(context.Context, bus.Msg)
	}{
		{wire.AllAlive, s.onAlive}, {wire.AllFrame, s.onFrame}, {wire.AllHello, s.onHello}, // hello last: frames follow at once
	} {
		cancel, err := conn.Subscribe(l.subject, func(m bus.Msg) { l.on(ctx, m) })
		if err != nil {
			stop()
			return nil, err
		}
		cancels = append(cancels, cancel)
	}
	return stop, nil
}

// onHello answers an agent's first word with how far its frames are held.
func (s *Service) onHello(ctx context.Context, m bus.Msg) {
	h, err := wire.Unmarshal[wire.Hello](m.Data)
	w := wire.Welcome{Version: wire.Version, Hub: hubName + adit.Version}
	if err == nil {
		w.Refused = s.refuse(h, m.Subject)
	} else {
		w.Refused = "the hello cannot be read"
	}
	if w.Refused == "" {
		if err := s.o.Inventory.Met(ctx, h); err != nil {
			s.o.Log.WarnContext(ctx, "a rig could not be written down", "rig", h.Rig, "err", err)
		}
		w.Acked = s.greet(h)
	} else {
		s.o.Log.WarnContext(ctx, "an agent was refused", "subject", m.Subject, "why", w.Refused)
	}
	s.reply(m, w)
}

// refuse says why an agent is not welcome, "" where it is. The bus lets an agent speak only on its own subjects; that
// the message says the same is checked here.
func (s *Service) refuse(h wire.Hello, subject string) string {
	switch {
	case !wire.ValidRig(h.Rig) || wire.HelloSubject(h.Rig) != subject:
		return "the hello names another rig than its connection"
	case h.Version < wire.MinVersion:
		return "this agent is too old for this hub: update adit on that computer"
	case h.Version > wire.Version:
		return "this agent is newer than the hub: update adit here"
	case h.Epoch == "" || len(h.Epoch) > 64 || len(h.Name) > 256 || len(h.Hostname) > 256 || len(h.OS) > 64 || len(h.Arch) > 64 || len(h.Program) > 64:
		return "the hello is incomplete or too long"
	}
	return ""
}

// onAlive notes that an agent lives, and how far its clock is from the hub's.
func (s *Service) onAlive(_ context.Context, m bus.Msg) {
	a, err := wire.Unmarshal[wire.Alive](m.Data)
	if err != nil || !wire.ValidRig(a.Rig) || wire.AliveSubject(a.Rig) != m.Subject {
		return
	}
	s.o.Inventory.Heard(a.Rig)
	s.mu.Lock()
	defer s.mu.Unlock()
	if st := s.streams[a.Rig]; st != nil {
		st.skew = s.o.Now().Sub(a.At)
	}
}

// onFrame takes one frame in and says how far frames are held.
func (s *Service) onFrame(ctx context.Context, m bus.Msg) {
	f, err := wire.DecodeFrame(m.Data)
	if err != nil || wire.FrameSubject(f.Rig) != m.Subject {
		s.o.Log.WarnContext(ctx, "a frame cannot be read", "subject", m.Subject, "bytes", len(m.Data), "err", err)
		return
	}
	s.o.Inventory.Heard(f.Rig)
	s.reply(m, s.take(ctx, f))
}

func (s *Service) reply(m bus.Msg, v any) {
	if m.Reply == nil {
		return
	}
	b, err := wire.Marshal(v)
	if err == nil {
		err = m.Reply(b)
	}
	if err != nil {
		s.o.Log.Debug("an answer to an agent was not sent", "subject", m.Subject, "err", err)
	}
}
