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

	"github.com/adit-mining/adit/api/body"
)

// TestAnswersWithinASecondAndStaysSmall prints the budgets of DESIGN.md section 6: the first HTTP answer, memory and
// processor use of an idle adit. They are printed, not enforced: a busy machine is not a fault.
func TestAnswersWithinASecondAndStaysSmall(t *testing.T) {
	t.Parallel()
	h := newHome(t, fakeBin)
	began := time.Now()
	s := h.launch("up", "--listen", "127.0.0.1:0")
	var url string
	eventually(t, soon, func() error {
		b, err := os.ReadFile(filepath.Join(h.dir, "runtime.json"))
		if err != nil {
			return err
		}
		if _, rest, ok := strings.Cut(string(b), `"url": "`); ok {
			url, _, _ = strings.Cut(rest, `"`)
		}
		if get(t, url+"/health", "") != 200 {
			return fmt.Errorf("no answer yet")
		}
		return nil
	})
	t.Logf("first HTTP answer after %v (budget 1 s)", time.Since(began).Round(time.Millisecond))
	s.says(linkRE)
	began, before := time.Now(), cpuTime(t, s.cmd.Process.Pid)
	<-time.After(10 * time.Second) // the measurement itself
	used := cpuTime(t, s.cmd.Process.Pid) - before
	t.Logf("idle: %.2f %% of a core (budget 0.5 %%), %d MB resident (budget 80 MB)",
		100*used.Seconds()/time.Since(began).Seconds(), resident(t, s.cmd.Process.Pid)>>20)
	s.end(syscall.SIGINT)
}

// TestSecondInterruptEndsAtOnce: who does not want to wait need not.
func TestSecondInterruptEndsAtOnce(t *testing.T) {
	t.Parallel()
	h := newHome(t, fakeBin)
	s := h.up("--practice", "--yes-i-own-this-machine")
	s.miner(soon, func(m body.Miner) bool { return m.Running })
	for _, pid := range h.pids("shim") { // a keeper that does not answer would keep adit waiting
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	s.says(stopsRE)
	if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	<-s.ended
	if code := s.cmd.ProcessState.ExitCode(); code != 130 || time.Since(began) > 2*time.Second {
		t.Errorf("exit code %d after %v", code, time.Since(began))
	}
}
