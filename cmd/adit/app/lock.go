package app

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/adit-mining/adit"
)

// Lock is the right to be the only hub on a data directory. The system lets go of it when the process ends, however it ends.
type Lock struct{ f *os.File }

var errHeld = errors.New("held by another process")

func lockFile(dir string) string { return filepath.Join(dir, "hub.lock") }

// TakeLock makes this process the hub of the folder, or says who is.
func TakeLock(dir string) (*Lock, error) {
	f, err := os.OpenFile(lockFile(dir), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, dataDirError(dir, err)
	}
	if err := lockNow(f); err != nil {
		defer f.Close()
		if errors.Is(err, errHeld) {
			return nil, heldError(dir)
		}
		return nil, dataDirError(dir, err)
	}
	return &Lock{f}, nil
}

// Held reports whether a running adit holds the folder.
func Held(dir string) bool {
	f, err := os.OpenFile(lockFile(dir), os.O_RDWR, 0o600)
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(lockNow(f), errHeld)
}

// Release lets others take the folder.
func (l *Lock) Release() error { return l.f.Close() }

func heldError(dir string) error {
	who, next := "another adit", "Use it, or stop it first (Ctrl-C where it runs)."
	if r, ok, err := ReadRuntime(dir); err == nil && ok {
		b, _ := json.Marshal(r.PID)
		who = strings.Join([]string{"adit", r.Version, "with process id", string(b), "at", r.URL}, " ")
	}
	return WithHint(adit.Errorf(adit.Conflict, "%s already runs on the data directory %s", who, dir),
		next, "adit status      or a second one beside it: adit up --data-dir ~/adit-two --listen 127.0.0.1:0")
}
