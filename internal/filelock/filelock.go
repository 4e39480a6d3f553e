// Package filelock takes locks on files that the system lets go of when the process ends, however it ends. It imports
// the standard library and golang.org/x/sys only. Start at Take.
package filelock

import (
	"errors"
	"os"
)

// ErrHeld says that another process, or another Lock of this one, holds the file.
var ErrHeld = errors.New("held by another process")

// Lock is a file that nobody else can lock.
type Lock struct{ f *os.File }

// Take opens a file, which is made (0600) where absent, and locks it without waiting. It is ErrHeld where it is held.
func Take(path string) (*Lock, error) { return take(path, os.O_RDWR|os.O_CREATE) }

// Held reports whether somebody holds a file; one that is not there is held by nobody.
func Held(path string) bool {
	l, err := take(path, os.O_RDWR)
	if err != nil {
		return errors.Is(err, ErrHeld)
	}
	_ = l.Release()
	return false
}

// Release lets others take the file. The file stays.
func (l *Lock) Release() error { return l.f.Close() }

func take(path string, flag int) (*Lock, error) {
	f, err := os.OpenFile(path, flag, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lockNow(f); err != nil {
		_ = f.Close()
		return nil, err
	}
	return &Lock{f}, nil
}
