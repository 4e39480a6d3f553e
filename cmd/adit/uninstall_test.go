package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adit-mining/adit/cmd/adit/service"
)

// played is a cli on a computer whose systemd is played.
type played struct {
	*cli
	out, errs bytes.Buffer
	ran       []string
	data      string
}

func newPlayed(t *testing.T) *played {
	t.Helper()
	p := &played{data: filepath.Join(t.TempDir(), "data")}
	sys := &service.System{Root: t.TempDir(), Config: t.TempDir(), Run: func(_ context.Context, name string, args ...string) (string, error) {
		line := strings.Join(append([]string{name}, args...), " ")
		switch {
		case strings.Contains(line, "is-system-running"):
			return "running\n", nil
		case strings.Contains(line, "show-user"):
			return "no\n", nil
		case strings.Contains(line, " show "):
			return "ActiveState=active\nUnitFileState=enabled\nMainPID=1\n", nil
		}
		p.ran = append(p.ran, line)
		return "", nil
	}}
	p.cli = &cli{in: strings.NewReader(""), out: &p.out, err: &p.errs, self: "/usr/bin/true", services: sys,
		env: func(k string) string { return map[string]string{"ADIT_DATA_DIR": p.data, "HOME": "/no-home"}[k] }}
	return p
}

// adit runs one command line.
func (p *played) adit(args ...string) (out, errs string, code int) {
	p.out.Reset()
	p.errs.Reset()
	p.dataDir, p.server, p.output = "", "", ""
	p.args = args
	code = Main(context.Background(), p.cli)
	return p.out.String(), p.errs.String(), code
}

// TestServiceAndFarewell: install, look, and an uninstall that leaves nothing of it; with --purge no data either.
func TestServiceAndFarewell(t *testing.T) {
	p := newPlayed(t)
	if out, errs, code := p.adit("service", "install", "--user", "--linger"); code != 0 || !strings.Contains(out, "Started adit.service") || !strings.Contains(out, "adit consent grant") {
		t.Fatalf("install: %d %s %s", code, out, errs)
	}
	if out, errs, code := p.adit("service", "status", "--user"); code != 0 || !strings.Contains(out, "active") {
		t.Errorf("status: %d %s %s", code, out, errs)
	}
	if out, errs, code := p.adit("service", "install", "--user"); code != 0 || strings.Contains(out, "Wrote") {
		t.Errorf("again: %d %s %s", code, out, errs)
	}
	unit := p.services.Path(true)
	if b, err := os.ReadFile(unit); err != nil || !strings.Contains(string(b), "--data-dir "+p.data) {
		t.Fatalf("%s, %v", b, err)
	}
	if _, errs, code := p.adit("uninstall"); code != 2 || !strings.Contains(errs, "adit uninstall --yes") {
		t.Errorf("without a word: %d %s", code, errs)
	}
	if _, err := os.Stat(unit); err != nil {
		t.Errorf("it was removed without a word: %v", err)
	}
	out, errs, code := p.adit("uninstall", "--purge", "--yes")
	if code != 0 || !strings.Contains(out, "Stopped adit.service") || !strings.Contains(out, "Removed the data in") {
		t.Fatalf("uninstall: %d %s %s", code, out, errs)
	}
	for _, path := range []string{unit, p.data} {
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left: %v", path, err)
		}
	}
	all := strings.Join(p.ran, "\n")
	for _, want := range []string{"systemctl --user enable --now adit.service", "loginctl enable-linger", "systemctl --user disable --now adit.service", "loginctl disable-linger"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q was not run:\n%s", want, all)
		}
	}
	if strings.Index(all, "kill --kill-who=all") > strings.Index(all, "disable --now") {
		t.Errorf("what it mines with is stopped after the service:\n%s", all)
	}
	if out, errs, code := p.adit("uninstall", "--yes"); code != 0 || !strings.Contains(out, "adit changed nothing") {
		t.Errorf("again: %d %s %s", code, out, errs)
	}
}

// TestFarewellLeavesOthersAlone: neither a unit of somebody else nor a file that is not adit's is touched.
func TestFarewellLeavesOthersAlone(t *testing.T) {
	p := newPlayed(t)
	unit := p.services.Path(true)
	for path, text := range map[string]string{unit: "[Unit]\nDescription=mine\n", filepath.Join(p.data, "photos", "cat.jpg"): "cat", filepath.Join(p.data, "token"): "secret", filepath.Join(p.data, "adit.db"): "", filepath.Join(p.data, "practice.json"): "{}", filepath.Join(p.data, ".photos.tmp"): "cat"} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, errs, code := p.adit("uninstall", "--purge", "--yes")
	if code == 0 || !strings.Contains(errs, "was not written by adit") || !strings.Contains(out, "what is not adit's") {
		t.Errorf("%d %s %s", code, out, errs)
	}
	if b, err := os.ReadFile(unit); err != nil || !strings.Contains(string(b), "mine") {
		t.Errorf("%s, %v", b, err)
	}
	for _, path := range []string{filepath.Join(p.data, "photos", "cat.jpg"), filepath.Join(p.data, ".photos.tmp")} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"token", "adit.db", "practice.json"} {
		if _, err := os.Stat(filepath.Join(p.data, name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left: %v", name, err)
		}
	}
}

// TestPurgeOfAnotherFolder: a folder in which adit never worked is left as it is, whatever its files are called.
func TestPurgeOfAnotherFolder(t *testing.T) {
	p := newPlayed(t)
	for _, name := range []string{"token", "uploads/cat.jpg", "agent/notes.txt"} {
		path := filepath.Join(p.data, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("mine"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	out, errs, code := p.adit("uninstall", "--purge", "--yes")
	if code != 0 || !strings.Contains(out, "in which adit never worked") || strings.Contains(out, "Removed") {
		t.Errorf("%d %s %s", code, out, errs)
	}
	for _, name := range []string{"token", "uploads/cat.jpg", "agent/notes.txt"} {
		if _, err := os.Stat(filepath.Join(p.data, filepath.FromSlash(name))); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(filepath.Join(p.data, "hub.lock")); err == nil {
		t.Error("a lock was left in it")
	}
}
