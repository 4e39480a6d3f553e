package agent

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/adit-mining/adit/device"
)

// crowded lets time pass in which the fake program's threads wait for a processor for so much of it.
func (r *rig) crowded(d time.Duration, waits float64) {
	r.t.Helper()
	dir := filepath.Join(r.dir, "proc", "100", "task", "100")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		r.t.Fatal(err)
	}
	var ran, waited int64
	if b, err := os.ReadFile(filepath.Join(dir, "schedstat")); err == nil {
		_, _ = fmt.Sscan(string(b), &ran, &waited)
	}
	for step := 5 * time.Second; d > 0; d -= step {
		waited += int64(waits * float64(step))
		text := fmt.Sprintln(ran, waited, 1)
		if err := os.WriteFile(filepath.Join(dir, "schedstat"), []byte(text), 0o600); err != nil {
			r.t.Fatal(err)
		}
		r.pass(step)
	}
}

// TestBusyComputerIsNoFault: a program that does not answer because everything else goes first is neither called dead nor
// restarted; one that does not answer and wants no processor is.
func TestBusyComputerIsNoFault(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("m")
		r.crowded(30*time.Second, 0)
		r.prog.dev("m").with(func(d *fakeDev) { d.hang = true })
		r.crowded(11*time.Minute, 1.9)
		if f := r.facts("m"); f.Reach != reachLive || f.Reason != crowdWords {
			t.Errorf("%s: %q", f.Reach, f.Reason)
		}
		p := r.sup.get("m")
		p.mu.Lock()
		calls := slices.Clone(p.calls)
		p.mu.Unlock()
		if len(calls) > 0 {
			t.Errorf("it was punished for the load of others: %v", calls)
		}
		r.crowded(time.Minute, 0)
		if f := r.facts("m"); f.Reach != reachNone {
			t.Errorf("it hangs: %s %q", f.Reach, f.Reason)
		}
		r.crowded(11*time.Minute, 0)
		p.mu.Lock()
		defer p.mu.Unlock()
		if !slices.Contains(p.calls, "restart the program has not answered for 10 min") {
			t.Errorf("what hangs is not restarted: %v", p.calls)
		}
	})
}

// TestBusyFromTheStart: a program that others keep from beginning is starting, not broken.
func TestBusyFromTheStart(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.prog.dev("m").with(func(d *fakeDev) { d.hang = true })
		r.startProgram("m")
		r.crowded(2*time.Minute, 0.9)
		if f := r.facts("m"); f.Work != string(device.WorkStarting) || f.Reach != reachLive || f.Reason != crowdWords {
			t.Errorf("%s %s: %q", f.Work, f.Reach, f.Reason)
		}
		r.prog.dev("m").with(func(d *fakeDev) { d.hang = false })
		r.crowded(15*time.Second, 0)
		if f := r.facts("m"); f.Work == string(device.WorkStarting) || f.Reason == crowdWords || f.Reach != reachLive {
			t.Errorf("%s %s: %q", f.Work, f.Reach, f.Reason)
		}
	})
}
