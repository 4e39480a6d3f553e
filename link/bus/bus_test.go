package bus_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/bus"
	"github.com/adit-mining/adit/link/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T) *bus.Embedded {
	t.Helper()
	e, err := bus.Open(bus.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestRequestReply(t *testing.T) {
	e := open(t)
	hub := must(e.Hub())(t)
	rig := must(e.Agent("rig1", bus.Control))(t)
	must(rig.Subscribe(wire.OrderSubject("rig1"), func(m bus.Msg) {
		if err := m.Reply(append([]byte("did "), m.Data...)); err != nil {
			t.Error(err)
		}
	}))(t)
	for i := range 3 {
		got := must(hub.Request(soon(t), wire.OrderSubject("rig1"), fmt.Append(nil, i)))(t)
		if string(got) != fmt.Sprintf("did %d", i) {
			t.Errorf("answer %d is %q", i, got)
		}
	}
	// The same the other way round, on the telemetry channel.
	must(hub.Subscribe(wire.AllFrame, func(m bus.Msg) { _ = m.Reply([]byte(m.Subject)) }))(t)
	tel := must(e.Agent("rig1", bus.Telemetry))(t)
	if got := must(tel.Request(soon(t), wire.FrameSubject("rig1"), nil))(t); string(got) != wire.FrameSubject("rig1") {
		t.Errorf("the hub saw subject %q", got)
	}
}

func TestNobodyListens(t *testing.T) {
	hub := must(open(t).Hub())(t)
	if _, err := hub.Request(soon(t), wire.OrderSubject("rig1"), nil); adit.CodeOf(err) != adit.Unreachable {
		t.Errorf("got %v, want unreachable", err)
	}
}

func TestContextHonoured(t *testing.T) {
	e := open(t)
	hub, rig := must(e.Hub())(t), must(e.Agent("rig1", bus.Control))(t)
	heard := make(chan struct{}, 2)
	must(rig.Subscribe(wire.OrderSubject("rig1"), func(bus.Msg) { heard <- struct{}{} }))(t)

	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-heard; cancel() }()
	if _, err := hub.Request(ctx, wire.OrderSubject("rig1"), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := hub.Request(ctx, wire.OrderSubject("rig1"), nil); adit.CodeOf(err) != adit.Timeout || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("deadline: got %v", err)
	}
}

// An agent may neither speak for another rig, nor listen to it, nor give itself orders, nor forge answers.
func TestSpoofRefused(t *testing.T) {
	e := open(t)
	hub := must(e.Hub())(t)
	got := make(chan string, 100)
	for _, s := range []string{wire.AllAlive, wire.AllFrame, wire.AllHello} {
		must(hub.Subscribe(s, func(m bus.Msg) {
			got <- m.Subject
			if m.Reply != nil {
				_ = m.Reply(nil)
			}
		}))(t)
	}
	control, tele := must(e.Agent("mallory", bus.Control))(t), must(e.Agent("mallory", bus.Telemetry))(t)
	for _, c := range []bus.Conn{control, tele} {
		for _, s := range []string{wire.AliveSubject("alice"), wire.FrameSubject("alice"), wire.OrderSubject("mallory"), wire.OrderSubject("alice"), "_INBOX.x", "adit.v1.other"} {
			if _, err := c.Request(soon(t), s, nil); adit.CodeOf(err) != adit.Forbidden {
				t.Errorf("request %s: got %v, want forbidden", s, err)
			}
		}
		for _, s := range []string{wire.OrderSubject("alice"), wire.AllAlive, "adit.>", ">", "*.>", "_INBOX.>", "_INBOX_*.>"} {
			if _, err := c.Subscribe(s, func(m bus.Msg) { t.Errorf("mallory heard %s", m.Subject) }); adit.CodeOf(err) != adit.Forbidden {
				t.Errorf("subscribe %s: got %v, want forbidden", s, err)
			}
		}
	}
	if err := control.Publish(wire.AliveSubject("mallory"), nil); err != nil {
		t.Fatal(err)
	}
	if s := <-got; s != wire.AliveSubject("mallory") {
		t.Errorf("the hub heard %s", s)
	}
	for _, bad := range []adit.RigID{"", "a.b", "*", ">", "a b", "A"} {
		if _, err := e.Agent(bad, bus.Control); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("rig %q: got %v, want invalid", bad, err)
		}
	}
}

func TestMessageLimit(t *testing.T) {
	tele := must(open(t).Agent("rig1", bus.Telemetry))(t)
	_, err := tele.Request(soon(t), wire.FrameSubject("rig1"), make([]byte, wire.MaxFrame+8192))
	if adit.CodeOf(err) != adit.Invalid {
		t.Errorf("got %v, want invalid", err)
	}
}

func TestStartKeepsOrder(t *testing.T) {
	e := open(t)
	hub, tele := must(e.Hub())(t), must(e.Agent("rig1", bus.Telemetry))(t)
	var seen []byte
	must(hub.Subscribe(wire.AllFrame, func(m bus.Msg) {
		seen = append(seen, m.Data...)
		_ = m.Reply(m.Data)
	}))(t)
	var under []bus.Pending
	for i := range 100 {
		under = append(under, must(tele.(bus.Starter).Start(wire.FrameSubject("rig1"), []byte{byte(i)}))(t))
	}
	for i, p := range under {
		if got := must(p.Wait(soon(t)))(t); len(got) != 1 || int(got[0]) != i {
			t.Errorf("answer %d is %v", i, got)
		}
	}
	for i, b := range seen {
		if int(b) != i {
			t.Fatalf("request %d arrived as number %d", b, i)
		}
	}
}

func TestCancelAndClose(t *testing.T) {
	e := open(t)
	hub, rig := must(e.Hub())(t), must(e.Agent("rig1", bus.Control))(t)
	cancel := must(rig.Subscribe(wire.OrderSubject("rig1"), func(m bus.Msg) { _ = m.Reply(nil) }))(t)
	must(hub.Request(soon(t), wire.OrderSubject("rig1"), nil))(t)
	cancel()
	cancel() // twice is fine
	if err := rig.Close(); err != nil {
		t.Fatal(err)
	}
	if err := rig.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := hub.Request(soon(t), wire.OrderSubject("rig1"), nil); adit.CodeOf(err) != adit.Unreachable {
		t.Errorf("after Close: got %v, want unreachable", err)
	}
	if err := rig.Publish(wire.AliveSubject("rig1"), nil); adit.CodeOf(err) != adit.Unreachable {
		t.Errorf("publish after Close: got %v, want unreachable", err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := hub.Request(soon(t), wire.OrderSubject("rig1"), nil); adit.CodeOf(err) != adit.Unreachable {
		t.Errorf("after the server's Close: got %v, want unreachable", err)
	}
}

func BenchmarkRequest(b *testing.B) {
	e, err := bus.Open(bus.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	hub, _ := e.Hub()
	rig, _ := e.Agent("rig1", bus.Control)
	if _, err := rig.Subscribe(wire.OrderSubject("rig1"), func(m bus.Msg) { _ = m.Reply(m.Data) }); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := hub.Request(b.Context(), wire.OrderSubject("rig1"), []byte("x")); err != nil {
			b.Fatal(err)
		}
	}
}
