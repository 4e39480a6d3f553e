package telemetry

import (
	"math"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
	"github.com/adit-mining/adit/store/tsdb"
)

// maxThreads bounds the per-thread rates kept of one device.
const maxThreads = 1024

// slots is where the numbers of a device lie in live.values.
var slots = []wire.Metric{
	wire.MetricHashrate, wire.MetricHashrate60s, wire.MetricHashrate15m, wire.MetricHashrateHighest, wire.MetricBaseline,
	wire.MetricAccepted, wire.MetricRejected, wire.MetricStale, wire.MetricDifficulty, wire.MetricLastAcceptedAt,
	wire.MetricPower, wire.MetricTemperature, wire.MetricUptime, wire.MetricDatasetProgress,
	wire.MetricHugePagesGot, wire.MetricHugePagesWanted, wire.MetricRSS, wire.MetricHugePagesBytes,
	wire.MetricPoolUptime, wire.MetricPoolPing, wire.MetricPoolFailures,
	wire.MetricCPUUsage, wire.MetricLoad1, wire.MetricLoad5, wire.MetricLoad15, wire.MetricMemoryTotal,
	wire.MetricMemoryAvailable, wire.MetricHugePagesTotal, wire.MetricHugePagesFree, wire.MetricBatteryPercent,
}

var slotOf = func() map[wire.Metric]int {
	m := make(map[wire.Metric]int, len(slots))
	for i, name := range slots {
		m[name] = i
	}
	return m
}()

// live is what is known of one device now.
type live struct {
	id  adit.DeviceID
	rig adit.RigID

	facts wire.DeviceFacts
	known bool // facts were received
	gone  bool

	values  []float64 // by slot; NaN = unknown
	threads []float64
	at      time.Time // of the newest reading, by the agent's clock; zero = none
	heard   time.Time // when it came, by the hub's
	batch   uint64    // number of the frame that brought it
	sampled uint64    // number of the frame last sampled for the time series

	keys []*tsdb.Key // by slot; nil until used

	changed  bool // since the last view
	unsaved  bool // facts differ from the database
	unlisted bool // info differs from the inventory

	run   run
	cut   []run // ended, not yet written
	shown shown // how the last view showed it
}

func newLive(id adit.DeviceID, rig adit.RigID) *live {
	d := &live{id: id, rig: rig, values: make([]float64, len(slots)), keys: make([]*tsdb.Key, len(slots))}
	d.forget()
	return d
}

func (d *live) forget() {
	for i := range d.values {
		d.values[i] = math.NaN()
	}
	d.threads = d.threads[:0]
}

// begin starts a new reading of the device.
func (d *live) begin(seq uint64, at, heard time.Time, forget bool) {
	if forget {
		d.forget()
	}
	d.batch, d.at, d.heard, d.changed = seq, at, heard, true
}

func (d *live) set(c cell, v float64) {
	switch {
	case c.thread >= 0:
		for len(d.threads) <= c.thread {
			d.threads = append(d.threads, math.NaN())
		}
		d.threads[c.thread] = v
	case c.slot >= 0:
		d.values[c.slot] = v
	}
}

// value is a number of the newest reading, nil where unknown.
func (d *live) value(m wire.Metric) *float64 {
	v := d.values[slotOf[m]]
	if unknown(v) {
		return nil
	}
	return &v
}

func (d *live) count(m wire.Metric) *uint64 {
	v := d.value(m)
	if v == nil || *v < 0 {
		return nil
	}
	n := uint64(*v)
	return &n
}

func (d *live) name() string {
	_, name, _ := strings.Cut(string(d.id), "/")
	return name
}

// stale reports whether the newest reading is older than two intervals. A reading that waited in the agent's buffer
// was old when it came; skew takes out a clock that is wrong there.
func (d *live) stale(st *stream, now time.Time) bool {
	if d.at.IsZero() {
		return true
	}
	interval, skew := defaultInterval, time.Duration(0)
	if st != nil {
		interval, skew = st.interval, st.skew
	}
	limit := 2*interval + time.Second // a second for the way
	waited := d.heard.Sub(d.at.Add(skew))
	return now.Sub(d.heard) > limit || waited > limit
}

// running reports whether the program's process is there.
func (d *live) running() bool {
	switch d.facts.Work {
	case wire.WorkStopped, wire.WorkFailed, wire.WorkHeld, wire.WorkQuarantined:
		return false
	}
	return d.known && !d.gone
}
