package agent

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/adit-mining/adit/link/wire"
)

func (r *rig) column(name string, m wire.Metric) []float64 {
	return r.hub.batches(wire.Column{Device: r.a.Rig().Device(name), Metric: m})
}

func TestReadings(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("m")
		r.pass(20 * time.Second)
		h := r.column("m", wire.MetricHashrate)
		if len(h) < 9 || h[len(h)-1] != 1000 {
			t.Errorf("hashrates %v", h)
		}
		for _, m := range []wire.Metric{wire.MetricPower, wire.MetricRSS, wire.ThreadHashrate(0)} {
			if v := r.column("m", m); len(v) == 0 || !math.IsNaN(v[len(v)-1]) {
				t.Errorf("%s is unknown and was sent as %v", m, v)
			}
		}
		if u := r.column("host", wire.MetricCPUUsage); len(u) < 9 || u[len(u)-1] != 50 {
			t.Errorf("the host's usage %v", u)
		}
		if r.hub.alive < 4 {
			t.Errorf("alive %d times in 23 s", r.hub.alive)
		}
	})
}

// A device that hangs delays nobody, and what it last said is not repeated as if it were new.
func TestHangingDevice(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("good")
		r.startProgram("bad")
		r.prog.dev("bad").with(func(d *fakeDev) { d.hang = true })
		before := len(r.column("good", wire.MetricHashrate))
		r.pass(20 * time.Second)
		good, bad := r.column("good", wire.MetricHashrate), r.column("bad", wire.MetricHashrate)
		if n := len(good) - before; n < 9 {
			t.Errorf("%d batches in 20 s", n)
		}
		if !math.IsNaN(bad[len(bad)-1]) || good[len(good)-1] != 1000 {
			t.Errorf("bad %v, good %v", bad[len(bad)-1], good[len(good)-1])
		}
		if f := r.facts("bad"); f.Reach != reachNone || f.Reason == "" {
			t.Errorf("facts %+v", f)
		}
		r.prog.dev("bad").with(func(d *fakeDev) { d.hang = false })
		r.pass(10 * time.Second)
		if f := r.facts("bad"); f.Reach != reachLive || f.Work != "hashing" {
			t.Errorf("facts %+v", f)
		}
	})
}

// Whatever happens to the hub, it gets every reading, in order and without a gap (the fake hub checks the numbers).
func TestHubGone(t *testing.T) {
	inRig(t, func(r *rig) {
		r.up()
		r.pass(10 * time.Second)
		r.hub.set(func(h *fakeHub) { h.down = true })
		before := len(r.column("host", wire.MetricCPUUsage))
		r.pass(10 * time.Minute)
		r.hub.set(func(h *fakeHub) { h.down = false })
		r.pass(backoffMax + time.Second)
		if n := len(r.column("host", wire.MetricCPUUsage)) - before; n < 299 {
			t.Errorf("%d of 300 readings arrived", n)
		}
	})
}

func TestAgentRestartsWhileHubGone(t *testing.T) {
	inRig(t, func(r *rig) {
		r.up()
		r.pass(10 * time.Second)
		r.hub.set(func(h *fakeHub) { h.down = true })
		before := len(r.column("host", wire.MetricCPUUsage))
		for range 3 {
			r.pass(time.Minute)
			r.end()
			r.up()
		}
		r.hub.set(func(h *fakeHub) { h.down = false })
		r.pass(backoffMax + time.Second)
		if n := len(r.column("host", wire.MetricCPUUsage)) - before; n < 90 {
			t.Errorf("%d of 90 readings arrived", n)
		}
	})
}

func TestHubForgets(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("m")
		r.pass(10 * time.Second)
		r.hub.set(func(h *fakeHub) { // a new hub with an empty database
			h.acked, h.seen, h.frames, h.known = map[string]uint64{}, map[string]uint64{}, nil, map[uint32][]wire.Column{}
			h.down = true
		})
		r.pass(5 * time.Second)
		r.hub.set(func(h *fakeHub) { h.down = false })
		r.pass(backoffMax + 5*time.Second)
		r.work("m", "hashing")
	})
}

func TestResend(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("m")
		r.hub.set(func(h *fakeHub) { h.resend, h.frames = true, nil })
		r.pass(5 * time.Second)
		r.work("m", "hashing")
		r.work("host", "")
		if len(r.column("m", wire.MetricHashrate)) == 0 {
			t.Error("the schema was not announced again")
		}
		schemas := 0
		for _, f := range r.hub.frames {
			if f.Kind == wire.FrameSchema {
				schemas++
			}
		}
		if schemas != 1 {
			t.Errorf("announced %d times", schemas)
		}
	})
}

// A hub may answer before it holds a frame; nothing is lost and nobody spins.
func TestHubHoldsLater(t *testing.T) {
	inRig(t, func(r *rig) {
		r.up()
		r.pass(5 * time.Second)
		hellos := r.hub.hellos
		r.hub.set(func(h *fakeHub) { h.lag = 20 })
		r.pass(10 * time.Minute)
		if n := len(r.column("host", wire.MetricCPUUsage)); n < 300 {
			t.Errorf("%d of 302 readings arrived", n)
		}
		if r.hub.hellos != hellos {
			t.Errorf("%d hellos to a hub that only takes its time", r.hub.hellos-hellos)
		}
		r.hub.set(func(h *fakeHub) { h.lag = 1 << 40 }) // it takes frames and never holds one
		r.pass(10 * time.Minute)
		if n := r.hub.hellos - hellos; n < 3 || n > 6 {
			t.Errorf("%d hellos in 10 minutes to a hub that holds nothing", n)
		}
	})
}

func TestFullBufferIsTold(t *testing.T) {
	inRig(t, func(r *rig) {
		r.up(func(o *Options) { o.BufferBytes = 32 << 10 })
		r.hub.set(func(h *fakeHub) { h.down = true })
		r.pass(time.Hour)
		r.hub.set(func(h *fakeHub) { h.down = false })
		r.pass(time.Minute)
		if e := r.hub.events(evBuffer); len(e) == 0 {
			t.Error("readings were dropped and nobody was told")
		}
	})
}

func TestSchemaID(t *testing.T) {
	a := []wire.Column{{Device: "r/a", Metric: "x"}, {Device: "r/b", Metric: "y"}}
	b := []wire.Column{{Device: "r/b", Metric: "y"}, {Device: "r/a", Metric: "x"}}
	if schemaID(a) == schemaID(b) || schemaID(a) != schemaID(append([]wire.Column(nil), a...)) {
		t.Error("a schema's number must follow its columns and their order")
	}
	if fmt.Sprint(schemaID(nil)) == fmt.Sprint(schemaID(a)) {
		t.Error("an empty schema is another")
	}
}
