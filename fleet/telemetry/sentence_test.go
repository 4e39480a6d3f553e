package telemetry

import (
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit/fleet/inventory"
	"github.com/adit-mining/adit/fleet/telemetry/view"
	"github.com/adit-mining/adit/link/wire"
)

// say makes the sentence of a house with these devices, all of them seen.
func say(sc scene, devices ...*live) view.Overview {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	sc.now = now
	for _, d := range devices {
		l := look{online: true}
		sc.devices = append(sc.devices, seen{d, l, d.headline(inventory.Rig{Name: "desk"}, l, now)})
	}
	return sc.overview()
}

// miner makes a device that hashes.
func miner(change func(*live)) *live {
	a := newSim(nil)
	d := newLive("rig1/m", "rig1")
	d.facts, d.known = a.minerFacts("m", time.Date(2026, 11, 21, 11, 0, 0, 0, time.UTC)), true
	d.at, d.heard = d.facts.At, d.facts.At
	for m, v := range map[wire.Metric]float64{wire.MetricHashrate: 1020, wire.MetricAccepted: 14, wire.MetricRejected: 0, wire.MetricUptime: 60} {
		d.values[slotOf[m]] = v
	}
	if change != nil {
		change(d)
	}
	return d
}

func TestSentences(t *testing.T) {
	until := time.Date(2026, 11, 21, 13, 12, 0, 0, time.UTC)
	url := "stratum+tcp://127.0.0.1:4242"
	set := func(d *live, m wire.Metric, v float64) { d.values[slotOf[m]] = v }
	for _, c := range []struct {
		name, sentence, state, mode string
		got                         view.Overview
	}{
		{"nothing", "Nothing is mining yet.", "idle", "empty", say(scene{})},
		{"practice waits", "Nothing is mining yet. Practice waits for a miner at " + url + ".", "idle", "practice",
			say(scene{practice: view.Practice{Running: true, Listen: &url, Verifier: "ok"}})},
		{"practice", "Mining: 1.02 kH/s on practice, 14 shares accepted, none refused.", "ok", "practice",
			say(scene{}, miner(func(d *live) { d.facts.Practice = true }))},
		{"a pool", "Mining: 1.02 kH/s on 127.0.0.1:1, 1 share accepted, none refused.", "ok", "mining",
			say(scene{}, miner(func(d *live) { set(d, wire.MetricAccepted, 1) }))},
		{"no share yet", "Mining on 127.0.0.1:1: hashrate not yet known, shares not yet known.", "ok", "mining",
			say(scene{}, miner(func(d *live) { d.forget() }))},
		{"two algorithms", "Mining: 1.02 kH/s kawpow and 1.02 kH/s rx/0 on 127.0.0.1:1, 28 shares accepted, 2 refused.", "ok", "mining",
			say(scene{}, miner(nil), miner(func(d *live) { d.facts.Algorithm = "kawpow"; set(d, wire.MetricRejected, 2) }))},
		{"starting", "Starting. The dataset is 42 % built.", "ok", "mining",
			say(scene{}, miner(func(d *live) { d.forget(); d.facts.Work = "starting"; set(d, wire.MetricDatasetProgress, 0.42) }))},
		{"paused", "Paused for another 1 h 12 min.", "idle", "mining",
			say(scene{pause: &view.Pause{Paused: true, Until: &until, Reason: "user"}}, miner(func(d *live) { d.facts.Work = "paused" }))},
		{"paused until resumed", "Paused until you resume.", "idle", "empty", say(scene{pause: &view.Pause{Paused: true, Reason: "user"}})},
		{"held", "Nothing is mining: the battery is in use.", "idle", "mining",
			say(scene{}, miner(func(d *live) { d.facts.Work, d.facts.Reason = "held", "the battery is in use" }))},
		{"stopped", "Nothing is mining.", "idle", "empty",
			say(scene{}, miner(func(d *live) { d.facts.Work, d.facts.Desired = "stopped", "stopped" }))},
		{"quarantined", "Nothing is mining, though it should. 1 thing needs you.", "crit", "mining",
			say(scene{}, miner(func(d *live) { d.facts.Work, d.facts.Reason = "quarantined", "It failed five times." }))},
	} {
		if c.got.Sentence != c.sentence || c.got.State != c.state || c.got.Mode != c.mode {
			t.Errorf("%s: %q %s %s\nwant %q %s %s", c.name, c.got.Sentence, c.got.State, c.got.Mode, c.sentence, c.state, c.mode)
		}
		if strings.ContainsAny(c.got.Sentence, "!") {
			t.Errorf("%s: adit does not shout", c.name)
		}
	}
}

func TestHeadlines(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	set := func(d *live, m wire.Metric, v float64) { d.values[slotOf[m]] = v }
	for _, c := range []struct {
		name, state, word string
		look              look
		change            func(*live)
	}{
		{"well", "ok", "hashing", look{online: true}, nil},
		{"blind before all", "blind", "not seen", look{}, func(d *live) { d.facts.Work = "quarantined" }},
		{"silent program", "crit", "unreachable", look{online: true}, func(d *live) { d.facts.Reach = "unreachable" }},
		{"no hashes, just now", "warn", "no hashes", look{online: true}, func(d *live) { d.facts.Work, d.facts.Since = "zero", now.Add(-time.Second) }},
		{"no hashes", "crit", "no hashes", look{online: true}, func(d *live) { d.facts.Work = "zero" }},
		{"stale", "warn", "stale", look{online: true, stale: true}, nil},
		{"no pool", "warn", "no pool", look{online: true}, func(d *live) { d.facts.Pool.State = "disconnected: refused" }},
		{"refused shares", "warn", "shares refused", look{online: true}, func(d *live) { set(d, wire.MetricRejected, 6) }},
		{"one refused share", "ok", "hashing", look{online: true}, func(d *live) { set(d, wire.MetricRejected, 1) }},
		{"slow", "warn", "slow", look{online: true}, func(d *live) {
			set(d, wire.MetricHashrate60s, 700)
			set(d, wire.MetricBaseline, 1000)
			set(d, wire.MetricUptime, 600)
		}},
		{"not yet warm", "ok", "hashing", look{online: true}, func(d *live) { set(d, wire.MetricHashrate60s, 700); set(d, wire.MetricBaseline, 1000) }},
		{"paused on purpose", "paused", "paused", look{online: true, stale: true}, func(d *live) { d.facts.Work = "paused" }},
		{"should run", "warn", "not running", look{online: true}, func(d *live) { d.facts.Work = "stopped" }},
	} {
		h := miner(c.change).headline(inventory.Rig{Name: "desk"}, c.look, now)
		if h.State != c.state || h.Word != c.word {
			t.Errorf("%s: %+v", c.name, h)
		}
	}
	partly := miner(func(d *live) { d.facts.Reason = "no GPU mines" })
	if h := partly.headline(inventory.Rig{Name: "desk"}, look{online: true}, now); h.State != "ok" || h.Why != "no GPU mines" {
		t.Errorf("what a program that hashes has to say is kept back: %+v", h)
	}
}
