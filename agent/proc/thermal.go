package proc

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/adit-mining/adit"
)

const (
	// coolAtLeast keeps a hot program stopped for a while: an idle CPU is cool in seconds and would flap.
	coolAtLeast = 30 * time.Second
	// blindAfter looks in a row without a sensor that was there stop the program; one or two are a driver being slow.
	blindAfter = 3
)

// thermal is the guard over temperatures. It keeps what it has seen: a sensor that vanishes is a reason to stop, one
// that never was is none.
type thermal struct {
	seen   map[string]int // sensor → looks in a row that missed it
	hot    bool
	hotAt  time.Time
	peak   adit.Celsius
	sensor Sensor
}

func newThermal(seen []string) *thermal {
	t := &thermal{seen: map[string]int{}}
	for _, k := range seen {
		t.seen[k] = blindAfter - 1 // was there before: must be there at the first look
	}
	return t
}

func (t *thermal) known() []string { return slices.Sorted(maps.Keys(t.seen)) }

// look takes one look at the sensors and returns a hold, or "".
func (t *thermal) look(fs sysfs, max, resume adit.Celsius, now time.Time) (Hold, string) {
	hottest, where := t.read(fs.temperatures())
	if gone := t.gone(); gone != "" {
		t.sensor = Sensor{Celsius: hottest, Words: "sensor " + gone + " has vanished"}
		return HoldSensor, "the temperature sensor " + gone + " has vanished, so the heat is unknown: stopped until it is back"
	}
	if hottest == nil {
		t.sensor = Sensor{Words: "no sensor was found, so the thermal limit cannot hold"}
		if len(t.seen) > 0 { // missed, but not for long enough to say vanished
			t.sensor.Words = "no reading at the moment"
		}
	} else {
		t.sensor = Sensor{Celsius: hottest, Words: fmt.Sprintf("%.0f °C at %s, limit %.0f °C", *hottest, where, max)}
		switch {
		case *hottest >= max:
			t.hot, t.hotAt, t.peak = true, now, *hottest
		case t.hot && *hottest <= resume && now.Sub(t.hotAt) >= coolAtLeast:
			t.hot = false
		}
	}
	if t.hot {
		return HoldThermal, fmt.Sprintf("too hot: %.0f °C, the limit is %.0f °C; starts again at %.0f °C", t.peak, max, resume)
	}
	return "", ""
}

// read takes in the readings and returns the hottest.
func (t *thermal) read(list []reading) (*adit.Celsius, string) {
	var hottest *adit.Celsius
	var where string
	for k := range t.seen {
		t.seen[k]++
	}
	for _, r := range list {
		if r.Value == nil {
			continue
		}
		t.seen[r.Key] = 0
		if hottest == nil || *r.Value > *hottest {
			hottest, where = r.Value, r.Key
		}
	}
	return hottest, where
}

// gone names a sensor that was there and is missing for good.
func (t *thermal) gone() string {
	for _, k := range t.known() {
		if t.seen[k] >= blindAfter {
			return k
		}
	}
	return ""
}
