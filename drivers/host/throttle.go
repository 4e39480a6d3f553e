package host

import (
	"path/filepath"
	"time"

	"github.com/adit-mining/adit/device"
)

// throttle remembers where the processor counts how often heat slowed it down, and the last count.
type throttle struct {
	places []place
	found  time.Time
	last   *uint64
}

// place is one counter; those of one key count the same events.
type place struct{ key, file string }

// read sets ThrottleCount and Throttling. Source: Documentation/ABI/testing/sysfs-devices-system-cpu, thermal_throttle:
// Intel processors count since boot, in the folder of each thread, the events of its core and of its package. Threads
// of one core or package see the same events, so the highest of their counters stands for them.
func (s *throttle) read(r root, now time.Time, to *device.Host) {
	if s.found.IsZero() || now.Sub(s.found) >= rescan || now.Before(s.found) {
		s.found, s.places = now, r.throttles()
	}
	highest := map[string]uint64{}
	for _, p := range s.places {
		if n, ok := r.number(p.file); ok && n >= 0 {
			highest[p.key] = max(highest[p.key], uint64(n))
		}
	}
	last := s.last
	s.last = nil
	if len(highest) == 0 {
		return
	}
	var sum uint64
	for _, n := range highest {
		sum += n
	}
	s.last, to.ThrottleCount = &sum, &sum
	if last != nil && sum >= *last { // it goes back where a CPU is taken offline
		grew := sum > *last
		to.Throttling = &grew
	}
}

func (r root) throttles() []place {
	var out []place
	for _, dir := range r.glob("sys/devices/system/cpu/cpu[0-9]*/thermal_throttle") {
		cpu := filepath.Dir(dir)
		pkg, core := r.line(cpu+"/topology/physical_package_id"), r.line(cpu+"/topology/core_id")
		if core == "" {
			core = filepath.Base(cpu)
		}
		out = append(out, place{"core " + pkg + "/" + core, dir + "/core_throttle_count"},
			place{"package " + pkg, dir + "/package_throttle_count"})
	}
	return out
}
