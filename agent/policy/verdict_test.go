package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit/link/wire"
)

// TestVerdict is row 5.4: when mining must rest for the computer's user.
func TestVerdict(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) *time.Time { at := now.Add(-d); return &at }
	there := func(us ...Use) Reading { return Reading{There: true, Uses: us} }
	gone := Reading{Words: "it is gone"}
	for what, c := range map[string]struct {
		readings map[string]Reading
		seen     []string
		state    string
		words    string
	}{
		"nothing there":            {map[string]Reading{Logind: gone, X11: gone, Terminals: gone}, nil, wire.IdleNobody, "no user seen"},
		"nobody logged in":         {map[string]Reading{Logind: there(), Terminals: there()}, []string{Logind, Terminals}, wire.IdleNobody, "no user seen"},
		"typing":                   {map[string]Reading{Terminals: there(Use{Who: "terminal pts/3", Last: ago(14 * time.Second)})}, nil, wire.IdleActive, "user is active (terminal pts/3 10 s ago)"},
		"one of two typing":        {map[string]Reading{Terminals: there(Use{Who: "a", Last: ago(time.Hour)}, Use{Who: "b", Last: ago(0)})}, nil, wire.IdleActive, "(b a moment ago)"},
		"just idle enough":         {map[string]Reading{Terminals: there(Use{Who: "a", Last: ago(5 * time.Minute)})}, nil, wire.IdleFree, "for 5 min"},
		"not quite":                {map[string]Reading{Terminals: there(Use{Who: "a", Last: ago(5*time.Minute - time.Second)})}, nil, wire.IdleActive, "4 min ago"},
		"desktop says active":      {map[string]Reading{Logind: there(Use{Who: "session 2 of alice", Active: true, Type: "wayland"})}, nil, wire.IdleActive, "session 2 of alice"},
		"X11 knows better":         {map[string]Reading{Logind: there(Use{Who: "s", Active: true, Type: "x11"}), X11: there(Use{Who: "d", Last: ago(time.Hour)})}, nil, wire.IdleFree, "for 1 h"},
		"but not for a terminal":   {map[string]Reading{Logind: there(Use{Who: "s", Last: ago(0), Type: "tty"}), X11: there(Use{Who: "d", Last: ago(time.Hour)})}, nil, wire.IdleActive, "(s a moment ago)"},
		"a source vanished":        {map[string]Reading{Terminals: gone, Logind: gone}, []string{Logind}, wire.IdleLost, "logind was there and has vanished"},
		"active wins over lost":    {map[string]Reading{Terminals: there(Use{Who: "a", Last: ago(0)}), Logind: gone}, []string{Logind}, wire.IdleActive, "user is active"},
		"X gone after a logout":    {map[string]Reading{X11: gone, Logind: there()}, []string{X11, Logind}, wire.IdleNobody, "no user seen"},
		"X gone, desktop there":    {map[string]Reading{X11: gone, Logind: there(Use{Who: "s", Last: ago(time.Hour), Type: "x11"})}, []string{X11, Logind}, wire.IdleLost, "the X display"},
		"X and logind both gone":   {map[string]Reading{X11: gone, Logind: gone}, []string{X11, Logind}, wire.IdleLost, "vanished"},
		"a source that never was":  {map[string]Reading{X11: gone, Terminals: there(Use{Who: "a", Last: ago(49 * time.Hour)})}, []string{Terminals}, wire.IdleFree, "2 days"},
		"lost, though others idle": {map[string]Reading{X11: gone, Terminals: there(Use{Who: "a", Last: ago(time.Hour)})}, []string{X11}, wire.IdleLost, "leave it out"},
	} {
		r := Report{At: now, Readings: c.readings, Seen: map[string]bool{}}
		for _, n := range c.seen {
			r.Seen[n] = true
		}
		v := r.Verdict(5 * time.Minute)
		if v.State != c.state || !strings.Contains(v.Words, c.words) || len(v.Sources) != 3 {
			t.Errorf("%s: %s %q, want %s with %q; %+v", what, v.State, v.Words, c.state, c.words, v.Sources)
		}
		if v.Paused() != (c.state == wire.IdleActive || c.state == wire.IdleLost) {
			t.Errorf("%s: paused %v", what, v.Paused())
		}
	}
}
