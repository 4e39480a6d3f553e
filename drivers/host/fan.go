package host

import (
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/adit-mining/adit/device"
)

// maxRPM is above every fan there is; chips give such numbers for headers with nothing on them.
const maxRPM = 50_000

// fans remembers where the fans are, as sensors does.
type fans struct {
	list  []fan
	found time.Time
}

type fan struct{ name, file string }

// read returns the fans that give a plausible speed; nil where none does.
// Source: Documentation/hwmon/sysfs-interface (fan*_input, in revolutions per minute; fan*_label).
func (s *fans) read(r root, now time.Time) []device.Fan {
	if s.found.IsZero() || now.Sub(s.found) >= rescan || now.Before(s.found) {
		s.found, s.list = now, r.fans()
	}
	var out []device.Fan
	for _, f := range s.list {
		if rpm, ok := r.number(f.file); ok && rpm >= 0 && rpm <= maxRPM {
			out = append(out, device.Fan{Name: f.name, RPM: int(rpm)})
		}
	}
	return out
}

// fans names the fans by chip and label; those of one name (two cards) are told apart by their order.
func (r root) fans() []fan {
	var out []fan
	seen := map[string]int{}
	for _, f := range r.glob("sys/class/hwmon/hwmon*/fan*_input") {
		base := strings.TrimSuffix(f, "_input")
		label := r.line(base + "_label")
		if label == "" {
			label = filepath.Base(base)
		}
		name := label
		if chip := r.line(filepath.Dir(f) + "/name"); chip != "" {
			name = chip + "/" + label
		}
		seen[name]++
		if n := seen[name]; n > 1 {
			name += " " + strconv.Itoa(n)
		}
		out = append(out, fan{name: name, file: f})
	}
	return out
}
