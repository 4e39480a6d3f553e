package telemetry

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/fleet/inventory"
	"github.com/adit-mining/adit/link/wire"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
	"github.com/adit-mining/adit/store/tsdb"
)

// noSeries is a time series store that keeps nothing.
type noSeries struct{ tsdb.Empty }

// BenchmarkFeed is one tick with 100 browsers, while a tenth of the devices changed: what DESIGN.md section 6 budgets.
func BenchmarkFeed(b *testing.B) {
	for _, devices := range []int{1, 1000, 10000} {
		b.Run(fmt.Sprintf("devices=%d/browsers=100", devices), func(b *testing.B) { benchFeed(b, devices) })
	}
}

func benchFeed(b *testing.B, devices int) {
	ctx := context.Background()
	c := newClock()
	db := sqltest.Open(b, sqltest.SQLite(b))
	inv, err := inventory.Open(ctx, db, c.now)
	if err != nil {
		b.Fatal(err)
	}
	s, err := Open(ctx, Options{DB: db, Series: noSeries{}, Inventory: inv, Journal: &book{}, Now: c.now})
	if err != nil {
		b.Fatal(err)
	}
	if err := inv.Met(ctx, wire.Hello{Rig: testRig, Name: "desk"}); err != nil {
		b.Fatal(err)
	}
	var cols []wire.Column
	for i := range devices {
		id := testRig.Device(fmt.Sprint("m", i))
		cols = append(cols, wire.Column{Device: id, Metric: wire.MetricHashrate}, wire.Column{Device: id, Metric: wire.MetricAccepted})
		s.take(ctx, wire.Frame{Rig: testRig, Epoch: "e", Seq: uint64(i + 1), Kind: wire.FrameFacts, Facts: &wire.DeviceFacts{
			Device: id, Info: device.Info{Kind: device.KindSoftware}, Reach: "live", Work: "hashing", Desired: "running", Algorithm: adit.RandomX}})
	}
	s.streams[testRig].interval = 10 * time.Second
	seq := uint64(devices)
	for i := range 10 { // ten schemas, each a tenth of the devices
		seq++
		part := cols[len(cols)*i/10/2*2 : len(cols)*(i+1)/10/2*2]
		if devices < 10 {
			part = cols
		}
		s.take(ctx, wire.Frame{Rig: testRig, Epoch: "e", Seq: seq, Kind: wire.FrameSchema, Schema: &wire.Schema{ID: uint32(i + 1), Columns: part}})
	}
	var subs []*Subscription
	for range 100 {
		sub, err := s.Subscribe(ctx, owner)
		if err != nil {
			b.Fatal(err)
		}
		<-sub.Frames
		subs = append(subs, sub)
	}
	bytes := 0
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		c.add(time.Second)
		inv.Heard(testRig)
		seq++
		part := s.streams[testRig].schemas[uint32(i%10+1)]
		values := make([]float64, len(part.cells))
		for j := range values {
			values[j] = float64(i + j)
		}
		s.take(ctx, wire.Frame{Rig: testRig, Epoch: "e", Seq: seq, Kind: wire.FrameBatch, Batch: &wire.Batch{Schema: uint32(i%10 + 1), At: c.now(), Values: values}})
		s.tick()
		for _, sub := range subs {
			bytes = len(<-sub.Frames)
		}
	}
	b.ReportMetric(float64(bytes), "B/frame")
	for _, sub := range subs {
		sub.Close()
	}
}
