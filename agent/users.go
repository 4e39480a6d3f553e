package agent

import (
	"context"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/adit-mining/adit/agent/policy"
	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/link/wire"
)

// usersEvery is how often the agent looks whether somebody uses the computer; a look takes three seconds at most, so
// that mining rests well within ten.
const usersEvery = 2 * time.Second

// rules are the owner's policy, as last read, and what was last seen of the computer's users.
type rules struct {
	policy  wire.Policy
	damaged string // why the safe defaults hold, "" = they do not
	read    bool
	watcher *policy.Watcher // nil = nobody is looked for
	report  *policy.Report  // nil = nobody was looked for yet
	state   string          // of wire.IdleState, and since when
	since   time.Time

	account   *proc.Account // as last shown, for which wish of the owner, and when it was looked up
	accountOf string
	accountAt time.Time
}

// rest is whether a program must rest because somebody uses the computer.
type rest struct {
	paused bool
	stop   bool // it cannot be paused softly: its shim ends it
	words  string
	since  time.Time
	told   *proc.IdleWord // as its shim can read it, nil = not at all yet
}

// usersLoop looks for users of the computer and at the policy.
func (a *Agent) usersLoop(ctx context.Context) {
	t := time.NewTicker(usersEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		a.lookForUsers(ctx)
	}
}

// lookForUsers takes one look and makes every program follow.
func (a *Agent) lookForUsers(ctx context.Context) {
	a.seeking.Lock()
	defer a.seeking.Unlock()
	a.readPolicy(ctx)
	w := a.watcher()
	if w == nil {
		a.mu.Lock()
		a.rules.report = nil
		a.mu.Unlock()
	} else {
		r := w.Look(ctx, time.Now())
		if ctx.Err() != nil {
			return
		}
		a.mu.Lock()
		a.rules.report = &r
		a.mu.Unlock()
	}
	var g sync.WaitGroup
	for _, u := range a.programs() {
		g.Go(func() { a.heedUsers(ctx, u) })
	}
	g.Wait()
}

// watcher is what looks for users, made anew where the policy names other sources; nil where nobody asks.
func (a *Agent) watcher() *policy.Watcher {
	a.mu.Lock()
	r := &a.rules
	p, old := r.policy, r.watcher
	a.mu.Unlock()
	needed := slices.ContainsFunc(a.programs(), func(u *unit) bool { return a.idleAfter(u.wish()) > 0 })
	names := p.Idle.Sources
	if len(names) == 0 {
		names = policy.Sources()
	}
	names = slices.DeleteFunc(policy.Sources(), func(n string) bool { return !slices.Contains(names, n) }) // in their order
	needed = needed || p.Idle.Enabled
	if old != nil && needed && slices.Equal(old.Names(), names) {
		return old
	}
	if old != nil {
		old.Close()
	}
	var w *policy.Watcher
	if needed {
		w = policy.NewWatcher(names, nil, a.places())
	}
	a.mu.Lock()
	r.watcher, r.report = w, nil
	a.mu.Unlock()
	return w
}

// places are where users are looked for: on a root of a test's own the environment is another computer's.
func (a *Agent) places() policy.Places {
	return policy.Places{Root: a.o.Root, Bus: a.o.Bus, Display: a.o.Display, Alone: a.o.Root != "/"}
}

// stopLooking lets go of the sources.
func (a *Agent) stopLooking() {
	a.seeking.Lock()
	defer a.seeking.Unlock()
	a.mu.Lock()
	w := a.rules.watcher
	a.rules.watcher = nil
	a.mu.Unlock()
	if w != nil {
		w.Close()
	}
}

// idleAfter is how long nobody may have used the computer before a program works; 0 = it does not care. Practice earns
// nothing and is watched by the one who started it, so it never does.
func (a *Agent) idleAfter(w want) time.Duration {
	if w.Args.Practice {
		return 0
	}
	if s := w.Args.Settings; s != nil && s.PauseOnActive != nil {
		return time.Duration(*s.PauseOnActive) * time.Second
	}
	p := a.policyNow()
	if !p.Idle.Enabled {
		return 0
	}
	return time.Duration(p.Idle.AfterSeconds) * time.Second
}

// heedUsers settles whether one program must rest, tells its shim, and makes it follow.
func (a *Agent) heedUsers(ctx context.Context, u *unit) {
	changed := a.judgeUsers(u)
	if !changed {
		return
	}
	u.mu.Lock()
	now := u.rest
	u.mu.Unlock()
	if u.running() != nil {
		switch {
		case now.paused:
			a.tell(evHeld, info, u.name, "%s rests: %s", u.name, now.words)
		default:
			a.tell(evFreed, info, u.name, "%s may work again", u.name)
		}
	}
	if err := a.settle(ctx, u, a.pauseFor(u), true); err != nil && ctx.Err() == nil {
		a.log.WarnContext(ctx, "a program does not follow the pause for the computer's user", "name", u.name, "err", err)
	}
	a.poke()
}

// judgeUsers settles whether one program must rest and tells its shim; it reports whether that changed.
func (a *Agent) judgeUsers(u *unit) (changed bool) {
	a.mu.Lock()
	report := a.rules.report
	a.mu.Unlock()
	after := a.idleAfter(u.wish())
	var v policy.Verdict
	var seen []string
	if after > 0 && report != nil {
		v = report.Verdict(after)
		for _, n := range policy.Sources() {
			if report.Seen[n] {
				seen = append(seen, n)
			}
		}
	}
	u.mu.Lock()
	r := &u.rest
	changed = r.paused != v.Paused()
	if changed {
		r.since = time.Now().UTC()
	}
	r.paused, r.words = v.Paused(), v.Words
	r.stop = r.stop && r.paused
	word := proc.IdleWord{Paused: r.paused, Stop: r.stop, Seen: seen}
	if r.paused {
		word.Words = r.words
	}
	known := r.told != nil && same(*r.told, word) || r.told == nil && after == 0
	u.mu.Unlock()
	if known {
		return changed
	}
	if err := proc.WriteIdleWord(a.idleFile(u.name), word); err != nil {
		if exists(filepath.Dir(a.idleFile(u.name))) { // a program that was never started has no folder
			a.log.Warn("a shim is not told whether the computer is used", "name", u.name, "err", err)
		}
		return changed
	}
	u.mu.Lock()
	r.told = &word
	u.mu.Unlock()
	return changed
}

// same compares what matters to a shim; words that tell another age are no news.
func same(a, b proc.IdleWord) bool {
	return a.Paused == b.Paused && a.Stop == b.Stop && slices.Equal(a.Seen, b.Seen)
}

// endForUsers lets the shim end a program that cannot be paused softly; it starts again when the computer is idle.
func (a *Agent) endForUsers(u *unit) {
	u.mu.Lock()
	u.rest.stop = true
	u.mu.Unlock()
	a.judgeUsers(u)
}

// pauseFor is the pause that a program must heed: a person's, else for the computer's user.
func (a *Agent) pauseFor(u *unit) wire.Pause {
	p := a.permitted().pause
	if p.Paused {
		return p
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.rest.paused {
		return p
	}
	since := u.rest.since
	return wire.Pause{Paused: true, Since: &since, By: "guard", Reason: reasonIdle, Words: u.rest.words}
}

// reasonIdle is the reason of a pause because somebody uses the computer.
const reasonIdle = "idle"

func (a *Agent) idleFile(name string) string { return filepath.Join(a.shimDir(), name, "idle.json") }

// wish is what should become of the program.
func (u *unit) wish() want {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.want
}
