package doctor

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/adit-mining/adit/internal/wording"
	"github.com/adit-mining/adit/link/wire"
)

// cpu is what the system tells of the processor.
type cpu struct {
	flags   string // of the first thread, each between spaces; "" = unknown
	vendor  string
	count   int // hardware threads; 0 = unknown
	cacheL3 int // bytes of all level 3 caches together; 0 = unknown
}

// scratchpad is what each RandomX thread works in, bytes. Source: RandomX configuration.h, RANDOMX_SCRATCHPAD_L3.
const scratchpad = 2 << 20

// cpu reads proc(5) cpuinfo ("flags" on x86, "Features" on ARM) and the caches' sizes in sysfs
// (Documentation/ABI/testing/sysfs-devices-system-cpu).
func (p Patient) cpu() (c cpu) {
	for l := range strings.Lines(p.text("proc/cpuinfo")) {
		key, v, _ := strings.Cut(l, ":")
		switch strings.TrimSpace(key) {
		case "processor":
			c.count++
		case "vendor_id":
			c.vendor = strings.TrimSpace(v)
		case "flags", "Features":
			if c.flags == "" {
				c.flags = " " + strings.TrimSpace(v) + " "
			}
		}
	}
	if p.Host != nil && p.Host.Threads != nil {
		c.count = *p.Host.Threads
	}
	seen := map[string]bool{}
	for _, dir := range p.glob("sys/devices/system/cpu/cpu[0-9]*/cache/index3") {
		rel, _ := filepath.Rel(p.Root, dir)
		shared := p.text(filepath.Join(rel, "shared_cpu_list"))
		size, unit, _ := cutNumber(p.text(filepath.Join(rel, "size")))
		if shared == "" || seen[shared] || size <= 0 || size > 1<<30 {
			continue
		}
		seen[shared] = true
		switch unit {
		case "K":
			c.cacheL3 += size << 10
		case "M":
			c.cacheL3 += size << 20
		}
	}
	return c
}

// cutNumber splits "32768K".
func cutNumber(s string) (n int, rest string, ok bool) {
	i := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if i < 0 {
		i = len(s)
	}
	n, err := strconv.Atoi(s[:i])
	return n, s[i:], err == nil
}

func (c cpu) has(flag string) bool { return strings.Contains(c.flags, " "+flag+" ") }

func (c cpu) features() wire.Finding {
	switch {
	case c.flags == "":
		return unknown("CPU", "its features cannot be told on this system")
	case !c.has("aes"):
		f := finding("CPU", "no AES instructions: RandomX is several times slower")
		f.State, f.Fix = Warn, "in a virtual machine, pass the host's CPU through (QEMU: -cpu host)"
		return f
	case c.has("avx2"):
		return finding("CPU", "AES and AVX2")
	case c.has("sse2"):
		return finding("CPU", "AES, no AVX2")
	}
	return finding("CPU", "AES")
}

// threads compares what the cache feeds with what there is.
func (c cpu) threads() wire.Finding {
	const name = "cache"
	feeds := c.cacheL3 / scratchpad
	switch {
	case c.cacheL3 == 0 || c.count == 0:
		return unknown(name, "the size of the level 3 cache cannot be told; programs choose their threads by themselves")
	case feeds == 0:
		f := finding(name, fmt.Sprintf("%d KiB of level 3 cache: less than one RandomX thread works in", c.cacheL3>>10))
		f.State, f.Fix = Warn, "mine with one thread: --threads 1"
		return f
	case feeds < c.count:
		f := finding(name, fmt.Sprintf("%d MiB of level 3 cache feed %d RandomX threads; the computer has %d", c.cacheL3>>20, feeds, c.count))
		f.State, f.Fix = Info, fmt.Sprintf("more threads than %d slow one another down; adit's engine chooses that number by itself", feeds)
		return f
	}
	return finding(name, fmt.Sprintf("%d MiB of level 3 cache, enough for %s", c.cacheL3>>20, wording.Count(c.count, "thread")))
}

// msr says what the processor's registers for prefetching have to do with it. adit never writes them.
// Source: XMRig, doc/CPU.md and scripts/randomx_boost.sh; Linux Documentation/admin-guide/kernel-parameters, msr.allow_writes.
func (p Patient) msr(c cpu) wire.Finding {
	const name = "MSR"
	f := unknown(name, "")
	why := "mining programs of adit run without root, so they do not set the processor's prefetch registers, which would make RandomX some per cent faster"
	switch {
	case c.flags != "" && !c.has("msr"):
		f.Text = "this processor has no registers that RandomX gains from"
	case !p.exists("dev/cpu/0/msr"):
		f.Text = "the module msr is not loaded; " + why
		f.Fix, f.Command = "to set them once per boot, as root, load the module and run XMRig's scripts/randomx_boost.sh", "sudo modprobe msr allow_writes=on"
	case p.text("sys/module/msr/parameters/allow_writes") == "off":
		f.Text = "the module msr is loaded and refuses writes; " + why
		f.Fix, f.Command = "let root write them, then run XMRig's scripts/randomx_boost.sh", "echo on | sudo tee /sys/module/msr/parameters/allow_writes"
	default:
		f.Text = "the module msr is loaded; " + why
		f.Fix = "to set them once per boot: run XMRig's scripts/randomx_boost.sh as root"
	}
	return f
}

// governor looks for processors that are kept slow. Source: Linux Documentation/admin-guide/pm/cpufreq: "powersave" of a
// driver without its own scaling keeps the lowest frequency; with intel_pstate and amd-pstate it scales.
func (p Patient) governor() wire.Finding {
	const name = "CPU governor"
	slow, all := 0, 0
	word := ""
	for _, path := range p.glob("sys/devices/system/cpu/cpu[0-9]*/cpufreq") {
		rel, _ := filepath.Rel(p.Root, path)
		g := p.text(filepath.Join(rel, "scaling_governor"))
		if g == "" {
			continue
		}
		all, word = all+1, short(g)
		driver := p.text(filepath.Join(rel, "scaling_driver"))
		if g == "powersave" && !strings.HasPrefix(driver, "intel_pstate") && !strings.HasPrefix(driver, "amd-pstate") {
			slow++
		}
	}
	switch {
	case all == 0:
		return unknown(name, "the system does not tell (usual in virtual machines)")
	case slow > 0:
		f := finding(name, fmt.Sprintf("%d of %d threads are kept at their lowest frequency (powersave)", slow, all))
		f.State, f.Fix = Warn, "choose one that scales"
		f.Command = "echo schedutil | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor"
		return f
	}
	return finding(name, word)
}

func (p Patient) smt() wire.Finding {
	const name = "SMT"
	switch p.text("sys/devices/system/cpu/smt/active") {
	case "1":
		return finding(name, "on: two hardware threads share a core")
	case "0":
		return unknown(name, "off: RandomX gains a little from it where the cache is big enough")
	}
	return unknown(name, "the system does not tell")
}

// machine says whether the computer is a virtual one. Source: cpuid(4): bit 31 of ECX of leaf 1, "hypervisor" in cpuinfo.
func (p Patient) machine(c cpu) wire.Finding {
	const name = "machine"
	kernel := p.text("proc/sys/kernel/osrelease")
	if kernel != "" {
		kernel = ", Linux " + short(kernel)
	}
	switch {
	case c.flags == "":
		return unknown(name, "whether it is a virtual one cannot be told"+kernel)
	case c.has("hypervisor"):
		return unknown(name, "a virtual machine: it may be slowed by its neighbours, and sensors are its host's"+kernel)
	}
	return finding(name, "no virtual machine"+kernel)
}

// short keeps a word of the system from filling the screen.
func short(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	if len(s) > 80 {
		return s[:80]
	}
	return s
}
