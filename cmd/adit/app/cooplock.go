package app

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/filelock"
)

// A coordinator owns the folder coop of a data directory and nothing else of it: a hub, an agent and workers may run on the
// same one.

// CoopDir is the coordinator's part of a data directory.
func CoopDir(dir string) string { return filepath.Join(dir, "coop") }

// PKIDir is where the machines' certificates of a data directory lie.
func PKIDir(dir string) string { return filepath.Join(dir, "pki") }

func coopLockFile(dir string) string { return filepath.Join(CoopDir(dir), "coordinator.lock") }

// TakeCoopLock makes this process the coordinator of the folder, or says who is.
func TakeCoopLock(dir string) (*Lock, error) {
	if err := os.MkdirAll(CoopDir(dir), 0o700); err != nil {
		return nil, dataDirError(CoopDir(dir), err)
	}
	l, err := filelock.Take(coopLockFile(dir))
	switch {
	case errors.Is(err, filelock.ErrHeld):
		return nil, coopHeld(dir)
	case err != nil:
		return nil, lockError(dir, err)
	}
	return l, nil
}

// CoopHeld reports whether a running coordinator holds the folder.
func CoopHeld(dir string) bool { return filelock.Held(coopLockFile(dir)) }

func coopHeld(dir string) error {
	who := "another adit"
	if r, ok, err := ReadCoopRuntime(dir); err == nil && ok {
		pid, _ := json.Marshal(r.PID)
		who = "the adit with process id " + string(pid) + " at " + r.URL
	} else if Held(dir) {
		who = "adit up"
	}
	return WithHint(adit.Errorf(adit.Conflict, "%s already coordinates a crew on the data directory %s", who, dir),
		"Use it, or stop it first.", "adit coop status")
}
