package policy

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// lookPatience is how long one source may take; then it counts as not answering.
const lookPatience = 3 * time.Second

// Watcher looks for users of this computer. Make one with NewWatcher; Look from one goroutine at a time; Close it.
type Watcher struct {
	mu     sync.Mutex
	desks  map[string]*desk
	closed bool
}

// desk is one source, what it last said and whether it ever answered.
type desk struct {
	source source
	seen   bool
	busy   chan Reading // a look under way; nil = none
}

// Report is one look at all sources.
type Report struct {
	At       time.Time
	Readings map[string]Reading // by source; a source that is not asked is not in it
	Seen     map[string]bool    // answered at some time
}

// NewWatcher prepares to look at the named sources; seen are those that answered before, so that they must answer now.
func NewWatcher(names []string, seen []string, p Places) *Watcher {
	w := &Watcher{desks: map[string]*desk{}}
	for _, n := range names {
		if s := open(n, p); s != nil {
			w.desks[n] = &desk{source: s, seen: slices.Contains(seen, n)}
		}
	}
	return w
}

// Seen are the sources that answered at some time.
func (w *Watcher) Seen() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for n, d := range w.desks {
		if d.seen {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}

// Look asks every source at once, each for a few seconds at most.
func (w *Watcher) Look(ctx context.Context, now time.Time) Report {
	ctx, cancel := context.WithTimeout(ctx, lookPatience)
	defer cancel()
	w.mu.Lock()
	waits := map[string]chan Reading{}
	for n, d := range w.desks {
		if d.busy == nil && !w.closed {
			answer := make(chan Reading, 1)
			d.busy = answer
			s := d.source
			go func() { answer <- s.look(ctx, now) }() // ends with ctx, or when Close ends the connection
		}
		waits[n] = d.busy
	}
	w.mu.Unlock()
	got := map[string]Reading{}
	for n, answer := range waits {
		r, came := take(ctx, answer)
		got[n] = r
		if came {
			w.mu.Lock()
			w.desks[n].busy = nil
			w.mu.Unlock()
		}
	}
	return w.note(now, got)
}

// take waits for an answer until ctx ends; one that is there by then counts.
func take(ctx context.Context, answer <-chan Reading) (Reading, bool) {
	select {
	case r := <-answer:
		return r, true
	case <-ctx.Done():
	}
	select {
	case r := <-answer:
		return r, true
	default:
		return Reading{Words: "it does not answer"}, false
	}
}

func (w *Watcher) note(now time.Time, got map[string]Reading) Report {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := Report{At: now, Readings: maps.Clone(got), Seen: map[string]bool{}}
	for n, d := range w.desks {
		d.seen = d.seen || got[n].There
		r.Seen[n] = d.seen
	}
	return r
}

// Close lets go of the sources.
func (w *Watcher) Close() {
	w.mu.Lock()
	w.closed = true
	var all []*desk
	for _, d := range w.desks {
		all = append(all, d)
	}
	w.mu.Unlock()
	for _, d := range all {
		d.source.close()
	}
	late := time.NewTimer(time.Second)
	defer late.Stop()
	for _, d := range all {
		w.mu.Lock()
		busy := d.busy
		w.mu.Unlock()
		if busy == nil {
			continue
		}
		select {
		case <-busy:
		case <-late.C: // a server that takes a connection and then says nothing; the process ends soon
			return
		}
		d.source.close()
	}
}

// Names are the sources it looks at, in the order of Sources.
func (w *Watcher) Names() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, n := range Sources() {
		if w.desks[n] != nil {
			out = append(out, n)
		}
	}
	return out
}
