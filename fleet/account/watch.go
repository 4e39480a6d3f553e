package account

import "sync"

// watchers tells open connections that what let them in was revoked.
type watchers struct {
	mu   sync.Mutex
	open map[string]map[chan struct{}]struct{} // hash of a secret → who waits
}

// Ended returns a channel that is closed when the cookie or token in c is revoked; stop forgets the wish. One that only
// expires is not told of: ask Authenticate again from time to time.
func (s *Service) Ended(c Credentials) (ended <-chan struct{}, stop func()) {
	h := s.hash("cookie", c.Cookie)
	switch {
	case c.Bearer != "":
		h = s.hash("token", c.Bearer)
	case c.Password != "":
		h = s.hash("token", c.Password)
	}
	return s.watchers.add(h)
}

func (w *watchers) add(hash string) (<-chan struct{}, func()) {
	ch := make(chan struct{})
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open == nil {
		w.open = map[string]map[chan struct{}]struct{}{}
	}
	if w.open[hash] == nil {
		w.open[hash] = map[chan struct{}]struct{}{}
	}
	w.open[hash][ch] = struct{}{}
	return ch, func() { w.forget(hash, ch) }
}

func (w *watchers) forget(hash string, ch chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.open[hash], ch)
	if len(w.open[hash]) == 0 {
		delete(w.open, hash)
	}
}

func (w *watchers) end(hash string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ch := range w.open[hash] {
		close(ch)
	}
	delete(w.open, hash)
}
