package proc

import (
	"os"
	"path/filepath"
	"testing"
)

// TestLogMark: the mark changes with each line, and tells nothing where the log does not.
func TestLogMark(t *testing.T) {
	s := supervisor(t)
	p := start(t, s, fake(t, "one", "-echo"))
	phase(t, p, Running)
	var before LogMark
	eventually(t, "a log", func() bool {
		var ok bool
		before, ok = p.LogMark()
		return ok
	})
	if err := p.Stdin(within(t), []byte("h\n")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "another mark", func() bool {
		now, ok := p.LogMark()
		return ok && now != before
	})
	stop(t, p)
	if err := os.Remove(filepath.Join(s.Dir, "one", logName)); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if m, ok := p.LogMark(); ok {
		t.Errorf("a mark without a log: %+v", m)
	}
	p.status.set(Status{LogWords: "the disk is full"})
	if err := os.WriteFile(filepath.Join(s.Dir, "one", logName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if m, ok := p.LogMark(); ok {
		t.Errorf("a mark of a log that cannot be written: %+v", m)
	}
}
