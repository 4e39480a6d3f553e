package policy

import (
	"fmt"
	"strings"
	"time"

	"github.com/adit-mining/adit/link/wire"
)

// Verdict is whether somebody uses the computer, for one span of idleness.
type Verdict struct {
	State   string // wire.IdleNobody, IdleFree, IdleActive, IdleLost
	Words   string
	Sources []wire.IdleSource
}

// Paused reports whether mining must rest.
func (v Verdict) Paused() bool { return v.State == wire.IdleActive || v.State == wire.IdleLost }

// Verdict judges a look: somebody uses the computer where any source saw a use within after. names are the sources
// that the policy asks for.
func (r Report) Verdict(after time.Duration) Verdict {
	v := Verdict{State: wire.IdleNobody, Words: "no user seen: mining goes on"}
	var lost, active string
	var newest *time.Time
	for _, name := range Sources() {
		got, asked := r.Readings[name]
		if !asked {
			v.Sources = append(v.Sources, wire.IdleSource{Name: name, State: wire.SourceOff, Words: "not asked"})
			continue
		}
		s := wire.IdleSource{Name: name}
		uses := r.uses(name)
		switch {
		case !got.There && r.Seen[name] && !r.explained(name):
			s.State, s.Words = wire.SourceLost, "it was there and has vanished: "+got.Words
			lost = name
		case !got.There:
			s.State, s.Words = wire.SourceNone, got.Words
		case len(uses) == 0:
			s.State, s.Words = wire.SourceNobody, "knows no user"
		default:
			u := latest(uses)
			s.State, s.Words = wire.SourceIdle, u.words(r.At)
			if u.Active || u.Last != nil && r.At.Sub(*u.Last) < after {
				s.State = wire.SourceActive
				if active == "" || u.Last != nil && newest != nil && u.Last.After(*newest) {
					active = u.words(r.At)
				}
			}
			if u.Last != nil && (newest == nil || u.Last.After(*newest)) {
				newest = u.Last
			}
			if v.State == wire.IdleNobody {
				v.State = wire.IdleFree
			}
		}
		v.Sources = append(v.Sources, s)
	}
	switch {
	case active != "":
		v.State, v.Words = wire.IdleActive, "user is active ("+active+")"
	case lost != "":
		v.State = wire.IdleLost
		v.Words = fmt.Sprintf("whether somebody uses the computer cannot be told: %s was there and has vanished. Mining rests until it is back; leave it out of the idle sources if it is gone for good", title(lost))
	case v.State == wire.IdleFree && newest != nil:
		v.Words = "nobody has used the computer for " + age(r.At.Sub(*newest))
	case v.State == wire.IdleFree:
		v.Words = "nobody uses the computer"
	}
	return v
}

// uses are a source's uses that count: of a session that X11 itself can tell about, X11 knows better than logind.
func (r Report) uses(name string) []Use {
	all := r.Readings[name].Uses
	if name != Logind || len(r.Readings[X11].Uses) == 0 {
		return all
	}
	var out []Use
	for _, u := range all {
		if u.Type != "x11" {
			out = append(out, u)
		}
	}
	return out
}

// explained reports that a display went because its user has logged out: logind answers and knows of no desktop.
func (r Report) explained(name string) bool {
	l := r.Readings[Logind]
	if name != X11 || !l.There {
		return false
	}
	for _, u := range l.Uses {
		if u.Type == "x11" || u.Type == "wayland" {
			return false
		}
	}
	return true
}

// latest is the use that keeps mining away the longest.
func latest(uses []Use) Use {
	best := uses[0]
	for _, u := range uses[1:] {
		switch {
		case u.Active && !best.Active,
			u.Active == best.Active && u.Last != nil && (best.Last == nil || u.Last.After(*best.Last)):
			best = u
		}
	}
	return best
}

func (u Use) words(now time.Time) string {
	switch {
	case u.Active && u.Last == nil:
		return u.Who
	case u.Last == nil:
		return u.Who + ", idle"
	}
	return u.Who + " " + age(now.Sub(*u.Last)) + " ago"
}

// age is coarse on purpose: words that change with every look would be news with every look.
func age(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return "a moment"
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds())/10*10)
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours())/24)
}

func title(source string) string {
	switch source {
	case X11:
		return "the X display"
	case Terminals:
		return "the list of terminals"
	}
	return strings.ToLower(source)
}
