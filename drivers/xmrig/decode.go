package xmrig

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/drivers/internal/xmrapi"
)

const (
	// patience is how long after its threads began a run may be without a hashrate: XMRig tells one after ten seconds.
	patience = time.Minute
	// buildPatience bounds how long the building of a dataset excuses that nothing is hashed.
	buildPatience = 15 * time.Minute
)

// known is what beside the API's answers goes into a snapshot: what the output told, and the pools in use.
type known struct {
	poolWhy  string
	mode     string
	building time.Time
	ready    time.Time
	last     *time.Time
	fee      *bool
	feeSince time.Time

	pools []upstreamPool // nil = not known

	opencl, cuda bool // asked for
}

// upstreamPool is one element of "pools" in XMRig's configuration, as far as it may be shown.
type upstreamPool struct {
	URL         string  `json:"url"`
	User        string  `json:"user"`
	Fingerprint *string `json:"tls-fingerprint"`
}

// snapshot puts API, output and pools together.
func snapshot(s xmrapi.Summary, bs []xmrapi.Backend, k known) device.Snapshot {
	out := s.Snapshot(bs)
	zeros(&out)
	out.LastAccepted = k.last
	out.Pool = poolState(s.Connection, k)
	if strings.HasPrefix(s.Algo, "rx/") {
		out.Mode = k.mode
	}
	if k.builds(out.At) {
		out.Mode = "starting"
	}
	out.Fee = fee(s, k)
	out.Work, out.Reason = work(s, k, out)
	switch out.Work {
	case device.WorkPaused:
		still(&out)
	case device.WorkStarting:
		unmeasured(&out)
	}
	lost := out.Pool != nil && out.Pool.State != connected
	if why := noGPU(s, bs, k); why != "" && !lost && (out.Work == device.WorkHashing || out.Work == device.WorkZero) {
		out.Reason = why
	}
	return out
}

// noGPU says that GPUs were asked for and none mines. XMRig passes over what its build cannot do.
func noGPU(s xmrapi.Summary, bs []xmrapi.Backend, k known) string {
	up := xmrapi.Duration(s.Uptime, time.Second)
	if !k.opencl && !k.cuda || k.ready.IsZero() && (up == nil || *up < patience) {
		return ""
	}
	for _, b := range bs {
		if b.Type != "cpu" && len(b.Threads) > 0 {
			return ""
		}
	}
	can := k.opencl && slices.Contains(s.Features, "opencl") || k.cuda && slices.Contains(s.Features, "cuda")
	if !can && len(s.Features) > 0 {
		return "no GPU mines: this XMRig was built without " + wanted(k)
	}
	return "no GPU mines: XMRig found none for " + wanted(k) + ", see its log"
}

func wanted(k known) string {
	switch {
	case k.opencl && k.cuda:
		return "OpenCL and CUDA"
	case k.cuda:
		return "CUDA"
	}
	return "OpenCL"
}

// zeros forgets the numbers that XMRig writes as 0 where it means that there are none: no job, no pages asked for, no
// thread at work yet.
func zeros(s *device.Snapshot) {
	if s.Difficulty != nil && *s.Difficulty == 0 {
		s.Difficulty = nil
	}
	if s.HugePages != nil && s.HugePages.Wanted == 0 {
		s.HugePages = nil
	}
	if len(s.Threads) == 0 {
		s.Hashrate60s, s.Hashrate15m = nil, nil
	}
}

// still sets the rates of a paused run to what they are: XMRig goes on to tell those from before the pause.
func still(s *device.Snapshot) {
	if s.Hashrate != nil {
		s.Hashrate = new(adit.Hashrate)
	}
	for i := range s.Threads {
		if s.Threads[i].Hashrate != nil {
			s.Threads[i].Hashrate = new(adit.Hashrate)
		}
	}
}

// unmeasured forgets the rates of a run that has not begun: XMRig answers 0 until its first window is full (src/backend/
// common/Hashrate.cpp), and threads that wait for the dataset have no rate yet.
func unmeasured(s *device.Snapshot) {
	for _, r := range []**adit.Hashrate{&s.Hashrate, &s.Hashrate60s, &s.Hashrate15m, &s.HashrateHighest} {
		if *r != nil && **r == 0 {
			*r = nil
		}
	}
	for i, t := range s.Threads {
		if t.Hashrate != nil && *t.Hashrate == 0 {
			s.Threads[i].Hashrate = nil
		}
	}
}

func (k known) builds(now time.Time) bool {
	return !k.building.IsZero() && now.Sub(k.building) < buildPatience
}

// begun is how long the threads have been at work, nil where it is not known.
func (k known) begun(s device.Snapshot) *time.Duration {
	if k.ready.IsZero() {
		return s.Uptime
	}
	d := s.At.Sub(k.ready)
	if s.Uptime != nil && d > *s.Uptime {
		return s.Uptime
	}
	return &d
}

// work sums up what XMRig does, and why where it does nothing. XMRig tells "paused" for an order to pause only.
func work(s xmrapi.Summary, k known, n device.Snapshot) (device.Work, string) {
	begun := k.begun(n)
	young := begun != nil && *begun < patience
	fresh := n.Uptime == nil || *n.Uptime < patience
	lost := n.Pool != nil && n.Pool.State != connected
	shares := n.LastAccepted != nil && n.At.Sub(*n.LastAccepted) < patience
	switch {
	case s.Paused != nil && *s.Paused:
		return device.WorkPaused, ""
	case k.builds(n.At):
		return device.WorkStarting, "builds the RandomX dataset"
	case lost && fresh:
		return device.WorkStarting, n.Pool.State
	case lost:
		return device.WorkZero, n.Pool.State
	case n.Hashrate != nil && *n.Hashrate > 0, n.Hashrate == nil && shares:
		return device.WorkHashing, ""
	case young:
		return device.WorkStarting, ""
	case n.Hashrate != nil || begun != nil:
		return device.WorkZero, "it is connected and hashes nothing"
	}
	return "", ""
}

const connected = "connected"

// poolState is the pool in use, or the one that is tried.
func poolState(c xmrapi.Connection, k known) *device.PoolState {
	if c.Pool == "" && len(k.pools) == 0 {
		return nil
	}
	p := &device.PoolState{URL: c.Pool, Count: max(len(k.pools), 1), Failures: xmrapi.As[uint64](c.Failures), State: "connecting"}
	pinned := false
	for i, one := range k.pools {
		if c.Pool == "" && i == 0 || c.Pool != "" && hostPort(one.URL) == c.Pool {
			p.URL, p.Index = one.URL, i
			pinned = one.Fingerprint != nil && *one.Fingerprint != ""
			break
		}
	}
	if c.IP != nil && *c.IP != "" {
		p.State = connected
		p.Uptime = xmrapi.Duration(c.Uptime, time.Second)
		if p.Ping = xmrapi.Duration(c.Ping, time.Millisecond); p.Ping != nil && *p.Ping == 0 {
			p.Ping = nil // not measured yet, or under a millisecond
		}
	} else if k.poolWhy != "" {
		p.State = "disconnected: " + k.poolWhy
	}
	if c.TLS != nil && *c.TLS != "" {
		p.TLS = *c.TLS
		if !pinned {
			p.TLS += ", certificate not checked" // XMRig compares fingerprints only: src/base/net/stratum/Tls.cpp
		}
	}
	return p
}

// hostPort is what XMRig's API shows of a pool's address.
func hostPort(raw string) string {
	if u, err := url.Parse(raw); err == nil && u.Host != "" {
		return u.Host
	}
	return raw
}

func fee(s xmrapi.Summary, k known) *device.Fee {
	percent := xmrapi.As[float64](s.Donate)
	if percent == nil && k.fee == nil {
		return nil
	}
	f := &device.Fee{Percent: percent, Active: k.fee}
	if k.fee != nil && !k.feeSince.IsZero() {
		since := k.feeSince.UTC()
		f.Since = &since
	}
	return f
}
