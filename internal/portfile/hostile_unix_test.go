//go:build unix

package portfile

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestReadHostile: a program cannot make adit follow a link to a file of its own rights, nor wait at a pipe for ever.
func TestReadHostile(t *testing.T) {
	dir := t.TempDir()
	secret, link, pipe, device := filepath.Join(dir, "secret"), filepath.Join(dir, "link"), filepath.Join(dir, "pipe"), filepath.Join(dir, "zero")
	if err := os.WriteFile(secret, []byte("4711"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, to := range map[string]string{link: secret, device: "/dev/zero"} {
		if err := os.Symlink(to, path); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{link, pipe, device, "/dev/null"} {
		if got := Read(path); got != 0 {
			t.Errorf("%s: %d", path, got)
		}
	}
}
