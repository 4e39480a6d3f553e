package xmrapi

import (
	"encoding/json"
	"math"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
)

// Summary is /2/summary. Every number is a pointer: null and missing are unknown.
type Summary struct {
	Version    string     `json:"version"`
	Features   []string   `json:"features"` // of the build: "opencl", "cuda", "tls" …
	Uptime     *float64   `json:"uptime"`   // s
	Paused     *bool      `json:"paused"`
	Algo       string     `json:"algo"`
	Donate     *float64   `json:"donate_level"` // per cent
	Results    Results    `json:"results"`
	Connection Connection `json:"connection"`
	Hashrate   struct {
		Total   []*float64 `json:"total"` // 10 s, 60 s, 15 min; null until the window is filled
		Highest *float64   `json:"highest"`
	} `json:"hashrate"`
	HugePages json.RawMessage `json:"hugepages"` // [got, wanted]; older programs wrote a boolean
	Resources struct {
		Memory struct {
			RSS *float64 `json:"resident_set_memory"`
		} `json:"memory"`
	} `json:"resources"`
}

// Results are the shares of this run.
type Results struct {
	Diff  *float64 `json:"diff_current"`
	Good  *float64 `json:"shares_good"`
	Total *float64 `json:"shares_total"`
}

// Connection is the pool in use; all zero while there is none.
type Connection struct {
	Pool     string   `json:"pool"`
	IP       *string  `json:"ip"`     // null while there is no connection
	Uptime   *float64 `json:"uptime"` // s
	Ping     *float64 `json:"ping"`   // ms
	Failures *float64 `json:"failures"`
	TLS      *string  `json:"tls"`
	Rejected *float64 `json:"rejected"` // stale ones too
}

// Backend is one element of /2/backends.
type Backend struct {
	Type    string `json:"type"` // "cpu", "opencl", "cuda"
	Threads []struct {
		Affinity *int       `json:"affinity"` // -1 = none
		Hashrate []*float64 `json:"hashrate"`
	} `json:"threads"`
}

// Snapshot is what the shared keys say; Work, Mode, Stale and the pool's state are for the driver to add.
func (s Summary) Snapshot(bs []Backend) device.Snapshot {
	out := device.Snapshot{
		At:              time.Now().UTC(),
		Algorithm:       adit.Algorithm(s.Algo),
		Hashrate:        Rate(s.Hashrate.Total, 0),
		Hashrate60s:     Rate(s.Hashrate.Total, 1),
		Hashrate15m:     Rate(s.Hashrate.Total, 2),
		HashrateHighest: As[adit.Hashrate](s.Hashrate.Highest),
		Accepted:        As[uint64](s.Results.Good),
		Rejected:        s.Rejected(),
		Difficulty:      As[float64](s.Results.Diff),
		Uptime:          Duration(s.Uptime, time.Second),
		HugePages:       s.Pages(),
	}
	if rss := As[adit.Bytes](s.Resources.Memory.RSS); rss != nil {
		out.Memory = &device.Memory{RSS: rss}
	}
	for _, b := range bs {
		for _, t := range b.Threads {
			th := device.Thread{Hashrate: Rate(t.Hashrate, 0)}
			if t.Affinity != nil && *t.Affinity >= 0 {
				th.Affinity = t.Affinity
			}
			out.Threads = append(out.Threads, th)
		}
	}
	return out
}

// Rejected are the shares that were not accepted, stale ones too.
func (s Summary) Rejected() *uint64 {
	n := As[uint64](s.Connection.Rejected)
	if good, total := As[uint64](s.Results.Good), As[uint64](s.Results.Total); n == nil && good != nil && total != nil && *total >= *good {
		n = new(uint64)
		*n = *total - *good
	}
	return n
}

// Pages are the huge pages got and wanted, nil where the program does not tell both.
func (s Summary) Pages() *device.Pages {
	var n []int
	if json.Unmarshal(s.HugePages, &n) != nil || len(n) != 2 || n[0] < 0 || n[1] < 0 {
		return nil
	}
	return &device.Pages{Got: n[0], Wanted: n[1]}
}

// As converts a known, sane number; what is negative or not finite is unknown.
func As[T ~float64 | ~uint64](v *float64) *T {
	if v == nil || !(*v >= 0) || math.IsInf(*v, 0) || *v > 1<<63 {
		return nil
	}
	t := T(*v)
	return &t
}

// Rate is one window of a hashrate array, nil where it is short or null.
func Rate(window []*float64, i int) *adit.Hashrate {
	if i >= len(window) {
		return nil
	}
	return As[adit.Hashrate](window[i])
}

// Duration is a number of units, nil where it is unknown or absurd.
func Duration(v *float64, unit time.Duration) *time.Duration {
	if v == nil || !(*v >= 0) || *v > 1e12 {
		return nil
	}
	// Whole seconds up to 1e12 do not fit into a Duration.
	if float64(unit)**v > math.MaxInt64/2 {
		return nil
	}
	d := time.Duration(*v * float64(unit))
	return &d
}
