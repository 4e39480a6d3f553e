package app

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/adit-mining/adit"
)

func TestLockIsForOne(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if Held(dir) {
		t.Fatal("a fresh folder is held")
	}
	l, err := TakeLock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeRuntime(runtimeFile(dir), Runtime{URL: "http://127.0.0.1:1", PID: 4711, StartedAt: time.Now(), Version: "v9"}); err != nil {
		t.Fatal(err)
	}
	if !Held(dir) {
		t.Error("the lock is not seen")
	}
	_, err = TakeLock(dir)
	if adit.CodeOf(err) != adit.Conflict || !strings.Contains(err.Error(), "4711 at http://127.0.0.1:1") {
		t.Errorf("a second hub: %v", err)
	}
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
	if Held(dir) {
		t.Error("a released lock is still seen")
	}
}

func TestFileSystemWithoutLocks(t *testing.T) {
	t.Parallel()
	for _, errno := range []syscall.Errno{syscall.ENOLCK, syscall.EOPNOTSUPP} {
		err := lockError("/mnt/nas", &os.PathError{Op: "flock", Err: errno})
		if adit.CodeOf(err) != adit.Invalid || !strings.Contains(err.Error(), "knows no locks") || HintOf(err) == nil {
			t.Errorf("%v: %v", errno, err)
		}
	}
	if err := lockError("/x", &os.PathError{Op: "open", Err: syscall.EACCES}); strings.Contains(err.Error(), "locks") || HintOf(err) == nil {
		t.Errorf("a folder that may not be written: %v", err)
	}
}

func TestPrepareDataDirClosesIt(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "b")
	if opened, err := PrepareDataDir(dir); err != nil || opened {
		t.Fatalf("fresh: %v, %v", opened, err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if opened, err := PrepareDataDir(dir); err != nil || !opened {
		t.Errorf("open to others: %v, %v", opened, err)
	}
	st, err := os.Stat(dir)
	if err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := PrepareDataDir(file); adit.CodeOf(err) != adit.Invalid || HintOf(err) == nil {
		t.Errorf("a file: %v", err)
	}
}

func TestDefaultDataDir(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		env  map[string]string
		want string
	}{
		"own":      {map[string]string{"ADIT_DATA_DIR": "/x", "XDG_DATA_HOME": "/y"}, "/x"},
		"xdg":      {map[string]string{"XDG_DATA_HOME": "/y", "HOME": "/h"}, "/y/adit"},
		"relative": {map[string]string{"XDG_DATA_HOME": "y", "HOME": "/h"}, "/h/.local/share/adit"},
		"home":     {map[string]string{"HOME": "/h"}, "/h/.local/share/adit"},
	} {
		got, err := DefaultDataDir(func(k string) string { return tc.env[k] })
		if err != nil || got != tc.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
