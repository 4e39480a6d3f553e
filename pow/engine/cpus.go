package engine

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/adit-mining/adit"
)

// scratchpad is what one thread wants of the L3 cache. Source: RandomX specs, RANDOMX_SCRATCHPAD_L3 (2 MiB).
const scratchpad = adit.Bytes(2 << 20)

// CPUs reads what processors there are.
type CPUs struct{ Root string } // where /sys is; "" means "/"

// Allowed are the logical CPUs this process may run on.
func (c CPUs) Allowed() []int {
	if cpus := allowedCPUs(); len(cpus) > 0 {
		return cpus
	}
	cpus := make([]int, runtime.NumCPU())
	for i := range cpus {
		cpus[i] = i
	}
	return cpus
}

// DefaultThreads is every allowed CPU, but no more than scratchpads fit into the L3 cache, where that is known.
func (c CPUs) DefaultThreads() int {
	cpus := c.Allowed()
	n := len(cpus)
	if l3 := c.Cache(3, cpus); l3 != nil {
		n = min(n, int(*l3/scratchpad))
	}
	return max(1, n)
}

// Cache is the size of all caches of a level that the CPUs share or own, nil where the system does not say.
func (c CPUs) Cache(level int, cpus []int) *adit.Bytes {
	seen := map[string]bool{}
	var sum adit.Bytes
	for _, cpu := range cpus {
		dirs, _ := filepath.Glob(filepath.Join("/", c.Root, "sys/devices/system/cpu/cpu"+strconv.Itoa(cpu), "cache/index*"))
		for _, dir := range dirs {
			text := func(name string) string {
				b, _ := os.ReadFile(filepath.Join(dir, name))
				return strings.TrimSpace(string(b))
			}
			share := text("shared_cpu_list")
			size, err := strconv.ParseUint(strings.TrimSuffix(text("size"), "K"), 10, 40)
			if text("level") != strconv.Itoa(level) || text("type") == "Instruction" || seen[share] || err != nil {
				continue
			}
			seen[share] = true
			sum += adit.Bytes(size) << 10
		}
	}
	if sum == 0 {
		return nil
	}
	return &sum
}
