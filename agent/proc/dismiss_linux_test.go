package proc

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/adit-mining/adit"
)

// TestRefusedShimIsEnded damages the records of a living shim: an adopting agent ends shim and program, and says so.
func TestRefusedShimIsEnded(t *testing.T) {
	t.Parallel()
	for name, harm := range map[string]func(t *testing.T, dir string){
		"spec": func(t *testing.T, dir string) { overwrite(t, dir, specName, `{"broken`) },
		"state": func(t *testing.T, dir string) {
			overwrite(t, dir, stateName, `{}`)
			overwrite(t, dir, specName, `{"broken`)
		},
		"both": func(t *testing.T, dir string) {
			overwrite(t, dir, specName, "")
			overwrite(t, dir, stateName, "garbage")
		},
		"no socket": func(t *testing.T, dir string) {
			overwrite(t, dir, stateName, "garbage")
			if err := os.Remove(filepath.Join(dir, sockName)); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := supervisor(t)
			p := start(t, s, fake(t, "one"))
			st := phase(t, p, Running)
			p.Close()
			harm(t, filepath.Join(s.Dir, "one"))
			found, err := s.Adopt(within(t))
			if len(found) != 0 || err == nil {
				t.Fatalf("adopted %v, %v", found, err)
			}
			mustBeGone(t, st)
			if ended, err := s.End(within(t), "one"); ended || err != nil {
				t.Errorf("something was left: %v %v", ended, err)
			}
		})
	}
}

// TestEnd ends a program that no agent has adopted, even one whose shim hangs and whose records are gone.
func TestEnd(t *testing.T) {
	t.Parallel()
	s := supervisor(t)
	if ended, err := s.End(within(t), "never"); ended || err != nil {
		t.Errorf("%v %v", ended, err)
	}
	if _, err := s.End(within(t), "../up"); adit.CodeOf(err) != adit.Invalid {
		t.Error(err)
	}
	p := start(t, s, fake(t, "one"))
	st := phase(t, p, Running)
	p.Close()
	if err := stopSignal(st.ShimPID); err != nil {
		t.Fatal(err)
	}
	overwrite(t, filepath.Join(s.Dir, "one"), specName, "")
	overwrite(t, filepath.Join(s.Dir, "one"), stateName, "")
	if ended, err := s.End(within(t), "one"); !ended || err != nil {
		t.Errorf("%v %v", ended, err)
	}
	mustBeGone(t, st)
}

// TestFolderReplaced removes the folder under a shim and starts the same name again: the old one ends by itself and
// leaves the new one's files alone.
func TestFolderReplaced(t *testing.T) {
	t.Parallel()
	s := supervisor(t)
	old := phase(t, start(t, s, fake(t, "one")), Running)
	remove(t, s.Dir)
	p := start(t, s, fake(t, "one"))
	st := phase(t, p, Running)
	eventually(t, "the old shim ends", func() bool { return !lives(old.ShimPID) && !lives(old.PID) })
	if now := p.Status(); now.Phase != Running || now.PID != st.PID {
		t.Errorf("the new one: %+v", now)
	}
	p.Close()
	found, err := s.Adopt(within(t))
	if err != nil || len(found) != 1 || found[0].Status().PID != st.PID {
		t.Fatalf("adopting the new one: %v %v", found, err)
	}
	stop(t, found[0])

	gone := phase(t, start(t, s, fake(t, "two")), Running)
	remove(t, filepath.Dir(s.Dir))
	eventually(t, "a shim without a folder ends", func() bool { return !lives(gone.ShimPID) && !lives(gone.PID) })
}

func overwrite(t *testing.T, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// remove removes a folder in which a shim may be writing at this moment.
func remove(t *testing.T, dir string) {
	t.Helper()
	eventually(t, dir+" is removed", func() bool { return os.RemoveAll(dir) == nil })
}

func lives(pid int) bool {
	_, err := (procfs{"/"}).identify(pid)
	return err == nil
}

func mustBeGone(t *testing.T, st Status) {
	t.Helper()
	if lives(st.PID) {
		t.Errorf("the program (%d) lives", st.PID)
	}
	eventually(t, "the shim has gone too", func() bool { return !lives(st.ShimPID) }) // it lets go of its lock as the last thing
}

func stopSignal(pid int) error { return syscall.Kill(pid, syscall.SIGSTOP) }
