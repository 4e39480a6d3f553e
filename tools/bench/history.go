package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/inventory"
	"github.com/adit-mining/adit/fleet/journal"
	"github.com/adit-mining/adit/fleet/telemetry"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/tsdb"
)

// What the history of one miner is made of: the series that adit keeps of a program and of its computer's sums.
var historySeries = []string{
	"adit_hashrate", "adit_shares_accepted_total", "adit_shares_rejected_total", "adit_shares_stale_total", "adit_difficulty",
	"adit_temperature_celsius", "adit_power_watts", "adit_memory_rss_bytes",
}

const (
	historyDevice = "rig/miner"
	historyDays   = 30
)

// history writes thirty days of one miner, ten seconds apart, and reads them for charts.
func history(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "adit-bench-history-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	now := time.Now().Truncate(time.Hour)
	began := time.Now()
	if err := fillHistory(ctx, filepath.Join(dir, "tsdb"), now); err != nil {
		return err
	}
	samples := len(historySeries) * historyDays * 24 * 360
	row("30 days of one miner written", fmt.Sprintf("%.1f M/s", float64(samples)/time.Since(began).Seconds()/1e6), "samples")
	size, err := weight(filepath.Join(dir, "tsdb"))
	if err != nil {
		return err
	}
	row("30 days of one miner on disk", fmt.Sprintf("%.1f MB", float64(size)/1e6), fmt.Sprintf("%.2f B/sample", float64(size)/float64(samples)))
	return readHistory(ctx, dir, now)
}

// fillHistory lets time pass hour by hour, so that the database puts its past into blocks as it would.
func fillHistory(ctx context.Context, dir string, now time.Time) error {
	clock := now.Add(-historyDays * 24 * time.Hour)
	db, err := tsdb.Open(dir, tsdb.Options{Retention: 2 * historyDays * 24 * time.Hour, Now: func() time.Time { return clock }})
	if err != nil {
		return err
	}
	keys := make([]*tsdb.Key, len(historySeries))
	for i, name := range historySeries {
		keys[i] = tsdb.MustKey(name, "device", historyDevice, "rig", "rig")
	}
	batch := make([]tsdb.Sample, 0, 360*len(keys))
	for n := 0; clock.Before(now); {
		batch = batch[:0]
		for range 360 {
			clock = clock.Add(10 * time.Second)
			n++
			for i, k := range keys {
				batch = append(batch, tsdb.Sample{Key: k, At: clock, Value: synthetic(i, n)})
			}
		}
		if _, err := db.Append(ctx, batch); err != nil {
			return err
		}
	}
	return db.Close() // what is opened again has read its log back, as after a restart
}

// synthetic is a number that changes as such numbers do: rates and heat a little each time, counts now and then.
func synthetic(series, n int) float64 {
	noise := math.Sin(float64(n)*12.9898) * 43758.5453
	noise -= math.Floor(noise)
	switch series {
	case 0:
		return math.Round((1000+20*noise)*10) / 10
	case 1:
		return float64(n / 3)
	case 2, 3:
		return float64(n / 3000)
	case 4:
		return 120_000
	}
	return math.Round(60 + 4*noise)
}

func weight(dir string) (total int64, err error) {
	err = filepath.Walk(dir, func(_ string, f os.FileInfo, err error) error {
		if err == nil && f.Mode().IsRegular() {
			total += f.Size()
		}
		return err
	})
	return total, err
}

// readHistory asks as a page does: the hub's answer for a chart, made into JSON.
func readHistory(ctx context.Context, dir string, now time.Time) error {
	db, err := sqldb.Open(ctx, filepath.Join(dir, "adit.db"), sqldb.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // it is thrown away
	series, err := tsdb.Open(filepath.Join(dir, "tsdb"), tsdb.Options{Retention: 2 * historyDays * 24 * time.Hour})
	if err != nil {
		return err
	}
	defer func() { _ = series.Close() }()
	clock := func() time.Time { return now }
	inv, err := inventory.Open(ctx, db, clock)
	if err != nil {
		return err
	}
	hub, err := telemetry.Open(ctx, telemetry.Options{DB: db, Series: series, Inventory: inv, Journal: &journal.Service{DB: db}, Now: clock})
	if err != nil {
		return err
	}
	for _, c := range []struct {
		what    string
		span    time.Duration
		metrics []string
		budget  time.Duration
	}{
		{"30 days of one miner for a chart", historyDays * 24 * time.Hour, []string{"hashrate"}, 50 * time.Millisecond},
		{"30 days, hashrate and shares", historyDays * 24 * time.Hour, []string{"hashrate", "accepted", "rejected", "stale"}, 0},
		{"a day of one miner for a chart", 24 * time.Hour, []string{"hashrate"}, 10 * time.Millisecond},
		{"a day, hashrate and shares", 24 * time.Hour, []string{"hashrate", "accepted", "rejected", "stale"}, 0},
	} {
		t, err := timed(func() error {
			chart, err := hub.Chart(ctx, adit.LocalOwner("bench"), telemetry.ChartQuery{
				Metrics: c.metrics, Device: historyDevice, Span: telemetry.Span{Since: now.Add(-c.span), Until: now}})
			if err == nil && (len(chart.Lines) != len(c.metrics) || len(chart.Lines[0].Points) < 1000) {
				err = fmt.Errorf("a chart of %d lines", len(chart.Lines))
			}
			if err == nil {
				_, err = json.Marshal(chart.Lines)
			}
			return err
		})
		if err != nil {
			return err
		}
		budget := "-"
		if c.budget > 0 {
			budget = fmt.Sprintf("≤ %d ms (%.2f)", c.budget.Milliseconds(), float64(t.usual)/float64(c.budget))
		}
		row(c.what, ms(t.usual)+" ms", budget)
		row("  the first time; CPU", ms(t.first)+"; "+ms(t.cpu)+" ms", "")
	}
	return nil
}

// took is how long something takes the first time, usually, and in CPU time on average.
type took struct{ first, usual, cpu time.Duration }

const rounds = 21

func timed(f func() error) (t took, err error) {
	var all []time.Duration
	before := spent()
	for range rounds {
		began := time.Now()
		if err := f(); err != nil {
			return t, err
		}
		all = append(all, time.Since(began))
	}
	t.first, t.cpu = all[0], (spent()-before)/rounds
	slices.Sort(all)
	t.usual = all[len(all)/2]
	return t, nil
}

// spent is the CPU time of this process so far.
func spent() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d.Microseconds())/1000) }
