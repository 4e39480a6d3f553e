package host

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
)

// Driver is the row of the parts list.
var Driver = device.Driver{
	Name: "host",
	Kind: device.KindHost,
	Open: func(_ context.Context, a device.Address) (device.Device, error) { return Open(a) },
}

// Host reads one computer. It keeps what never changes, and the last CPU counters to tell the usage between two polls.
type Host struct {
	name string
	root root

	mu      sync.Mutex
	still   *device.Host // what does not change while the system runs; nil = not read yet
	sensors sensors
	fans    fans
	heat    throttle
	regs    bool // the processor has model-specific registers
	last    cpuTimes
}

var _ device.Device = (*Host)(nil)

// Open makes a reader of this computer; Address.Root replaces "/". It reads nothing yet.
func Open(a device.Address) (*Host, error) {
	if a.Name == "" {
		a.Name = "host"
	}
	if !adit.ValidName(a.Name) {
		return nil, adit.InvalidField("name", "%q cannot name a device", a.Name)
	}
	if a.Root == "" {
		a.Root = "/"
	}
	return &Host{name: a.Name, root: root(a.Root)}, nil
}

// Info implements device.Device.
func (h *Host) Info() device.Info {
	s := h.fixed()
	title := s.CPUModel
	if title == "" {
		title = s.Hostname
	}
	return device.Info{Name: h.name, Kind: device.KindHost, Driver: Driver.Name, Title: title, Version: s.Kernel}
}

// Snapshot implements device.Device. Usage is unknown in the first one.
func (h *Host) Snapshot(ctx context.Context) (device.Snapshot, error) {
	if err := ctx.Err(); err != nil {
		return device.Snapshot{}, err
	}
	now := *h.fixed()
	h.mu.Lock()
	defer h.mu.Unlock()
	at := time.Now()
	now.Usage = h.usage()
	now.LoadAverage = h.root.load()
	now.Uptime = h.root.uptime()
	h.root.memory(&now)
	now.Battery = h.root.battery()
	now.MSR = h.root.msr(h.regs)
	now.Fans = h.fans.read(h.root, at)
	h.heat.read(h.root, at, &now)
	temp, seen := h.sensors.hottest(h.root, at)
	now.SensorsSeen = seen
	return device.Snapshot{At: at.UTC(), Temperature: temp, Host: &now}, nil
}

// Close implements device.Device; there is nothing to let go of.
func (h *Host) Close() error { return nil }

// fixed returns what does not change, read once.
func (h *Host) fixed() *device.Host {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.still == nil {
		h.still = &device.Host{Hostname: h.root.hostname(), OS: h.root.system(), Kernel: h.root.line("proc/sys/kernel/osrelease")}
		h.still.NUMANodes, h.regs = h.root.nodes(), h.root.registers()
		h.still.CPUModel, h.still.Cores, h.still.Threads = h.root.processor()
		if h.still.Threads == nil && h.root == "/" {
			n := runtime.NumCPU()
			h.still.Threads = &n
		}
	}
	return h.still
}
