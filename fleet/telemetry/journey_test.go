package telemetry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/adit-mining/adit"

	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

func TestReadingsJourney(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := newClock()
		h := openHouse(t, db, openSeries(t, c), c, &book{})
		a := newSim(t)
		if w := a.hello(h); w.Refused != "" || w.Acked != 0 {
			t.Fatalf("welcome: %+v", w)
		}
		start := c.now()
		a.announce(1, a.columns("m")...)
		a.facts(a.minerFacts("m", start))
		for i := range 10 { // 20 s of readings
			a.batch(start.Add(time.Duration(i)*2*time.Second), 1000+float64(i), float64(i), nan, 500)
		}
		c.add(18 * time.Second)
		if ack := a.flush(h); ack.Seq != 0 {
			t.Errorf("frames are acknowledged before anything is durable: %+v", ack)
		}
		d := h.only()
		switch {
		case d.Hashrate == nil || *d.Hashrate != 1009, d.Accepted == nil || *d.Accepted != 9:
			t.Errorf("the live state is not the last reading: %+v", d)
		case d.Rejected != nil, d.Temperature != nil, d.LastShareAt != nil:
			t.Errorf("unknown became a number: %+v", d)
		case d.Headline.State != "ok", d.Stale:
			t.Errorf("headline: %+v", d.Headline)
		}
		h.keep(context.Background())
		if got, want := a.seq, h.streams[testRig].acked; want >= got || want == 0 {
			t.Errorf("after a checkpoint %d of %d frames are acknowledged: the bucket that is not full must wait, the others not", want, got)
		}
		c.add(bucket)
		h.keep(context.Background())
		if ack := a.deliver(h, a.event(c.now(), "x", "y")); ack.Seq != 12 {
			t.Errorf("acknowledged up to %d of 12", ack.Seq)
		}
		want := map[time.Time]float64{start.Add(8 * time.Second): 1004, start.Add(18 * time.Second): 1009}
		if got := h.stored(a.id("m"), start, start.Add(time.Minute)); !maps.Equal(got, want) {
			t.Errorf("the series holds %v, want the last reading of each 10 s: %v", got, want)
		}
	})
}

func TestRollUpIsItsOwnSeries(t *testing.T) {
	c := newClock()
	h := openHouse(t, sqltest.Open(t, sqltest.SQLite(t)), openSeries(t, c), c, &book{})
	a := newSim(t)
	a.hello(h)
	at := c.now()
	a.announce(1, append(a.columns("m"), a.columns("n")...)...)
	a.facts(a.minerFacts("m", at))
	a.facts(a.minerFacts("n", at))
	a.batch(at, 1000, 1, 0, 1, 500, 1, 0, 1)
	a.batch(at.Add(10*time.Second), 1000, 1, 0, 1, nan, 1, 0, 1)
	a.batch(at.Add(20*time.Second), nan, 1, 0, 1, nan, 1, 0, 1)
	a.flush(h)
	h.settle(context.Background())
	c.add(30 * time.Second)
	hist, err := h.Hashrate(context.Background(), owner, 1, "", "")
	if err != nil || hist.Algorithm != "rx/0" {
		t.Fatalf("%+v %v", hist, err)
	}
	got := map[time.Duration]float64{}
	for _, p := range hist.Points {
		if p.Value != nil {
			got[p.At.Sub(at)] = *p.Value
		}
	}
	want := map[time.Duration]float64{0: 1500, 10 * time.Second: 1000} // an unknown sum stays a gap
	if !maps.Equal(got, want) {
		t.Errorf("the roll-up is %v, want %v", got, want)
	}
}

// TestKilledHub kills the hub at random moments while an agent sends: nothing that was acknowledged is lost, nothing is
// counted twice.
func TestKilledHub(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := newClock()
		series := openSeries(t, c)
		b := &book{}
		round := 0
		rapid.Check(t, func(rt *rapid.T) {
			round++
			a := newSim(t)
			a.rig = testRig + "-" + wireName(round)
			a.epoch = fmt.Sprint("e", round)
			before := len(b.events)
			start := c.now().Truncate(bucket)
			h := openHouse(t, db, series, c, b)
			a.hello(h)
			a.deliver(h, a.announce(1, a.columns("m")...))
			a.deliver(h, a.facts(a.minerFacts("m", start)))
			events, want := 0, map[time.Time]float64{}
			at := start
			steps := rapid.IntRange(5, 40).Draw(rt, "steps")
			for i := range steps {
				at = at.Add(2 * time.Second)
				c.add(2 * time.Second)
				a.batch(at, float64(i+1), float64(i), 0, 1)
				want[at.Truncate(bucket)] = float64(i + 1)
				if rapid.Bool().Draw(rt, "event") {
					events++
					a.event(at, "k", "t")
				}
				if rapid.IntRange(0, 4).Draw(rt, "another schema") == 0 {
					a.announce(uint32(i+2), a.columns("m")...)
				}
				switch rapid.IntRange(0, 5).Draw(rt, "what") {
				case 0: // killed: a new hub from what is on disk
					h = openHouse(t, db, series, c, b)
					a.hello(h)
				case 1:
					h.keep(context.Background())
				case 2: // the agent is away for this step
				default:
					a.flush(h)
				}
			}
			h = openHouse(t, db, series, c, b)
			a.hello(h)
			a.flush(h)
			c.add(bucket)
			h.keep(context.Background())
			a.deliver(h, a.event(at, "end", "end"))
			h.keep(context.Background())
			got := h.stored(a.id("m"), start, at.Add(bucket))
			last := map[time.Time]float64{}
			for when, v := range got {
				last[when.Truncate(bucket)] = max(last[when.Truncate(bucket)], v)
			}
			if !maps.Equal(last, want) {
				rt.Fatalf("the series holds %v, want %v", last, want)
			}
			if n := len(b.events) - before; n != events+1 {
				rt.Fatalf("%d events are written down, want %d", n, events+1)
			}
			if st := h.streams[a.rig]; st.acked != a.seq {
				rt.Fatalf("%d of %d frames are acknowledged at the end", st.acked, a.seq)
			}
			ds, err := h.Devices(context.Background(), owner)
			if err != nil {
				rt.Fatal(err)
			}
			for _, d := range ds {
				if d.Rig == string(a.rig) && (d.Hashrate == nil || *d.Hashrate != float64(steps)) {
					rt.Fatalf("the live state is not the last reading: %v", d.Hashrate)
				}
			}
			c.add(time.Hour)
			// Each hub keeps every rig that it knows: the next round shall not write for the rigs of all before.
			for _, table := range []string{"telemetry_cursor", "telemetry_facts", "telemetry_schema", "telemetry_session", "inventory_rig"} {
				if _, err := db.Exec(context.Background(), "DELETE FROM "+table); err != nil {
					rt.Fatal(err)
				}
			}
		})
	})
}

func wireName(n int) adit.RigID { return adit.RigID(fmt.Sprint(n)) }

func TestFramesComeTwice(t *testing.T) {
	c := newClock()
	h := openHouse(t, sqltest.Open(t, sqltest.SQLite(t)), openSeries(t, c), c, &book{})
	a := newSim(t)
	a.hello(h)
	a.announce(1, a.columns("m")...)
	a.facts(a.minerFacts("m", c.now()))
	old := a.batch(c.now(), 1, 1, 0, 1)
	a.batch(c.now().Add(2*time.Second), 2, 2, 0, 2)
	a.flush(h)
	a.deliver(h, old)
	if d := h.only(); *d.Hashrate != 2 {
		t.Errorf("an old frame changed the live state: %v", *d.Hashrate)
	}
}

func TestGapAsksForEverythingAgain(t *testing.T) {
	c := newClock()
	h := openHouse(t, sqltest.Open(t, sqltest.SQLite(t)), openSeries(t, c), c, &book{})
	a := newSim(t)
	a.hello(h)
	a.deliver(h, a.announce(1, a.columns("m")...))
	a.deliver(h, a.facts(a.minerFacts("m", c.now())))
	a.batch(c.now(), 1, 1, 0, 1) // lost on the way, and dropped by its agent
	if ack := a.deliver(h, a.batch(c.now(), 2, 1, 0, 1)); !ack.Resend {
		t.Error("a gap does not ask for schema and facts")
	}
	if ack := a.deliver(h, a.batch(c.now(), 3, 1, 0, 1)); ack.Resend {
		t.Error("it is asked for again at once")
	}
	if d := h.only(); *d.Hashrate != 3 {
		t.Error("frames behind the gap are not taken")
	}
	a.deliver(h, a.announce(1, a.columns("m")...))
	c.add(time.Minute)
	if ack := a.deliver(h, a.batch(c.now(), 4, 1, 0, 1)); ack.Resend {
		t.Error("it is asked for though it came")
	}
}

func TestUnknownSchema(t *testing.T) {
	c := newClock()
	h := openHouse(t, sqltest.Open(t, sqltest.SQLite(t)), openSeries(t, c), c, &book{})
	a := newSim(t)
	a.hello(h)
	a.schema = &wire.Schema{ID: 7}
	if ack := a.deliver(h, a.batch(c.now(), 1, 2, 3)); !ack.Resend {
		t.Error("a batch of an unknown schema does not ask for it")
	}
	a.deliver(h, a.announce(8, a.columns("m")...))
	if ack := a.deliver(h, a.batch(c.now(), 1)); ack.Seq != 0 {
		t.Errorf("%+v", ack)
	}
	if len(h.devices) != 1 || h.devices[a.id("m")].known {
		t.Error("a batch with too few values was taken")
	}
}

// TestForeignRig: an agent speaks for its own rig only.
func TestForeignRig(t *testing.T) {
	c := newClock()
	h := openHouse(t, sqltest.Open(t, sqltest.SQLite(t)), openSeries(t, c), c, &book{})
	a := newSim(t)
	a.hello(h)
	f := a.minerFacts("m", c.now())
	f.Device = "rig2/m"
	a.deliver(h, a.facts(f))
	f.Device = "rig1/../x"
	a.deliver(h, a.facts(f))
	a.deliver(h, a.announce(1, wire.Column{Device: "rig2/m", Metric: wire.MetricHashrate}))
	a.deliver(h, a.batch(c.now(), 5))
	if len(h.devices) != 0 {
		t.Errorf("an agent made devices of another rig: %v", h.devices)
	}
	b, err := wire.Marshal(wire.Hello{Version: 1, Rig: "rig2", Epoch: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if w := send[wire.Welcome](h, h.onHello, wire.HelloSubject("rig1"), b); w.Refused == "" {
		t.Error("a hello for another rig is welcome")
	}
	b, _ = wire.Marshal(wire.Hello{Version: 2, Rig: "rig1", Epoch: "x"})
	if w := send[wire.Welcome](h, h.onHello, wire.HelloSubject("rig1"), b); w.Refused == "" {
		t.Error("an agent of a newer protocol is welcome")
	}
}

func TestJournalThatFails(t *testing.T) {
	c := newClock()
	b := &book{fail: errors.New("full")}
	h := openHouse(t, sqltest.Open(t, sqltest.SQLite(t)), openSeries(t, c), c, b)
	a := newSim(t)
	a.hello(h)
	a.deliver(h, a.event(c.now(), "miner.started", "m started."))
	h.keep(context.Background())
	if got := h.streams[testRig].acked; got != 0 {
		t.Errorf("frame %d is acknowledged though the journal has not got it", got)
	}
	b.fail = nil
	h.keep(context.Background())
	if got := h.streams[testRig].acked; got != 1 || len(b.events) != 1 {
		t.Errorf("acked %d, events %v", got, b.events)
	}
}

func TestRunsAreWrittenDown(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := newClock()
		h := openHouse(t, db, openSeries(t, c), c, &book{})
		a := newSim(t)
		a.hello(h)
		f := a.minerFacts("m", c.now())
		a.announce(1, a.columns("m")...)
		a.facts(f)
		a.batch(c.now(), 1000, 7, 1, 1)
		a.flush(h)
		h.keep(context.Background())
		c.add(20 * time.Second)
		f.Work, f.Desired, f.PID, f.Since = wire.WorkStopped, "stopped", nil, c.now()
		a.facts(f)
		a.flush(h)
		h.keep(context.Background())
		h.keep(context.Background())
		var n, accepted int64
		var ended *int64
		var rate *float64
		err := db.QueryRow(context.Background(), `SELECT COUNT(*), MAX(accepted), MAX(ended_at), MAX(avg_hashrate) FROM telemetry_session`).Scan(&n, &accepted, &ended, &rate)
		if err != nil || n != 1 || accepted != 7 || ended == nil || *ended != sqldb.Millis(c.now()) || rate == nil || *rate != 1000 {
			t.Errorf("%d runs, %d shares, ended %v, rate %v, %v", n, accepted, ended, rate, err)
		}
		if d := h.only(); d.Hashrate != nil || d.Headline.State != "stopped" {
			t.Errorf("a stopped program shows numbers of the past: %+v", d)
		}
	})
}

func TestRemovedDevice(t *testing.T) {
	c := newClock()
	db := sqltest.Open(t, sqltest.SQLite(t))
	series := openSeries(t, c)
	h := openHouse(t, db, series, c, &book{})
	a := newSim(t)
	a.hello(h)
	f := a.minerFacts("m", c.now())
	a.deliver(h, a.facts(f))
	if len(h.state().Devices) != 1 {
		t.Fatal("no device")
	}
	h.keep(context.Background())
	f.Gone = true
	a.deliver(h, a.facts(f))
	if len(h.state().Devices) != 0 {
		t.Error("a removed device is still shown")
	}
	h.keep(context.Background())
	if h = openHouse(t, db, series, c, &book{}); len(h.state().Devices) != 0 {
		t.Error("a removed device is back after a restart")
	}
}

func TestStaleAndBlind(t *testing.T) {
	c := newClock()
	h := openHouse(t, sqltest.Open(t, sqltest.SQLite(t)), openSeries(t, c), c, &book{})
	a := newSim(t)
	a.hello(h)
	a.announce(1, a.columns("m")...)
	a.facts(a.minerFacts("m", c.now()))
	a.batch(c.now(), 1020, 14, 0, 1)
	a.flush(h)
	if s := h.state(); s.Overview.Sentence != "Mining: 1.02 kH/s on 127.0.0.1:1, 14 shares accepted, none refused." || s.Overview.State != "ok" {
		t.Errorf("%+v", s.Overview)
	}
	c.add(6 * time.Second)
	h.inv.Heard(testRig)
	s := h.state()
	d := s.Devices[string(a.id("m"))]
	if !d.Stale || d.Headline.State != "warn" || d.Reach != "stale" || s.Overview.Totals[0].Hashrate != nil || s.Overview.Totals[0].NotCounted != 1 {
		t.Errorf("a stale reading counts: %+v %+v", d.Headline, s.Overview.Totals)
	}
	c.add(20 * time.Second)
	s = h.state()
	d = s.Devices[string(a.id("m"))]
	if d.Headline.State != "blind" || s.Overview.Devices.Blind != 1 || s.Overview.State != "crit" || s.Host.Agent.Connected {
		t.Errorf("a silent agent's device is %+v; %+v", d.Headline, s.Overview)
	}
	if len(s.Overview.NeedsYou) != 1 {
		t.Errorf("a blind rig is not one thing: %+v", s.Overview.NeedsYou)
	}
	a.deliver(h, a.batch(c.now(), 900, 15, 0, 1))
	if d := h.only(); d.Headline.State != "ok" {
		t.Errorf("it is back, but %+v", d.Headline)
	}
}

// TestReadingsFromTheBuffer: what waited at the agent is stored, but is not news.
func TestReadingsFromTheBuffer(t *testing.T) {
	c := newClock()
	h := openHouse(t, sqltest.Open(t, sqltest.SQLite(t)), openSeries(t, c), c, &book{})
	a := newSim(t)
	a.hello(h)
	a.announce(1, a.columns("m")...)
	a.facts(a.minerFacts("m", c.now()))
	a.batch(c.now().Add(-5*time.Minute), 1, 1, 0, 1)
	a.flush(h)
	if d := h.only(); !d.Stale || d.Hashrate == nil {
		t.Errorf("a reading five minutes old is fresh: %+v", d)
	}
}

// TestWrongClock: an agent whose clock is wrong is told by its signs of life.
func TestWrongClock(t *testing.T) {
	c := newClock()
	h := openHouse(t, sqltest.Open(t, sqltest.SQLite(t)), openSeries(t, c), c, &book{})
	a := newSim(t)
	a.hello(h)
	wrong := c.now().Add(-3 * time.Hour)
	b, err := wire.Marshal(wire.Alive{Rig: testRig, At: wrong})
	if err != nil {
		t.Fatal(err)
	}
	send[struct{}](h, h.onAlive, wire.AliveSubject(testRig), b)
	a.announce(1, a.columns("m")...)
	a.facts(a.minerFacts("m", wrong))
	a.batch(wrong, 1, 1, 0, 1)
	a.flush(h)
	if d := h.only(); d.Stale {
		t.Error("a fresh reading of a wrong clock is stale")
	}
}

func TestHostIsNoMiner(t *testing.T) {
	c := newClock()
	h := openHouse(t, sqltest.Open(t, sqltest.SQLite(t)), openSeries(t, c), c, &book{})
	a := newSim(t)
	a.hello(h)
	id := a.id("host")
	cores := 2
	a.deliver(h, a.facts(wire.DeviceFacts{Device: id, Info: device.Info{Name: "host", Kind: device.KindHost}, Reach: "live", Work: "hashing",
		Host: &wire.HostFacts{Hostname: "desk", OS: "linux", CPUModel: "CPU", Cores: &cores}}))
	a.deliver(h, a.announce(1, wire.Column{Device: id, Metric: wire.MetricCPUUsage}, wire.Column{Device: id, Metric: wire.MetricTemperature}))
	a.deliver(h, a.batch(c.now(), 50, nan))
	s := h.state()
	switch {
	case len(s.Devices) != 0:
		t.Error("the host is listed as a device")
	case s.Host == nil || s.Host.CPU.Usage == nil || *s.Host.CPU.Usage != 0.5 || s.Host.CPU.Temperature != nil || s.Host.Battery != nil || s.Host.LoadAverage != nil:
		t.Errorf("host: %+v", s.Host)
	case s.Overview.Sentence != "Nothing is mining yet." || s.Overview.State != "idle" || s.Overview.Mode != "empty":
		t.Errorf("overview: %+v", s.Overview)
	}
	if len(s.Rigs) != 1 {
		t.Errorf("rigs: %v", s.Rigs)
	}
}

func TestConsentIsNeededOnlyWhenSomethingWaits(t *testing.T) {
	c := newClock()
	h := openHouse(t, sqltest.Open(t, sqltest.SQLite(t)), openSeries(t, c), c, &book{})
	a := newSim(t)
	a.hello(h)
	a.deliver(h, a.add(wire.Frame{Kind: wire.FrameRig, RigNow: &wire.RigFacts{Rig: testRig, At: c.now()}}))
	if s := h.state(); s.Consent == nil || s.Consent.Granted || s.Consent.Needed || s.Pause == nil {
		t.Errorf("%+v %+v", s.Consent, s.Pause)
	}
	f := a.minerFacts("m", c.now())
	f.Work, f.Reason, f.PID = wire.WorkHeld, "consent is missing", nil
	a.deliver(h, a.facts(f))
	s := h.state()
	if !s.Consent.Needed || len(s.Overview.NeedsYou) != 1 || s.Overview.NeedsYou[0].ID != "consent" {
		t.Errorf("%+v %+v", s.Consent, s.Overview.NeedsYou)
	}
	if want := "Nothing is mining: adit waits for your consent on this computer. 1 thing needs you."; s.Overview.Sentence != want {
		t.Errorf("sentence %q", s.Overview.Sentence)
	}
}
