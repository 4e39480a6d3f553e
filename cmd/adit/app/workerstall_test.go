package app

import (
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/drivers/aditminer"
)

// TestStall: an engine that has a job and hashes nothing for more than two minutes hangs; one that rests, builds its
// dataset, has no job, or whose computer slept does not.
func TestStall(t *testing.T) {
	rate, none, half := adit.Hashrate(900), adit.Hashrate(0), 0.5
	mines := func(h *adit.Hashrate) *device.Snapshot {
		return &device.Snapshot{Mode: "fast", Work: device.WorkHashing, Hashrate: h, Pool: &device.PoolState{State: "connected"}}
	}
	with := func(change func(*device.Snapshot)) *device.Snapshot {
		s := mines(&none)
		change(s)
		return s
	}
	for name, c := range map[string]struct {
		s    *device.Snapshot
		step time.Duration
		want string // "" = it does not hang
	}{
		"works":      {mines(&rate), stallEvery, ""},
		"zero":       {mines(&none), stallEvery, "no hashrate for 2m10s although it has a job"},
		"unknown":    {mines(nil), stallEvery, "no hashrate"},
		"no answer":  {nil, stallEvery, "has not answered for 2m10s"},
		"paused":     {with(func(s *device.Snapshot) { s.Work = device.WorkPaused }), stallEvery, ""},
		"begins":     {with(func(s *device.Snapshot) { s.Mode = "starting" }), stallEvery, ""},
		"builds":     {with(func(s *device.Snapshot) { s.Mode, s.DatasetProgress = "light", &half }), stallEvery, ""},
		"no pool":    {with(func(s *device.Snapshot) { s.Pool = nil }), stallEvery, ""},
		"no job":     {with(func(s *device.Snapshot) { s.Pool.State = "connecting" }), stallEvery, ""},
		"slept":      {mines(&none), 2 * stallGap, ""},
		"not looked": {mines(&none), stallGap + 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var w stall
			now := time.Now()
			for n := range 14 {
				now = now.Add(c.step)
				why := w.look(now, 7, c.s)
				switch last := n == 13; {
				case !last && why != "":
					t.Fatalf("after %d looks: %s", n, why)
				case last && (why == "") != (c.want == "") || last && !strings.Contains(why, c.want):
					t.Errorf("%q, want %q", why, c.want)
				}
			}
		})
	}
	var w stall
	now := time.Now()
	for n := range 40 { // a new process, or one that hashes now and then, begins anew
		now = now.Add(stallEvery)
		s := mines(&none)
		if n%10 == 9 {
			s = mines(&rate)
		}
		if why := w.look(now, 7, s); why != "" {
			t.Fatal(why)
		}
	}
	for n := range 40 {
		now = now.Add(stallEvery)
		if why := w.look(now, n/10+8, mines(&none)); why != "" {
			t.Fatal(why)
		}
	}
}

// TestStallOfEngine: the same through what adit-miner's interface says: it hangs with a rate of zero and where it gives no
// answer, and not while it is paused.
func TestStallOfEngine(t *testing.T) {
	const zero = `{"uptime": 600, "hashrate": {"total": [0, 0, 0]}, "connection": {"pool": "127.0.0.1:1", "uptime": 500},
		"adit": {"state": "hashing", "mode": "fast", "dataset": {}, "pool": {"index": 0, "count": 1, "state": "connected", "url": "stratum+tcp://127.0.0.1:1"}}}`
	f := aditminer.NewFake(aditminer.Behaviour{Token: "t", Summary: zero, Backends: "[]"})
	defer f.Close()
	dev, err := aditminer.Open(f.Address("engine"))
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	hangs := func() (why string) {
		t.Helper()
		var seen *device.Snapshot
		if s, err := dev.Snapshot(t.Context()); err == nil {
			seen = &s
		}
		var w stall
		now := time.Now()
		for range 14 {
			now = now.Add(stallEvery)
			why = w.look(now, 7, seen)
		}
		return why
	}
	if why := hangs(); !strings.Contains(why, "no hashrate") {
		t.Errorf("a rate of zero: %q", why)
	}
	f.Set(func(b *aditminer.Behaviour) { b.Summary = strings.Replace(zero, "[0, 0, 0]", "[812.5, null, null]", 1) })
	if why := hangs(); why != "" {
		t.Errorf("it hashes: %s", why)
	}
	f.Set(func(b *aditminer.Behaviour) {
		b.Summary = strings.Replace(zero, `{"uptime"`, `{"paused": true, "uptime"`, 1)
	})
	if why := hangs(); why != "" {
		t.Errorf("it is paused: %s", why)
	}
	f.Set(func(b *aditminer.Behaviour) { b.Fault = aditminer.FaultGarbage })
	if why := hangs(); !strings.Contains(why, "not answered") {
		t.Errorf("garbage: %q", why)
	}
}
