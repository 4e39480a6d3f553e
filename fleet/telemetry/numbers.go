package telemetry

import (
	"context"
	"sort"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/inventory"
)

// SeriesInfo explains a metric.
type SeriesInfo struct {
	Name    string
	Help    string
	Counter bool // it only grows, until it begins anew
}

// Catalog lists the metrics of devices, rigs and the fleet, by name.
func Catalog() []SeriesInfo {
	out := []SeriesInfo{
		{Name: seriesHashrate, Help: "Hashes per second of one device over the last ten seconds."},
		{Name: seriesAccepted, Help: "Shares of the present run that the upstream accepted.", Counter: true},
		{Name: seriesRejected, Help: "Shares of the present run that the upstream refused, stale ones left out.", Counter: true},
		{Name: seriesStale, Help: "Shares of the present run that came too late.", Counter: true},
		{Name: "adit_difficulty", Help: "Difficulty of the shares that the upstream asks for."},
		{Name: "adit_temperature_celsius", Help: "Hottest temperature of a device or computer."},
		{Name: "adit_power_watts", Help: "Measured power of a device or computer."},
		{Name: "adit_cpu_usage_ratio", Help: "Share of all CPU threads in use, 0 to 1."},
		{Name: "adit_memory_rss_bytes", Help: "Memory that a program holds, huge pages left out."},
		{Name: "adit_memory_available_bytes", Help: "Memory of a computer that can be had without swapping."},
		{Name: seriesRigHashrate, Help: "Hashes per second of all devices of one computer, by algorithm."},
		{Name: seriesRigPower, Help: "Measured power of all devices of one computer."},
		{Name: seriesFleetHashrate, Help: "Hashes per second of all devices with a fresh reading, by algorithm."},
		{Name: metricDevices, Help: "Mining programs and devices by the state of their headline."},
		{Name: metricInfo, Help: "Always 1; says what a device is and works for."},
		{Name: metricRigUp, Help: "1 where the agent on a computer is heard, else 0."},
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// Metrics that are told and not stored.
const (
	metricDevices = "adit_devices"
	metricInfo    = "adit_device_info"
	metricRigUp   = "adit_rig_up"
)

// Number is one metric now.
type Number struct {
	Name   string
	Labels map[string]string
	Value  float64
}

// Numbers are the metrics of this moment. What is not known, or not fresh, is left out.
func (s *Service) Numbers(ctx context.Context, actor adit.Actor) ([]Number, error) {
	if err := actor.May(adit.ScopeMetrics); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := numbers{service: s, rigs: map[adit.RigID]inventory.Rig{}, states: map[string]int{}, rates: map[rollUpID]float64{}}
	n.collect()
	return n.out, nil
}

type numbers struct {
	service *Service
	rigs    map[adit.RigID]inventory.Rig
	states  map[string]int
	rates   map[rollUpID]float64
	out     []Number
}

func (n *numbers) add(name string, v float64, pairs ...string) {
	labels := make(map[string]string, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		labels[pairs[i]] = pairs[i+1]
	}
	n.out = append(n.out, Number{name, labels, v})
}

func (n *numbers) collect() {
	now := n.service.o.Now()
	for _, r := range n.service.o.Inventory.All() {
		n.rigs[r.ID] = r
		up := 0.0
		if r.Online {
			up = 1
		}
		n.add(metricRigUp, up, "rig", string(r.ID), "name", r.Name)
	}
	for _, d := range n.service.sorted() {
		if d.known && !d.gone {
			n.device(n.service.look(d, n.rigs[d.rig], now, nil))
		}
	}
	for id, v := range n.rates {
		if id.name == seriesRigPower {
			n.add(id.name, v, "rig", string(id.rig))
			continue
		}
		n.add(id.name, v, "rig", string(id.rig), "algorithm", string(id.algorithm))
	}
	for algorithm, t := range n.service.totals(now) {
		if t.Hashrate != nil {
			n.add(seriesFleetHashrate, *t.Hashrate, "algorithm", algorithm)
		}
	}
	for _, state := range []string{"ok", "warn", "crit", "blind", "paused", "starting", "stopped"} {
		n.add(metricDevices, float64(n.states[state]), "state", state)
	}
}

func (n *numbers) device(d seen) {
	if !d.isHost() {
		n.states[d.headline.State]++
		pool := ""
		if d.facts.Pool != nil {
			pool = poolHost(d.facts.Pool.URL)
		}
		n.add(metricInfo, 1, "device", string(d.id), "rig", string(d.rig), "name", d.name(), "driver", d.facts.Info.Driver,
			"version", d.facts.Info.Version, "algorithm", string(d.facts.Algorithm), "pool", pool)
	}
	if !d.look.online || d.look.stale || !d.running() && !d.isHost() {
		return
	}
	for _, h := range hotSlots {
		if v := d.value(h.slot); v != nil {
			n.add(h.name, *v*h.scale, "device", string(d.id), "rig", string(d.rig))
		}
	}
	if v := d.value(slotHashrate); v != nil && d.facts.Algorithm != "" {
		n.rates[rollUpID{seriesRigHashrate, d.rig, d.facts.Algorithm}] += *v
	}
	if v := d.value(slotPower); v != nil && !d.isHost() {
		n.rates[rollUpID{seriesRigPower, d.rig, ""}] += *v
	}
}

// Counts are how often something happened since adit started.
type Counts struct {
	Readings     uint64 // taken in
	ReadingsLost uint64 // that could not be understood
	RunsStarted  uint64
	RunsEnded    uint64
	RunsFailed   uint64 // of RunsEnded: by themselves
	Listeners    int    // of the live feed, now
}

// Counts tells what the service has done.
func (s *Service) Counts(ctx context.Context, actor adit.Actor) (Counts, error) {
	if err := actor.May(adit.ScopeMetrics); err != nil {
		return Counts{}, err
	}
	listeners := s.feed.Listeners()
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counted
	c.Listeners = listeners
	return c, nil
}
