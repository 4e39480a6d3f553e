package agent

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/adit-mining/adit"
)

// lock is the right to be the only agent on a data directory. The system lets go of it when the process ends.
type lock struct{ f *os.File }

var errHeld = errors.New("held by another process")

func takeLock(dir string) (*lock, error) {
	path := filepath.Join(dir, "agent", "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, adit.Errorf(adit.Invalid, "the agent's lock cannot be opened: %w", err)
	}
	if err := lockNow(f); err != nil {
		_ = f.Close()
		if errors.Is(err, errHeld) {
			return nil, adit.Errorf(adit.Conflict, "another agent works on %s: stop it first, or give this one its own data directory", dir)
		}
		return nil, adit.Errorf(adit.Invalid, "the agent's lock cannot be taken: %w", err)
	}
	return &lock{f}, nil
}

func (l *lock) release() error { return l.f.Close() }
