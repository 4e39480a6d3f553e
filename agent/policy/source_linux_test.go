package policy

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit/link/wire"
)

func look(t *testing.T, w *Watcher) Report {
	t.Helper()
	return w.Look(t.Context(), time.Now())
}

func watch(t *testing.T, seen []string, p Places, names ...string) *Watcher {
	t.Helper()
	w := NewWatcher(names, seen, p)
	t.Cleanup(w.Close)
	return w
}

// terminal makes or touches one of a fake dev/pts, last used at a time.
func terminal(t *testing.T, root, name string, used time.Time) {
	t.Helper()
	path := filepath.Join(root, "dev/pts", name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, used, time.Now()); err != nil { // what is written to it says nothing
		t.Fatal(err)
	}
}

// TestTerminals is row 5.4: who types in a terminal is a user, who only gets output is none.
func TestTerminals(t *testing.T) {
	root := t.TempDir()
	w := watch(t, nil, Places{Root: root, Alone: true}, Terminals)
	state := func(want, words string) {
		t.Helper()
		if v := look(t, w).Verdict(time.Minute); v.State != want || !strings.Contains(v.Words, words) {
			t.Errorf("%s %q, want %s with %q", v.State, v.Words, want, words)
		}
	}
	state(wire.IdleNobody, "no user seen")
	if len(w.Seen()) != 0 {
		t.Errorf("seen: %v", w.Seen())
	}
	terminal(t, root, "3", time.Now().Add(-time.Hour))
	terminal(t, root, "ptmx", time.Now())
	state(wire.IdleFree, "for 1 h")
	terminal(t, root, "4", time.Now())
	state(wire.IdleActive, "terminal pts/4")
	terminal(t, root, "4", time.Now().Add(time.Hour)) // a clock that was set back
	state(wire.IdleActive, "terminal pts/4 a moment ago")
	if err := os.Remove(filepath.Join(root, "dev/pts/4")); err != nil {
		t.Fatal(err)
	}
	state(wire.IdleFree, "")
	if err := os.RemoveAll(filepath.Join(root, "dev")); err != nil {
		t.Fatal(err)
	}
	state(wire.IdleLost, "vanished")
	if !slices.Equal(w.Seen(), []string{Terminals}) {
		t.Errorf("seen: %v", w.Seen())
	}
	terminal(t, root, "0", time.Now().Add(-time.Hour))
	state(wire.IdleFree, "")
	// A watcher that takes over knows what was there.
	next := watch(t, []string{Terminals}, Places{Root: t.TempDir(), Alone: true}, Terminals)
	if v := look(t, next).Verdict(time.Minute); v.State != wire.IdleLost {
		t.Errorf("after the change: %+v", v)
	}
}

// TestNothingAnswers: sources that are not there say why, and none of them keeps a look waiting.
func TestNothingAnswers(t *testing.T) {
	t.Setenv("DISPLAY", ":99999")
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus")
	w := watch(t, nil, Places{Root: t.TempDir()}, Sources()...)
	r := look(t, w)
	for _, n := range Sources() {
		if got := r.Readings[n]; got.There || got.Words == "" {
			t.Errorf("%s: %+v", n, got)
		}
	}
	if v := r.Verdict(time.Minute); v.State != wire.IdleNobody {
		t.Errorf("%+v", v)
	}
	alone := watch(t, nil, Places{Root: t.TempDir(), Alone: true}, Logind, X11)
	if got := look(t, alone).Readings; !strings.Contains(got[X11].Words, "no DISPLAY") || !strings.Contains(got[Logind].Words, "no system bus") {
		t.Errorf("the environment counts: %+v", got)
	}
}

// stuck is a source that never answers until it is closed.
type stuck struct{ free chan struct{} }

func (s stuck) look(ctx context.Context, _ time.Time) Reading {
	<-s.free
	return Reading{Words: "late"}
}
func (s stuck) close() {
	select {
	case <-s.free:
	default:
		close(s.free)
	}
}

// TestSourceThatHangs: a source that never answers counts as gone, delays no other, and is asked once only.
func TestSourceThatHangs(t *testing.T) {
	root := t.TempDir()
	terminal(t, root, "1", time.Now())
	w := watch(t, []string{X11}, Places{Root: root, Alone: true}, Terminals, X11)
	w.desks[X11].source = stuck{make(chan struct{})}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	r := w.Look(ctx, time.Now())
	if r.Readings[X11].There || !r.Readings[Terminals].There || r.Verdict(time.Minute).State != wire.IdleActive {
		t.Errorf("%+v", r)
	}
	again, cancel2 := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel2()
	if r := w.Look(again, time.Now()); !strings.Contains(r.Readings[X11].Words, "does not answer") {
		t.Errorf("%+v", r)
	}
}
