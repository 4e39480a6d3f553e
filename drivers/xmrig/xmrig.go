package xmrig

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/drivers/internal/xmrapi"
)

// Driver is the row of the parts list.
var Driver = device.Driver{
	Name:        "xmrig",
	Kind:        device.KindSoftware,
	Description: "XMRig: RandomX and other algorithms on CPU and GPU; open source (GPL-3.0), mines 1 % of the time for its authors",
	FeePercent:  percent(defaultDonate),
	Open:        func(_ context.Context, a device.Address) (device.Device, error) { return Open(a) },
	Launch:      Render,
	Find:        find,
	Version:     version,
}

func percent(p float64) *float64 { return &p }

// Miner is one running XMRig, reached over its HTTP API and heard through its output.
type Miner struct {
	name  string
	set   settings
	api   *xmrapi.Client
	heard heard

	mu      sync.Mutex
	version string         // "" until the first answer
	pools   []upstreamPool // nil until they were read
}

var (
	_ device.Device     = (*Miner)(nil)
	_ device.Pauser     = (*Miner)(nil)
	_ device.PoolSetter = (*Miner)(nil)
	_ device.Listener   = (*Miner)(nil)
	_ device.Ported     = (*Miner)(nil)
)

// settings is the Address.Settings of this driver: what other pools need, too, and what GPUs were asked for. Secret, as
// the token beside it.
type settings struct {
	OpenCL    bool           `json:"opencl,omitempty"`
	CUDA      bool           `json:"cuda,omitempty"`
	Algorithm adit.Algorithm `json:"algorithm,omitempty"`
	Socks     string         `json:"socks5,omitempty"`
	Account   string         `json:"account,omitempty"`
	Password  string         `json:"password,omitempty"`
}

// Open checks the address and contacts nothing. Port 0 there means that the output will tell the port.
func Open(a device.Address) (*Miner, error) {
	if !adit.ValidName(a.Name) {
		return nil, adit.InvalidField("name", "%q cannot name a program", a.Name)
	}
	m := &Miner{name: a.Name}
	if len(a.Settings) > 0 {
		if err := json.Unmarshal(a.Settings, &m.set); err != nil {
			return nil, adit.InvalidField("settings", "not JSON of this driver: %v", err)
		}
	}
	var err error
	if m.api, err = xmrapi.NewClient(a, "XMRig", m.Port); err != nil {
		return nil, err
	}
	return m, nil
}

// Info implements device.Device.
func (m *Miner) Info() device.Info {
	m.mu.Lock()
	defer m.mu.Unlock()
	return device.Info{Name: m.name, Kind: device.KindSoftware, Driver: Driver.Name, Title: "XMRig", Version: m.version}
}

// Snapshot implements device.Device with one GET of each of /2/summary and /2/backends, and of /2/config where the pools
// are not known.
func (m *Miner) Snapshot(ctx context.Context) (device.Snapshot, error) {
	if why := m.closedAPI(); why != "" && ctx.Err() == nil {
		return device.Snapshot{}, adit.Errorf(adit.Unreachable, "XMRig could not open its API: %s; free that port, or leave httpPort out", why)
	}
	var s xmrapi.Summary
	if err := m.api.Get(ctx, "/2/summary", &s); err != nil {
		return device.Snapshot{}, err
	}
	var bs []xmrapi.Backend
	if err := m.api.Get(ctx, "/2/backends", &bs); err != nil {
		return device.Snapshot{}, err
	}
	k := m.known()
	k.pools = m.poolsInUse(ctx)
	k.opencl, k.cuda = m.set.OpenCL, m.set.CUDA
	m.mu.Lock()
	if s.Version != "" {
		m.version = s.Version
	}
	m.mu.Unlock()
	return snapshot(s, bs, k), nil
}

// closedAPI is why there is no API, "" = nothing was said.
func (m *Miner) closedAPI() string {
	m.heard.mu.Lock()
	defer m.heard.mu.Unlock()
	return m.heard.portWhy
}

func (m *Miner) known() known {
	h := &m.heard
	h.mu.Lock()
	defer h.mu.Unlock()
	return known{poolWhy: h.poolWhy, mode: h.mode, building: h.building, ready: h.ready, last: h.last, fee: h.fee, feeSince: h.feeSince}
}

// poolsInUse are the configured pools, read anew after they may have changed; nil = they could not be read.
func (m *Miner) poolsInUse(ctx context.Context) []upstreamPool {
	m.heard.mu.Lock()
	news := m.heard.news
	m.heard.news = false
	m.heard.mu.Unlock()
	m.mu.Lock()
	have := m.pools
	m.mu.Unlock()
	if have != nil && !news {
		return have
	}
	var c struct{ Pools []upstreamPool }
	if err := m.api.Get(ctx, "/2/config", &c); err != nil {
		m.forgetPools() // asked again at the next poll
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pools = c.Pools
	return c.Pools
}

func (m *Miner) forgetPools() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pools = nil
}

// Pause implements device.Pauser: threads stop, memory and connection stay.
func (m *Miner) Pause(ctx context.Context) error { return m.pause(ctx, "pause", true) }

// Resume implements device.Pauser.
func (m *Miner) Resume(ctx context.Context) error { return m.pause(ctx, "resume", false) }

// pause asks, and looks whether it was done: XMRig answers OK to an order it passes over.
func (m *Miner) pause(ctx context.Context, order string, want bool) error {
	if err := m.api.Call(ctx, order); err != nil {
		return err
	}
	var s xmrapi.Summary
	if err := m.api.Get(ctx, "/2/summary", &s); err != nil {
		return err
	}
	if s.Paused == nil || *s.Paused != want {
		return adit.Errorf(adit.Refused, "XMRig was told to %s and did not", order)
	}
	return nil
}

// How long SetPools waits until the new pools are in use, and how often it looks. XMRig takes them at once; one that
// watches its file (not started by this adit) takes half a second.
const (
	poolsPatience = 3 * time.Second
	poolsLook     = 100 * time.Millisecond
)

// SetPools implements device.PoolSetter: it changes the pools in XMRig's own configuration, everything else stays, and
// reads it back. Threads go on, and a pause holds.
func (m *Miner) SetPools(ctx context.Context, pools []device.Pool) error {
	want, err := upstream{m.set.Algorithm, m.set.Account, m.set.Password, m.set.Socks}.pools(pools)
	if err != nil {
		return err
	}
	var c map[string]json.RawMessage
	if err := m.api.Get(ctx, "/2/config", &c); err != nil {
		return err
	}
	if c["http"] == nil || c["pools"] == nil {
		return adit.Errorf(adit.Refused, "XMRig's configuration is not understood: nothing was changed")
	}
	if c["pools"], err = json.Marshal(want); err != nil {
		return err
	}
	m.forgetPools()
	if err := m.api.Put(ctx, "/2/config", c); err != nil {
		return err
	}
	return m.took(ctx, want)
}

// took waits until XMRig uses the pools.
func (m *Miner) took(ctx context.Context, want []pool) error {
	late := time.NewTimer(poolsPatience)
	defer late.Stop()
	look := time.NewTicker(poolsLook)
	defer look.Stop()
	for {
		var c struct{ Pools []upstreamPool }
		if err := m.api.Get(ctx, "/2/config", &c); err != nil {
			return err
		}
		if slices.EqualFunc(c.Pools, want, func(a upstreamPool, b pool) bool { return a.URL == b.URL && a.User == b.User }) {
			m.forgetPools()
			return nil
		}
		select {
		case <-ctx.Done():
			return adit.Errorf(adit.Timeout, "XMRig has not changed over yet: %w", ctx.Err())
		case <-late.C:
			return adit.Errorf(adit.Refused, "XMRig took the new pools and does not use them")
		case <-look.C:
		}
	}
}

// Close implements device.Device; XMRig goes on.
func (m *Miner) Close() error {
	m.api.Close()
	return nil
}
