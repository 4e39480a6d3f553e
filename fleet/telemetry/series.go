package telemetry

import (
	"cmp"
	"context"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
	"github.com/adit-mining/adit/store/tsdb"
)

// Names of the series, the same as on /metrics. A device's series carry the labels device and rig, roll-ups rig and
// algorithm, or algorithm alone.
const (
	seriesHashrate      = "adit_hashrate"
	seriesAccepted      = "adit_shares_accepted_total"
	seriesRejected      = "adit_shares_rejected_total"
	seriesStale         = "adit_shares_stale_total"
	seriesRigHashrate   = "adit_rig_hashrate"
	seriesRigPower      = "adit_rig_power_watts"
	seriesFleetHashrate = "adit_fleet_hashrate"
)

// hot are the numbers that are kept over time, by their series' name; all others live in memory only.
var hot = map[wire.Metric]string{
	wire.MetricHashrate:        seriesHashrate,
	wire.MetricAccepted:        seriesAccepted,
	wire.MetricRejected:        seriesRejected,
	wire.MetricStale:           seriesStale,
	wire.MetricDifficulty:      "adit_difficulty",
	wire.MetricTemperature:     "adit_temperature_celsius",
	wire.MetricPower:           "adit_power_watts",
	wire.MetricCPUUsage:        "adit_cpu_usage_ratio",
	wire.MetricRSS:             "adit_memory_rss_bytes",
	wire.MetricMemoryAvailable: "adit_memory_available_bytes",
}

// scale turns a number of the wire into the base unit of its series; 1 where nothing is said.
var scale = map[wire.Metric]float64{wire.MetricCPUUsage: 0.01}

// hotSlots are the slots of hot, resolved once.
var hotSlots = func() (out []struct {
	slot  int
	name  string
	scale float64
}) {
	for i, m := range slots {
		if name, ok := hot[m]; ok {
			out = append(out, struct {
				slot  int
				name  string
				scale float64
			}{i, name, cmp.Or(scale[m], 1)})
		}
	}
	return out
}()

// pendingBucket holds the readings of one agent that are not yet in the time series: of each bucket of time the last
// reading is kept. While it holds something, frames from first on are not acknowledged.
type pendingBucket struct {
	first   uint64    // frame; 0 = nothing is pending
	at      time.Time // of the last reading in it
	since   time.Time // when it began, by the hub's clock
	samples []tsdb.Sample
	ready   []tsdb.Sample // of buckets before, which could not be stored yet
	sums    map[adit.Algorithm]float64
}

// maxReady bounds what waits for a store that fails.
const maxReady = 50_000

// release lets go of the frames; their samples go with the next ones.
func (p *pendingBucket) release() {
	p.ready = append(p.ready, p.samples...)
	p.first, p.samples = 0, p.samples[:0]
}

// stored is the last frame whose readings are all in the time series.
func (st *stream) stored() uint64 {
	if st.pending.first == 0 {
		return st.seen
	}
	return st.pending.first - 1
}

// bucketBatch replaces the reading that waits, or stores it first where this one begins a new bucket.
func (s *Service) bucketBatch(ctx context.Context, st *stream, sc *schema, seq uint64, at, now time.Time) {
	p := &st.pending
	if p.first != 0 && !p.at.Truncate(bucket).Equal(at.Truncate(bucket)) {
		s.store(ctx, st)
	}
	if p.first == 0 {
		p.first, p.since = seq, now
	}
	p.at = at
	p.samples = p.samples[:0]
	s.sample(st, sc, at)
}

// sample collects the numbers of a reading that are kept, and their roll-ups.
func (s *Service) sample(st *stream, sc *schema, at time.Time) {
	p := &st.pending
	if p.sums == nil {
		p.sums = map[adit.Algorithm]float64{}
	}
	clear(p.sums)
	power, powered := 0.0, false
	for _, c := range sc.cells {
		last := c.to
		if last == nil || last.sampled == last.batch {
			continue
		}
		last.sampled = last.batch
		for _, h := range hotSlots {
			v := last.values[h.slot]
			if unknown(v) {
				continue
			}
			p.samples = append(p.samples, tsdb.Sample{Key: last.key(h.slot, h.name), At: at, Value: v * h.scale})
		}
		if v := last.value(slotHashrate); v != nil && last.facts.Algorithm != "" {
			p.sums[last.facts.Algorithm] += *v
		}
		if v := last.value(slotPower); v != nil && !last.isHost() {
			power, powered = power+*v, true
		}
	}
	for algorithm, sum := range p.sums {
		p.samples = append(p.samples, tsdb.Sample{Key: s.rollUp(seriesRigHashrate, st.rig, algorithm), At: at, Value: sum})
	}
	if powered {
		p.samples = append(p.samples, tsdb.Sample{Key: s.rollUp(seriesRigPower, st.rig, ""), At: at, Value: power})
	}
}

// key is the series of one of a device's numbers.
func (d *live) key(slot int, name string) *tsdb.Key {
	if d.keys[slot] == nil {
		d.keys[slot] = tsdb.MustKey(name, "device", string(d.id), "rig", string(d.rig))
	}
	return d.keys[slot]
}

type rollUpID struct {
	name      string
	rig       adit.RigID
	algorithm adit.Algorithm
}

// rollUp is the series of a sum. An algorithm's name comes from an agent: one that cannot be a label is "other".
func (s *Service) rollUp(name string, rig adit.RigID, algorithm adit.Algorithm) *tsdb.Key {
	id := rollUpID{name, rig, algorithm}
	k := s.views.keys[id]
	if k == nil {
		var err error
		if k, err = tsdb.NewKey(name, "rig", string(rig), "algorithm", string(algorithm)); err != nil {
			k = tsdb.MustKey(name, "rig", string(rig), "algorithm", "other")
		}
		s.views.keys[id] = k
	}
	return k
}

// store writes what is pending of an agent. Where the store fails, it waits for the next time, within bounds.
func (s *Service) store(ctx context.Context, st *stream) {
	p := &st.pending
	p.ready = append(p.ready, p.samples...)
	p.samples = p.samples[:0]
	if over := len(p.ready) - maxReady; over > 0 {
		s.o.Log.ErrorContext(ctx, "the time series cannot be written: readings are lost", "rig", st.rig, "samples", over)
		p.ready = append(p.ready[:0], p.ready[over:]...)
	}
	n, err := s.o.Series.Append(context.WithoutCancel(ctx), p.ready)
	if err != nil {
		s.o.Log.WarnContext(ctx, "the time series cannot be written; readings wait in memory and at the agent", "rig", st.rig, "err", err)
		return
	}
	if skipped := n.Late + n.Early + n.Clash; skipped > 0 {
		s.o.Log.DebugContext(ctx, "samples were skipped", "rig", st.rig, "late", n.Late, "early", n.Early, "clash", n.Clash)
	}
	p.ready = p.ready[:0]
	p.first = 0
}

// settle stores what has waited long enough for a reading that would complete its bucket; all of it where ctx is the last.
func (s *Service) settle(ctx context.Context) { s.storeOlder(ctx, 0) }

func (s *Service) storeOlder(ctx context.Context, age time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	for _, st := range s.streams {
		p := &st.pending
		if p.first != 0 && now.Sub(p.since) >= age || p.first == 0 && len(p.ready) > 0 {
			s.store(ctx, st)
		}
	}
}

// rollUpFleet writes the fleet's hashrate per algorithm, of the readings that are fresh now.
func (s *Service) rollUpFleet(ctx context.Context) {
	s.mu.Lock()
	now := s.o.Now()
	var samples []tsdb.Sample
	for algorithm, t := range s.totals(now) {
		if t.Hashrate != nil {
			samples = append(samples, tsdb.Sample{Key: s.rollUp(seriesFleetHashrate, "", adit.Algorithm(algorithm)), At: now, Value: *t.Hashrate})
		}
	}
	s.mu.Unlock()
	if len(samples) == 0 {
		return
	}
	if _, err := s.o.Series.Append(ctx, samples); err != nil {
		s.o.Log.DebugContext(ctx, "the fleet's hashrate was not stored", "err", err)
	}
}
