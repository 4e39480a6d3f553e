package aditminer

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/drivers/internal/xmrapi"
	"github.com/adit-mining/adit/internal/minerpath"
	"github.com/adit-mining/adit/internal/portfile"
)

// Driver is the row of the parts list. adit-miner takes no fee.
var Driver = device.Driver{
	Name:        "adit-miner",
	Aliases:     []string{"native"},
	Kind:        device.KindSoftware,
	Description: "adit's own engine: RandomX (Monero) on the CPU, without a fee",
	FeePercent:  new(float64),
	Open:        func(_ context.Context, a device.Address) (device.Device, error) { return Open(a) },
	Launch:      Render,
	Find:        func() (string, error) { return minerpath.Find("") },
	Version:     version,
}

// Engine is one running adit-miner, reached over its HTTP API.
type Engine struct {
	name string
	api  *xmrapi.Client

	mu      sync.Mutex
	version string // "" until the first answer
}

var (
	_ device.Device     = (*Engine)(nil)
	_ device.Pauser     = (*Engine)(nil)
	_ device.PoolSetter = (*Engine)(nil)
)

// settings is the Address.Settings of this driver.
type settings struct {
	// PortFile holds the port that was really taken; it wins over the URL's. Absolute; "" = none.
	PortFile string `json:"portFile,omitempty"`
}

// Open checks the address and contacts nothing: an engine that has just been started may take a while to answer.
// The URL must be on loopback, because the token travels unencrypted.
func Open(a device.Address) (*Engine, error) {
	if !adit.ValidName(a.Name) {
		return nil, adit.InvalidField("name", "%q cannot name a program", a.Name)
	}
	var s settings
	if len(a.Settings) > 0 {
		if err := json.Unmarshal(a.Settings, &s); err != nil {
			return nil, adit.InvalidField("settings", "not JSON of this driver: %v", err)
		}
	}
	api, err := xmrapi.NewClient(a, "the engine", func() int { return portfile.Read(s.PortFile) })
	if err != nil {
		return nil, err
	}
	return &Engine{name: a.Name, api: api}, nil
}

// Info implements device.Device.
func (e *Engine) Info() device.Info {
	e.mu.Lock()
	defer e.mu.Unlock()
	return device.Info{Name: e.name, Kind: device.KindSoftware, Driver: Driver.Name, Title: "adit-miner", Version: e.version}
}

// Snapshot implements device.Device with one GET of each of /2/summary and /2/backends.
func (e *Engine) Snapshot(ctx context.Context) (device.Snapshot, error) {
	var s summary
	if err := e.api.Get(ctx, "/2/summary", &s); err != nil {
		return device.Snapshot{}, err
	}
	var b []xmrapi.Backend
	if err := e.api.Get(ctx, "/2/backends", &b); err != nil {
		return device.Snapshot{}, err
	}
	if s.Version != "" {
		e.mu.Lock()
		e.version = s.Version
		e.mu.Unlock()
	}
	return s.snapshot(b), nil
}

// Pause implements device.Pauser: threads stop, memory and connection stay.
func (e *Engine) Pause(ctx context.Context) error { return e.api.Call(ctx, "pause") }

// Resume implements device.Pauser.
func (e *Engine) Resume(ctx context.Context) error { return e.api.Call(ctx, "resume") }

// SetPools implements device.PoolSetter. The engine changes over without a restart.
func (e *Engine) SetPools(ctx context.Context, pools []device.Pool) error {
	ps, err := renderPools(pools)
	if err != nil {
		return err
	}
	return e.api.Put(ctx, "/2/config", map[string]any{"pools": ps})
}

// Close implements device.Device; the engine goes on.
func (e *Engine) Close() error {
	e.api.Close()
	return nil
}
