package proc

import (
	"context"
	"slices"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/policy"
	"github.com/adit-mining/adit/internal/atomicfile"
)

// IdleWord is what an agent tells a program's shim about the computer's users, in the file that IdleGuard names.
type IdleWord struct {
	Paused bool     `json:"paused"`          // mining must rest: the shim does not start the program
	Stop   bool     `json:"stop,omitempty"`  // it cannot be paused softly: the shim ends it
	Words  string   `json:"words,omitempty"` // why, for a person
	Seen   []string `json:"seen,omitempty"`  // sources that answered: one that does not any more is a reason to rest
}

// WriteIdleWord records what the agent says.
func WriteIdleWord(path string, w IdleWord) error {
	if err := atomicfile.WriteJSON(path, w, 0o600); err != nil {
		return adit.Errorf(adit.Internal, "whether the computer is used could not be recorded: %w", err)
	}
	return nil
}

// readIdleWord returns the agent's word; none, or one that cannot be read, is no reason to rest: the agent that is
// attached pauses the program itself, and without one the shim looks.
func readIdleWord(path string) IdleWord {
	var w IdleWord
	if readJSONFile(path, &w) != nil {
		return IdleWord{}
	}
	return w
}

// users is the shim's own look for users, while no agent does it.
type users struct {
	held    bool // by an agent's word or an own look: stays so until that says otherwise
	words   string
	watcher *policy.Watcher // nil = an agent looks
	of      IdleGuard
	cancel  context.CancelFunc
	report  *policy.Report // the newest; nil = none yet
	coming  chan policy.Report
}

// told obeys the agent's word: it holds a program that does not run, and ends one that cannot rest by itself.
func (u *users) told(g IdleGuard, running bool) string {
	w := readIdleWord(g.File)
	if !w.Paused {
		u.held = false
		return ""
	}
	if !running || w.Stop {
		u.held = true
	}
	if !u.held {
		return ""
	}
	u.words = w.Words
	return u.words
}

// seen looks itself, in the background. Until the first look is done the agent's last word counts, and a program that
// it had paused softly is ended, because nobody could wake it.
func (u *users) seen(g IdleGuard, now time.Time, running bool) string {
	if u.watcher != nil && !slices.Equal(u.of.Sources, g.Sources) {
		u.end()
	}
	if u.watcher == nil {
		w := readIdleWord(g.File)
		u.watcher = policy.NewWatcher(g.Sources, w.Seen, policy.Places{Root: g.Root, Bus: g.Bus, Display: g.Display, Alone: g.Alone})
		u.of, u.report, u.held, u.words = g, nil, w.Paused, w.Words
	}
	u.turn(now)
	if u.report != nil {
		v := u.report.Verdict(g.After)
		u.held, u.words = v.Paused(), v.Words
	}
	if !u.held {
		return ""
	}
	return u.words
}

// turn takes the look that has come in and begins the next.
func (u *users) turn(now time.Time) {
	select {
	case r := <-u.coming:
		u.report, u.coming = &r, nil
	default:
	}
	if u.coming != nil {
		return
	}
	ctx, cancel := background()
	u.cancel = cancel
	came, w := make(chan policy.Report, 1), u.watcher
	u.coming = came
	go func() { // ends with its patience, or with end
		defer cancel()
		came <- w.Look(ctx, now)
	}()
}

// end lets go of the sources: an agent looks again, or the shim ends.
func (u *users) end() {
	if u.watcher == nil {
		return
	}
	u.cancel()
	if u.coming != nil {
		<-u.coming
	}
	u.watcher.Close()
	u.watcher, u.report, u.coming = nil, nil, nil
}
