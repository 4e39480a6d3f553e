package telemetry

import (
	"math"
	"time"

	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/fleet/inventory"
	"github.com/adit-mining/adit/fleet/telemetry/view"
	"github.com/adit-mining/adit/link/wire"
)

// view makes the object that people see of a device.
func (d *live) view(rig inventory.Rig, l look, now time.Time) view.Device {
	f := d.facts
	v := view.Device{
		ID: string(d.id), Rig: string(d.rig), Name: d.name(), Kind: string(f.Info.Kind), Driver: f.Info.Driver, Title: f.Info.Title,
		Headline: d.headline(rig, l, now), Reach: reach(f.Reach, l), Work: f.Work, Desired: f.Desired,
		At: timeOrNil(d.at), Stale: l.stale, Practice: f.Practice, Profile: textOrNil(f.Profile), Algorithm: textOrNil(string(f.Algorithm)),
		StartedAt: f.StartedAt, PID: f.PID, Restarts: f.Restarts, Mode: textOrNil(f.Mode),
		Version: textOrNil(f.Info.Version), FeePercent: f.FeePercent, Fee: feeView(f.Fee), Limits: []view.Limit{}, Threads: []view.Thread{},
	}
	if v.Title == "" {
		v.Title = v.Name
	}
	for _, lim := range f.Limits {
		v.Limits = append(v.Limits, view.Limit{Name: lim.Name, Holds: lim.Holds, Why: lim.Why})
	}
	if !d.running() {
		return v // the last numbers are those of a run that is over
	}
	d.numbers(&v)
	return v
}

func (d *live) numbers(v *view.Device) {
	f := d.facts
	v.Hashrate, v.Hashrate60s = d.value(slotHashrate), d.value(slotHashrate60s)
	v.Hashrate15m, v.HashrateHighest = d.value(slotHashrate15m), d.value(slotHashrateHighest)
	v.Baseline = d.value(slotBaseline)
	v.Accepted, v.Rejected, v.StaleShares = d.count(slotAccepted), d.count(slotRejected), d.count(slotStale)
	v.Difficulty = d.value(slotDifficulty)
	v.LastShareAt = unixOrNil(d.value(slotLastAcceptedAt))
	v.Temperature, v.Power = d.value(slotTemperature), d.value(slotPower)
	v.Uptime = d.value(slotUptime)
	v.DatasetProgress = d.value(slotDatasetProgress)
	v.Memory = view.Memory{RSS: d.value(slotRSS), HugePages: d.value(slotHugePagesBytes)}
	if got, wanted := d.value(slotHugePagesGot), d.value(slotHugePagesWanted); got != nil && wanted != nil {
		v.HugePages = &view.Pages{Got: *got, Wanted: *wanted}
	}
	if p := f.Pool; p != nil {
		v.Pool = &view.Pool{
			URL: p.URL, Index: p.Index, Count: p.Count, State: p.State, TLS: p.TLS != "",
			Uptime: d.value(slotPoolUptime), Ping: d.value(slotPoolPing), Failures: d.value(slotPoolFailures),
		}
	}
	for i := range min(f.Threads, maxThreads) {
		t := view.Thread{}
		if i < len(d.threads) && !unknown(d.threads[i]) {
			rate := d.threads[i]
			t.Hashrate = &rate
		}
		if i < len(f.Affinity) && f.Affinity[i] >= 0 {
			cpu := f.Affinity[i]
			t.Affinity = &cpu
		}
		v.Threads = append(v.Threads, t)
	}
}

// reach is how well we see a device, the hub's view put on the agent's.
func reach(agents string, l look) string {
	switch {
	case !l.online:
		return "blind"
	case agents == "live" && l.stale:
		return "stale"
	}
	return agents
}

func textOrNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func unixOrNil(v *float64) *time.Time {
	if v == nil || *v <= 0 || *v > math.MaxInt32*100 {
		return nil
	}
	t := time.UnixMilli(int64(*v * 1000)).UTC()
	return &t
}

// host makes the object of a rig; d is its device of kind host, nil where the agent has not told of it.
func host(rig inventory.Rig, d *live) view.Host {
	h := view.Host{
		Rig: string(rig.ID), Hostname: rig.Hostname, OS: rig.OS,
		Agent: view.Agent{Version: rig.Version, Connected: rig.Online, LastSeenAt: timeOrNil(rig.LastSeen)},
	}
	if d == nil {
		return h
	}
	if f := d.facts.Host; f != nil {
		h.Hostname, h.OS, h.Kernel = f.Hostname, f.OS, f.Kernel
		h.CPU.Model, h.CPU.Cores, h.CPU.Threads = f.CPUModel, f.Cores, f.Threads
		h.CPU.NUMANodes, h.CPU.MSR = f.NUMANodes, textOrNil(f.MSR)
		h.Battery = battery(f, d)
		h.Fans = fans(f.Fans)
		total, free := d.value(slotHugePagesTotal), d.value(slotHugePagesFree)
		if total != nil && free != nil {
			h.HugePages = &view.HugePages{Total: *total, Free: *free, SizeBytes: float64(f.PageSize)}
		}
	}
	h.CPU.Temperature = d.value(slotTemperature)
	h.CPU.Throttle = throttle(d)
	if u := d.value(slotCPUUsage); u != nil {
		share := *u / 100
		h.CPU.Usage = &share
	}
	h.Memory = view.HostMemory{Total: d.value(slotMemoryTotal), Available: d.value(slotMemoryAvailable)}
	h.Uptime = d.value(slotUptime)
	one, five, fifteen := d.value(slotLoad1), d.value(slotLoad5), d.value(slotLoad15)
	if one != nil && five != nil && fifteen != nil {
		h.LoadAverage = []float64{*one, *five, *fifteen}
	}
	return h
}

func battery(f *wire.HostFacts, d *live) *view.Battery {
	if f.Battery == nil {
		return nil
	}
	return &view.Battery{Present: *f.Battery, OnBattery: f.OnBattery, UPS: f.UPS, Percent: d.value(slotBatteryPercent)}
}

func throttle(d *live) *view.Throttle {
	n := d.count(slotThrottleCount)
	if n == nil {
		return nil
	}
	t := &view.Throttle{Count: *n}
	if v := d.value(slotThrottling); v != nil {
		now := *v > 0
		t.Now = &now
	}
	return t
}

func fans(list []device.Fan) []view.Fan {
	var out []view.Fan
	for _, f := range list {
		out = append(out, view.Fan{Name: f.Name, RPM: f.RPM})
	}
	return out
}
