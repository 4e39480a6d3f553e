package telemetry

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/adit-mining/adit/link/wire"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
	"github.com/adit-mining/adit/store/tsdb"
)

// fullDisk is a time series store that refuses while full is set.
type fullDisk struct {
	tsdb.DB
	full bool
}

func (f *fullDisk) Append(ctx context.Context, samples []tsdb.Sample) (tsdb.Appended, error) {
	if f.full {
		return tsdb.Appended{}, errors.New("no space left on device")
	}
	return f.DB.Append(ctx, samples)
}

// TestFullDisk: what cannot be stored is not acknowledged, and is stored when there is room again.
func TestFullDisk(t *testing.T) {
	c := newClock()
	h := openHouse(t, sqltest.Open(t, sqltest.SQLite(t)), openSeries(t, c), c, &book{})
	disk := &fullDisk{DB: h.series, full: true}
	h.o.Series = disk
	a := newSim(t)
	a.hello(h)
	start := c.now()
	a.deliver(h, a.announce(1, a.columns("m")...))
	a.deliver(h, a.facts(a.minerFacts("m", start)))
	for i := range 6 {
		c.add(10 * time.Second)
		a.deliver(h, a.batch(start.Add(time.Duration(i)*10*time.Second), float64(i), 1, 0, 1))
		h.keep(context.Background())
	}
	if acked := h.streams[testRig].acked; acked != 2 {
		t.Errorf("frame %d is acknowledged though the disk was full from frame 3 on", acked)
	}
	if d := h.only(); *d.Hashrate != 5 {
		t.Error("a full disk stops the live state")
	}
	disk.full = false
	c.add(bucket)
	h.keep(context.Background())
	if acked := h.streams[testRig].acked; acked != a.seq {
		t.Errorf("%d of %d frames are acknowledged when there is room again", acked, a.seq)
	}
	if got := h.stored(a.id("m"), start, start.Add(time.Minute)); len(got) != 6 {
		t.Errorf("stored: %v", got)
	}
}

// TestBrokenDatabase: nothing is acknowledged while the cursor cannot be written; nothing is forgotten meanwhile.
func TestBrokenDatabase(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx, c := context.Background(), newClock()
		series := openSeries(t, c)
		h := openHouse(t, db, series, c, &book{})
		a := newSim(t)
		a.hello(h)
		a.deliver(h, a.announce(1, a.columns("m")...))
		f := a.minerFacts("m", c.now())
		a.deliver(h, a.facts(f))
		if _, err := db.Exec(ctx, `ALTER TABLE telemetry_cursor RENAME TO elsewhere`); err != nil {
			t.Fatal(err)
		}
		h.keep(ctx)
		if acked := h.streams[testRig].acked; acked != 0 {
			t.Errorf("%d frames are acknowledged", acked)
		}
		f.Gone = true
		a.deliver(h, a.facts(f))
		a.deliver(h, a.facts(a.minerFacts("n", c.now())))
		h.keep(ctx)
		if _, err := db.Exec(ctx, `ALTER TABLE elsewhere RENAME TO telemetry_cursor`); err != nil {
			t.Fatal(err)
		}
		h.keep(ctx)
		if acked := h.streams[testRig].acked; acked != a.seq {
			t.Errorf("%d of %d frames are acknowledged", acked, a.seq)
		}
		again := openHouse(t, db, series, c, &book{})
		if d := again.only(); d.Name != "n" {
			t.Errorf("after a restart: %+v", d)
		}
		if again.streams[testRig].schemas[1] == nil {
			t.Error("the schema was not written")
		}
	})
}

// TestDevicesWithoutEnd: an agent cannot fill the hub's memory.
func TestDevicesWithoutEnd(t *testing.T) {
	c := newClock()
	h := openHouse(t, sqltest.Open(t, sqltest.SQLite(t)), openSeries(t, c), c, &book{})
	h.counts[testRig] = maxDevices - 1
	a := newSim(t)
	a.hello(h)
	a.deliver(h, a.facts(a.minerFacts("m", c.now())))
	a.deliver(h, a.facts(a.minerFacts("n", c.now())))
	a.deliver(h, a.announce(1, append(a.columns("n"), a.columns("m")...)...))
	a.deliver(h, a.batch(c.now(), 1, 2, 3, 4, 5, 6, 7, 8))
	if d := h.only(); d.Name != "m" || *d.Hashrate != 5 {
		t.Errorf("%+v", d)
	}
	for i := range uint32(2 * maxSchemas) {
		a.deliver(h, a.announce(i+2))
	}
	if n := len(h.streams[testRig].schemas); n > maxSchemas {
		t.Errorf("%d schemas are kept", n)
	}
	for range maxEvents + 5 {
		h.take(context.Background(), a.add(wire.Frame{Kind: wire.FrameEvent, Event: &wire.Event{Kind: "k"}}))
	}
	if n := len(h.streams[testRig].events); n != maxEvents {
		t.Errorf("%d events wait", n)
	}
}
