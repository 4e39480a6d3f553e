package agent

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
)

// The owner's word ends mining whatever else fails: a full disk, a shim that refuses, a driver that cannot be talked to.

func TestFullDiskStops(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("one")
		r.startProgram("two")
		r.disk.full.Store(true)
		r.refused(r.order(wire.VerbStop, "one", nil), adit.Refused, "one is stopped, but that could not be recorded")
		if !r.sup.get("one").gone() || r.sup.get("two").gone() {
			t.Error("one and nothing else must end")
		}
		o := wire.Order{ID: adit.NewID(), Verb: wire.VerbStop, Device: "two", Fence: 7} // a hub with a new number
		r.refused(r.send(o), adit.Refused, "two is stopped")
		if !r.sup.get("two").gone() {
			t.Error("two goes on")
		}
	})
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("one")
		r.disk.full.Store(true)
		if err := r.a.StopPrograms(r.t.Context(), AllPrograms); !errors.Is(err, errFull) || !r.sup.get("one").gone() {
			t.Errorf("gone %v: %v", r.sup.get("one").gone(), err)
		}
	})
}

func TestFullDiskPauses(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("soft")
		r.startProgram("hard")
		r.prog.dev("hard").with(func(d *fakeDev) { d.can = false })
		r.disk.full.Store(true)
		r.refused(r.order(wire.VerbPause, "", wire.PauseArgs{}), adit.Refused, "mining is paused, but that could not be recorded")
		if !r.prog.dev("soft").isPaused() || r.sup.get("soft").gone() || !r.sup.get("hard").gone() {
			t.Error("soft must rest, hard must be gone")
		}
		r.pass(5 * time.Minute)
		if r.sup.starts("hard") != 1 || !r.prog.dev("soft").isPaused() {
			t.Error("something went on by itself")
		}
		if f := r.facts("soft"); f.Work != string(device.WorkPaused) || f.Desired != wantPaused {
			t.Errorf("told %q, %q", f.Work, f.Desired)
		}
		r.refused(r.order(wire.VerbStart, "", wire.StartArgs{Driver: "fake", Name: "new", Pools: somePool}), adit.Conflict, "mining is paused")
		r.ok(r.order(wire.VerbResume, "", nil))
		r.disk.full.Store(false)
		r.pass(3 * time.Minute)
		if r.sup.starts("hard") != 2 || r.prog.dev("soft").isPaused() {
			t.Errorf("hard was started %d times; soft rests: %v", r.sup.starts("hard"), r.prog.dev("soft").isPaused())
		}

		// One that runs out, and one that is recorded as soon as there is room.
		r.disk.full.Store(true)
		until := time.Now().Add(time.Minute)
		r.refused(r.order(wire.VerbPause, "", wire.PauseArgs{Until: &until}), adit.Refused, "mining is paused")
		r.pass(2 * time.Minute)
		if r.prog.dev("soft").isPaused() {
			t.Error("the pause has run out")
		}
		r.refused(r.order(wire.VerbPause, "", wire.PauseArgs{}), adit.Refused, "mining is paused")
		r.disk.full.Store(false)
		r.pass(rewriteEvery + 2*time.Second)
		if !exists(r.a.pauseFile()) || r.a.unwrittenPause() != nil || !r.prog.dev("soft").isPaused() {
			t.Error("there is room, and the pause is not recorded")
		}
	})
}

func TestFullDiskRevokes(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("one")
		r.disk.full.Store(true)
		r.ok(r.order(wire.VerbConsentRevoke, "", nil))
		if !r.sup.get("one").gone() || exists(r.a.consentFile()) {
			t.Error("mining goes on, or the consent is still on record")
		}
	})
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("one")
		r.disk.readOnly.Store(true)
		r.refused(r.order(wire.VerbConsentRevoke, "", nil), adit.Refused, "not allowed any more, but that could not be recorded")
		if !r.sup.get("one").gone() {
			t.Error("mining goes on")
		}
		r.disk.readOnly.Store(false)
		r.refused(r.order(wire.VerbStart, "", wire.StartArgs{Driver: "fake", Name: "one", Pools: somePool}), adit.NoConsent, "withdrawn")
		r.ok(r.order(wire.VerbConsentGrant, "", wire.ConsentArgs{By: "owner", Via: "terminal"}))
		r.startProgram("one")
	})
}

// TestRefusedShim: a program whose shim cannot be adopted is stopped by the same orders, and never told to be stopped
// while it is not.
func TestRefusedShim(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("one")
		r.end()
		r.sup.refused, r.sup.stuck = map[string]bool{"one": true}, true
		r.up()
		r.refused(r.order(wire.VerbStop, "one", nil), adit.Internal, "still runs")
		if err := r.a.StopPrograms(r.t.Context(), PracticePrograms); err != nil {
			t.Error(err)
		}
		r.sup.mu.Lock()
		r.sup.stuck = false
		r.sup.mu.Unlock()
		r.ok(r.order(wire.VerbStop, "one", nil))
		if !r.sup.get("one").gone() {
			t.Error("it was told to be stopped and runs")
		}
		r.sup.mu.Lock()
		r.sup.refused["stray"] = true
		r.sup.put(proc.Spec{Name: "stray"})
		r.sup.mu.Unlock()
		if err := r.a.StopPrograms(r.t.Context(), AllPrograms); err != nil || !r.sup.get("stray").gone() {
			t.Errorf("a program on nobody's list runs on: %v", err)
		}
	})
}

// TestStopBeforeAdoption: adit may be told to end before its agent has taken anything over.
func TestStopBeforeAdoption(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("one")
		r.end()
		o := r.a.o
		a, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		a.sup = r.sup
		if err := a.StopPrograms(r.t.Context(), AllPrograms); err != nil || !r.sup.get("one").gone() || r.desired("one") != wantStopped {
			t.Errorf("gone %v, desired %q: %v", r.sup.get("one").gone(), r.desired("one"), err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestPauseWithoutADevice(t *testing.T) {
	inRig(t, func(r *rig) {
		r.prog.closed(errors.New("cannot be opened"))
		r.consent().up()
		r.startProgram("one")
		r.ok(r.order(wire.VerbPause, "", wire.PauseArgs{}))
		if st := r.sup.get("one").Status(); st.Phase != proc.Held {
			t.Errorf("it goes on while mining is paused: %+v", st)
		}
		r.ok(r.order(wire.VerbResume, "", nil))
		r.sup.get("one").set(func(s *proc.Status) { s.Phase, s.Hold = proc.Running, "" })
		r.prog.closed(nil)
		r.pass(5 * time.Second)
		r.work("one", "hashing") // it was opened after all
	})
}

func TestUrgentOrdersAreNotRefused(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("one")
		for range cap(r.a.slots) {
			r.a.slots <- struct{}{}
		}
		for range cap(r.a.asking) {
			r.a.asking <- struct{}{}
		}
		r.refused(r.order(wire.VerbRestart, "one", nil), adit.Unreachable, "busy")
		r.ok(r.order(wire.VerbPause, "", wire.PauseArgs{}))
		r.ok(r.order(wire.VerbConsentRevoke, "", nil))
		r.ok(r.order(wire.VerbStop, "one", nil))
		if !r.sup.get("one").gone() {
			t.Error("it goes on")
		}
		for range cap(r.a.slots) {
			<-r.a.slots
		}
		r.ok(r.order(wire.VerbResume, "", nil)) // questions take no order's place
		for range cap(r.a.asking) {
			<-r.a.asking
		}
	})
}

func TestDriverPanics(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("bad")
		r.startProgram("good")
		r.prog.dev("bad").with(func(d *fakeDev) { d.panics = true })
		r.pass(20 * time.Second)
		if f := r.facts("bad"); f.Reach != reachNone || !strings.Contains(f.Reason, "a driver's mistake") {
			t.Errorf("told: %q, %q", f.Reach, f.Reason)
		}
		r.work("good", "hashing")
		r.prog.dev("bad").with(func(d *fakeDev) { d.panics = false })
		r.pass(5 * time.Second)
		r.work("bad", "hashing")
	})
}

func TestUnreadableWishesAreKept(t *testing.T) {
	for name, content := range map[string]string{"damaged": `{"programs":[`, "newer": `{"version":99,"programs":[]}`} {
		t.Run(name, func(t *testing.T) {
			inRig(t, func(r *rig) {
				r.consent()
				file := desiredFile(r.dir)
				if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(content), 0o600)); err != nil {
					t.Fatal(err)
				}
				r.up()
				r.startProgram("one")
				aside, err := filepath.Glob(file + ".unread-*")
				if err != nil || len(aside) != 1 {
					t.Fatalf("put aside: %v %v", aside, err)
				}
				if b, err := os.ReadFile(aside[0]); err != nil || string(b) != content {
					t.Errorf("kept %q: %v", b, err)
				}
				if !slices.ContainsFunc(r.hub.events(evAgent), func(text string) bool { return strings.Contains(text, filepath.Base(aside[0])) }) {
					t.Error("nobody was told")
				}
				if r.desired("one") != wantRunning {
					t.Error("what should run now is not recorded")
				}
			})
		})
	}
}

func TestStoppingIsNotStopped(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("one")
		r.sup.get("one").set(func(s *proc.Status) { s.Phase, s.Words = proc.Stopping, "stopped by the agent" })
		r.pass(time.Second)
		if f := r.facts("one"); f.Work != "hashing" || f.Reason != "stopping: stopped by the agent" {
			t.Errorf("told %q (%s)", f.Work, f.Reason)
		}
		r.ok(r.order(wire.VerbStop, "one", nil))
		r.pass(time.Second)
		r.work("one", wire.WorkStopped)
	})
}

func TestPoolsOnAFullDisk(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("one")
		config := filepath.Join(r.a.shimDir(), "one", "config")
		if err := errors.Join(os.Remove(config), os.MkdirAll(filepath.Join(config, "in the way"), 0o700)); err != nil {
			t.Fatal(err)
		}
		other := []device.Pool{{URL: "stratum+tcp://127.0.0.1:4444", User: "x"}}
		r.refused(r.order(wire.VerbSetPools, "one", wire.PoolsArgs{Pools: other}), adit.Refused, "one has the new pools, but they could not be recorded")
		u, err := r.a.unit("one")
		if err != nil || u.view().want.Args.Pools[0].URL != other[0].URL || !strings.Contains(string(r.sup.get("one").Spec().Meta), "4444") {
			t.Errorf("the agent still believes in %v: %v", u.view().want.Args.Pools, err)
		}
		d, err := readDesired(r.a.desiredFile())
		if err != nil || d.Wants[0].Args.Pools[0].URL != other[0].URL {
			t.Errorf("recorded: %+v %v", d, err)
		}
	})
}

func TestPortAfterARestartByTheShim(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("one")
		for _, port := range []int{41001, 41002} {
			file := filepath.Join(r.a.shimDir(), "one", "port")
			if err := os.WriteFile(file, []byte(fmt.Sprint(port)), 0o600); err != nil {
				t.Fatal(err)
			}
			r.pass(3 * time.Second)
			url := fmt.Sprint("http://127.0.0.1:", port)
			r.prog.dev("one").with(func(d *fakeDev) {
				if d.urls[len(d.urls)-1] != url {
					t.Errorf("opened %v, want %s", d.urls, url)
				}
			})
			d, err := readDesired(r.a.desiredFile())
			if err != nil || d.Wants[0].Port != port || !strings.Contains(string(r.sup.get("one").Spec().Meta), url) {
				t.Errorf("remembered %+v, noted %s: %v", d.Wants, r.sup.get("one").Spec().Meta, err)
			}
		}
		n := 0
		r.prog.dev("one").with(func(d *fakeDev) { n = len(d.urls) })
		r.pass(time.Minute)
		r.prog.dev("one").with(func(d *fakeDev) {
			if len(d.urls) != n {
				t.Errorf("opened again without need: %v", d.urls)
			}
		})
	})
}
