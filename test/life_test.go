//go:build linux

package test

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/adit-mining/adit/api/body"
)

// soon is how long a busy machine may take for what takes a moment.
const soon = time.Minute

// TestPracticeFromConsentToTheEnd: without a terminal adit waits; consent from elsewhere starts practice; shares are
// accepted; pause and resume are obeyed; Ctrl-C leaves nothing behind.
func TestPracticeFromConsentToTheEnd(t *testing.T) {
	t.Parallel()
	h := newHome(t, fakeBin)
	s := h.up("--practice")
	s.says(regexp.MustCompile(`waits for consent`))
	if n := h.pids("engine"); len(n) != 0 {
		t.Fatalf("an engine runs before consent: %v", n)
	}
	if out, errs, code := h.adit("consent", "grant", "--yes-i-own-this-machine"); code != 0 {
		t.Fatalf("consent grant: %d %s %s", code, out, errs)
	}
	m := s.miner(soon, accepts(2))
	if !m.Practice || m.State != "ok" {
		t.Errorf("practice %v, state %q (%s)", m.Practice, m.State, m.Why)
	}
	s.says(regexp.MustCompile(`Mining for practice: .* H/s`))

	out, errs, code := h.adit("list", "-o", "json")
	var list []map[string]any
	if err := json.Unmarshal([]byte(out), &list); code != 0 || err != nil || len(list) != 1 {
		t.Fatalf("list -o json: %d %v %s %s", code, err, out, errs)
	}
	for _, key := range []string{"name", "type", "running", "hashrate", "shares", "rejected", "pool", "uptime"} {
		if v, there := list[0][key]; !there || v == nil {
			t.Errorf("list -o json: %s is %v", key, v)
		}
	}
	if out, errs, code := h.adit("status"); code != 0 || !strings.Contains(out, "H/s") {
		t.Errorf("status: %d %s %s", code, out, errs)
	}
	if out, errs, code := h.adit("logs", m.Name, "-n", "5"); code != 0 || strings.TrimSpace(out) == "" {
		t.Errorf("logs: %d %q %s", code, out, errs)
	}
	if _, errs, code := h.adit("logs", "nobody"); code != 4 {
		t.Errorf("logs of nobody: %d %s", code, errs)
	}
	if out, errs, code := h.adit("doctor"); code > 1 || out == "" {
		t.Errorf("doctor: %d %q %s", code, out, errs)
	}
	if out, errs, code := h.adit("link"); code != 0 || !linkRE.MatchString(out) {
		t.Errorf("link: %d %q %s", code, out, errs)
	}
	pauseAndResume(t, s)

	if took := s.end(syscall.SIGINT); took > 5*time.Second {
		t.Errorf("Ctrl-C took %v", took)
	}
	nothingLeft(t, h)
}

func pauseAndResume(t *testing.T, s *server) {
	t.Helper()
	if out, errs, code := s.adit("pause", "--for", "1h"); code != 0 {
		t.Fatalf("pause: %d %s %s", code, out, errs)
	}
	s.miner(soon, func(m body.Miner) bool { return m.State == "paused" })
	if out, errs, code := s.adit("resume"); code != 0 {
		t.Fatalf("resume: %d %s %s", code, out, errs)
	}
	m := s.miner(soon, accepts(0))
	s.miner(soon, accepts(*m.Shares))
}

// nothingLeft: no process of the home, no runtime file, and it can be taken by another.
func nothingLeft(t *testing.T, h *home) {
	t.Helper()
	if left := h.processes(); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := os.Stat(filepath.Join(h.dir, "runtime.json")); err == nil {
		t.Error("the runtime file is left behind")
	}
	if out, _, code := h.adit("status"); code != 0 || !strings.Contains(out, "Nothing is mining") {
		t.Errorf("status afterwards: %d %s", code, out)
	}
}

// TestKilledAditFindsItsEngineAgain: kill -9 of adit, and a new one adopts the same process on the same ports.
func TestKilledAditFindsItsEngineAgain(t *testing.T) {
	t.Parallel()
	h := newHome(t, fakeBin)
	s := h.up("--practice", "--yes-i-own-this-machine")
	m := s.miner(soon, accepts(0))
	port, engine := s.practicePort(), h.pids("engine")
	s.kill()
	if got := h.pids("engine"); len(got) != 1 || got[0] != engine[0] {
		t.Fatalf("the engine did not outlive adit: %v, was %v", got, engine)
	}
	s = h.up() // without --practice: the adopted program brings it back
	again := s.miner(soon, accepts(*m.Shares))
	if *again.PID != *m.PID {
		t.Errorf("engine %d was replaced by %d", *m.PID, *again.PID)
	}
	if got := s.practicePort(); got != port {
		t.Errorf("practice moved from port %s to %s", port, got)
	}
	s.end(syscall.SIGTERM)
	if said := s.out.String(); strings.Contains(said, `"level"`) {
		t.Errorf("the log of a quiet return:\n%s", said)
	}
	nothingLeft(t, h)
}

// TestPracticeMovesWhenItsPortIsTaken: the adopted engine is told the new pool and keeps its process.
func TestPracticeMovesWhenItsPortIsTaken(t *testing.T) {
	t.Parallel()
	h := newHome(t, fakeBin)
	s := h.up("--practice", "--yes-i-own-this-machine")
	m := s.miner(soon, accepts(0))
	port := s.practicePort()
	s.kill()
	thief, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer thief.Close()
	s = h.up()
	again := s.miner(soon, func(m body.Miner) bool {
		return accepts(0)(m) && m.Pool != nil && !strings.HasSuffix(*m.Pool, ":"+port)
	})
	again = s.miner(soon, accepts(*again.Shares))
	if *again.PID != *m.PID {
		t.Errorf("engine %d was replaced by %d", *m.PID, *again.PID)
	}
	s.end(syscall.SIGINT)
	nothingLeft(t, h)
}

// TestKeepMining: the program outlives adit, the off switch works without adit, and the next adit ends it all.
func TestKeepMining(t *testing.T) {
	t.Parallel()
	h := newHome(t, fakeBin)
	s := h.up("--practice", "--yes-i-own-this-machine", "--keep-mining")
	m := s.miner(soon, accepts(0))
	s.end(syscall.SIGTERM)
	if got := h.pids("engine"); len(got) != 1 || got[0] != *m.PID {
		t.Fatalf("the engine did not go on: %v, was %d", got, *m.PID)
	}
	if out, _, code := h.adit("status"); code != 0 || !strings.Contains(out, "runs without adit") {
		t.Errorf("status without adit: %d %s", code, out)
	}
	if out, errs, code := h.adit("pause"); code != 0 || !strings.Contains(out, "no adit runs") {
		t.Fatalf("pause without adit: %d %s %s", code, out, errs)
	}
	eventually(t, soon, func() error { return none(h.pids("engine")) })
	if out, errs, code := h.adit("resume"); code != 0 {
		t.Fatalf("resume without adit: %d %s %s", code, out, errs)
	}
	eventually(t, soon, func() error { return one(h.pids("engine")) })
	s = h.up()
	s.miner(soon, accepts(0))
	s.end(syscall.SIGINT)
	nothingLeft(t, h)
}

// TestHangup: a closed terminal is an end like any other.
func TestHangup(t *testing.T) {
	t.Parallel()
	h := newHome(t, fakeBin)
	s := h.up("--practice", "--yes-i-own-this-machine")
	s.miner(soon, accepts(0))
	if took := s.end(syscall.SIGHUP); took > 5*time.Second {
		t.Errorf("SIGHUP took %v", took)
	}
	nothingLeft(t, h)
}

// TestRevokedConsentStopsMining: taken back on the command line, with adit and without.
func TestRevokedConsentStopsMining(t *testing.T) {
	t.Parallel()
	h := newHome(t, fakeBin)
	s := h.up("--practice", "--yes-i-own-this-machine", "--keep-mining")
	s.miner(soon, accepts(0))
	if out, errs, code := h.adit("consent", "revoke"); code != 0 {
		t.Fatalf("revoke: %d %s %s", code, out, errs)
	}
	eventually(t, soon, func() error { return none(h.pids("engine")) })
	if out, errs, code := h.adit("consent", "grant", "--yes-i-own-this-machine"); code != 0 {
		t.Fatalf("grant: %d %s %s", code, out, errs)
	}
	s.miner(soon, accepts(0))
	s.kill()
	if out, errs, code := h.adit("consent", "revoke"); code != 0 {
		t.Fatalf("revoke without adit: %d %s %s", code, out, errs)
	}
	eventually(t, soon, func() error { return none(h.pids("engine")) })
}
