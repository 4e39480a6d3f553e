//go:build linux

package test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/api/client"
)

var servesRE = regexp.MustCompile(`serves at (http://127\.0\.0\.1:\d+)\.`)

// service starts adit as systemd would, and returns what it tells systemd.
func (h *home) service() (s *server, told func() string) {
	h.t.Helper()
	dir, err := os.MkdirTemp("", "n") // short: a socket's name has 108 bytes
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = os.RemoveAll(dir) })
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "s"), Net: "unixgram"})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = conn.Close() })
	h.env = []string{"NOTIFY_SOCKET=" + filepath.Join(dir, "s"), "WATCHDOG_USEC=600000"}
	s = h.launch("up", "--service", "--listen", "127.0.0.1:0")
	h.env = nil
	s.url = s.says(servesRE)[1]
	token, err := os.ReadFile(filepath.Join(h.dir, "token"))
	if err != nil {
		h.t.Fatal(err)
	}
	if s.client, err = client.New(s.url, strings.TrimSpace(string(token))); err != nil {
		h.t.Fatal(err)
	}
	return s, func() string {
		h.t.Helper()
		b := make([]byte, 1024)
		_ = conn.SetReadDeadline(time.Now().Add(soon))
		n, err := conn.Read(b)
		if err != nil {
			h.t.Fatalf("systemd was told nothing: %v", err)
		}
		return string(b[:n])
	}
}

// TestServiceMinesAgainAfterAReboot: a service takes over what runs, leaves it running at its own end, starts it again
// after a reboot, and leaves alone what its owner stopped.
func TestServiceMinesAgainAfterAReboot(t *testing.T) {
	t.Parallel()
	h := newHome(t, fakeBin)
	s := h.up("--practice", "--yes-i-own-this-machine", "--keep-mining")
	before := s.miner(soon, accepts(0))
	s.end(syscall.SIGTERM)

	s, told := h.service()
	if got := told(); !strings.HasPrefix(got, "READY=1\n") {
		t.Errorf("systemd was told %q first", got)
	}
	if got := told(); got != "WATCHDOG=1" {
		t.Errorf("then %q", got)
	}
	if strings.Contains(s.out.String(), "token=") {
		t.Errorf("a link to sign in stands in the system's log:\n%s", s.out)
	}
	if m := s.miner(soon, accepts(0)); *m.PID != *before.PID {
		t.Errorf("process %d was not taken over: %d", *before.PID, *m.PID)
	}
	if took := s.end(syscall.SIGTERM); took > 5*time.Second {
		t.Errorf("the end took %v", took)
	}
	if err := syscall.Kill(*before.PID, 0); err != nil {
		t.Fatalf("the engine %d did not go on: %v", *before.PID, err)
	}

	h.sweep() // the reboot
	eventually(t, soon, func() error {
		if syscall.Kill(*before.PID, 0) == nil {
			return fmt.Errorf("process %d lives", *before.PID)
		}
		return nil
	})
	s, _ = h.service()
	after := s.miner(soon, accepts(0))
	if *after.PID == *before.PID {
		t.Errorf("the same process %d after a reboot", *after.PID)
	}
	if out, errs, code := h.adit("stop", "practice"); code != 0 {
		t.Fatalf("stop: %d %s %s", code, out, errs)
	}
	s.end(syscall.SIGTERM)
	h.sweep()
	s, _ = h.service()
	s.miner(soon, func(m body.Miner) bool { return !m.Running && m.State == "stopped" })
	if got := h.pids("engine"); len(got) != 0 {
		t.Fatalf("what was stopped runs: %v", got)
	}

	if out, errs, code := h.adit("start", "practice"); code != 0 || !strings.Contains(out, "started again") {
		t.Fatalf("start again: %d %s %s", code, out, errs)
	}
	s.miner(soon, accepts(0))
	if _, errs, code := h.adit("start", "practice"); code != 1 || !strings.Contains(errs, "runs already") {
		t.Errorf("start what runs: %d %s", code, errs)
	}
	if _, errs, code := h.adit("start", "nobody"); code != 2 && code != 4 {
		t.Errorf("start what there is not: %d %s", code, errs)
	}
	s.end(syscall.SIGTERM)
}

// TestRebootKillsEverythingAtOnce: also where keepers and adit are told to end together, what should run stays on record.
func TestRebootKillsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	h := newHome(t, fakeBin)
	s := h.up("--practice", "--yes-i-own-this-machine", "--keep-mining")
	s.miner(soon, accepts(0))
	s.end(syscall.SIGTERM)
	s, _ = h.service()
	s.miner(soon, accepts(0))
	for _, pid := range append(h.pids("shim"), s.cmd.Process.Pid) { // as KillMode=control-group would
		if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-s.ended; err != nil {
		t.Errorf("adit ended badly: %v\n%s", err, s.out)
	}
	eventually(t, soon, func() error {
		if left := h.processes(); len(left) != 0 {
			return fmt.Errorf("left: %v", left)
		}
		return nil
	})
	s, _ = h.service()
	s.miner(soon, accepts(0))
	s.end(syscall.SIGTERM)
}
