package telemetry

import (
	"context"
	"encoding/json"
	"math"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/fleet/inventory"
	"github.com/adit-mining/adit/fleet/telemetry/view"
	"github.com/adit-mining/adit/link/bus"
	"github.com/adit-mining/adit/link/wire"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/tsdb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a clock that tests set.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// book is a journal that keeps each event once, as fleet/journal does.
type book struct {
	mu     sync.Mutex
	events map[string]int
	fail   error
}

func (b *book) Record(_ context.Context, rig adit.RigID, events []wire.Event) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		return b.fail
	}
	if b.events == nil {
		b.events = map[string]int{}
	}
	for _, e := range events {
		b.events[e.At.String()+string(rig)+e.Kind+e.Text] = 1
	}
	return nil
}

// house is a hub without a bus: a test hands frames in.
type house struct {
	*Service
	t      testing.TB
	db     *sqldb.DB
	series *tsdb.Local
	inv    *inventory.Service
	book   *book
	clock  *clock
}

func openSeries(t *testing.T, c *clock) *tsdb.Local {
	t.Helper()
	series, err := tsdb.Open(t.TempDir(), tsdb.Options{Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := series.Close(); err != nil {
			t.Error(err)
		}
	})
	return series
}

func openHouse(t testing.TB, db *sqldb.DB, series *tsdb.Local, c *clock, b *book) *house {
	t.Helper()
	ctx := context.Background()
	inv, err := inventory.Open(ctx, db, c.now)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(ctx, Options{DB: db, Series: series, Inventory: inv, Journal: b, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	return &house{Service: s, t: t, db: db, series: series, inv: inv, book: b, clock: c}
}

// send hands a message to a handler and decodes the answer.
func send[T any](h *house, on func(context.Context, bus.Msg), subject string, data []byte) (out T) {
	h.t.Helper()
	on(context.Background(), bus.Msg{Subject: subject, Data: data, Reply: func(b []byte) error {
		return json.Unmarshal(b, &out)
	}})
	return out
}

// sim is an agent: it numbers frames and keeps them until they are acknowledged.
type sim struct {
	t      *testing.T
	rig    adit.RigID
	epoch  string
	seq    uint64
	buffer []wire.Frame
	schema *wire.Schema
}

const testRig = adit.RigID("rig1")

func newSim(t *testing.T) *sim { return &sim{t: t, rig: testRig, epoch: "e1"} }

func (a *sim) add(f wire.Frame) wire.Frame {
	a.seq++
	f.Rig, f.Epoch, f.Seq = a.rig, a.epoch, a.seq
	a.buffer = append(a.buffer, f)
	return f
}

func (a *sim) announce(id uint32, cols ...wire.Column) wire.Frame {
	a.schema = &wire.Schema{ID: id, Columns: cols}
	return a.add(wire.Frame{Kind: wire.FrameSchema, Schema: a.schema})
}

func (a *sim) batch(at time.Time, values ...float64) wire.Frame {
	return a.add(wire.Frame{Kind: wire.FrameBatch, Batch: &wire.Batch{Schema: a.schema.ID, At: at, Values: values}})
}

func (a *sim) facts(f wire.DeviceFacts) wire.Frame {
	return a.add(wire.Frame{Kind: wire.FrameFacts, Facts: &f})
}

func (a *sim) event(at time.Time, kind, text string) wire.Frame {
	return a.add(wire.Frame{Kind: wire.FrameEvent, Event: &wire.Event{At: at, Kind: kind, Severity: "info", Text: text}})
}

func (a *sim) hello(h *house) wire.Welcome {
	a.t.Helper()
	b, err := wire.Marshal(wire.Hello{Version: wire.Version, Rig: a.rig, Name: "desk", Hostname: "desk", OS: "linux", Arch: "amd64",
		Program: "test", Epoch: a.epoch, Interval: 2 * time.Second})
	if err != nil {
		a.t.Fatal(err)
	}
	w := send[wire.Welcome](h, h.onHello, wire.HelloSubject(a.rig), b)
	a.forget(w.Acked)
	return w
}

func (a *sim) forget(acked uint64) {
	for len(a.buffer) > 0 && a.buffer[0].Seq <= acked {
		a.buffer = a.buffer[1:]
	}
}

// deliver sends one frame as bytes, and forgets what is acknowledged.
func (a *sim) deliver(h *house, f wire.Frame) wire.Ack {
	a.t.Helper()
	b, err := f.Encode()
	if err != nil {
		a.t.Fatal(err)
	}
	ack := send[wire.Ack](h, h.onFrame, wire.FrameSubject(a.rig), b)
	a.forget(ack.Seq)
	return ack
}

// flush delivers the whole buffer.
func (a *sim) flush(h *house) (last wire.Ack) {
	a.t.Helper()
	for _, f := range append([]wire.Frame(nil), a.buffer...) {
		last = a.deliver(h, f)
	}
	return last
}

func (a *sim) id(name string) adit.DeviceID { return a.rig.Device(name) }

// minerFacts are those of a program that hashes.
func (a *sim) minerFacts(name string, at time.Time) wire.DeviceFacts {
	pid, started := 4711, at.Add(-time.Minute)
	return wire.DeviceFacts{
		Device: a.id(name), Info: device.Info{Name: name, Kind: device.KindSoftware, Driver: "adit-miner", Title: "adit-miner", Version: "1"},
		At: at, Reach: "live", Work: "hashing", Since: started, Desired: "running", Algorithm: adit.RandomX,
		PID: &pid, StartedAt: &started, Pool: &wire.PoolFacts{URL: "stratum+tcp://127.0.0.1:1", Count: 1, State: "connected"},
	}
}

// columns of one miner, in the order of readings.
func (a *sim) columns(name string) []wire.Column {
	return []wire.Column{
		{Device: a.id(name), Metric: wire.MetricHashrate}, {Device: a.id(name), Metric: wire.MetricAccepted},
		{Device: a.id(name), Metric: wire.MetricRejected}, {Device: a.id(name), Metric: wire.ThreadHashrate(0)},
	}
}

var owner = adit.LocalOwner("test")

func (h *house) only() view.Device {
	h.t.Helper()
	ds, err := h.Devices(context.Background(), owner)
	if err != nil || len(ds) != 1 {
		h.t.Fatalf("devices: %d, %v", len(ds), err)
	}
	return ds[0]
}

// state is the whole live state, decoded as a client does.
func (h *house) state() view.State {
	h.t.Helper()
	raw, err := h.Snapshot(context.Background(), owner)
	if err != nil {
		h.t.Fatal(err)
	}
	var f struct{ State view.State }
	if err := json.Unmarshal(raw, &f); err != nil {
		h.t.Fatal(err)
	}
	return f.State
}

// stored is every sample of a device's hashrate, by time.
func (h *house) stored(id adit.DeviceID, from, to time.Time) map[time.Time]float64 {
	h.t.Helper()
	series, err := h.series.History(context.Background(), tsdb.HistoryQuery{Metric: seriesHashrate,
		Labels: map[string]string{"device": string(id)}, From: from, To: to, Step: time.Second, Take: tsdb.Last})
	if err != nil {
		h.t.Fatal(err)
	}
	out := map[time.Time]float64{}
	for _, s := range series {
		for _, p := range s.Points {
			if p.Value != nil {
				out[p.At.UTC()] = *p.Value
			}
		}
	}
	return out
}

var nan = math.NaN()
