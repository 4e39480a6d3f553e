package aditminer

import (
	"encoding/json"
	"math"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
)

// summary is /2/summary. Every number is a pointer: null and missing are unknown.
// Source of the shared keys: xmrig 6.26 (src/core/Miner.cpp, src/net/Network.cpp, src/base/api/Api.cpp).
type summary struct {
	Version    string     `json:"version"`
	Uptime     *float64   `json:"uptime"` // s
	Paused     *bool      `json:"paused"`
	Algo       string     `json:"algo"`
	Results    results    `json:"results"`
	Connection connection `json:"connection"`
	Hashrate   struct {
		Total   []*float64 `json:"total"` // 10 s, 60 s, 15 min
		Highest *float64   `json:"highest"`
	} `json:"hashrate"`
	HugePages json.RawMessage `json:"hugepages"` // [got, wanted]; older programs wrote a boolean
	Resources struct {
		Memory struct {
			RSS *float64 `json:"resident_set_memory"`
		} `json:"memory"`
	} `json:"resources"`
	Adit own `json:"adit"`
}

type results struct {
	Diff  *float64 `json:"diff_current"`
	Good  *float64 `json:"shares_good"`
	Total *float64 `json:"shares_total"`
}

type connection struct {
	Pool     string   `json:"pool"`
	Uptime   *float64 `json:"uptime"` // s
	Ping     *float64 `json:"ping"`   // ms
	Failures *float64 `json:"failures"`
	TLS      *string  `json:"tls"`
	Rejected *float64 `json:"rejected"`
}

// own is what adit-miner adds under "adit".
type own struct {
	State   string `json:"state"`
	Reason  string `json:"reason"`
	Mode    string `json:"mode"`
	Dataset struct {
		Progress *float64 `json:"progress"`
	} `json:"dataset"`
	Memory struct {
		RSS       *float64 `json:"rss"`
		HugePages *float64 `json:"huge_pages"`
	} `json:"memory"`
	Stale        *float64   `json:"stale"`
	Rejected     *float64   `json:"rejected"` // stale ones not counted
	LastAccepted *time.Time `json:"last_accepted_at"`
	Pool         *struct {
		Index  int    `json:"index"`
		Count  int    `json:"count"`
		State  string `json:"state"`
		URL    string `json:"url"` // with its scheme
		Reason string `json:"reason"`
	} `json:"pool"`
}

// backend is one element of /2/backends.
type backend struct {
	Type    string `json:"type"`
	Threads []struct {
		Affinity *int       `json:"affinity"` // -1 = none
		Hashrate []*float64 `json:"hashrate"`
	} `json:"threads"`
}

func (s summary) snapshot(bs []backend) device.Snapshot {
	out := device.Snapshot{
		At:              time.Now().UTC(),
		Reason:          s.Adit.Reason,
		Algorithm:       adit.Algorithm(s.Algo),
		Hashrate:        rate(s.Hashrate.Total, 0),
		Hashrate60s:     rate(s.Hashrate.Total, 1),
		Hashrate15m:     rate(s.Hashrate.Total, 2),
		HashrateHighest: as[adit.Hashrate](s.Hashrate.Highest),
		Accepted:        as[uint64](s.Results.Good),
		Rejected:        s.rejected(),
		Stale:           as[uint64](s.Adit.Stale),
		Difficulty:      as[float64](s.Results.Diff),
		LastAccepted:    s.Adit.LastAccepted,
		Pool:            s.pool(),
		Uptime:          duration(s.Uptime, time.Second),
		Mode:            s.Adit.Mode,
		DatasetProgress: s.Adit.Dataset.Progress,
		HugePages:       s.pages(),
		Memory:          s.memory(),
	}
	for _, b := range bs {
		for _, t := range b.Threads {
			th := device.Thread{Hashrate: rate(t.Hashrate, 0)}
			if t.Affinity != nil && *t.Affinity >= 0 {
				th.Affinity = t.Affinity
			}
			out.Threads = append(out.Threads, th)
		}
	}
	out.Work = s.work(out)
	return out
}

// patience is how long after its start an engine may be without a job before that counts as doing nothing.
const patience = time.Minute

// work sums up what the engine does. Its own state is the first witness; a program without one is judged by its rate.
func (s summary) work(n device.Snapshot) device.Work {
	young := n.Uptime == nil || *n.Uptime < patience
	switch {
	case s.Paused != nil && *s.Paused, s.Adit.State == "paused", s.Adit.State == "stopped":
		return device.WorkPaused
	case s.Adit.State == "starting":
		return device.WorkStarting
	case s.Adit.State == "hashing":
		return device.WorkHashing
	case s.Adit.State == "waiting" && young:
		return device.WorkStarting
	case s.Adit.State != "":
		return device.WorkZero
	case n.Hashrate != nil && *n.Hashrate > 0:
		return device.WorkHashing
	case n.Hashrate != nil:
		return device.WorkZero
	case n.Uptime != nil && young:
		return device.WorkStarting
	}
	return ""
}

// rejected leaves stale shares out where they are told apart: results and connection count them in.
func (s summary) rejected() *uint64 {
	if s.Adit.Rejected != nil {
		return as[uint64](s.Adit.Rejected)
	}
	n := as[uint64](s.Connection.Rejected)
	if good, total := as[uint64](s.Results.Good), as[uint64](s.Results.Total); n == nil && good != nil && total != nil && *total >= *good {
		n = new(uint64)
		*n = *total - *good
	}
	if stale := as[uint64](s.Adit.Stale); n != nil && stale != nil {
		*n -= min(*n, *stale)
	}
	return n
}

func (s summary) pool() *device.PoolState {
	c := s.Connection
	if c.Pool == "" && s.Adit.Pool == nil {
		return nil
	}
	p := &device.PoolState{URL: c.Pool, Count: 1, Uptime: duration(c.Uptime, time.Second), Ping: duration(c.Ping, time.Millisecond),
		Failures: as[uint64](c.Failures), State: "connecting"}
	if p.Uptime != nil && *p.Uptime > 0 {
		p.State = "connected"
	}
	if c.TLS != nil {
		p.TLS = *c.TLS
	}
	if a := s.Adit.Pool; a != nil {
		p.Count = max(a.Count, 1)
		p.Index = min(max(a.Index, 0), p.Count-1)
		if a.URL != "" {
			p.URL = a.URL
		}
		if a.State != "" {
			p.State = a.State
		}
		if a.Reason != "" && p.State != "connected" {
			p.State += ": " + a.Reason
		}
	}
	return p
}

func (s summary) pages() *device.Pages {
	var n []int
	if json.Unmarshal(s.HugePages, &n) != nil || len(n) != 2 || n[0] < 0 || n[1] < 0 {
		return nil
	}
	return &device.Pages{Got: n[0], Wanted: n[1]}
}

func (s summary) memory() *device.Memory {
	rss, pages := as[adit.Bytes](s.Adit.Memory.RSS), as[adit.Bytes](s.Adit.Memory.HugePages)
	if rss == nil {
		rss = as[adit.Bytes](s.Resources.Memory.RSS)
	}
	if rss == nil && pages == nil {
		return nil
	}
	return &device.Memory{RSS: rss, HugePages: pages}
}

// as converts a known, sane number; what is negative or not finite is unknown.
func as[T ~float64 | ~uint64](v *float64) *T {
	if v == nil || !(*v >= 0) || math.IsInf(*v, 0) || *v > 1<<63 {
		return nil
	}
	t := T(*v)
	return &t
}

func rate(window []*float64, i int) *adit.Hashrate {
	if i >= len(window) {
		return nil
	}
	return as[adit.Hashrate](window[i])
}

func duration(v *float64, unit time.Duration) *time.Duration {
	if v == nil || !(*v >= 0) || *v > 1e12 {
		return nil
	}
	d := time.Duration(*v * float64(unit))
	return &d
}
