package engine

import "sync"

// assignment is what all threads are to do now. It is never changed: a new one replaces it, and changed is closed.
type assignment struct {
	work   *work   // nil: no job yet
	light  *source // hashes from a cache; nil: none
	fast   *source // hashes from a dataset; nil: none
	few    int     // how many threads may hash in light mode
	paused bool
	halted bool
	closed bool

	changed chan struct{}
}

// sourceOf is where thread i hashes; nil where it is to wait.
func (a *assignment) sourceOf(i int) *source {
	switch {
	case a.work == nil || a.closed || a.halted:
		return nil
	case a.fast != nil && a.fast.seed == a.work.job.Seed:
		return a.fast
	case a.light != nil && a.light.seed == a.work.job.Seed && i < a.few:
		return a.light
	}
	return nil
}

// runs reports whether threads may hash.
func (a *assignment) runs() bool { return !a.paused && !a.closed && !a.halted && a.work != nil }

// source is a cache or a dataset that threads hash with. Its memory is freed only after retire has returned, which is
// when the last thread has left.
type source struct {
	seed  [32]byte
	mode  Mode
	open  func() (VM, error)
	pages Pages // reserved huge pages under it

	mu      sync.Mutex
	users   int
	retired bool
	empty   chan struct{}
}

func newSource(seed [32]byte, mode Mode, open func() (VM, error), p Pages) *source {
	return &source{seed: seed, mode: mode, open: open, pages: p, empty: make(chan struct{})}
}

// enter counts a thread in; false once the source is retired.
func (s *source) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.retired {
		return false
	}
	s.users++
	return true
}

// leave counts a thread out.
func (s *source) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users--; s.users == 0 && s.retired {
		close(s.empty)
	}
}

// retire lets nobody in any more and waits until the last thread has left: at most the time of one hash, provided the
// assignment no longer names the source.
func (s *source) retire() {
	s.mu.Lock()
	s.retired = true
	if s.users == 0 {
		s.mu.Unlock()
		return
	}
	s.mu.Unlock()
	<-s.empty
}
