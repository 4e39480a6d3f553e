package host

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/adit-mining/adit"
)

// sensors remembers where the temperature sensors are: looking for them costs more than reading them.
type sensors struct {
	files []string
	found time.Time
}

// rescan is how often new sensors are looked for.
const rescan = time.Minute

// hottest returns the highest plausible temperature and how many sensors gave one.
// Sources: Documentation/hwmon/sysfs-interface (temp*_input) and thermal/sysfs-api (temp), both in millidegrees Celsius.
func (s *sensors) hottest(r root, now time.Time) (max *adit.Celsius, seen int) {
	if s.found.IsZero() || now.Sub(s.found) >= rescan || now.Before(s.found) {
		s.found, s.files = now, nil
		for _, p := range []string{"sys/class/hwmon/hwmon*/temp*_input", "sys/class/thermal/thermal_zone*/temp"} {
			m, _ := filepath.Glob(r.path(p)) // the patterns are well formed
			s.files = append(s.files, m...)
		}
	}
	for _, f := range s.files {
		b, err := os.ReadFile(f)
		if err != nil {
			continue // unplugged, or a sensor that sleeps
		}
		milli, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
		// Unconnected inputs read 0, -128 or 255 °C.
		if err != nil || milli <= 0 || milli >= 150_000 {
			continue
		}
		seen++
		if c := adit.Celsius(milli) / 1000; max == nil || c > *max {
			max = &c
		}
	}
	return max, seen
}
