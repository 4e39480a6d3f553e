package agent

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
)

// The states of wire.Finding.
const (
	stateOK   = "ok"
	stateInfo = "info"
	stateWarn = "warn"
	stateCrit = "crit"
)

// What RandomX wants. Source: RandomX configuration.h: a dataset of 2080 MiB and a cache of 256 MiB, 2 MiB per thread.
const (
	fastMemory   = 3 << 30
	datasetPages = (2080 + 256) / 2 // of 2 MiB
	diskLow      = 512 << 20
	diskVeryLow  = 64 << 20
)

// patient is what doctor looks at.
type patient struct {
	snap  device.Snapshot // of the host; zero where there is none
	flags string          // of the first CPU, between spaces; "" = unknown
	root  string
}

// Examine is the doctor for a computer whose agent does not run: it takes no lock and changes nothing. Of o it needs
// Dir, Registry and Root.
func Examine(ctx context.Context, o Options) ([]wire.Finding, error) {
	if o.Root == "" {
		o.Root = "/"
	}
	a := &Agent{o: o, log: slog.New(slog.DiscardHandler), units: map[string]*unit{}}
	if err := a.openInstaller(); err != nil {
		return nil, err
	}
	if err := a.openHost(ctx); err != nil {
		return nil, err
	}
	defer a.letGo()
	return a.examine(ctx), nil
}

// doctor looks at everything on this computer that mining depends on.
func (a *Agent) doctor(ctx context.Context, _ wire.Query) (any, error) { return a.examine(ctx), nil }

func (a *Agent) examine(ctx context.Context) []wire.Finding {
	p := patient{root: a.o.Root, flags: cpuFlags(a.o.Root)}
	if h := a.hostDevice(); h != nil {
		_ = a.shield("host", "poll", func() error { // what it does not say is unknown below
			s, err := h.Snapshot(ctx)
			if err == nil {
				p.snap = s
			}
			return err
		})
	}
	fs := []wire.Finding{a.consentFinding()}
	fs = append(fs, a.minerFindings(ctx)...)
	fs = append(fs, p.cpu(), p.memory(), p.hugePages(), p.msr(), p.sensors(), p.battery(), clockFinding(time.Now()), a.disk())
	fs = append(fs, a.limitFindings(p.root)...)
	return fs
}

func (a *Agent) hostDevice() device.Device {
	for _, u := range a.all() {
		if u.host() {
			return u.device()
		}
	}
	return nil
}

func (a *Agent) consentFinding() wire.Finding {
	c := a.consent()
	if c.Granted {
		return wire.Finding{Name: "consent", State: stateOK, Text: "mining was " + c.Words}
	}
	return wire.Finding{Name: "consent", State: stateInfo, Text: c.Words, Fix: "adit consent grant, or the button in the web app"}
}

func (a *Agent) minerFindings(ctx context.Context) (out []wire.Finding) {
	for _, d := range a.o.Registry.Kind(device.KindSoftware) {
		f := wire.Finding{Name: d.Name, State: stateOK}
		switch v := a.available(ctx, d); {
		case v.Managed && v.State != wire.InstallOK:
			f.State, f.Text, f.Fix = stateCrit, v.Why, "adit install "+d.Name
		case v.Path == "" && d.Name != ownEngine:
			f.State, f.Text, f.Fix = stateInfo, "not installed", v.Why
		case v.Path == "":
			f.State, f.Text, f.Fix = stateCrit, "not found", v.Why
		case v.Why != "":
			f.State, f.Text, f.Fix = stateCrit, v.Why, "install it anew"
		default:
			f.Text = strings.TrimSpace(v.Version + " at " + v.Path)
		}
		out = append(out, f)
	}
	return out
}

// cpu looks for what RandomX is fast with. Source: proc(5), cpuinfo: "flags" on x86, "Features" on ARM.
func (p patient) cpu() wire.Finding {
	f := wire.Finding{Name: "CPU", State: stateOK}
	has := func(flag string) bool { return strings.Contains(p.flags, " "+flag+" ") }
	switch {
	case p.flags == "":
		f.State, f.Text = stateInfo, "its features cannot be told on this system"
	case !has("aes"):
		f.State, f.Text = stateWarn, "no AES instructions: RandomX is several times slower"
		f.Fix = "in a virtual machine, pass the host's CPU through (QEMU: -cpu host)"
	case has("sse2") && !has("avx2"):
		f.Text = "AES, no AVX2"
	case has("avx2"):
		f.Text = "AES and AVX2"
	default:
		f.Text = "AES"
	}
	return f
}

func (p patient) memory() wire.Finding {
	f := wire.Finding{Name: "memory", State: stateOK}
	switch h := p.snap.Host; {
	case h == nil || h.MemoryFree == nil:
		f.State, f.Text = stateInfo, "free memory cannot be told on this system"
	case *h.MemoryFree < fastMemory && !p.reserved():
		f.State, f.Text = stateWarn, fmt.Sprintf("%s available: RandomX stays in light mode, about ten times slower", gib(*h.MemoryFree))
		f.Fix = "close other programs until 3 GiB are available, then restart the miner"
	default:
		f.Text = gib(*h.MemoryFree) + " available"
	}
	return f
}

func gib(b adit.Bytes) string { return fmt.Sprintf("%.1f GiB", float64(b)/(1<<30)) }

// pages is how many huge pages of 2 MiB RandomX wants on this computer.
func (p patient) pages() int {
	threads := 1
	if h := p.snap.Host; h != nil && h.Threads != nil {
		threads = *h.Threads
	}
	return datasetPages + threads
}

// reserved reports whether the huge pages for a dataset are there, in use by a miner or free.
func (p patient) reserved() bool {
	h := p.snap.Host
	return h != nil && h.HugePages != nil && h.HugePages.Size == 2<<20 && h.HugePages.Total >= p.pages()
}

func (p patient) hugePages() wire.Finding {
	f := wire.Finding{Name: "huge pages", State: stateOK}
	h, want := p.snap.Host, p.pages()
	fix := fmt.Sprintf("sudo sysctl -w vm.nr_hugepages=%d   (to keep it: echo vm.nr_hugepages=%d | sudo tee /etc/sysctl.d/60-adit.conf)", want, want)
	switch {
	case h == nil || h.HugePages == nil:
		f.State, f.Text = stateInfo, "reserved huge pages cannot be told on this system"
	case h.HugePages.Size != 2<<20:
		f.State, f.Text = stateInfo, fmt.Sprintf("the default size is %d KiB; RandomX is fitted to 2 MiB", h.HugePages.Size>>10)
	case p.reserved():
		f.Text = fmt.Sprintf("%d reserved, %d free, %d wanted", h.HugePages.Total, h.HugePages.Free, want)
	default:
		f.State, f.Fix = stateWarn, fix
		f.Text = fmt.Sprintf("%d of %d reserved: RandomX uses transparent ones, which costs a few per cent", h.HugePages.Total, want)
	}
	return f
}

func (p patient) msr() wire.Finding {
	f := wire.Finding{Name: "MSR", State: stateInfo}
	if exists(filepath.Join(p.root, "dev/cpu/0/msr")) {
		f.Text = "model-specific registers can be reached; adit-miner does not change them"
		return f
	}
	f.Text = "model-specific registers cannot be reached; adit-miner does not need them"
	return f
}

func (p patient) sensors() wire.Finding {
	f := wire.Finding{Name: "temperature", State: stateOK}
	switch s := p.snap; {
	case s.Host == nil || s.Host.SensorsSeen == 0:
		f.State, f.Text = stateWarn, "no sensor was found: the thermal limit cannot hold (usual in virtual machines)"
		f.Fix = "on real hardware: sudo modprobe coretemp (Intel) or k10temp (AMD)"
	case s.Temperature != nil:
		f.Text = fmt.Sprintf("%.0f °C, %d sensors", *s.Temperature, s.Host.SensorsSeen)
	}
	return f
}

func (p patient) battery() wire.Finding {
	f := wire.Finding{Name: "power", State: stateOK, Text: "mains"}
	switch h := p.snap.Host; {
	case h == nil || h.Battery == nil:
		f.State, f.Text = stateInfo, "this system does not tell whether there is a battery"
	case h.Battery.OnBattery:
		f.State, f.Text, f.Fix = stateWarn, "on battery: mining is held", "plug the computer in"
	case h.Battery.Present:
		f.Text = "mains, with a battery: mining is held while it discharges"
	}
	return f
}

// clockFinding looks for a clock that was never set: shares and certificates depend on it.
func clockFinding(now time.Time) wire.Finding {
	f := wire.Finding{Name: "clock", State: stateOK, Text: now.UTC().Format(time.RFC3339)}
	switch synced, known := clockSynced(); {
	case now.Year() < 2025:
		f.State, f.Fix = stateCrit, "set the clock: sudo timedatectl set-ntp true"
	case known && !synced:
		f.State, f.Text, f.Fix = stateInfo, f.Text+", not kept right by a time server", "sudo timedatectl set-ntp true"
	}
	return f
}

func (a *Agent) disk() wire.Finding {
	f := wire.Finding{Name: "disk", State: stateOK}
	free, err := diskFree(a.o.Dir)
	switch {
	case err != nil:
		f.State, f.Text = stateInfo, "free space cannot be told: "+err.Error()
		return f
	case free < diskVeryLow:
		f.State, f.Fix = stateCrit, "free some space: readings are kept in memory when the disk is full"
	case free < diskLow:
		f.State, f.Fix = stateWarn, "free some space"
	}
	f.Text = fmt.Sprintf("%s free at %s", gib(adit.Bytes(free)), a.o.Dir)
	if a.box == nil {
		return f // nobody writes readings now
	}
	if err := a.box.Trouble(); err != nil {
		f.State, f.Text, f.Fix = stateCrit, "readings cannot be written: "+err.Error(), "free some space or make the data directory writable"
	}
	return f
}

// limitFindings says which limits of running programs do not hold, and whether CPU and memory limits can.
func (a *Agent) limitFindings(root string) (out []wire.Finding) {
	for _, u := range a.programs() {
		v := u.view()
		if v.status == nil || v.status.Phase == proc.Stopped {
			continue
		}
		for _, l := range limits(*v.status, v.spec) {
			f := wire.Finding{Name: u.name + ": " + l.Name, State: stateOK, Text: l.Why}
			if !l.Holds {
				f.State, f.Fix = stateWarn, "this system cannot hold it: see above, or run adit where it can"
			}
			if f.Text == "" {
				f.Text = "holds"
			}
			out = append(out, f)
		}
	}
	if len(out) > 0 {
		return out
	}
	f := wire.Finding{Name: "limits", State: stateInfo, Text: "no control groups of version 2: CPU and memory limits cannot hold here, niceness does"}
	if exists(filepath.Join(root, "sys/fs/cgroup/cgroup.controllers")) {
		f.Text = "control groups of version 2 are there; whether a limit holds is told when a program has one"
	}
	return []wire.Finding{f}
}
