package telemetry

import (
	"fmt"
	"slices"
	"strings"

	"github.com/adit-mining/adit/fleet/telemetry/view"
	"github.com/adit-mining/adit/link/wire"
)

// The ids of what holds mining back on the home rig.
const (
	holdActive  = "hold/active"  // somebody uses the computer
	holdLost    = "hold/lost"    // whether somebody does cannot be told any more
	holdBattery = "hold/battery" // no mains
	holdHeat    = "hold/heat"    // too hot, or a fan or sensor that fails
)

const maxBroken = 16 // programs shown as broken

// hold is what holds mining back although nobody paused it, "" = nothing. Agents tell it as the reason of a pause, and
// only while a program that should run rests for it.
func (sc *scene) hold() string {
	if sc.pause == nil || !sc.pause.Paused {
		return ""
	}
	switch sc.pause.Reason {
	case "idle":
		if sc.policy != nil && sc.policy.Idle.State == wire.IdleLost {
			return holdLost
		}
		return holdActive
	case "battery":
		return holdBattery
	case "thermal":
		return holdHeat
	}
	return ""
}

// holdWords is the sentence about the hold; there must be one.
func (sc *scene) holdWords() string {
	switch sc.hold() {
	case holdActive:
		return "Mining waits: somebody uses this computer."
	case holdLost:
		return "Mining waits: whether somebody uses this computer cannot be told any more."
	case holdBattery:
		return "Mining waits: this computer runs on battery."
	}
	return "Mining waits: " + ended(orWords(sc.pause.Words, "the processor is too hot"))
}

// holdNeeds say why mining rests. Those that pass by themselves need nobody, but one may wonder.
func (sc *scene) holdNeeds() (out []view.Need) {
	change := &view.Action{Label: "Change it", Href: "/settings/policy"}
	if id := sc.hold(); id != "" {
		n := view.Need{ID: id, Severity: "info", Text: sc.holdWords(), Action: change}
		switch id {
		case holdLost:
			n.Severity = "warn"
			if why := sc.policy.Idle.Words; why != "" { // with what to do
				n.Text = "Mining waits: " + ended(why)
			}
		case holdHeat:
			n.Severity = "warn"
		}
		out = append(out, n)
	}
	if p := sc.policy; p != nil && p.Damaged != "" {
		out = append(out, view.Need{ID: "policy/damaged", Severity: "warn",
			Text:   "The recorded policy cannot be used, so the safe defaults hold: " + ended(p.Damaged),
			Action: &view.Action{Label: "Set it anew", Href: "/settings/policy"}})
	}
	return out
}

// programNeeds are the installed programs that were removed or changed behind adit's back.
func (sc *scene) programNeeds() (out []view.Need) {
	for _, b := range sc.broken[:min(len(sc.broken), maxBroken)] {
		out = append(out, view.Need{ID: "program/" + b.Program, Severity: "crit",
			Text:   fmt.Sprintf("%s %s: %s", b.Program, b.Version, ended(orWords(b.Words, "it cannot be used"))),
			Action: &view.Action{Label: "See what to do", Href: "/install"}})
	}
	return out
}

// toldOf reports that a device's trouble is a broken program's, which is told once.
func (sc *scene) toldOf(d seen) bool {
	return d.rig == sc.home && slices.ContainsFunc(sc.broken, func(b wire.Broken) bool { return b.Words != "" && strings.Contains(d.headline.Why, b.Words) })
}

// brokenWords: "xmrig was likely removed by an antivirus".
func brokenWords(list []wire.Broken) string {
	b := list[0]
	what := b.Program + " was changed and is not started"
	if b.State == wire.InstallMissing {
		what = b.Program + " was likely removed by an antivirus"
	}
	if len(list) > 1 {
		what += fmt.Sprintf(", and %d more cannot be used", len(list)-1)
	}
	return what
}
