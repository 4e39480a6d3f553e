package main

import (
	"math"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/pow/engine"
	"github.com/adit-mining/adit/pow/randomx"
	"github.com/adit-mining/adit/stratum"
)

// object is a JSON object whose keys are XMRig's; nil is null: unknown.
type object = map[string]any

// agentName is how this program names itself to pools.
func agentName() string {
	return "adit-miner/" + adit.Version + " (" + runtime.GOOS + " " + runtime.GOARCH + ")"
}

// summary has every key of XMRig's /2/summary, and ours below "adit". Source: xmrig 6.26 Api.cpp, Miner.cpp,
// Network.cpp, NetworkState.cpp.
func (m *miner) summary() object {
	r, st := m.engine.Report(), m.pool.Status()
	up := time.Since(m.began)
	refused := st.Rejected + st.Stale
	avg := m.average(st)
	return object{
		"id": text(m.cfg.API.ID), "worker_id": worker(m.cfg.API.Worker), "uptime": int64(up.Seconds()), "restricted": false,
		"resources": resources(r),
		"features":  []string{"api", "http", "tls"},
		"results": object{
			"diff_current": st.Difficulty, "shares_good": st.Accepted, "shares_total": st.Accepted + refused,
			"avg_time": seconds(avg), "avg_time_ms": millis(avg), "hashes_total": st.AcceptedWork, "best": list10(m.results.top()),
		},
		"algo":       algo(r.Algorithm),
		"connection": m.connection(st, avg),
		"version":    adit.Version, "kind": "miner", "ua": agentName(),
		"cpu":          cpu(),
		"donate_level": 0, "paused": r.Paused, "algorithms": m.lib.Algorithms(),
		"hashrate":  object{"total": rates(r.Hashrate), "highest": rate(r.Highest)},
		"hugepages": []int{r.Pages.Got, r.Pages.Want},
		"adit":      own(r, st),
	}
}

// connection is how it stands with the pool.
func (m *miner) connection(st stratum.Status, avg *time.Duration) object {
	var up *time.Duration
	if st.Since != nil {
		d := time.Since(*st.Since)
		up = &d
	}
	c := object{
		"pool": hostOf(st.URL), "ip": orNil(st.IP), "uptime": seconds(up), "uptime_ms": millis(up), "ping": millis(st.Ping),
		"failures": st.Failures, "tls": orNil(st.TLSVersion), "tls-fingerprint": orNil(st.Fingerprint), "algo": algo(st.Algorithm),
		"diff": st.Difficulty, "accepted": st.Accepted, "rejected": st.Rejected + st.Stale,
		"avg_time": seconds(avg), "avg_time_ms": millis(avg), "hashes_total": st.AcceptedWork,
	}
	if st.Reason != "" { // XMRig's /1/ has a list; one reason is what is known
		c["error_log"] = []string{st.Reason}
	}
	return c
}

// own is what XMRig's shape has no place for.
func own(r engine.Report, st stratum.Status) object {
	state := map[stratum.State]string{stratum.Working: "connected", stratum.Connecting: "connecting", stratum.Ended: "disconnected"}[st.State]
	var build *float64
	if r.Build != nil {
		s := round2(r.Build.Seconds())
		build = &s
	}
	return object{
		"state": r.State, "reason": r.Reason, "mode": r.Mode,
		"dataset":          object{"progress": r.Progress, "seconds": build},
		"memory":           object{"rss": r.RSS, "huge_pages": r.HugePages, "transparent_huge_pages": engine.Memory{}.Transparent()},
		"last_accepted_at": st.LastAcceptedAt, "stale": st.Stale, "rejected": st.Rejected, "lost": st.Lost + r.Lost,
		"hashes": r.Hashes, "refusals": st.Refusals, "height": st.Height,
		"pool": object{"index": st.Pool, "count": st.Pools, "state": state, "url": st.URL, "reason": orNil(st.Reason)},
	}
}

// average is the time between accepted shares, nil before the first. Source: xmrig NetworkState::avgTime.
func (m *miner) average(st stratum.Status) *time.Duration {
	if st.Accepted == 0 || st.Since == nil {
		return nil
	}
	d := time.Since(m.began) / time.Duration(st.Accepted)
	return &d
}

// backends has every key of XMRig's /2/backends. Source: xmrig CpuBackend::toJSON.
func (m *miner) backends() []object {
	r := m.engine.Report()
	threads := []object{}
	for _, t := range r.Threads {
		cpu := -1 // XMRig's word for "not bound"
		if t.CPU != nil {
			cpu = *t.CPU
		}
		threads = append(threads, object{"intensity": 1, "affinity": cpu, "av": nil, "hashrate": rates(t.Hashrate)})
	}
	profile := any(nil)
	if r.Algorithm != "" {
		profile = "rx"
	}
	return []object{{
		"type": "cpu", "enabled": r.State != engine.StateStopped, "algo": algo(r.Algorithm), "profile": profile,
		"hw-aes": has(cpuFlags(), "aes"), "priority": nil, "msr": false, "asm": nil, "argon2-impl": nil,
		"hugepages": []int{r.Pages.Got, r.Pages.Want}, "memory": len(r.Threads) * (2 << 20), // scratchpads, as XMRig counts
		"hashrate": rates(r.Hashrate), "threads": threads,
		"adit": object{"library": m.describe(), "available": randomx.Available},
	}}
}

func (m *miner) describe() any {
	if d, ok := m.lib.(interface{ Describe() string }); ok {
		return d.Describe()
	}
	return nil
}

// resources is what the machine gives.
func resources(r engine.Report) object {
	total, avail := engine.Memory{}.Machine()
	return object{
		"memory":       object{"free": avail, "total": total, "resident_set_memory": r.RSS},
		"load_average": loadAverage(), "hardware_concurrency": runtime.NumCPU(),
	}
}

func loadAverage() any {
	b, err := os.ReadFile("/proc/loadavg")
	f := strings.Fields(string(b))
	if err != nil || len(f) < 3 {
		return nil
	}
	var out []float64
	for _, s := range f[:3] {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return nil
		}
		out = append(out, v)
	}
	return out
}

func rates(r engine.Rates) []*float64 {
	out := make([]*float64, len(r))
	for i, v := range r {
		out[i] = rate(v)
	}
	return out
}

func rate(v *adit.Hashrate) *float64 {
	if v == nil {
		return nil
	}
	f := round2(float64(*v))
	return &f
}

func round2(v float64) float64 { return math.Round(v*100) / 100 }

func seconds(d *time.Duration) any {
	if d == nil {
		return nil
	}
	return int64(d.Seconds())
}

func millis(d *time.Duration) any {
	if d == nil {
		return nil
	}
	return d.Milliseconds()
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func algo(a adit.Algorithm) any { return orNil(string(a)) }

// list10 is never null: a program without shares has an empty list.
func list10(v []uint64) []uint64 { return append([]uint64{}, v...) }

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// worker is the configured name, else the computer's. Source: xmrig Api::genWorkerId.
func worker(s *string) any {
	if s != nil && *s != "" {
		return *s
	}
	h, err := os.Hostname()
	if err != nil {
		return nil
	}
	return h
}

// hostOf is the pool as XMRig names it: without the scheme.
func hostOf(url string) string {
	if _, host, ok := strings.Cut(url, "://"); ok {
		return host
	}
	return url
}
