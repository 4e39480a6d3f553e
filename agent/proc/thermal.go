package proc

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/adit-mining/adit"
)

const (
	// coolAtLeast keeps a hot program stopped for a while: an idle CPU is cool in seconds and would flap.
	coolAtLeast = 30 * time.Second
	// blindAfter looks in a row without a sensor that was there stop the program; one or two are a driver being slow.
	blindAfter = 3
	// gpuSpare is what a graphics card's memory and hottest spot may have more than the card: makers allow them
	// 105 to 110 °C where the card itself may have 90.
	gpuSpare = adit.Celsius(15)
	// gpuNear is how near to its limit a card's sensor must have been for its vanishing to count: cards that are
	// switched off to save power take their sensors with them, and those are cold.
	gpuNear = adit.Celsius(20)
	// hotSpan below the CPU's limit is where a standing fan counts: fans that stand still while it is cool are a feature.
	hotSpan = adit.Celsius(15)
)

// ceilings are the limits in force.
type ceilings struct {
	cpu, resume adit.Celsius
	gpu         *adit.Celsius // nil = none
	fans        bool
}

// of is the limit of one class of sensors, nil = none.
func (c ceilings) of(class string) *adit.Celsius {
	switch {
	case class == classCPU:
		return &c.cpu
	case c.gpu == nil:
		return nil
	case class == classSpot:
		max := *c.gpu + gpuSpare
		return &max
	}
	return c.gpu
}

// thermal is the guard over temperatures and fans. It keeps what it has seen: a sensor that vanishes, or stands still
// while it must move, is a reason to stop; one that never was there is none, and that is said.
type thermal struct {
	seen   map[string]int          // CPU sensor → looks in a row that missed it
	last   map[string]adit.Celsius // newest reading of each sensor
	cards  map[string]int          // GPU sensor that was nearly hot → looks that missed it
	still  stillness
	fans   fans
	hot    bool
	hotAt  time.Time
	peak   adit.Celsius
	where  string
	limit  adit.Celsius
	near   bool // a sensor was within hotSpan of its limit
	sensor Sensor
}

func newThermal(seen []string) *thermal {
	t := &thermal{seen: map[string]int{}, last: map[string]adit.Celsius{}, cards: map[string]int{}}
	for _, k := range seen {
		t.seen[k] = blindAfter - 1 // was there before: must be there at the first look
	}
	return t
}

func (t *thermal) known() []string { return slices.Sorted(maps.Keys(t.seen)) }

// look takes one look at the sensors and returns a hold, or "".
func (t *thermal) look(fs sysfs, c ceilings, now time.Time) (Hold, string) {
	list := fs.temperatures()
	hottest, where := t.read(list, c)
	if gone := t.gone(); gone != "" { // so it is not calm
		t.sensor = Sensor{Celsius: hottest, Words: "sensor " + gone + " has vanished"}
		return HoldSensor, "the temperature sensor " + gone + " has vanished, so the heat is unknown: stopped until it is back"
	}
	frozen := t.still.look(list, fs, now)
	t.judge(list, c, now)
	hotCPU, hotGPU := t.nearlyHot(list, c, classCPU), t.nearlyHot(list, c, classGPU)
	t.near = hotCPU || hotGPU
	stuck := t.fans.look(fs, c, hotCPU, hotGPU)
	t.describe(hottest, where, c)
	switch {
	case t.hot:
		return HoldThermal, fmt.Sprintf("too hot: %.0f °C at %s, the limit is %.0f °C; starts again at %.0f °C", t.peak, t.where, t.limit, t.resumeAt(c))
	case frozen != "":
		return HoldSensor, "the temperature sensor " + frozen + " has shown the same value for 10 minutes while the load changed, so the heat is unknown: stopped until it moves"
	case stuck != "":
		return HoldFan, "the fan " + stuck + " turned before and stands still while it is hot: stopped until it turns or it is cool"
	}
	return "", ""
}

// resumeAt is where it starts again: as far below its own limit as the owner wants it below the CPU's.
func (t *thermal) resumeAt(c ceilings) adit.Celsius { return t.limit - (c.cpu - c.resume) }

// judge takes down heat and its end. What was too hot must be cool itself, and everything below its limit.
func (t *thermal) judge(list []reading, c ceilings, now time.Time) {
	over, warm := false, false
	for _, r := range list {
		max := c.of(r.Class)
		if r.Value == nil || max == nil {
			continue
		}
		if *r.Value >= *max {
			if !over || *r.Value-*max > t.peak-t.limit {
				t.peak, t.where, t.limit = *r.Value, r.Key, *max
			}
			over = true
		}
		warm = warm || *r.Value > *max-(c.cpu-c.resume)
	}
	switch {
	case over:
		t.hot, t.hotAt = true, now
	case t.hot && !warm && now.Sub(t.hotAt) >= coolAtLeast:
		t.hot = false
	}
}

// nearlyHot reports that a sensor of a class is within hotSpan of its limit.
func (t *thermal) nearlyHot(list []reading, c ceilings, class string) bool {
	return slices.ContainsFunc(list, func(r reading) bool {
		max := c.of(r.Class)
		own := r.Class == class || class == classGPU && r.Class == classSpot
		return own && r.Value != nil && max != nil && *r.Value >= *max-hotSpan
	})
}

func (t *thermal) describe(hottest *adit.Celsius, where string, c ceilings) {
	switch {
	case hottest == nil && len(t.seen) > 0: // missed, but not for long enough to say vanished
		t.sensor = Sensor{Words: "no reading at the moment"}
	case hottest == nil:
		t.sensor = Sensor{Words: "no sensor was found, so the thermal limit cannot hold"}
	default:
		t.sensor = Sensor{Celsius: hottest, Words: fmt.Sprintf("%.0f °C at %s, limit %.0f °C", *hottest, where, c.cpu)}
	}
	if w := t.still.words(); w != "" {
		t.sensor.Words += "; " + w
	}
	if c.fans {
		t.sensor.Words += "; " + t.fans.words()
	}
}

// read takes in the readings and returns the hottest of the CPU, by whose sensors the program is judged in words.
func (t *thermal) read(list []reading, c ceilings) (*adit.Celsius, string) {
	var hottest *adit.Celsius
	var where string
	for k := range t.seen {
		t.seen[k]++
	}
	for k := range t.cards {
		t.cards[k]++
	}
	for _, r := range list {
		if r.Value == nil {
			continue
		}
		t.last[r.Key] = *r.Value
		if r.Class != classCPU {
			t.readCard(r, c)
			continue
		}
		t.seen[r.Key] = 0
		if hottest == nil || *r.Value > *hottest {
			hottest, where = r.Value, r.Key
		}
	}
	return hottest, where
}

func (t *thermal) readCard(r reading, c ceilings) {
	delete(t.cards, r.Key)
	if max := c.of(r.Class); max != nil && *r.Value >= *max-gpuNear {
		t.cards[r.Key] = 0
	}
}

// calm reports that the last look saw every sensor there ever was, and none near its limit.
func (t *thermal) calm() bool {
	for _, missed := range t.seen {
		if missed > 0 {
			return false
		}
	}
	for _, missed := range t.cards {
		if missed > 0 {
			return false
		}
	}
	return !t.near && !t.hot
}

// gone names a sensor that was there and is missing for good.
func (t *thermal) gone() string {
	for _, k := range t.known() {
		if t.seen[k] >= blindAfter {
			return k
		}
	}
	for _, k := range slices.Sorted(maps.Keys(t.cards)) {
		if t.cards[k] >= blindAfter {
			return strings.TrimSpace(k)
		}
	}
	return ""
}
