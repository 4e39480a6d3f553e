package telemetry

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/fleet/telemetry/view"
	"github.com/adit-mining/adit/link/wire"
)

// sentence says in one breath how things are: what is, then whether a person is needed.
func (sc *scene) sentence(o view.Overview) string {
	needs := 0
	for _, n := range o.NeedsYou {
		if n.Severity != "info" {
			needs++
		}
	}
	now := sc.nowWords(o)
	switch needs {
	case 0:
		return now
	case 1:
		return now + " 1 thing needs you."
	}
	return fmt.Sprintf("%s %d things need you.", now, needs)
}

func (sc *scene) nowWords(o view.Overview) string {
	hashing, starting, blind, held, paused, desired := 0, 0, 0, 0, 0, 0
	var progress string
	for _, d := range sc.devices {
		switch {
		case !d.active():
			continue
		case !d.look.online:
			blind++
		case d.facts.Work == wire.WorkHeld:
			held++
		case d.facts.Work == string(device.WorkPaused):
			paused++
		case d.facts.Work == string(device.WorkStarting) && d.value(slotHashrate) == nil:
			starting++
			progress = d.progress()
		case d.running():
			hashing++
		}
		desired++
	}
	switch {
	case hashing > 0 && sc.hold() != "": // practice, or a program with leave of its own
		return sc.miningWords(o) + " " + sc.holdWords()
	case hashing > 0:
		return sc.miningWords(o)
	case sc.hold() != "":
		return sc.holdWords()
	case sc.pause != nil && sc.pause.Paused:
		return pauseWords(*sc.pause, sc.now)
	case starting > 0:
		return strings.TrimSpace("Starting. " + progress)
	case blind > 0:
		return "Nothing can be seen: the agent is not heard."
	case sc.consent != nil && sc.consent.Needed:
		return "Nothing is mining: adit waits for your consent on this computer."
	case held > 0:
		return "Nothing is mining: " + sc.heldWhy()
	case paused > 0:
		return "Mining is paused."
	case desired > 0 && len(sc.broken) > 0:
		return "Nothing is mining: " + brokenWords(sc.broken) + "."
	case desired > 0:
		return "Nothing is mining, though it should."
	case sc.practice.Running:
		return "Nothing is mining yet. Practice waits for a miner" + listenWords(sc.practice) + "."
	case len(sc.broken) > 0:
		return "Nothing is mining: " + brokenWords(sc.broken) + "."
	case len(sc.devices) > 0:
		return "Nothing is mining."
	}
	return "Nothing is mining yet."
}

func listenWords(p view.Practice) string {
	if p.Listen == nil {
		return ""
	}
	return " at " + *p.Listen
}

func (sc *scene) heldWhy() string {
	for _, d := range sc.devices {
		if d.facts.Work == wire.WorkHeld && d.facts.Reason != "" {
			return ended(d.facts.Reason)
		}
	}
	return "a guard holds it."
}

// ended puts a full stop behind words that have none.
func ended(s string) string {
	if strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

// miningWords: "Mining: 1.02 kH/s on practice, 14 shares accepted, none refused."
func (sc *scene) miningWords(o view.Overview) string {
	var rates []string
	for _, t := range o.Totals {
		if t.Hashrate == nil {
			continue
		}
		rate := adit.Hashrate(*t.Hashrate).String()
		if len(o.Totals) > 1 {
			rate += " " + t.Algorithm
		}
		rates = append(rates, rate)
	}
	what := "Mining: " + strings.Join(rates, " and ") + sc.whereWords()
	if len(rates) == 0 {
		what = "Mining" + sc.whereWords() + ": hashrate not yet known"
	}
	return fmt.Sprintf("%s, %s.", what, shareWords(o.Shares))
}

// shareWords: "14 shares accepted, none refused".
func shareWords(c view.ShareCounts) string {
	if c.Accepted == nil {
		return "shares not yet known"
	}
	accepted, refused := fmt.Sprintf("%d shares accepted", *c.Accepted), ", none refused"
	switch *c.Accepted {
	case 0:
		accepted = "no share accepted yet"
	case 1:
		accepted = "1 share accepted"
	}
	switch {
	case c.Rejected == nil:
		refused = ""
	case *c.Rejected > 0:
		refused = fmt.Sprintf(", %d refused", *c.Rejected)
	}
	return accepted + refused
}

// whereWords names the upstream: " on practice", " on pool.example:3333", " on 2 pools".
func (sc *scene) whereWords() string {
	places := map[string]bool{}
	for _, d := range sc.devices {
		switch {
		case !d.running():
		case d.facts.Practice:
			places["practice"] = true
		case d.facts.Pool != nil:
			places[poolHost(d.facts.Pool.URL)] = true
		}
	}
	if len(places) > 1 {
		return fmt.Sprintf(" on %d pools", len(places))
	}
	for p := range places {
		return " on " + p
	}
	return ""
}

func poolHost(raw string) string {
	if u, err := url.Parse(raw); err == nil && u.Host != "" {
		return u.Host
	}
	return raw
}

func pauseWords(p view.Pause, now time.Time) string {
	by := "Paused"
	if p.Reason != "" && p.Reason != "user" {
		by += " (" + p.Reason + ")"
	}
	if p.Until == nil {
		return by + " until you resume."
	}
	return fmt.Sprintf("%s for another %s.", by, roughly(p.Until.Sub(now)))
}

// roughly writes a length of time by the minute.
func roughly(d time.Duration) string {
	minutes := int((d + time.Minute - 1) / time.Minute)
	switch {
	case minutes <= 1:
		return "minute"
	case minutes < 60:
		return fmt.Sprintf("%d min", minutes)
	case minutes%60 == 0:
		return fmt.Sprintf("%d h", minutes/60)
	}
	return fmt.Sprintf("%d h %d min", minutes/60, minutes%60)
}
