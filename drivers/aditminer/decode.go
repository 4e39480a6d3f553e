package aditminer

import (
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/drivers/internal/xmrapi"
)

// summary is /2/summary: XMRig's keys and our own.
type summary struct {
	xmrapi.Summary
	Adit own `json:"adit"`
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

func (s summary) snapshot(bs []xmrapi.Backend) device.Snapshot {
	out := s.Snapshot(bs)
	out.Reason = s.Adit.Reason
	out.Rejected = s.rejected()
	out.Stale = xmrapi.As[uint64](s.Adit.Stale)
	out.LastAccepted = s.Adit.LastAccepted
	out.Pool = s.pool()
	out.Mode = s.Adit.Mode
	out.DatasetProgress = s.Adit.Dataset.Progress
	out.Memory = s.memory()
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
		return xmrapi.As[uint64](s.Adit.Rejected)
	}
	n := s.Rejected()
	if stale := xmrapi.As[uint64](s.Adit.Stale); n != nil && stale != nil {
		*n -= min(*n, *stale)
	}
	return n
}

func (s summary) pool() *device.PoolState {
	c := s.Connection
	if c.Pool == "" && s.Adit.Pool == nil {
		return nil
	}
	p := &device.PoolState{URL: c.Pool, Count: 1, Uptime: xmrapi.Duration(c.Uptime, time.Second), Ping: xmrapi.Duration(c.Ping, time.Millisecond),
		Failures: xmrapi.As[uint64](c.Failures), State: "connecting"}
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

func (s summary) memory() *device.Memory {
	rss, pages := xmrapi.As[adit.Bytes](s.Adit.Memory.RSS), xmrapi.As[adit.Bytes](s.Adit.Memory.HugePages)
	if rss == nil {
		rss = xmrapi.As[adit.Bytes](s.Resources.Memory.RSS)
	}
	if rss == nil && pages == nil {
		return nil
	}
	return &device.Memory{RSS: rss, HugePages: pages}
}
