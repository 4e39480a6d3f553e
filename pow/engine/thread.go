package engine

import (
	"sync/atomic"
	"time"
)

// thread hashes on one OS thread.
type thread struct {
	e      *Engine
	index  int
	cpu    *int
	hashes atomic.Uint64
	state  atomic.Pointer[threadState]
}

// threadState is what a report says of a thread besides its rate.
type threadState struct {
	mode  Mode // "" while it has no source
	pages Pages
	err   string
}

// retryAfter is how long a thread waits before it tries again to get its working memory.
const retryAfter = 5 * time.Second

// run follows the assignments until one is closed.
func (t *thread) run() {
	t.e.keepOSThread(t.cpu)
	var (
		src *source
		vm  VM
	)
	leave := func() {
		if vm != nil {
			vm.Close()
			src.leave()
		}
		src, vm = nil, nil
		t.state.Store(&threadState{})
	}
	defer leave()
	for {
		a := t.e.now.Load()
		if want := a.sourceOf(t.index); want != src {
			leave()
			var failed bool
			if src, vm, failed = t.enter(want); failed {
				wait(a.changed, retryAfter)
				continue
			}
			if want != nil && src == nil { // retired under us: a newer assignment is out
				continue
			}
		}
		if a.closed {
			return
		}
		if vm == nil || !a.runs() || !t.hash(a, src, vm) {
			<-a.changed
		}
	}
}

// enter gets a VM of the source; failed says that there is no memory for it now.
func (t *thread) enter(s *source) (_ *source, _ VM, failed bool) {
	if s == nil || !s.enter() {
		return nil, nil, false
	}
	vm, err := s.open()
	if err != nil {
		s.leave()
		t.e.log.Error("a thread has no memory to hash with", "thread", t.index, "error", err)
		t.state.Store(&threadState{err: err.Error()})
		return nil, nil, true
	}
	t.state.Store(&threadState{mode: s.mode, pages: vm.Pages()})
	return s, vm, false
}

// hash works until the assignment takes it away (true) or the job has no nonces left (false). One hash is always under
// way while the next input is prepared, so each result belongs to the nonce before.
func (t *thread) hash(a *assignment, src *source, vm VM) bool {
	w := a.work
	nonce, ok := w.nonces.take()
	if !ok {
		t.e.exhausted(w)
		return false
	}
	var out [32]byte
	blob := append(make([]byte, 0, maxBlob), w.job.Blob...)
	w.write(blob, nonce)
	vm.First(blob)
	for {
		last, lastNonce := w, nonce
		if b := t.e.now.Load(); b != a {
			if !b.runs() || b.sourceOf(t.index) != src {
				vm.Last(&out)
				t.done(last, lastNonce, &out)
				return true
			}
			a = b
			if w != a.work {
				w = a.work
				blob = append(blob[:0], w.job.Blob...)
			}
		}
		if nonce, ok = w.nonces.take(); !ok {
			vm.Last(&out)
			t.done(last, lastNonce, &out)
			t.e.exhausted(w)
			return t.e.now.Load() != a
		}
		w.write(blob, nonce)
		vm.Next(blob, &out)
		t.done(last, lastNonce, &out)
	}
}

// done counts a hash and delivers it when it is a share.
func (t *thread) done(w *work, nonce uint64, hash *[32]byte) {
	t.hashes.Add(1)
	if t.e.cfg.Tap != nil {
		t.e.cfg.Tap(nonce+w.base, hash)
	}
	if Value(hash) < w.job.Target {
		t.e.deliver(w, nonce, hash)
	}
}

// wait returns when c is closed or d is over.
func wait(c <-chan struct{}, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-c:
	case <-t.C:
	}
}
