package telemetry

import (
	"reflect"
	"testing"

	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/fleet/telemetry/view"
	"github.com/adit-mining/adit/link/wire"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

func TestHostTellsWhatItsHardwareDoes(t *testing.T) {
	c := newClock()
	h := openHouse(t, sqltest.Open(t, sqltest.SQLite(t)), openSeries(t, c), c, &book{})
	a := newSim(t)
	a.hello(h)
	id := a.id("host")
	tell := func(f wire.HostFacts) {
		a.deliver(h, a.facts(wire.DeviceFacts{Device: id, Info: device.Info{Name: "host", Kind: device.KindHost}, Reach: "live", Host: &f}))
	}
	tell(wire.HostFacts{Hostname: "desk"})
	a.deliver(h, a.announce(1, wire.Column{Device: id, Metric: wire.MetricThrottleCount}, wire.Column{Device: id, Metric: wire.MetricThrottling}))
	a.deliver(h, a.batch(c.now(), nan, nan))
	if s := h.state().Host; s.CPU.NUMANodes != nil || s.CPU.MSR != nil || s.CPU.Throttle != nil || s.Fans != nil {
		t.Errorf("nothing is known, yet %+v", s)
	}
	present, nodes := true, 2
	tell(wire.HostFacts{Hostname: "desk", NUMANodes: &nodes, MSR: device.MSRWritable, Battery: &present, UPS: true,
		Fans: []device.Fan{{Name: "nct6798/CPU Fan", RPM: 1200}}})
	for _, r := range []struct {
		count, now float64
		want       view.Throttle
	}{
		{0, nan, view.Throttle{}},
		{12, 1, view.Throttle{Count: 12, Now: new(true)}},
		{12, 0, view.Throttle{Count: 12, Now: new(false)}},
	} {
		a.deliver(h, a.batch(c.now(), r.count, r.now))
		if s := h.state().Host; s.CPU.Throttle == nil || !reflect.DeepEqual(*s.CPU.Throttle, r.want) {
			t.Errorf("%v, %v: %+v", r.count, r.now, s.CPU.Throttle)
		}
	}
	s := h.state().Host
	if s.CPU.NUMANodes == nil || *s.CPU.NUMANodes != 2 || s.CPU.MSR == nil || *s.CPU.MSR != "loaded, writable" || s.Battery == nil || !s.Battery.UPS ||
		!reflect.DeepEqual(s.Fans, []view.Fan{{Name: "nct6798/CPU Fan", RPM: 1200}}) {
		t.Errorf("%+v", s)
	}
}
