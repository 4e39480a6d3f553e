package proc

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adit-mining/adit"
)

// TestDiskFullWhileItRuns fills the disk under a running program: it runs on, says so, is adopted and stopped.
func TestDiskFullWhileItRuns(t *testing.T) {
	s := supervisor(t)
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := mountTiny(s.Dir); err != nil {
		t.Skip("no tmpfs may be mounted here:", err)
	}
	t.Cleanup(func() { // before the supervisor's own, which then finds an empty folder
		endAll(t, s)
		if err := unmount(s.Dir); err != nil {
			t.Error(err)
		}
	})
	p := start(t, s, fake(t, "one", "-flood"))
	st := until(t, p, "short of disk", func(s Status) bool { return strings.Contains(s.LogWords, "no space left") })
	if st.Phase != Running {
		t.Errorf("status: %+v", st)
	}
	lines, err := p.Logs(within(t), 0, 0)
	if err != nil || len(lines) < 100 {
		t.Errorf("%d lines from memory: %v", len(lines), err)
	}
	if err := p.Update(within(t), Change{Meta: []byte(`{"x":1}`)}); adit.CodeOf(err) != adit.Internal {
		t.Errorf("a change that cannot be recorded: %v", err)
	}
	if err := p.Restart(within(t), "test"); err != nil {
		t.Fatal(err)
	}
	st = until(t, p, "running again without a record", func(s Status) bool { return s.PID != st.PID && s.PID != 0 && s.StateErr != "" })
	p.Close()
	found, err := s.Adopt(within(t))
	if err != nil || len(found) != 1 || found[0].Status().PID != st.PID {
		t.Fatalf("adopting on a full disk: %v %v", found, err)
	}
	stop(t, found[0])
	if st := found[0].Status(); st.Phase != Stopped {
		t.Errorf("status: %+v", st)
	}
	if _, err := s.Start(within(t), fake(t, "two")); err == nil {
		t.Error("started on a full disk")
	}
	if err := os.Truncate(filepath.Join(s.Dir, "one", logName), 0); err != nil {
		t.Fatal(err)
	}
	phase(t, start(t, s, fake(t, "one")), Running)
}
