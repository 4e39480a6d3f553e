package pki

import (
	"context"
	"crypto/x509"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Revocations is the list of certificates that were taken back, as a running coordinator watches it.
type Revocations struct {
	path string
	log  *slog.Logger

	mu       sync.Mutex
	at       stamp
	serials  map[string]Entry
	names    map[string]Entry
	onChange []func()
}

// WatchRevoked reads a list, which need not be there yet. Run keeps it up to date.
func WatchRevoked(path string, log *slog.Logger) (*Revocations, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	r := &Revocations{path: path, log: log}
	r.at = r.stamp()
	l, err := readRevoked(path)
	if err != nil {
		return nil, err
	}
	r.take(l)
	return r, nil
}

// Run looks for changes every second until ctx ends.
func (r *Revocations) Run(ctx context.Context) error {
	t := time.NewTicker(lookEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			r.Look()
		}
	}
}

// OnChange has f called after the list has changed. Call it before Run.
func (r *Revocations) OnChange(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.onChange = append(r.onChange, f)
}

// Look reads the list again where the file has changed. One that has vanished or cannot be read changes nothing: nobody
// comes back in because of a broken disk.
func (r *Revocations) Look() {
	now := r.stamp()
	r.mu.Lock()
	same := now == r.at
	r.mu.Unlock()
	if same || now == (stamp{}) {
		return
	}
	l, err := readRevoked(r.path)
	if err != nil {
		r.log.Error("the list of revoked certificates cannot be read; the last one stays in force", "err", err)
		return
	}
	r.mu.Lock()
	r.at = now
	told := r.onChange
	r.mu.Unlock()
	r.take(l)
	for _, f := range told {
		f()
	}
}

func (r *Revocations) stamp() stamp {
	i, err := os.Stat(r.path)
	if err != nil {
		return stamp{}
	}
	return stamp{i.Size(), i.ModTime()}
}

func (r *Revocations) take(l revokedList) {
	serials, names := map[string]Entry{}, map[string]Entry{}
	for _, e := range l.Revoked {
		if e.Serial == "" {
			names[e.Name] = e
		} else {
			serials[e.Serial] = e
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.serials, r.names = serials, names
}

// Find tells whether a certificate was taken back, and when. A nil list has nothing on it.
func (r *Revocations) Find(c *x509.Certificate) (Entry, bool) {
	if r == nil {
		return Entry{}, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := r.serials[serialHex(c)]; ok {
		return e, true
	}
	e, ok := r.names[c.Subject.CommonName]
	return e, ok
}
