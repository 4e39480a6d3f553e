//go:build linux

package test

import (
	"crypto/sha256"
	"database/sql"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	_ "modernc.org/sqlite"
)

// TestSecondAditOnTheSameFolder says who holds it and touches nothing.
func TestSecondAditOnTheSameFolder(t *testing.T) {
	t.Parallel()
	h := newHome(t, fakeBin)
	s := h.up()
	_, errs, code := h.adit("up", "--listen", "127.0.0.1:0")
	if code != 1 || !strings.Contains(errs, s.url) || !strings.Contains(errs, "already runs on the data directory") || !strings.Contains(errs, "try: ") {
		t.Errorf("exit code %d:\n%s", code, errs)
	}
	if r := h.runtime(); r.URL != s.url || r.PID != s.cmd.Process.Pid {
		t.Errorf("the runtime file was changed: %+v", r)
	}
	s.end(syscall.SIGINT)
	nothingLeft(t, h)
}

// TestPortTaken names the port and a way out.
func TestPortTaken(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_, errs, code := newHome(t, fakeBin).adit("up", "--listen", l.Addr().String())
	if code != 1 || !strings.Contains(errs, "port "+port+" of 127.0.0.1 is taken") || !strings.Contains(errs, "try: adit up --listen 127.0.0.1:0") {
		t.Errorf("exit code %d:\n%s", code, errs)
	}
}

// TestNewerDataDirectory is refused with words and left as it was.
func TestNewerDataDirectory(t *testing.T) {
	t.Parallel()
	h := newHome(t, fakeBin)
	h.up().end(syscall.SIGINT)
	file := filepath.Join(h.dir, "adit.db")
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99990101000000, 1)`,
		`PRAGMA wal_checkpoint(TRUNCATE)`, `PRAGMA journal_mode=DELETE`,
	} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before := contents(t, h.dir)
	_, errs, code := h.adit("up", "--listen", "127.0.0.1:0")
	if code != 1 || !strings.Contains(errs, "newer adit") {
		t.Errorf("exit code %d:\n%s", code, errs)
	}
	after := contents(t, h.dir)
	for name, sum := range before {
		if after[name] != sum {
			t.Errorf("%s was changed or is gone", name)
		}
	}
}

func contents(t *testing.T, dir string) map[string][32]byte {
	t.Helper()
	out := map[string][32]byte{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		out[p] = sha256.Sum256(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestOpenFolderIsClosed: a data directory that others could read is closed, and said so.
func TestOpenFolderIsClosed(t *testing.T) {
	t.Parallel()
	h := newHome(t, fakeBin)
	if err := os.Mkdir(h.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s := h.up()
	if st, err := os.Stat(h.dir); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	if !strings.Contains(s.out.String(), "was open to others") {
		t.Errorf("nobody was told:\n%s", s.out)
	}
	s.end(syscall.SIGINT)
}
