package agent

import (
	"errors"
	"path/filepath"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/filelock"
)

// takeLock takes the right to be the only agent on a data directory.
func takeLock(dir string) (*filelock.Lock, error) {
	l, err := filelock.Take(filepath.Join(dir, "agent", "lock"))
	switch {
	case errors.Is(err, filelock.ErrHeld):
		return nil, adit.Errorf(adit.Conflict, "another agent works on %s: stop it first, or give this one its own data directory", dir)
	case err != nil:
		return nil, adit.Errorf(adit.Invalid, "the agent's lock cannot be taken: %w", err)
	}
	return l, nil
}
