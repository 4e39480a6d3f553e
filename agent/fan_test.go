package agent

import (
	"reflect"
	"testing"

	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
)

func TestFansKeepStillInFacts(t *testing.T) {
	var told []device.Fan
	for _, c := range []struct {
		rpm, want int
	}{{1249, 1200}, {1251, 1200}, {1299, 1200}, {1101, 1200}, {1300, 1300}, {1240, 1300}, {1199, 1200}, {0, 0}, {30, 100}, {199, 100}, {260, 300}} {
		told = steadyFans(told, []device.Fan{{Name: "f", RPM: c.rpm}})
		if want := []device.Fan{{Name: "f", RPM: c.want}}; !reflect.DeepEqual(told, want) {
			t.Errorf("%d rpm is told as %v, want %v", c.rpm, told, want)
		}
	}
	if told = steadyFans(told, []device.Fan{{Name: "g", RPM: 310}}); told[0] != (device.Fan{Name: "g", RPM: 300}) {
		t.Errorf("another fan: %v", told)
	}
	if told = steadyFans(told, nil); told != nil {
		t.Errorf("no fan: %v", told)
	}
}

// TestHostFacts: what the driver says of the computer reaches the facts, and a fan that wavers changes none.
func TestHostFacts(t *testing.T) {
	nodes := 2
	h := &device.Host{Hostname: "desk", NUMANodes: &nodes, MSR: device.MSRReadOnly, Battery: &device.Battery{Present: true, UPS: true},
		Fans: []device.Fan{{Name: "cpu", RPM: 1249}}}
	u := &unit{}
	facts := func() wire.DeviceFacts {
		var f wire.DeviceFacts
		view{snap: &device.Snapshot{Host: h}}.hostFacts(&f, u.toldFans())
		return f
	}
	first := facts()
	if f := first.Host; f.NUMANodes != &nodes || f.MSR != device.MSRReadOnly || !f.UPS || len(f.Fans) != 1 || f.Fans[0].RPM != 1200 {
		t.Errorf("%+v", f)
	}
	if !u.changed(first) {
		t.Error("the first facts are news")
	}
	h.Fans = []device.Fan{{Name: "cpu", RPM: 1275}}
	if f := facts(); u.changed(f) {
		t.Errorf("a fan that wavers is news: %+v", f.Host)
	}
	h.Fans = nil
	if f := facts(); !u.changed(f) || f.Host.Fans != nil {
		t.Errorf("a fan that is gone is no news: %+v", f.Host)
	}
}
