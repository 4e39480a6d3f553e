package tsdb_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/adit-mining/adit/store/tsdb"
)

// BenchmarkAppend is the steady state: 10,000 series, one sample each per batch, keys kept.
func BenchmarkAppend(b *testing.B) {
	c := &clock{noon}
	db := open(b, b.TempDir(), tsdb.Options{Now: c.now})
	batch := make([]tsdb.Sample, 10_000)
	for i := range batch {
		batch[i].Key = tsdb.MustKey("metric", "device", fmt.Sprint(i))
	}
	n := 0
	for b.Loop() {
		c.at = c.at.Add(10 * time.Second)
		for i := range batch {
			batch[i].At, batch[i].Value = c.at, float64(i+n)
		}
		put(b, db, batch...)
		n += len(batch)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "samples/s")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkHistory30Days reads a month of one device at 10 s as a chart of an hour a point.
func BenchmarkHistory30Days(b *testing.B) {
	c := &clock{noon}
	dir := b.TempDir()
	db := open(b, dir, tsdb.Options{Now: c.now, Retention: 60 * 24 * time.Hour})
	k := tsdb.MustKey("hashrate", "device", "r1/native")
	const samples = 30 * 24 * 360
	for i := 0; i < samples; i += 360 {
		batch := make([]tsdb.Sample, 360)
		for j := range batch {
			c.at = noon.Add(time.Duration(i+j) * 10 * time.Second)
			batch[j] = at(k, c.at, float64((i+j)%977))
		}
		put(b, db, batch...)
	}
	awaitBlocks(b, dir, c.at)
	q := tsdb.HistoryQuery{Metric: "hashrate", Labels: map[string]string{"device": "r1/native"}, From: noon, To: c.at, Step: time.Hour}
	for b.Loop() {
		list, err := db.History(b.Context(), q)
		if err != nil || len(list) != 1 || len(list[0].Points) != 30*24 || list[0].Points[700].Value == nil {
			b.Fatalf("%d series, %v", len(list), err)
		}
	}
	b.ReportMetric(samples, "samples/op")
}
