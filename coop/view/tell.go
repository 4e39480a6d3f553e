package view

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/adit-mining/adit"
)

// told are the alarms that Tell makes by itself.
var told = map[string]bool{"ledger": true, "upstream": true, "failover": true, "verification": true}

// Tell fills what follows from the rest: the rule's words, the alarms, the sentence and the state. Alarms that the source
// put in stay first.
func (g *Glance) Tell() {
	g.Payout.tell()
	kept := []Alarm{}
	for _, a := range g.Alarms {
		if !told[a.ID] {
			kept = append(kept, a)
		}
	}
	g.Alarms = append(kept, g.ledgerAlarm()...)
	g.Alarms = append(g.Alarms, g.upstreamAlarm()...)
	g.Alarms = append(g.Alarms, g.verifyAlarm()...)
	g.State = "ok"
	if g.Members.Mining == 0 {
		g.State = "idle"
	}
	worst := map[string]int{"warn": 1, "crit": 2}
	level := 0
	for _, a := range g.Alarms {
		if n := worst[a.Severity]; n > level {
			level, g.State = n, a.Severity
		}
	}
	g.Sentence = g.sentence()
}

func (g *Glance) ledgerAlarm() []Alarm {
	if g.Ledger.Trouble == "" {
		return nil
	}
	return []Alarm{{ID: "ledger", Severity: "crit", Text: "The ledger cannot be written: " + g.Ledger.Trouble + ". Members go on mining, but no share is acknowledged.",
		Fix: "Make room on the disk or mend it; the ledger goes on by itself."}}
}

// active is the upstream that is worked for, nil where there is none.
func (g *Glance) active() *Upstream {
	for i := range g.Upstreams {
		if u := &g.Upstreams[i]; u.Active && u.State == "connected" {
			return u
		}
	}
	return nil
}

func (g *Glance) upstreamAlarm() []Alarm {
	if len(g.Upstreams) == 0 {
		return nil
	}
	first, act := g.Upstreams[0], g.active()
	switch {
	case act == nil:
		text := "No upstream gives work. Members stay connected and wait."
		if first.Error != "" {
			text = "No upstream gives work: " + first.URL + " says " + strings.TrimSuffix(first.Error, ".") + ". Members stay connected and wait."
		}
		return []Alarm{{ID: "upstream", Severity: "crit", Text: text, Fix: "Check the address and whether the other side runs; members go on by themselves when work comes."}}
	case act.Index > 0:
		text := fmt.Sprintf("The crew works for its upstream number %d, %s", act.Index+1, act.URL)
		if first.Error != "" {
			text += "; the first failed: " + strings.TrimSuffix(first.Error, ".")
		}
		return []Alarm{{ID: "failover", Severity: "warn", Text: text + ".", Fix: "Nothing: the first is tried again and taken when it answers."}}
	}
	return nil
}

func (g *Glance) verifyAlarm() []Alarm {
	if g.Verification.Mode != "proxy" {
		return nil
	}
	reason := g.Verification.Reason
	if reason == "" {
		reason = "nothing is there to hash them with"
	}
	return []Alarm{{ID: "verification", Severity: "warn", Text: "Shares are taken without hashing them: " + strings.TrimSuffix(reason, ".") + ".",
		Fix: "Put adit-miner beside adit; until then a member could claim hashes it did not make."}}
}

func (g *Glance) sentence() string {
	act := g.active()
	switch {
	case g.Members.Total == 0:
		return "Nobody has joined yet."
	case g.Members.Online == 0:
		if g.Members.Total == 1 {
			return "The one member is not connected."
		}
		return fmt.Sprintf("None of the %d members is connected.", g.Members.Total)
	case act == nil:
		if g.Members.Online == 1 {
			return "1 member waits: no upstream gives work."
		}
		return fmt.Sprintf("%d members wait: no upstream gives work.", g.Members.Online)
	}
	if g.Members.Mining == 0 {
		if g.Members.Online == 1 {
			return "1 member is connected and finds nothing yet."
		}
		return fmt.Sprintf("%d members are connected and find nothing yet.", g.Members.Online)
	}
	verb := "mine"
	if g.Members.Mining == 1 {
		verb = "mines"
	}
	text := fmt.Sprintf("%s %s", count(g.Members.Mining, "member"), verb)
	if g.Hashrate.Minute != nil {
		text += " " + adit.Hashrate(*g.Hashrate.Minute).String()
	}
	text += " for " + strings.TrimSuffix(act.URL, ":") // "practice:"
	if g.Job != nil && g.Job.Height != nil {
		text += " at height " + strconv.FormatUint(*g.Job.Height, 10)
	}
	return text + "."
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// tell puts the rule into plain words.
func (r *Rule) tell() {
	var b strings.Builder
	switch {
	case r.Scheme == "prop" && r.Basis == "credits":
		b.WriteString("What the pool pays for a period is divided by the work that each member did in that period.")
	case r.Scheme == "prop":
		b.WriteString("Each block is divided by the work that each member did since the block before.")
	case r.Basis == "credits":
		b.WriteString("What the pool pays for a period is divided over the newest shares, by the work each of them proves: as many as together prove the work that the pool took in that period.")
	default:
		fmt.Fprintf(&b, "Each block is divided over the newest shares, by the work each of them proves: as many as together prove the work of %s blocks.", number(r.Window))
	}
	if r.FeePercent > 0 {
		fmt.Fprintf(&b, " The operator keeps %s %%.", number(r.FeePercent))
	} else {
		b.WriteString(" The operator keeps nothing.")
	}
	r.Words = b.String()
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
