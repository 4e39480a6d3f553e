package doctor

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/adit-mining/adit/internal/wording"
	"github.com/adit-mining/adit/link/wire"
)

func (p Patient) sensors() wire.Finding {
	f := finding("temperature", "")
	switch h := p.Host; {
	case h == nil || h.SensorsSeen == 0:
		f.State, f.Text = Warn, "no sensor was found: the thermal limit cannot hold (usual in virtual machines)"
		f.Fix, f.Command = "on real hardware load the sensor's module: coretemp (Intel) or k10temp (AMD)", "sudo modprobe -a coretemp k10temp"
	case p.Temperature != nil:
		f.Text = fmt.Sprintf("%.0f °C, %s", *p.Temperature, wording.Count(h.SensorsSeen, "sensor"))
	default:
		f.State, f.Text = Warn, wording.Count(h.SensorsSeen, "sensor was found and says no temperature now", "sensors were found and none says a temperature now")
		f.Fix = "a sensor that vanishes holds mining: look at `sensors` and the kernel's log"
	}
	return f
}

func (p Patient) power() wire.Finding {
	f := finding("power", "mains")
	switch h := p.Host; {
	case h == nil || h.Battery == nil:
		return unknown(f.Name, "this system does not tell whether there is a battery")
	case h.Battery.OnBattery:
		f.State, f.Text, f.Fix = Warn, "on battery: mining is held", "plug the computer in"
	case h.Battery.Present:
		f.Text = "mains, with a battery: mining is held while it discharges"
	}
	return f
}

// skew is how far a clock may be off before it harms: pools and certificates count in minutes.
const skew = 30 * time.Second

// clock looks for a clock that was never set or is far off: shares, certificates and the journal depend on it.
func (p Patient) clock() wire.Finding {
	f := finding("clock", wording.Time(p.Now))
	const set = "sudo timedatectl set-ntp true"
	c, known := p.Clock()
	switch {
	case p.Now.Year() < 2025:
		f.State, f.Fix, f.Command = Crit, "set the clock", set
	case !known:
		f.State, f.Text = Info, f.Text+"; whether a time server keeps it right cannot be told"
	case !c.Synced:
		f.State, f.Text, f.Fix, f.Command = Info, f.Text+", not kept right by a time server", "let one keep it", set
	case c.Offset.Abs() > skew:
		f.State, f.Text, f.Fix, f.Command = Warn, fmt.Sprintf("%s, off by %s and being corrected", f.Text, wording.Length(c.Offset.Abs())), "wait until it is right", "timedatectl"
	default:
		f.Text += ", kept right by a time server"
	}
	return f
}

// vendors of graphics cards. Source: the PCI ID Repository.
var vendors = map[string]string{"0x10de": "NVIDIA", "0x1002": "AMD", "0x8086": "Intel"}

// graphics says which cards there are and whether their tools are.
func (p Patient) graphics() wire.Finding {
	f := finding("graphics", "")
	var cards []string
	for _, path := range p.glob("sys/class/drm/card[0-9]*/device/vendor") {
		rel, _ := filepath.Rel(p.Root, path)
		if strings.Contains(filepath.Base(filepath.Dir(filepath.Dir(rel))), "-") {
			continue // a connector of a card
		}
		if v := vendors[p.text(rel)]; v != "" {
			cards = append(cards, v)
		}
	}
	if p.exists("proc/driver/nvidia/version") && !slices.Contains(cards, "NVIDIA") {
		cards = append(cards, "NVIDIA")
	}
	if len(cards) == 0 {
		return unknown(f.Name, "no graphics card with a driver was found; mining on the processor needs none")
	}
	slices.Sort(cards)
	have := p.tools()
	f.Text = strings.Join(cards, ", ") + "; tools: " + orNone(have)
	switch {
	case slices.Contains(cards, "NVIDIA") && !slices.Contains(have, "nvidia-smi"):
		f.State, f.Fix = Info, "to mine on the NVIDIA card install its driver with nvidia-smi (Debian: nvidia-driver, nvidia-smi)"
	case slices.Contains(cards, "AMD") && !p.exists("dev/kfd") && len(p.glob("etc/OpenCL/vendors/*.icd")) == 0:
		f.State, f.Fix = Info, "to mine on the AMD card install OpenCL for it (ROCm, or Debian: mesa-opencl-icd)"
	case slices.Contains(have, "clinfo") || len(p.glob("etc/OpenCL/vendors/*.icd")) > 0:
		f.Text += "; " + wording.Count(len(p.glob("etc/OpenCL/vendors/*.icd")), "OpenCL platform")
	}
	return f
}

func (p Patient) tools() (have []string) {
	for _, t := range []string{"nvidia-smi", "rocm-smi", "amd-smi", "clinfo"} {
		if _, err := p.Look(t); err == nil {
			have = append(have, t)
		}
	}
	return have
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}
