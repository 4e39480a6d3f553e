package telemetry

import (
	"fmt"
	"sort"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/telemetry/view"
	"github.com/adit-mining/adit/link/wire"
)

// needs lists what only a person can settle, the worst first.
func (sc *scene) needs() []view.Need {
	out := []view.Need{}
	if c := sc.consent; c != nil && c.Needed {
		out = append(out, view.Need{ID: "consent", Severity: "warn",
			Text:   orWords(c.Words, "Mining on this computer waits for your consent."),
			Action: &view.Action{Label: "Allow mining on this computer", Post: "/api/v1/consent"}})
	}
	if p := sc.practice; p.Running && (p.Verifier == "missing" || p.Verifier == "failed") {
		out = append(out, view.Need{ID: "practice-verifier", Severity: "warn",
			Text:   "Practice cannot check shares: " + ended(orWords(p.VerifierWords, "adit-miner verify does not run")),
			Action: &view.Action{Label: "See what is missing", Command: "adit doctor"}})
	}
	out = append(out, sc.blindNeeds()...)
	out = append(out, sc.programNeeds()...)
	out = append(out, sc.holdNeeds()...)
	for _, d := range sc.devices {
		if n, ok := deviceNeed(d); ok && !sc.toldOf(d) {
			out = append(out, n)
		}
	}
	rank := map[string]int{"crit": 0, "warn": 1, "info": 2}
	sort.SliceStable(out, func(i, j int) bool { return rank[out[i].Severity] < rank[out[j].Severity] })
	return out
}

// blindNeeds is one thing per rig that is not heard, however many devices it has.
func (sc *scene) blindNeeds() (out []view.Need) {
	blind := map[adit.RigID]int{}
	for _, d := range sc.devices {
		if !d.look.online && d.active() {
			blind[d.rig]++
		}
	}
	for id, n := range blind {
		what := "1 device is not seen"
		if n > 1 {
			what = fmt.Sprintf("%d devices are not seen", n)
		}
		out = append(out, view.Need{ID: "rig/" + string(id), Severity: "crit",
			Text:   fmt.Sprintf("The agent on %s is not heard: %s.", nameOf(sc.rigs[id]), what),
			Action: &view.Action{Label: "Look there", Command: "adit status"}})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out
}

// deviceNeed is what a device needs of a person. What is being seen to already (starting, paused on purpose, held for
// consent, blind) needs nothing here.
func deviceNeed(d seen) (view.Need, bool) {
	if d.headline.State != "crit" && d.headline.State != "warn" {
		return view.Need{}, false
	}
	n := view.Need{ID: "device/" + string(d.id), Severity: d.headline.State, Text: fmt.Sprintf("%s: %s. %s", d.name(), d.headline.Word, d.headline.Why)}
	path := "/api/v1/devices/" + string(d.rig) + "/" + d.name()
	switch {
	case d.facts.Work == wire.WorkQuarantined:
		n.Action = &view.Action{Label: "Try again", Post: path + "/release"}
	case d.headline.State == "crit":
		n.Action = &view.Action{Label: "Restart", Post: path + "/restart"}
	default:
		n.Action = &view.Action{Label: "Read its log", Command: "adit logs " + d.name()}
	}
	return n, true
}
