package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/consent"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/bus"
	"github.com/adit-mining/adit/link/wire"
)

func TestMain(m *testing.M) {
	helper()
	goleak.VerifyTestMain(m)
}

// rig is an agent under test with everything around it faked: hub, supervisor, driver.
type rig struct {
	t    *testing.T
	dir  string
	hub  *fakeHub
	sup  *fakeSup
	prog *fakeDriver
	disk disk
	a    *Agent
	end  func() // ends Run, waits, closes
}

// inRig runs a test in virtual time.
func inRig(t *testing.T, f func(r *rig)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, dir: dir, hub: newFakeHub(t), sup: &fakeSup{dir: dir, started: map[string]int{}}, prog: newFakeDriver()}
		f(r)
		if r.end != nil {
			r.end()
		}
	})
}

// up starts the agent and waits until it has nothing to do.
func (r *rig) up(change ...func(*Options)) *rig {
	r.t.Helper()
	reg := new(device.Registry)
	reg.Add(fakeHost, r.prog.driver())
	o := Options{Dir: r.dir, Exe: "/bin/adit", Registry: reg, Control: r.hub, Telemetry: r.hub, Root: r.dir, LocalHub: true,
		Log: slog.New(slog.DiscardHandler)}
	for _, c := range change {
		c(&o)
	}
	a, err := New(o)
	if err != nil {
		r.t.Fatal(err)
	}
	a.sup, a.records = r.sup, r.disk.records()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	r.a = a
	r.end = func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("Run: %v", err)
		}
		if err := a.Close(); err != nil {
			r.t.Error(err)
		}
		r.end = nil
	}
	r.pass(100 * time.Millisecond)
	return r
}

// pass lets virtual time go by and everything come to rest.
func (r *rig) pass(d time.Duration) {
	<-time.After(d) // in virtual time
	synctest.Wait()
}

func (r *rig) consent() *rig {
	r.t.Helper()
	if err := consent.Grant(filepath.Join(r.dir, "consent.json"), adit.LocalOwner("test"), consent.ViaFlag, time.Now()); err != nil {
		r.t.Fatal(err)
	}
	return r
}

// order gives an order and returns its outcome.
func (r *rig) order(verb wire.Verb, name string, args any) wire.Outcome {
	r.t.Helper()
	return r.send(wire.Order{ID: adit.NewID(), Verb: verb, Device: name, Args: raw(r.t, args), Actor: "owner", Via: "test"})
}

func (r *rig) send(o wire.Order) wire.Outcome {
	r.t.Helper()
	b := r.hub.ask(wire.OrderSubject(r.a.Rig()), raw(r.t, o))
	out, err := wire.Unmarshal[wire.Outcome](b)
	if err != nil {
		r.t.Fatal(err)
	}
	if out.ID != o.ID {
		r.t.Errorf("the outcome is of %q, the order was %q", out.ID, o.ID)
	}
	synctest.Wait()
	return out
}

func (r *rig) ok(o wire.Outcome) wire.Outcome {
	r.t.Helper()
	if err := o.Err(); err != nil {
		r.t.Fatal(err)
	}
	return o
}

func (r *rig) refused(o wire.Outcome, code adit.Code, words string) {
	r.t.Helper()
	if o.Code != code || !strings.Contains(o.Reason, words) {
		r.t.Errorf("got %q %q, want %q with %q", o.Code, o.Reason, code, words)
	}
}

var somePool = []device.Pool{{URL: "stratum+tcp://127.0.0.1:3333", User: "x"}}

func (r *rig) startProgram(name string) {
	r.t.Helper()
	r.ok(r.order(wire.VerbStart, "", wire.StartArgs{Driver: "fake", Name: name, Pools: somePool}))
	r.pass(3 * time.Second)
}

// facts returns the last facts of a device.
func (r *rig) facts(name string) wire.DeviceFacts {
	r.t.Helper()
	f, ok := r.hub.facts(r.a.Rig().Device(name))
	if !ok {
		r.t.Fatalf("the hub knows nothing of %s", name)
	}
	return f
}

func (r *rig) work(name, work string) {
	r.t.Helper()
	if f := r.facts(name); f.Work != work {
		r.t.Errorf("%s is %q (%s), want %q", name, f.Work, f.Reason, work)
	}
}

func (r *rig) desired(name string) string {
	r.t.Helper()
	d, err := readDesired(desiredFile(r.dir))
	if err != nil {
		r.t.Fatal(err)
	}
	for _, w := range d.Wants {
		if w.Args.Name == name {
			return w.Desired
		}
	}
	return ""
}

func raw(t *testing.T, v any) []byte {
	t.Helper()
	if v == nil {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// fakeHub is both of the agent's connections and a hub that believes numbers only.
type fakeHub struct {
	t *testing.T

	mu     sync.Mutex
	subs   map[string]func(bus.Msg)
	down   bool
	lag    uint64 // the newest so many frames are taken and not yet held
	seen   map[string]uint64
	resend bool
	acked  map[string]uint64
	frames []wire.Frame
	known  map[uint32][]wire.Column
	hellos int
	alive  int
	waits  chan struct{}
}

// news returns a channel that is closed when something arrives; tell closes it.
func (h *fakeHub) news() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.waits == nil {
		h.waits = make(chan struct{})
	}
	return h.waits
}

func (h *fakeHub) tell() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.waits != nil {
		close(h.waits)
		h.waits = nil
	}
}

func newFakeHub(t *testing.T) *fakeHub {
	return &fakeHub{t: t, subs: map[string]func(bus.Msg){}, acked: map[string]uint64{}, seen: map[string]uint64{}, known: map[uint32][]wire.Column{}}
}

var errDown = adit.Errorf(adit.Unreachable, "the hub is down")

func (h *fakeHub) Publish(subject string, _ []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.down {
		return errDown
	}
	if strings.HasSuffix(subject, ".alive") {
		h.alive++
	}
	return nil
}

func (h *fakeHub) Request(_ context.Context, subject string, data []byte) ([]byte, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.down:
		return nil, errDown
	case strings.HasSuffix(subject, ".hello"):
		return h.hello(data)
	case strings.HasSuffix(subject, ".frame"):
		return h.frame(data)
	}
	return nil, fmt.Errorf("unexpected subject %s", subject)
}

func (h *fakeHub) hello(data []byte) ([]byte, error) {
	m, err := wire.Unmarshal[wire.Hello](data)
	if err != nil {
		return nil, err
	}
	h.hellos++
	return wire.Marshal(wire.Welcome{Version: wire.Version, Hub: "fake", Acked: h.acked[m.Epoch]})
}

func (h *fakeHub) frame(data []byte) ([]byte, error) {
	f, err := wire.DecodeFrame(data)
	if err != nil {
		h.t.Errorf("bad frame: %v", err)
		return nil, err
	}
	ack := wire.Ack{Epoch: f.Epoch, Resend: h.resend}
	switch have := h.seen[f.Epoch]; {
	case f.Seq > have+1:
		h.t.Errorf("frame %d follows frame %d in epoch %s", f.Seq, have, f.Epoch)
	case f.Seq == have+1:
		h.seen[f.Epoch] = f.Seq
		h.frames = append(h.frames, f)
		h.check(f)
	}
	h.resend = false
	if seen := h.seen[f.Epoch]; seen > h.lag {
		h.acked[f.Epoch] = max(h.acked[f.Epoch], seen-h.lag)
	}
	ack.Seq = h.acked[f.Epoch]
	return wire.Marshal(ack)
}

func (h *fakeHub) check(f wire.Frame) {
	switch f.Kind {
	case wire.FrameSchema:
		h.known[f.Schema.ID] = f.Schema.Columns
	case wire.FrameBatch:
		if cols, ok := h.known[f.Batch.Schema]; !ok || len(cols) != len(f.Batch.Values) {
			h.t.Errorf("a batch of %d values for a schema of %d columns, announced: %v", len(f.Batch.Values), len(cols), ok)
		}
	}
}

func (h *fakeHub) Subscribe(subject string, f func(bus.Msg)) (func(), error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.subs[subject] = f
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.subs, subject)
	}, nil
}

func (h *fakeHub) Close() error { return nil }

// ask sends the agent a request and waits for the answer.
func (h *fakeHub) ask(subject string, data []byte) []byte {
	h.t.Helper()
	h.mu.Lock()
	f := h.subs[subject]
	h.mu.Unlock()
	if f == nil {
		h.t.Fatalf("nobody listens on %s", subject)
	}
	got := make(chan []byte, 1)
	f(bus.Msg{Subject: subject, Data: data, Reply: func(b []byte) error { got <- b; return nil }})
	return <-got
}

func (h *fakeHub) set(f func(h *fakeHub)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f(h)
}

func (h *fakeHub) facts(id adit.DeviceID) (wire.DeviceFacts, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range slices.Backward(h.frames) {
		if f.Kind == wire.FrameFacts && f.Facts.Device == id {
			return *f.Facts, !f.Facts.Gone
		}
	}
	return wire.DeviceFacts{}, false
}

func (h *fakeHub) rig() wire.RigFacts {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range slices.Backward(h.frames) {
		if f.Kind == wire.FrameRig {
			return *f.RigNow
		}
	}
	return wire.RigFacts{}
}

// events returns the events of a kind so far.
func (h *fakeHub) events(kind string) (out []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range h.frames {
		if f.Kind == wire.FrameEvent && f.Event.Kind == kind {
			out = append(out, f.Event.Text)
		}
	}
	return out
}

// batches returns every value of a column, oldest first.
func (h *fakeHub) batches(c wire.Column) (out []float64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	cols := map[uint32][]wire.Column{}
	for _, f := range h.frames {
		switch f.Kind {
		case wire.FrameSchema:
			cols[f.Schema.ID] = f.Schema.Columns
		case wire.FrameBatch:
			if i := slices.Index(cols[f.Batch.Schema], c); i >= 0 {
				out = append(out, f.Batch.Values[i])
			}
		}
	}
	return out
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
