package doctor

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/adit-mining/adit/link/wire"
)

// What RandomX wants. Source: RandomX configuration.h: a dataset of 2080 MiB and a cache of 256 MiB, 2 MiB per thread.
const (
	fastMemory     = 3 << 30
	datasetPages   = (2080 + 256) / 2 // of 2 MiB
	gigabytesWants = 3                // of 1 GiB, for the dataset
)

func (p Patient) memory() wire.Finding {
	f := finding("memory", "")
	switch h := p.Host; {
	case h == nil || h.MemoryFree == nil:
		return unknown(f.Name, "free memory cannot be told on this system")
	case *h.MemoryFree < fastMemory && !p.reserved():
		f.State, f.Text = Warn, fmt.Sprintf("%s available: RandomX stays in light mode, about ten times slower", gib(*h.MemoryFree))
		f.Fix = "close other programs until 3 GiB are available, then restart the miner"
	default:
		f.Text = gib(*h.MemoryFree) + " available"
	}
	return f
}

// pages is how many huge pages of 2 MiB RandomX wants on this computer.
func (p Patient) pages() int {
	threads := 1
	if h := p.Host; h != nil && h.Threads != nil {
		threads = *h.Threads
	}
	return datasetPages + threads
}

// reserved reports whether the huge pages for a dataset are there, in use by a miner or free.
func (p Patient) reserved() bool {
	h := p.Host
	return h != nil && h.HugePages != nil && h.HugePages.Size == 2<<20 && h.HugePages.Total >= p.pages()
}

// hugePages looks at the pool of 2 MiB pages and whether it outlives a reboot.
// Source: Linux Documentation/admin-guide/mm/hugetlbpage; sysctl.d(5).
func (p Patient) hugePages() wire.Finding {
	f := finding("huge pages", "")
	h, want := p.Host, p.pages()
	switch {
	case h == nil || h.HugePages == nil:
		return unknown(f.Name, "reserved huge pages cannot be told on this system")
	case h.HugePages.Size != 2<<20:
		return unknown(f.Name, fmt.Sprintf("the default size is %d KiB; RandomX is fitted to 2 MiB", h.HugePages.Size>>10))
	case !p.reserved():
		f.State = Warn
		f.Text = fmt.Sprintf("%d of %d reserved: RandomX uses transparent ones, which costs a few per cent", h.HugePages.Total, want)
		f.Fix = fmt.Sprintf("reserve them now, and for every boot: echo vm.nr_hugepages=%d | sudo tee /etc/sysctl.d/60-adit.conf", want)
		f.Command = fmt.Sprintf("sudo sysctl -w vm.nr_hugepages=%d", want)
	default:
		f.Text = fmt.Sprintf("%d reserved, %d free, %d wanted", h.HugePages.Total, h.HugePages.Free, want)
		if !p.pagesKept() {
			f.State, f.Text = Info, f.Text+"; gone after a reboot"
			f.Fix, f.Command = "keep them", fmt.Sprintf("echo vm.nr_hugepages=%d | sudo tee /etc/sysctl.d/60-adit.conf", h.HugePages.Total)
		}
	}
	return f
}

// pagesKept reports whether the system reserves huge pages at each boot.
func (p Patient) pagesKept() bool {
	for _, pattern := range []string{"etc/sysctl.conf", "etc/sysctl.d/*.conf", "run/sysctl.d/*.conf", "usr/lib/sysctl.d/*.conf"} {
		for _, path := range p.glob(pattern) {
			rel, _ := filepath.Rel(p.Root, path)
			for l := range strings.Lines(p.text(rel)) {
				key, v, _ := strings.Cut(strings.TrimSpace(l), "=")
				n, err := strconv.Atoi(strings.TrimSpace(v))
				if k := strings.ReplaceAll(strings.TrimSpace(key), "/", "."); k == "vm.nr_hugepages" && err == nil && n > 0 {
					return true
				}
			}
		}
	}
	for w := range strings.FieldsSeq(p.text("proc/cmdline")) {
		if strings.HasPrefix(w, "hugepages=") {
			return true
		}
	}
	return false
}

// gigabytePages looks at the pages of 1 GiB, which some programs use for the dataset.
func (p Patient) gigabytePages(c cpu) wire.Finding {
	const name = "1 GiB pages"
	const path = "sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages"
	n, ok := p.number(path)
	switch {
	case c.flags != "" && c.has("sse2") && !c.has("pdpe1gb"):
		return unknown(name, "this processor has none")
	case !ok:
		return unknown(name, "this system offers none")
	case n >= gigabytesWants:
		return finding(name, fmt.Sprintf("%d reserved", n))
	}
	f := unknown(name, fmt.Sprintf("%d of %d reserved: XMRig can use them for a per cent or two (randomx: 1gb-pages); adit's engine does not need them", n, gigabytesWants))
	f.Fix = fmt.Sprintf("reserve them early after a boot, or for every boot with hugepagesz=1G hugepages=%d on the kernel's command line", gigabytesWants)
	f.Command = fmt.Sprintf("echo %d | sudo tee /%s", gigabytesWants, path)
	return f
}

// lockedMemory reads proc(5) limits.
func (p Patient) lockedMemory() wire.Finding {
	const name = "locked memory"
	for l := range strings.Lines(p.text("proc/self/limits")) {
		rest, ok := strings.CutPrefix(l, "Max locked memory")
		if !ok {
			continue
		}
		soft, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
		if soft == "unlimited" {
			return finding(name, "no limit")
		}
		n, err := strconv.ParseUint(soft, 10, 64)
		if err != nil {
			break
		}
		return finding(name, fmt.Sprintf("at most %d MiB; huge pages do not count", n>>20))
	}
	return unknown(name, "its limit cannot be told on this system")
}

// controlGroups says whether CPU and memory limits can hold.
func (p Patient) controlGroups() wire.Finding {
	const name = "limits"
	f := unknown(name, "")
	have := p.text("sys/fs/cgroup/cgroup.controllers")
	switch {
	case have != "":
		var missing []string
		for _, c := range []string{"cpu", "memory"} {
			if !strings.Contains(" "+have+" ", " "+c+" ") {
				missing = append(missing, c)
			}
		}
		if len(missing) > 0 {
			f.Text = "control groups of version 2 without " + strings.Join(missing, " and ") + ": such limits cannot hold here, niceness does"
			break
		}
		f.State, f.Text = OK, "control groups of version 2 are there; whether a limit holds is told when a program has one"
	case p.exists("sys/fs/cgroup/cpu") || p.exists("sys/fs/cgroup/memory"):
		f.Text = "control groups of version 1, which adit does not use: CPU and memory limits cannot hold here, niceness does"
		f.Fix = "boot with systemd.unified_cgroup_hierarchy=1 on the kernel's command line"
	default:
		f.Text = "no control groups: CPU and memory limits cannot hold here, niceness does"
	}
	return f
}
