package pki

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/filelock"
)

// Files of a Folder.
const (
	caCertFile  = "ca.crt"
	caKeyFile   = "ca.key"
	crossFile   = "cross.crt"
	issuedFile  = "issued.json"
	revokedFile = "revoked.json"
	lockFile    = ".lock"
)

const lockWithin = 10 * time.Second

// Options of a Folder; the zero value is right.
type Options struct {
	Now func() time.Time
}

// Folder is a certificate authority on disk. Several processes may use it at once.
type Folder struct {
	dir string
	now func() time.Time
	mu  sync.Mutex // one change at a time in this process; the lock file does so between processes
}

// At is the authority in a folder, which need not be there yet. By custom it is <data>/pki.
func At(dir string, o Options) *Folder {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Folder{dir: dir, now: o.Now}
}

// Dir is where it lies.
func (f *Folder) Dir() string { return f.dir }

// Exists reports whether Init was run here.
func (f *Folder) Exists() bool {
	_, err := os.Stat(f.path(caKeyFile))
	return err == nil
}

// Files are a certificate, its key and the CAs to trust.
type Files struct{ Cert, Key, CA string }

// There reports whether all of them are.
func (f Files) There() bool {
	for _, p := range []string{f.Cert, f.Key, f.CA} {
		if _, err := os.Stat(p); err != nil {
			return false
		}
	}
	return true
}

// ServerFiles are the coordinator's.
func (f *Folder) ServerFiles() Files {
	return Files{f.path("server.crt"), f.path("server.key"), f.path(caCertFile)}
}

// ClientFiles are for workers on this computer.
func (f *Folder) ClientFiles() Files {
	return Files{f.path("client.crt"), f.path("client.key"), f.path(caCertFile)}
}

// RevokedFile is the list of certificates that were taken back, for Revocations.
func (f *Folder) RevokedFile() string { return f.path(revokedFile) }

func (f *Folder) path(name string) string { return filepath.Join(f.dir, name) }

// change runs fn while nobody else changes the folder.
func (f *Folder) change(ctx context.Context, fn func() error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return unwritable(err)
	}
	ctx, cancel := context.WithTimeout(ctx, lockWithin)
	defer cancel()
	for {
		l, err := filelock.Take(f.path(lockFile))
		if err == nil {
			defer func() { _ = l.Release() }()
			return fn()
		}
		if !errors.Is(err, filelock.ErrHeld) {
			return unwritable(err)
		}
		t := time.NewTimer(20 * time.Millisecond)
		select {
		case <-ctx.Done():
			t.Stop()
			return adit.Errorf(adit.Conflict, "another process is changing the certificates; try again")
		case <-t.C:
		}
	}
}

func unwritable(err error) error {
	return adit.Errorf(adit.Internal, "the folder of the certificates cannot be written: %w", err)
}

// noCA says what to do where there is no authority.
func (f *Folder) noCA() error {
	return adit.Errorf(adit.NotFound, "there is no certificate authority here: run `adit pki init` on the computer of the coordinator")
}

func absentFile(err error) bool { return errors.Is(err, fs.ErrNotExist) }
