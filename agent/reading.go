package agent

import (
	"hash/crc32"
	"math"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
)

// reading is one number of a snapshot.
type reading struct {
	metric wire.Metric
	of     func(device.Snapshot) float64
}

// software are the columns of a mining program, before its threads.
var software = []reading{
	{wire.MetricHashrate, func(s device.Snapshot) float64 { return number(s.Hashrate) }},
	{wire.MetricHashrate60s, func(s device.Snapshot) float64 { return number(s.Hashrate60s) }},
	{wire.MetricHashrate15m, func(s device.Snapshot) float64 { return number(s.Hashrate15m) }},
	{wire.MetricHashrateHighest, func(s device.Snapshot) float64 { return number(s.HashrateHighest) }},
	{wire.MetricAccepted, func(s device.Snapshot) float64 { return number(s.Accepted) }},
	{wire.MetricRejected, func(s device.Snapshot) float64 { return number(s.Rejected) }},
	{wire.MetricStale, func(s device.Snapshot) float64 { return number(s.Stale) }},
	{wire.MetricDifficulty, func(s device.Snapshot) float64 { return number(s.Difficulty) }},
	{wire.MetricLastAcceptedAt, func(s device.Snapshot) float64 { return stamp(s.LastAccepted) }},
	{wire.MetricPower, func(s device.Snapshot) float64 { return number(s.Power) }},
	{wire.MetricTemperature, func(s device.Snapshot) float64 { return number(s.Temperature) }},
	{wire.MetricUptime, func(s device.Snapshot) float64 { return seconds(s.Uptime) }},
	{wire.MetricDatasetProgress, func(s device.Snapshot) float64 { return number(s.DatasetProgress) }},
	{wire.MetricHugePagesGot, func(s device.Snapshot) float64 {
		return field(s.HugePages, func(p *device.Pages) float64 { return float64(p.Got) })
	}},
	{wire.MetricHugePagesWanted, func(s device.Snapshot) float64 {
		return field(s.HugePages, func(p *device.Pages) float64 { return float64(p.Wanted) })
	}},
	{wire.MetricRSS, func(s device.Snapshot) float64 {
		return field(s.Memory, func(m *device.Memory) float64 { return number(m.RSS) })
	}},
	{wire.MetricHugePagesBytes, func(s device.Snapshot) float64 {
		return field(s.Memory, func(m *device.Memory) float64 { return number(m.HugePages) })
	}},
	{wire.MetricPoolUptime, func(s device.Snapshot) float64 {
		return field(s.Pool, func(p *device.PoolState) float64 { return seconds(p.Uptime) })
	}},
	{wire.MetricPoolPing, func(s device.Snapshot) float64 {
		return field(s.Pool, func(p *device.PoolState) float64 { return seconds(p.Ping) })
	}},
	{wire.MetricPoolFailures, func(s device.Snapshot) float64 {
		return field(s.Pool, func(p *device.PoolState) float64 { return number(p.Failures) })
	}},
}

// computer are the columns of a host.
var computer = []reading{
	{wire.MetricTemperature, func(s device.Snapshot) float64 { return number(s.Temperature) }},
	{wire.MetricPower, func(s device.Snapshot) float64 { return number(s.Power) }},
	{wire.MetricUptime, ofHost(func(h *device.Host) float64 { return seconds(h.Uptime) })},
	{wire.MetricCPUUsage, ofHost(func(h *device.Host) float64 { return number(h.Usage) })},
	{wire.MetricLoad1, ofHost(func(h *device.Host) float64 { return at(h.LoadAverage, 0) })},
	{wire.MetricLoad5, ofHost(func(h *device.Host) float64 { return at(h.LoadAverage, 1) })},
	{wire.MetricLoad15, ofHost(func(h *device.Host) float64 { return at(h.LoadAverage, 2) })},
	{wire.MetricMemoryTotal, ofHost(func(h *device.Host) float64 { return number(h.MemoryTotal) })},
	{wire.MetricMemoryAvailable, ofHost(func(h *device.Host) float64 { return number(h.MemoryFree) })},
	{wire.MetricHugePagesTotal, ofHost(func(h *device.Host) float64 {
		return field(h.HugePages, func(p *device.HugePagePool) float64 { return float64(p.Total) })
	})},
	{wire.MetricHugePagesFree, ofHost(func(h *device.Host) float64 {
		return field(h.HugePages, func(p *device.HugePagePool) float64 { return float64(p.Free) })
	})},
	{wire.MetricBatteryPercent, ofHost(func(h *device.Host) float64 {
		return field(h.Battery, func(b *device.Battery) float64 { return number(b.Percent) })
	})},
	{wire.MetricThrottleCount, ofHost(func(h *device.Host) float64 { return number(h.ThrottleCount) })},
	{wire.MetricThrottling, ofHost(func(h *device.Host) float64 {
		return field(h.Throttling, func(b *bool) float64 {
			if *b {
				return 1
			}
			return 0
		})
	})},
}

// columns are what a unit reports, in the order of its values.
func (u *unit) columns(rig adit.RigID) []wire.Column {
	id := rig.Device(u.name)
	list := software
	if u.host() {
		list = computer
	}
	var out []wire.Column
	for _, r := range list {
		out = append(out, wire.Column{Device: id, Metric: r.metric})
	}
	if u.host() {
		return out
	}
	out = append(out, wire.Column{Device: id, Metric: wire.MetricBaseline})
	for i := range u.threads {
		out = append(out, wire.Column{Device: id, Metric: wire.ThreadHashrate(i)})
	}
	return out
}

// values appends the unit's numbers; without a snapshot all are unknown. The caller holds u.mu.
func (u *unit) values(out []float64, s *device.Snapshot) []float64 {
	if s == nil {
		s = &device.Snapshot{}
	}
	list := software
	if u.host() {
		list = computer
	}
	for _, r := range list {
		out = append(out, r.of(*s))
	}
	if u.host() {
		return out
	}
	out = append(out, number(u.baseline()))
	for i := range u.threads {
		v := math.NaN()
		if i < len(s.Threads) {
			v = number(s.Threads[i].Hashrate)
		}
		out = append(out, v)
	}
	return out
}

// schemaID is made of the columns, so that equal schemas keep their number over restarts.
func schemaID(cs []wire.Column) uint32 {
	h := crc32.NewIEEE()
	for _, c := range cs {
		_, _ = h.Write([]byte(string(c.Device) + "\x00" + string(c.Metric) + "\x00")) // never fails
	}
	return h.Sum32()
}

func number[T ~float64 | ~uint64](p *T) float64 {
	if p == nil {
		return math.NaN()
	}
	return float64(*p)
}

func seconds(d *time.Duration) float64 {
	if d == nil {
		return math.NaN()
	}
	return d.Seconds()
}

func stamp(t *time.Time) float64 {
	if t == nil {
		return math.NaN()
	}
	return float64(t.UnixMilli()) / 1000
}

func at(v []float64, i int) float64 {
	if i >= len(v) {
		return math.NaN()
	}
	return v[i]
}

func field[T any](p *T, of func(*T) float64) float64 {
	if p == nil {
		return math.NaN()
	}
	return of(p)
}

func ofHost(of func(*device.Host) float64) func(device.Snapshot) float64 {
	return func(s device.Snapshot) float64 { return field(s.Host, of) }
}
