//go:build linux

package test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestCtrlCAtOnce: an end in the first moments of adit ends what an adit before it left, however little has begun.
func TestCtrlCAtOnce(t *testing.T) {
	t.Parallel()
	h := newHome(t, fakeBin)
	for _, after := range []time.Duration{0, 10 * time.Millisecond, 50 * time.Millisecond, 200 * time.Millisecond, time.Second} {
		s := h.up("--practice", "--yes-i-own-this-machine")
		s.miner(soon, accepts(0))
		s.kill()
		s = h.launch("up", "--listen", "127.0.0.1:0")
		own := fmt.Sprint(s.cmd.Process.Pid)
		eventually(t, soon, func() error { // it hears signals from about here on
			b, err := os.ReadFile(filepath.Join(h.dir, "runtime.json"))
			if err == nil && !strings.Contains(string(b), own) {
				err = fmt.Errorf("not its own yet")
			}
			return err
		})
		<-time.After(after) // the moment of the end
		s.end(syscall.SIGINT)
		nothingLeft(t, h)
	}
}

// TestFullDisk: no order that ends mining needs room on the disk.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"stop": {"stop", "practice"}, "pause": {"pause"}, "revoke": {"consent", "revoke"}, "end": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t, fakeBin)
			if err := os.MkdirAll(h.dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := syscall.Mount("tmpfs", h.dir, "tmpfs", 0, "size=48m,mode=0700"); err != nil {
				t.Skip("no tmpfs may be mounted here:", err)
			}
			t.Cleanup(func() { h.sweep(); _ = syscall.Unmount(h.dir, syscall.MNT_DETACH) })
			s := h.up("--practice", "--yes-i-own-this-machine")
			s.miner(soon, accepts(0))
			fill(t, filepath.Join(h.dir, "fill"))
			if args != nil {
				out, errs, code := h.adit(args...)
				if code != 0 && !strings.Contains(errs, "could not be recorded") {
					t.Errorf("%v: %d %s %s", args, code, out, errs)
				}
				if name == "pause" {
					eventually(t, soon, func() error { return resting(s) })
				} else {
					eventually(t, soon, func() error { return none(h.pids("engine")) })
				}
			}
			if took := s.end(syscall.SIGINT); took > 5*time.Second {
				t.Errorf("the end took %v", took)
			}
			if left := h.processes(); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// resting is content while the program is paused, or gone.
func resting(s *server) error {
	ms, err := s.client.Miners(s.t.Context())
	if err != nil {
		return err
	}
	for _, m := range ms {
		if m.Running && m.State != "paused" {
			return fmt.Errorf("%s is %s: %s", m.Name, m.State, m.Why)
		}
	}
	return nil
}

// fill takes all the room there is.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for size := 64 << 10; size > 0; size /= 2 {
		for {
			if _, err := f.Write(make([]byte, size)); err != nil {
				break
			}
		}
	}
}
