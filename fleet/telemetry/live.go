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

// Where the numbers of a device lie in live.values.
const (
	slotHashrate = iota
	slotHashrate60s
	slotHashrate15m
	slotHashrateHighest
	slotBaseline
	slotAccepted
	slotRejected
	slotStale
	slotDifficulty
	slotLastAcceptedAt
	slotPower
	slotTemperature
	slotUptime
	slotDatasetProgress
	slotHugePagesGot
	slotHugePagesWanted
	slotRSS
	slotHugePagesBytes
	slotPoolUptime
	slotPoolPing
	slotPoolFailures
	slotCPUUsage
	slotLoad1
	slotLoad5
	slotLoad15
	slotMemoryTotal
	slotMemoryAvailable
	slotHugePagesTotal
	slotHugePagesFree
	slotBatteryPercent
	slotThrottleCount
	slotThrottling
	slotCount
)

// slots names them.
var slots = [slotCount]wire.Metric{
	slotHashrate:        wire.MetricHashrate,
	slotHashrate60s:     wire.MetricHashrate60s,
	slotHashrate15m:     wire.MetricHashrate15m,
	slotHashrateHighest: wire.MetricHashrateHighest,
	slotBaseline:        wire.MetricBaseline,
	slotAccepted:        wire.MetricAccepted,
	slotRejected:        wire.MetricRejected,
	slotStale:           wire.MetricStale,
	slotDifficulty:      wire.MetricDifficulty,
	slotLastAcceptedAt:  wire.MetricLastAcceptedAt,
	slotPower:           wire.MetricPower,
	slotTemperature:     wire.MetricTemperature,
	slotUptime:          wire.MetricUptime,
	slotDatasetProgress: wire.MetricDatasetProgress,
	slotHugePagesGot:    wire.MetricHugePagesGot,
	slotHugePagesWanted: wire.MetricHugePagesWanted,
	slotRSS:             wire.MetricRSS,
	slotHugePagesBytes:  wire.MetricHugePagesBytes,
	slotPoolUptime:      wire.MetricPoolUptime,
	slotPoolPing:        wire.MetricPoolPing,
	slotPoolFailures:    wire.MetricPoolFailures,
	slotCPUUsage:        wire.MetricCPUUsage,
	slotLoad1:           wire.MetricLoad1,
	slotLoad5:           wire.MetricLoad5,
	slotLoad15:          wire.MetricLoad15,
	slotMemoryTotal:     wire.MetricMemoryTotal,
	slotMemoryAvailable: wire.MetricMemoryAvailable,
	slotHugePagesTotal:  wire.MetricHugePagesTotal,
	slotHugePagesFree:   wire.MetricHugePagesFree,
	slotBatteryPercent:  wire.MetricBatteryPercent,
	slotThrottleCount:   wire.MetricThrottleCount,
	slotThrottling:      wire.MetricThrottling,
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
	d := &live{id: id, rig: rig, values: make([]float64, slotCount), keys: make([]*tsdb.Key, slotCount)}
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
func (d *live) value(slot int) *float64 {
	if unknown(d.values[slot]) {
		return nil
	}
	v := d.values[slot]
	return &v
}

func (d *live) count(slot int) *uint64 {
	v := d.values[slot]
	if unknown(v) || v < 0 {
		return nil
	}
	n := uint64(v)
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
