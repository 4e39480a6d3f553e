package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/telemetry/view"
	"github.com/adit-mining/adit/link/bus"
	"github.com/adit-mining/adit/link/wire"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

// frame is a message of the feed, as a browser reads it.
type frame struct {
	T     string                     `json:"t"`
	Seq   uint64                     `json:"seq"`
	State map[string]json.RawMessage `json:"state"`
	Set   map[string]json.RawMessage `json:"set"`
	Del   []string                   `json:"del"`
}

// browser applies frames as the web app does.
type browser struct {
	seq   uint64
	state map[string]json.RawMessage
}

func (b *browser) take(t *testing.T, raw []byte) {
	t.Helper()
	var f frame
	if err := json.Unmarshal(raw, &f); err != nil {
		t.Fatalf("a frame is no JSON: %v: %s", err, raw)
	}
	switch {
	case f.T == "snapshot":
		b.state = f.State
	case f.T != "delta" || f.Seq != b.seq+1:
		t.Fatalf("frame %q %d came after %d", f.T, f.Seq, b.seq)
	}
	b.seq = f.Seq
	for k, v := range f.Set {
		b.state[k] = v
	}
	for _, k := range f.Del {
		delete(b.state, k)
	}
}

func TestFeedIsSharedAndWhole(t *testing.T) {
	c := newClock()
	h := openHouse(t, sqltest.Open(t, sqltest.SQLite(t)), openSeries(t, c), c, &book{})
	a := newSim(t)
	a.hello(h)
	a.deliver(h, a.announce(1, a.columns("m")...))
	a.deliver(h, a.facts(a.minerFacts("m", c.now())))
	first, err := h.Subscribe(context.Background(), owner)
	if err != nil {
		t.Fatal(err)
	}
	second, err := h.Subscribe(context.Background(), owner)
	if err != nil {
		t.Fatal(err)
	}
	var one, two browser
	one.take(t, <-first.Frames)
	two.take(t, <-second.Frames)
	for i := range 5 {
		c.add(time.Second)
		a.deliver(h, a.batch(c.now(), float64(i), 1, 0, 1))
		h.tick()
		x, y := <-first.Frames, <-second.Frames
		if &x[0] != &y[0] {
			t.Error("two browsers get two copies of a frame")
		}
		one.take(t, x)
		two.take(t, y)
	}
	c.add(time.Second)
	h.tick()
	select {
	case f := <-first.Frames:
		t.Errorf("a frame came though nothing changed: %s", f)
	default:
	}
	third, err := h.Subscribe(context.Background(), owner)
	if err != nil {
		t.Fatal(err)
	}
	var late browser
	late.take(t, <-third.Frames)
	if fmt.Sprint(late.state) != fmt.Sprint(one.state) || late.seq != one.seq {
		t.Error("deltas and a snapshot do not lead to the same state")
	}
	c.add(heartbeatEvery)
	h.inv.Heard(testRig)
	h.tick()
	f := <-first.Frames
	if !bytes.Contains(f, []byte(view.KeyOverview)) {
		t.Errorf("no sign of life: %s", f)
	}
	first.Close()
	first.Close()
	if _, open := <-first.Frames; open {
		t.Error("a closed subscription goes on")
	}
	second.Close()
	third.Close()
	if _, err := h.Subscribe(context.Background(), adit.Actor{}); adit.CodeOf(err) != adit.Unauthorized {
		t.Errorf("nobody may listen: %v", err)
	}
}

// wires is a bus of one process for one test.
type wires struct {
	handlers map[string]func(bus.Msg)
}

func (w *wires) Publish(string, []byte) error { return nil }
func (w *wires) Request(context.Context, string, []byte) ([]byte, error) {
	return nil, adit.Errorf(adit.Unreachable, "nobody")
}
func (w *wires) Subscribe(subject string, h func(bus.Msg)) (func(), error) {
	w.handlers[subject] = h
	return func() { delete(w.handlers, subject) }, nil
}
func (w *wires) Close() error { return nil }

// TestRun drives the loops in virtual time: frames go out, cursors move, the end is clean.
func TestRun(t *testing.T) {
	c := newClock()
	db, series := sqltest.Open(t, sqltest.SQLite(t)), openSeries(t, c)
	h := openHouse(t, db, series, c, &book{})
	w := &wires{handlers: map[string]func(bus.Msg){}}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx, w) }()
	sub, err := h.Subscribe(ctx, owner)
	if err != nil {
		t.Fatal(err)
	}
	a := newSim(t)
	a.hello(h)
	a.deliver(h, a.announce(1, a.columns("m")...))
	a.deliver(h, a.facts(a.minerFacts("m", c.now())))
	a.deliver(h, a.batch(c.now(), 1000, 1, 0, 1))
	var b browser
	deadline := time.After(10 * time.Second)
	for b.state["device/rig1/m"] == nil {
		select {
		case f := <-sub.Frames:
			b.take(t, f)
		case <-deadline:
			t.Fatal("the loop sends no frame")
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	for range sub.Frames { //nolint:revive // it must end
	}
	if len(w.handlers) != 0 {
		t.Errorf("still listening: %v", w.handlers)
	}
	if h2 := openHouse(t, db, series, c, &book{}); h2.streams[testRig].acked != a.seq {
		t.Errorf("the end made %d of %d frames durable", h2.streams[testRig].acked, a.seq)
	}
}

// TestTicks counts frames in virtual time.
func TestTicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second+time.Millisecond)
		defer cancel()
		n := 0
		if err := every(ctx, tickEvery, func() { n++ }); err != nil || n != 10 {
			t.Errorf("%d ticks in ten seconds, %v", n, err)
		}
	})
}

// FuzzFrame: whatever an agent sends, the hub lives and goes on with the next frame.
func FuzzFrame(f *testing.F) {
	a := newSim(nil)
	for _, fr := range []wire.Frame{
		a.announce(1, a.columns("m")...), a.facts(a.minerFacts("m", time.Unix(0, 0))), a.batch(time.Unix(1, 0), 1, 2, 3, 4), a.event(time.Unix(2, 0), "k", "t"),
	} {
		b, err := fr.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	c := newClock()
	db := sqltest.Open(f, sqltest.SQLite(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		h := openHouse(t, db, nil, c, &book{})
		h.o.Series = noSeries{}
		h.onFrame(context.Background(), bus.Msg{Subject: wire.FrameSubject(testRig), Data: data})
		h.onHello(context.Background(), bus.Msg{Subject: wire.HelloSubject(testRig), Data: data})
		h.onAlive(context.Background(), bus.Msg{Subject: wire.AliveSubject(testRig), Data: data})
		h.state()
	})
}
