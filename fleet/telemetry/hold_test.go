package telemetry

import (
	"strings"
	"testing"

	"github.com/adit-mining/adit/fleet/telemetry/view"
	"github.com/adit-mining/adit/link/wire"
)

func find(needs []view.Need, id string) *view.Need {
	for i := range needs {
		if needs[i].ID == id {
			return &needs[i]
		}
	}
	return nil
}

// What holds mining back is said in the sentence and once among the needs; what passes by itself does not alarm.
func TestHoldsAreSaid(t *testing.T) {
	rests := func(d *live) { d.facts.Work, d.facts.Desired = "paused", "paused" }
	held := func(d *live) { d.facts.Work, d.facts.Desired = "held", "paused" }
	policy := func(state, words string) *view.Policy {
		return &view.Policy{Idle: view.IdleState{Enabled: true, State: state, Words: words}}
	}
	for _, c := range []struct {
		name, id, severity, sentence, text, state string
		reason, words                             string
		policy                                    *view.Policy
		change                                    func(*live)
	}{
		{"user", holdActive, "info", "Mining waits: somebody uses this computer.", "", "idle", "idle", "user is active (x)", policy(wire.IdleActive, "x"), rests},
		{"nobody can tell", holdLost, "warn", "Mining waits: whether somebody uses this computer cannot be told any more. 1 thing needs you.",
			"Mining waits: the X display has vanished.", "warn", "idle", "x", policy(wire.IdleLost, "the X display has vanished"), rests},
		{"battery", holdBattery, "info", "Mining waits: this computer runs on battery.", "", "idle", "battery", "no mains is connected", nil, held},
		{"heat", holdHeat, "warn", "Mining waits: 91 °C at Tctl, limit 90 °C. 1 thing needs you.", "Mining waits: 91 °C at Tctl, limit 90 °C.", "warn", "thermal", "91 °C at Tctl, limit 90 °C", nil, held},
	} {
		o := say(scene{pause: &view.Pause{Paused: true, By: "guard", Reason: c.reason, Words: c.words}, policy: c.policy}, miner(c.change))
		n := find(o.NeedsYou, c.id)
		if n == nil || len(o.NeedsYou) != 1 || n.Severity != c.severity || n.Action.Href != "/settings/policy" {
			t.Errorf("%s: %+v", c.name, o.NeedsYou)
			continue
		}
		if c.text != "" && n.Text != c.text || o.Sentence != c.sentence || o.State != c.state {
			t.Errorf("%s: %q, %q, %s", c.name, n.Text, o.Sentence, o.State)
		}
	}
	practice := miner(func(d *live) { d.facts.Practice = true })
	o := say(scene{pause: &view.Pause{Paused: true, By: "guard", Reason: "battery"}}, miner(held), practice)
	if !strings.HasPrefix(o.Sentence, "Mining: ") || !strings.HasSuffix(o.Sentence, "Mining waits: this computer runs on battery.") {
		t.Errorf("beside practice: %q", o.Sentence)
	}
	o = say(scene{pause: &view.Pause{Paused: true, By: "owner", Reason: "user"}}, miner(rests))
	if len(o.NeedsYou) != 0 || o.Sentence != "Paused until you resume." {
		t.Errorf("a person's pause is no hold: %q %+v", o.Sentence, o.NeedsYou)
	}
	o = say(scene{policy: &view.Policy{Damaged: "it is no JSON"}})
	if n := find(o.NeedsYou, "policy/damaged"); n == nil || n.Severity != "warn" || !strings.Contains(n.Text, "it is no JSON.") {
		t.Errorf("%+v", o.NeedsYou)
	}
}

func TestRemovedProgramsAreSaid(t *testing.T) {
	const words = "the executable of xmrig 6.26.0 is gone: it was likely removed by an antivirus"
	gone := []wire.Broken{{Program: "xmrig", Version: "6.26.0", State: wire.InstallMissing, Words: words}}
	o := say(scene{broken: gone})
	n := find(o.NeedsYou, "program/xmrig")
	if n == nil || n.Severity != "crit" || n.Text != "xmrig 6.26.0: "+words+"." || n.Action.Href != "/install" {
		t.Errorf("%+v", o.NeedsYou)
	}
	if o.Sentence != "Nothing is mining: xmrig was likely removed by an antivirus. 1 thing needs you." || o.State != "crit" {
		t.Errorf("%q, %s", o.Sentence, o.State)
	}
	// The device that cannot start for it does not say the same once more; what else is wrong with one is said.
	failed := func(why string) *live {
		return miner(func(d *live) { d.facts.Work, d.facts.Reason = "failed", why })
	}
	o = say(scene{home: "rig1", broken: gone}, failed("it was not started: "+words))
	if len(o.NeedsYou) != 1 || o.NeedsYou[0].ID != "program/xmrig" || !strings.HasPrefix(o.Sentence, "Nothing is mining: xmrig was likely removed") {
		t.Errorf("%q %+v", o.Sentence, o.NeedsYou)
	}
	if o = say(scene{home: "rig1", broken: gone}, failed("exit status 3")); len(o.NeedsYou) != 2 {
		t.Errorf("%+v", o.NeedsYou)
	}
	two := append(gone, wire.Broken{Program: "other", Version: "1", State: wire.InstallChanged})
	if got := brokenWords(two); got != "xmrig was likely removed by an antivirus, and 1 more cannot be used" {
		t.Error(got)
	}
	if got := brokenWords(two[1:]); got != "other was changed and is not started" {
		t.Error(got)
	}
	// Mining goes on with another program: the sentence counts the need.
	if o = say(scene{broken: gone}, miner(nil)); !strings.HasPrefix(o.Sentence, "Mining: ") || !strings.HasSuffix(o.Sentence, "1 thing needs you.") {
		t.Error(o.Sentence)
	}
}
