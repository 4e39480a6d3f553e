package telemetry

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/fleet/inventory"
	"github.com/adit-mining/adit/fleet/telemetry/view"
	"github.com/adit-mining/adit/link/wire"
)

// scene is what the overview is made of, at one moment.
type scene struct {
	now      time.Time
	rigs     map[adit.RigID]inventory.Rig
	devices  []seen // without hosts, by id
	consent  *view.Consent
	pause    *view.Pause
	policy   *view.Policy
	home     adit.RigID
	broken   []wire.Broken // programs of the home rig that cannot be started
	practice view.Practice
}

// seen is a device as the scene sees it.
type seen struct {
	*live
	look     look
	headline view.Headline
}

// active reports whether the device takes part: it runs, or should.
func (d seen) active() bool { return d.running() || d.facts.Desired == "running" }

func (sc *scene) overview() view.Overview {
	o := view.Overview{
		At: sc.now.UTC(), NeedsYou: sc.needs(), Totals: []view.Total{}, Mode: sc.mode(),
	}
	for _, t := range totals(sc.devices) {
		o.Totals = append(o.Totals, t)
	}
	sort.Slice(o.Totals, func(i, j int) bool { return o.Totals[i].Algorithm < o.Totals[j].Algorithm })
	for _, d := range sc.devices {
		countHeadline(&o.Devices, d.headline.State)
		if d.running() {
			addShares(&o.Shares, d.live)
		}
	}
	o.PowerWatts = sc.power()
	o.State = sc.state(o.NeedsYou)
	o.Sentence = sc.sentence(o)
	return o
}

// totals adds up per algorithm what is fresh, and says what is not counted.
func totals(devices []seen) map[string]view.Total {
	out := map[string]view.Total{}
	why := map[string]map[string]int{}
	for _, d := range devices {
		algorithm := string(d.facts.Algorithm)
		if !d.active() || algorithm == "" {
			continue
		}
		t := out[algorithm]
		t.Algorithm = algorithm
		rate := d.value(slotHashrate)
		if rate != nil && !d.look.stale && d.look.online && d.running() {
			sum := *rate
			if t.Hashrate != nil {
				sum += *t.Hashrate
			}
			t.Hashrate = &sum
			t.Counted++
		} else {
			t.NotCounted++
			if why[algorithm] == nil {
				why[algorithm] = map[string]int{}
			}
			why[algorithm][reasonNotCounted(d)]++
		}
		out[algorithm] = t
	}
	for algorithm, t := range out {
		t.NotCountedWhy = listCounts(why[algorithm])
		out[algorithm] = t
	}
	return out
}

func reasonNotCounted(d seen) string {
	switch {
	case !d.look.online:
		return "not seen"
	case d.headline.State == "ok" || d.look.stale && d.running() && d.headline.State != "starting":
		return "without a fresh reading"
	}
	return d.headline.Word
}

// listCounts writes "1 paused, 2 not seen".
func listCounts(m map[string]int) string {
	parts := make([]string, 0, len(m))
	for word, n := range m {
		parts = append(parts, fmt.Sprintf("%d %s", n, word))
	}
	sort.Strings(parts)
	return strings.Join(parts, ", ")
}

func countHeadline(c *view.DeviceCounts, state string) {
	switch state {
	case "ok", "starting":
		c.OK++
	case "warn":
		c.Warn++
	case "crit":
		c.Crit++
	case "blind":
		c.Blind++
	case "paused":
		c.Paused++
	}
}

func addShares(c *view.ShareCounts, d *live) {
	add := func(to **uint64, slot int) {
		n := d.count(slot)
		switch {
		case n == nil:
		case *to == nil:
			*to = n
		default:
			sum := **to + *n
			*to = &sum
		}
	}
	add(&c.Accepted, slotAccepted)
	add(&c.Rejected, slotRejected)
	add(&c.Stale, slotStale)
}

// power adds up what is measured; nil where nothing is.
func (sc *scene) power() *float64 {
	var sum *float64
	for _, d := range sc.devices {
		if p := d.value(slotPower); p != nil && !d.look.stale && d.look.online && d.running() {
			v := *p
			if sum != nil {
				v += *sum
			}
			sum = &v
		}
	}
	return sum
}

func (sc *scene) mode() string {
	mode := "empty"
	for _, d := range sc.devices {
		switch {
		case !d.active():
		case d.facts.Practice:
			mode = "practice"
		default:
			return "mining"
		}
	}
	if mode == "empty" && sc.practice.Running {
		mode = "practice"
	}
	return mode
}

// state is the colour of the whole.
func (sc *scene) state(needs []view.Need) string {
	state := "idle"
	for _, d := range sc.devices {
		if d.look.online && d.running() && d.facts.Work != string(device.WorkPaused) {
			state = "ok"
		}
	}
	for _, n := range needs {
		switch n.Severity {
		case "crit":
			return "crit"
		case "warn":
			state = "warn"
		}
	}
	return state
}
