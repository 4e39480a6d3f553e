package minerpath

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/adit-mining/adit"
)

func name() string {
	if runtime.GOOS == "windows" {
		return "adit-miner.exe"
	}
	return "adit-miner"
}

func put(t *testing.T, mode os.FileMode, parts ...string) string {
	t.Helper()
	p := filepath.Join(parts...)
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, nil, mode); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestFind(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	t.Setenv("PATH", other)
	exe := filepath.Join(dir, "bin", "adit")
	want := func(w string) {
		t.Helper()
		if got, err := Find(exe); err != nil || got != w {
			t.Errorf("found %q, %v; want %q", got, err, w)
		}
	}
	if _, err := Find(exe); adit.CodeOf(err) != adit.NotFound {
		t.Errorf("nothing there: %v", err)
	}
	inPath := put(t, 0o755, other, name())
	want(inPath)
	want(inPath)
	libexec := put(t, 0o755, dir, "libexec", "adit", name())
	put(t, 0o755, exe)
	want(libexec)
	near := put(t, 0o644, dir, "bin", name())
	if name() == "adit-miner" {
		want(libexec) // what cannot be run does not count
	}
	if err := os.Chmod(near, 0o755); err != nil {
		t.Fatal(err)
	}
	want(near)
}
