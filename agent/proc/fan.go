package proc

import (
	"fmt"
	"maps"
	"slices"
)

// fans watches speeds. A fan counts once it has turned; a connector without a fan reads 0 for ever.
type fans struct {
	turned map[string]bool
	stands map[string]int // looks in a row in which it stood still
}

// look returns the fan that stands still while what it cools is hot, "" = none. A graphics card's fan cools the card;
// of the others nobody can tell which cools the CPU, so each counts.
func (f *fans) look(fs sysfs, c ceilings, hotCPU, hotGPU bool) string {
	if !c.fans {
		return ""
	}
	if f.turned == nil {
		f.turned, f.stands = map[string]bool{}, map[string]int{}
	}
	for _, r := range fs.fans() {
		hot := hotCPU
		if r.Class == classGPU {
			hot = hotGPU
		}
		switch {
		case r.RPM > 0:
			f.turned[r.Key], f.stands[r.Key] = true, 0
		case !f.turned[r.Key] || !hot:
			f.stands[r.Key] = 0
		default:
			f.stands[r.Key]++
		}
	}
	for _, k := range slices.Sorted(maps.Keys(f.stands)) {
		if f.stands[k] >= blindAfter {
			return k
		}
	}
	return ""
}

func (f *fans) words() string {
	if len(f.turned) == 0 {
		return "no fan sensor"
	}
	return fmt.Sprintf("%d fans watched", len(f.turned))
}
