package telemetry

import (
	"fmt"
	"strings"
	"time"

	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/fleet/inventory"
	"github.com/adit-mining/adit/fleet/telemetry/view"
	"github.com/adit-mining/adit/link/wire"
)

// When a device that hashes counts as not well.
const (
	zeroGrace    = time.Minute // without hashes, before it is critical
	warmAfter    = 120         // seconds of uptime before its rate is compared with the baseline
	slowBelow    = 0.8         // of the baseline
	refusedAbove = 0.05        // of the shares
	refusedFrom  = 20          // shares, so that one refusal among few does not count
)

// look is what a headline depends on beside the device itself.
type look struct {
	online bool
	stale  bool
}

// headline derives the one word for a device. Order of precedence: we cannot see it, it failed, it is held or stopped
// on purpose, it does not hash, we see it badly, it hashes badly, all is well.
func (d *live) headline(rig inventory.Rig, l look, now time.Time) view.Headline {
	f := d.facts
	since := timeOrNil(f.Since)
	say := func(state, word, why string) view.Headline {
		return view.Headline{State: state, Word: word, Why: why, Since: since}
	}
	if !l.online {
		since = timeOrNil(rig.LastSeen)
		return say("blind", "not seen", "The agent on "+nameOf(rig)+" is not heard. The program may go on under its shim.")
	}
	if f.Reach == "unreachable" && d.running() {
		return say("crit", "unreachable", orWords(f.Reason, "The program runs but does not answer."))
	}
	switch f.Work {
	case wire.WorkQuarantined:
		return say("crit", "quarantined", orWords(f.Reason, "It failed too often."))
	case wire.WorkFailed:
		return say("crit", "failed", orWords(f.Reason, "It ended by itself."))
	case wire.WorkHeld:
		return say("paused", "held", orWords(f.Reason, "A guard keeps it from running."))
	case wire.WorkStopped:
		if f.Desired == "running" {
			return say("warn", "not running", orWords(f.Reason, "It should run and does not."))
		}
		return say("stopped", "stopped", f.Reason)
	case string(device.WorkPaused):
		return say("paused", "paused", f.Reason)
	case string(device.WorkZero):
		if state := "warn"; now.Sub(f.Since) < zeroGrace {
			return say(state, "no hashes", f.Reason)
		}
		return say("crit", "no hashes", orWords(f.Reason, "It runs but computes nothing."))
	}
	if l.stale && (f.Work != string(device.WorkStarting) || !d.at.IsZero()) {
		since = timeOrNil(d.at)
		return say("warn", "stale", orWords(f.Reason, "No fresh reading."))
	}
	if f.Work == string(device.WorkStarting) {
		return say("starting", "starting", orWords(f.Reason, d.progress()))
	}
	if word, why := d.unwell(); word != "" {
		return say("warn", word, why)
	}
	return say("ok", "hashing", orWords(f.Reason, d.progress()))
}

// unwell looks for what is wrong with a device that hashes.
func (d *live) unwell() (word, why string) {
	uptime := d.value(slotUptime)
	if p := d.facts.Pool; p != nil && p.State != "connected" && p.State != "" && uptime != nil && *uptime > 30 {
		return "no pool", "The pool is " + p.State + "."
	}
	acc, rej := d.count(slotAccepted), d.count(slotRejected)
	if acc != nil && rej != nil && *acc+*rej >= refusedFrom && float64(*rej) > refusedAbove*float64(*acc+*rej) {
		return "shares refused", fmt.Sprintf("%d of %d shares were refused.", *rej, *acc+*rej)
	}
	rate, base := d.value(slotHashrate60s), d.value(slotBaseline)
	if rate != nil && base != nil && uptime != nil && *uptime > warmAfter && *rate < slowBelow**base {
		return "slow", fmt.Sprintf("%.0f %% of what this computer does when warm.", 100**rate / *base)
	}
	return "", ""
}

// progress says how far the dataset is, "" where none is built.
func (d *live) progress() string {
	p := d.value(slotDatasetProgress)
	if p == nil || *p >= 1 || *p < 0 {
		return ""
	}
	return fmt.Sprintf("The dataset is %.0f %% built.", 100**p)
}

func nameOf(r inventory.Rig) string {
	if r.Name != "" {
		return r.Name
	}
	return "this computer"
}

func orWords(words, otherwise string) string {
	if strings.TrimSpace(words) == "" {
		return otherwise
	}
	return words
}

// timeOrNil is nil for a time that is not known.
func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
