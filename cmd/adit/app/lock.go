package app

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"syscall"

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
		return nil, lockError(dir, err)
	}
	return l, nil
}

// lockError says what a failed lock means. Source: flock(2): ENOLCK and EOPNOTSUPP come from file systems of networks.
func lockError(dir string, err error) error {
	if errors.Is(err, syscall.ENOLCK) || errors.Is(err, errors.ErrUnsupported) {
		return WithHint(adit.Errorf(adit.Invalid, "the file system of %s knows no locks, as network disks often do not: two adits could work on it at once, and its database could be lost", dir),
			"Give adit a folder on a disk of this computer.", "adit --data-dir ~/.local/share/adit …")
	}
	return dataDirError(dir, err)
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
