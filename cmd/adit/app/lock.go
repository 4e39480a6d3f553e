package app

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/filelock"
)

// Lock is the right to be the only hub on a data directory.
type Lock = filelock.Lock

func lockFile(dir string) string { return filepath.Join(dir, "hub.lock") }

// TakeLock makes this process the hub of the folder, or says who is.
func TakeLock(dir string) (*Lock, error) {
	l, err := filelock.Take(lockFile(dir))
	switch {
	case errors.Is(err, filelock.ErrHeld):
		return nil, heldError(dir)
	case err != nil:
		return nil, dataDirError(dir, err)
	}
	return l, nil
}

// Held reports whether a running adit holds the folder.
func Held(dir string) bool { return filelock.Held(lockFile(dir)) }

func heldError(dir string) error {
	who, next := "another adit", "Use it, or stop it first (Ctrl-C where it runs)."
	if r, ok, err := ReadRuntime(dir); err == nil && ok {
		b, _ := json.Marshal(r.PID)
		who = strings.Join([]string{"adit", r.Version, "with process id", string(b), "at", r.URL}, " ")
	}
	return WithHint(adit.Errorf(adit.Conflict, "%s already runs on the data directory %s", who, dir),
		next, "adit status      or a second one beside it: adit up --data-dir ~/adit-two --listen 127.0.0.1:0")
}
