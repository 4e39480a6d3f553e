package proc

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait of these tests; on a loaded machine it is never the thing measured.
const patience = 30 * time.Second

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// supervisor makes a supervisor whose shims are this test binary. At the end nothing of its programs may be left.
func supervisor(t *testing.T) *Supervisor {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &Supervisor{Dir: filepath.Join(t.TempDir(), "shims"), Exe: exe}
	t.Cleanup(func() { endAll(t, s) })
	return s
}

// endAll stops what still runs and fails when something is left.
func endAll(t *testing.T, s *Supervisor) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	left, err := s.Adopt(ctx)
	if err != nil {
		t.Errorf("adopting what is left: %v", err)
	}
	for _, p := range left {
		if err := p.Stop(ctx); err != nil {
			t.Errorf("stopping %s: %v", p.Name(), err)
		}
	}
	dirs, _ := os.ReadDir(s.Dir)
	for _, d := range dirs {
		if spec, err := readSpec(filepath.Join(s.Dir, d.Name())); err == nil {
			if l := living(spec.ID); len(l) > 0 {
				t.Errorf("%s left processes: %v", d.Name(), l)
			}
		}
	}
}

// living lists the processes that carry a start's mark.
func living(id string) []procStat {
	p := procfs{"/"}
	return slices.DeleteFunc(p.all(), func(s procStat) bool { return s.dead() || !p.marked(s.PID, marker(id)) })
}

// fake makes a spec of the fake program.
func fake(t *testing.T, name string, args ...string) Spec {
	t.Helper()
	path, err := fakeMiner()
	if err != nil {
		t.Fatal(err)
	}
	return Spec{Name: name, Driver: "fake", Path: path, Args: args, StopTimeout: 5 * time.Second, Meta: json.RawMessage(`{"port":1}`),
		Restart: Budget{Max: 3, Window: time.Minute, MinBackoff: time.Millisecond, MaxBackoff: 20 * time.Millisecond}}
}

func start(t *testing.T, s *Supervisor, spec Spec) *Process {
	t.Helper()
	p, err := s.Start(within(t), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// until waits for a status.
func until(t *testing.T, p *Process, what string, ok func(Status) bool) Status {
	t.Helper()
	ctx := within(t)
	for {
		s, changed := p.Watch()
		if ok(s) {
			return s
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("%s: never %s; last status %+v", p.Name(), what, s)
		}
	}
}

func phase(t *testing.T, p *Process, want Phase) Status {
	t.Helper()
	return until(t, p, string(want), func(s Status) bool { return s.Phase == want })
}

func stop(t *testing.T, p *Process) {
	t.Helper()
	if err := p.Stop(within(t)); err != nil {
		t.Fatal(err)
	}
}

// eventually polls for what no channel tells.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx := within(t)
	for !ok() {
		if pause(ctx, 5*time.Millisecond) != nil {
			t.Fatalf("never: %s", what)
		}
	}
}

// said waits until the program's log has a line with text.
func said(t *testing.T, p *Process, text string) Line {
	t.Helper()
	var found Line
	ctx, cancel := context.WithCancel(within(t))
	defer cancel()
	err := p.Follow(ctx, 0, func(l Line) error {
		if strings.Contains(l.Text, text) {
			found = l
			cancel()
		}
		return nil
	})
	if found.Seq == 0 {
		t.Fatalf("the log never said %q: %v", text, err)
	}
	return found
}

func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}
