package host

import (
	"path/filepath"
	"strconv"
	"strings"

	"github.com/adit-mining/adit"
)

// cpuTimes are counters of all CPUs together, in clock ticks; the zero value is "none yet".
type cpuTimes struct{ busy, all uint64 }

// usage is the share of CPU time spent since the last call; nil for the first, and where it cannot be told.
// The caller holds the lock.
func (h *Host) usage() *adit.Percent {
	now, ok := h.root.cpu()
	if !ok {
		return nil
	}
	last := h.last
	h.last = now
	if last.all == 0 || now.all <= last.all || now.busy < last.busy {
		return nil
	}
	p := adit.Percent(100 * float64(now.busy-last.busy) / float64(now.all-last.all))
	return &p
}

// cpu reads the first line of proc(5) stat: user nice system idle iowait irq softirq steal (guest is part of user).
func (r root) cpu() (cpuTimes, bool) {
	first, _, _ := strings.Cut(r.text("proc/stat"), "\n")
	f := strings.Fields(first)
	if len(f) < 5 || f[0] != "cpu" {
		return cpuTimes{}, false
	}
	var t cpuTimes
	for i, s := range f[1:min(len(f), 9)] {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			return cpuTimes{}, false
		}
		t.all += n
		if idle := i == 3 || i == 4; !idle {
			t.busy += n
		}
	}
	return t, true
}

// processor reads proc(5) cpuinfo: the model's name, physical cores and hardware threads. ARM names no model there,
// but sometimes the board; cores then come from the topology in sysfs.
func (r root) processor() (model string, cores, threads *int) {
	var board, pkg string
	n, seen := 0, map[string]bool{}
	for l := range strings.Lines(r.text("proc/cpuinfo")) {
		key, v, _ := strings.Cut(l, ":")
		v = strings.TrimSpace(v)
		switch strings.TrimSpace(key) {
		case "processor":
			if _, err := strconv.Atoi(v); err == nil {
				n++
			}
		case "model name":
			model = v
		case "Model", "Hardware":
			board = v
		case "physical id":
			pkg = v
		case "core id":
			seen[pkg+"/"+v] = true
		}
	}
	if model == "" {
		model = board
	}
	if len(seen) == 0 {
		r.topology(seen)
	}
	return model, positive(len(seen)), positive(n)
}

func (r root) topology(seen map[string]bool) {
	for _, rel := range r.glob("sys/devices/system/cpu/cpu[0-9]*/topology") {
		if id := r.line(rel + "/core_id"); id != "" {
			seen[r.line(rel+"/physical_package_id")+"/"+id] = true
		}
	}
}

// nodes counts the NUMA nodes (Documentation/ABI/stable/sysfs-devices-node); nil where the kernel does not tell of them.
func (r root) nodes() *int {
	n := 0
	for _, d := range r.glob("sys/devices/system/node/node[0-9]*") {
		if _, err := strconv.ParseUint(strings.TrimPrefix(filepath.Base(d), "node"), 10, 32); err == nil {
			n++
		}
	}
	return positive(n)
}

func positive(n int) *int {
	if n <= 0 {
		return nil
	}
	return &n
}
