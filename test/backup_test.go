//go:build linux

package test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/cmd/adit/app"
	"github.com/adit-mining/adit/internal/filelock"
)

// TestBackupWipeRestore: a running adit is backed up, everything is lost, and the restored one is the same: journal,
// identity, history and, on the same computer, consent, token and what should run.
func TestBackupWipeRestore(t *testing.T) {
	t.Parallel()
	h := newHome(t, fakeBin)
	s := h.up("--practice", "--yes-i-own-this-machine")
	s.miner(soon, accepts(0))
	events := journal(t, s)
	rig := s.miner(soon, accepts(0)).Device
	file := filepath.Join(t.TempDir(), "b.tar.gz")
	if out, errs, code := h.adit("backup", file, "--with-history"); code != 0 || !strings.Contains(out, "read back and whole") {
		t.Fatalf("backup: %d %s %s", code, out, errs)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if _, errs, code := h.adit("backup", file); code != 1 || !strings.Contains(errs, "is there already") {
		t.Errorf("a second backup over the first: %d %s", code, errs)
	}
	st, err := s.client.BackupStatus(t.Context())
	if err != nil || st.Last == nil || time.Since(st.Last.At) > time.Hour || !st.Last.History {
		t.Errorf("status %+v, %v", st, err)
	}
	if _, errs, code := h.adit("restore", "--yes", file); code != 1 || !strings.Contains(errs, "already runs on the data directory") {
		t.Errorf("restore while adit runs: %d %s", code, errs)
	}
	s.end(syscall.SIGINT)
	token, err := os.ReadFile(filepath.Join(h.dir, "token"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(h.dir); err != nil {
		t.Fatal(err)
	}

	if out, errs, code := h.adit("restore", file, "--same-machine"); code != 0 || !strings.Contains(out, "Restored in") {
		t.Fatalf("restore: %d %s %s", code, out, errs)
	}
	if got, err := os.ReadFile(filepath.Join(h.dir, "token")); err != nil || string(got) != string(token) {
		t.Errorf("the token is another: %v", err)
	}
	s = h.up()
	after := journal(t, s)
	for i, e := range events {
		if i >= len(after) || after[i].Hash != e.Hash {
			t.Fatalf("entry %d of the journal is not the same", i)
		}
	}
	if !slices.ContainsFunc(after, func(e body.Event) bool { return strings.HasPrefix(e.Text, "restored from the backup of ") }) {
		t.Errorf("that it was restored is not in the journal: %+v", after[len(events):])
	}
	out, errs, code := h.adit("consent", "show", "-o", "json")
	if code != 0 || !strings.Contains(out, `"granted": true`) {
		t.Errorf("consent: %d %s %s", code, out, errs)
	}
	m := s.miner(soon, accepts(0)) // it was running when the backup was made, so it runs again
	if m.Device != rig {
		t.Errorf("another identity: %s, was %s", m.Device, rig)
	}
	s.end(syscall.SIGINT)
}

// journal reads all entries, which must be whole.
func journal(t *testing.T, s *server) []body.Event {
	t.Helper()
	list, err := s.client.Events(t.Context(), 0, 1000)
	if err != nil || len(list) == 0 {
		t.Fatalf("%d events, %v", len(list), err)
	}
	out, errs, code := s.adit("--server", s.url, "status", "-o", "json")
	if code > 1 || !json.Valid([]byte(out)) {
		t.Errorf("status: %d %s", code, errs)
	}
	return list
}

// TestRestoreElsewhere: on another computer, and without --same-machine, nobody has agreed to anything.
func TestRestoreElsewhere(t *testing.T) {
	t.Parallel()
	h := newHome(t, fakeBin)
	s := h.up("--practice", "--yes-i-own-this-machine")
	s.miner(soon, accepts(0))
	s.end(syscall.SIGINT)
	file := filepath.Join(t.TempDir(), "b.tar.gz")
	if out, errs, code := h.adit("backup", file); code != 0 { // adit does not run
		t.Fatalf("backup at rest: %d %s %s", code, out, errs)
	}
	if out, errs, code := h.adit("restore", file, "--check"); code != 0 || !strings.Contains(out, "It is whole") {
		t.Errorf("check: %d %s %s", code, out, errs)
	}
	other := newHome(t, fakeBin)
	if out, errs, code := other.adit("restore", file); code != 0 || !strings.Contains(out, "Left out, because it belongs to one computer: ") {
		t.Fatalf("restore: %d %s %s", code, out, errs)
	}
	for _, name := range []string{"consent.json", "token", "agent/desired.json"} {
		if _, err := os.Stat(filepath.Join(other.dir, name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s came along: %v", name, err)
		}
	}
	if _, errs, code := other.adit("restore", file); code != 1 || !strings.Contains(errs, "adit restore --yes") {
		t.Errorf("over data, without a word: %d %s", code, errs)
	}
	s = other.up()
	if out, _, _ := other.adit("consent"); !strings.Contains(out, "Allow it: adit consent grant") {
		t.Errorf("consent: %s", out)
	}
	if list := journal(t, s); len(list) == 0 {
		t.Error("the journal did not come along")
	}
	s.end(syscall.SIGINT)
}

// TestOneAditPerFolder: also by another name of the folder, also for commands that work on a data directory at rest;
// a lock that a killed adit left holds nobody back.
func TestOneAditPerFolder(t *testing.T) {
	t.Parallel()
	h := newHome(t, fakeBin)
	s := h.up()
	link := filepath.Join(t.TempDir(), "same")
	if err := os.Symlink(h.dir, link); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"up", "--listen", "127.0.0.1:0"}, {"restore", "--yes", "none"}} {
		_, errs, code := h.adit(append(args, "--data-dir", link)...)
		if code == 0 || args[0] == "up" && !strings.Contains(errs, "already runs on the data directory") {
			t.Errorf("%v: %d %s", args, code, errs)
		}
	}
	if out, _, code := h.adit("status", "--data-dir", link); code > 1 || !strings.Contains(out, s.url) {
		t.Errorf("status by another name: %d %s", code, out)
	}
	s.kill()
	s = h.up() // the stale lock and runtime file are no hindrance
	s.end(syscall.SIGINT)

	// An agent alone (of another hub) holds the folder too.
	l, err := filelock.Take(filepath.Join(h.dir, "agent", "lock"))
	if err != nil {
		t.Fatal(err)
	}
	_, errs, code := h.adit("up", "--listen", "127.0.0.1:0")
	if code != 1 || !strings.Contains(errs, "another agent works on") {
		t.Errorf("a second agent: %d %s", code, errs)
	}
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
	if app.Held(h.dir) {
		t.Error("the refused adit holds the folder")
	}
}
