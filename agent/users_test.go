package agent

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/policy"
	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
)

// typed makes a fake terminal that was last used so long ago.
func (r *rig) typed(ago time.Duration) {
	r.t.Helper()
	path := filepath.Join(r.dir, "dev/pts/3")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		r.t.Fatal(err)
	}
	at := time.Now().Add(-ago)
	if err := os.Chtimes(path, at, at); err != nil {
		r.t.Fatal(err)
	}
}

// startWith starts a program with settings of its own.
func (r *rig) startWith(name string, s *device.Settings, practice bool) {
	r.t.Helper()
	r.ok(r.order(wire.VerbStart, "", wire.StartArgs{Driver: "fake", Name: name, Pools: somePool, Settings: s, Practice: practice}))
	r.pass(3 * time.Second)
}

func (r *rig) policy() wire.PolicyState {
	r.t.Helper()
	a := r.a.answer(wire.Query{Kind: wire.QueryPolicy})
	s, err := wire.Unmarshal[wire.PolicyState](a.Result)
	if err != nil || a.Code != "" {
		r.t.Fatalf("%+v %v", a, err)
	}
	return s
}

func (r *rig) wordFile(name string) string {
	r.t.Helper()
	b, err := os.ReadFile(r.a.idleFile(name))
	if err != nil {
		r.t.Fatal(err)
	}
	return string(b)
}

// TestUserActiveRests is row 5.4: within 10 s of a key being pressed mining rests, and it goes on after the time of
// idleness, by itself.
func TestUserActiveRests(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("one")
		r.startWith("practice", nil, true)
		r.work("one", "hashing")
		if s := r.policy(); s.Idle.State != wire.IdleNobody || !strings.Contains(s.Words, "no user seen") || s.Use != wire.UseIdle {
			t.Errorf("%+v", s)
		}
		r.typed(0)
		r.pass(8 * time.Second)
		r.work("one", "paused")
		if f := r.facts("one"); !r.prog.dev("one").isPaused() || f.Desired != wantPaused || !strings.Contains(f.Reason, "user is active (terminal pts/3") {
			t.Errorf("%+v", f)
		}
		r.work("practice", "hashing")
		if f := r.facts("practice"); f.Desired != wantRunning {
			t.Errorf("practice heeds the user: %+v", f)
		}
		if p := r.hub.rig(); p.Pause.Reason != "idle" || !p.Pause.Paused || p.Policy == nil || p.Policy.Idle.State != wire.IdleActive {
			t.Errorf("%+v %+v", p.Pause, p.Policy)
		}
		if !strings.Contains(r.wordFile("one"), `"paused": true`) {
			t.Error(r.wordFile("one"))
		}
		r.pass(5 * time.Minute)
		r.work("one", "hashing")
		if r.prog.dev("one").isPaused() || r.hub.rig().Pause.Paused || strings.Contains(r.wordFile("one"), `"paused": true`) {
			t.Error("it does not go on")
		}
		// A source that was there and has vanished: nobody can tell any more.
		if err := os.RemoveAll(filepath.Join(r.dir, "dev")); err != nil {
			t.Fatal(err)
		}
		r.pass(8 * time.Second)
		if f := r.facts("one"); f.Work != "paused" || !strings.Contains(f.Reason, "vanished") {
			t.Errorf("%+v", f)
		}
		r.typed(time.Hour)
		r.pass(8 * time.Second)
		r.work("one", "hashing")
	})
}

// TestOwnSwitchWinsOverIdle is row 5.3: a person's pause outlasts the user's return to idleness.
func TestOwnSwitchWinsOverIdle(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.typed(0)
		r.startProgram("one")
		r.pass(8 * time.Second)
		r.ok(r.order(wire.VerbPause, "", wire.PauseArgs{}))
		r.pass(10 * time.Minute)
		if f := r.facts("one"); !r.prog.dev("one").isPaused() || !strings.Contains(f.Reason, "paused by owner") {
			t.Errorf("%+v", f)
		}
		r.typed(0)
		r.ok(r.order(wire.VerbResume, "", nil))
		r.pass(4 * time.Second)
		if f := r.facts("one"); !r.prog.dev("one").isPaused() || !strings.Contains(f.Reason, "user is active") {
			t.Errorf("resumed while somebody types: %+v", f)
		}
		r.pass(6 * time.Minute)
		r.work("one", "hashing")
	})
}

// TestProgramsOwnPause: pauseOnActive and pauseOnBattery of a program win over the policy, and no driver sees them.
func TestProgramsOwnPause(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		never, soon, no := 0, 30, false
		r.startWith("never", &device.Settings{PauseOnActive: &never, PauseOnBattery: &no}, false)
		r.startWith("soon", &device.Settings{PauseOnActive: &soon}, false)
		r.startProgram("policy")
		if g := r.sup.get("never").Spec().Guards; g.Idle != nil || g.StopOnBattery {
			t.Errorf("%+v", g)
		}
		if g := r.sup.get("soon").Spec().Guards; g.Idle == nil || g.Idle.After != 30*time.Second || !g.StopOnBattery {
			t.Errorf("%+v", g)
		}
		r.typed(time.Minute)
		r.pass(8 * time.Second)
		r.work("never", "hashing")
		r.work("soon", "hashing")
		r.work("policy", "paused")
		off := false
		r.ok(r.order(wire.VerbPolicy, "", wire.PolicyChange{Idle: &wire.IdleChange{Enabled: &off}}))
		r.typed(0)
		r.pass(8 * time.Second)
		r.work("policy", "hashing")
		r.work("soon", "paused") // it asks for itself, whatever the policy says
		if g := r.sup.get("policy").Spec().Guards; g.Idle != nil {
			t.Errorf("the shim was not told: %+v", g)
		}
	})
}

// TestNoSoftPause: a program that cannot pause is ended by its shim, without a restart being counted.
func TestNoSoftPause(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.prog.dev("hard").with(func(d *fakeDev) { d.can = false })
		r.startProgram("hard")
		r.typed(0)
		r.pass(8 * time.Second)
		if w := r.wordFile("hard"); !strings.Contains(w, `"stop": true`) || !strings.Contains(w, "user is active") {
			t.Error(w)
		}
		for _, call := range r.sup.get("hard").did() {
			if strings.HasPrefix(call, "restart") {
				t.Error(call)
			}
		}
		r.sup.get("hard").set(func(s *proc.Status) { s.Phase, s.Hold, s.Words, s.PID = proc.Held, proc.HoldIdle, "user is active", 0 })
		r.pass(3 * time.Second)
		r.work("hard", "paused")
		r.pass(6 * time.Minute)
		if w := r.wordFile("hard"); strings.Contains(w, `"paused": true`) || strings.Contains(w, `"stop": true`) {
			t.Error(w)
		}
	})
}

// TestShimHearsBeforeItStarts: a program that is started while somebody uses the computer is held from the beginning.
func TestShimHearsBeforeItStarts(t *testing.T) {
	inRig(t, func(r *rig) {
		r.typed(0)
		r.consent().up()
		r.ok(r.order(wire.VerbStart, "", wire.StartArgs{Driver: "fake", Name: "one", Pools: somePool}))
		if w := r.wordFile("one"); !strings.Contains(w, `"paused": true`) {
			t.Error(w)
		}
	})
}

func TestPolicyOrders(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("one")
		cold, hundred := 60.0, 100.0
		half := wire.UseHalf
		out := r.ok(r.order(wire.VerbPolicy, "", wire.PolicyChange{Use: &half, Thermal: &wire.ThermalChange{MaxCelsius: &cold}}))
		s, err := wire.Unmarshal[wire.PolicyState](out.Result)
		if err != nil || s.Use != wire.UseHalf || s.Policy.Thermal.MaxCelsius != 60 || !strings.Contains(s.Words, "50 %") {
			t.Errorf("%+v %v", s, err)
		}
		if g := r.sup.get("one").Spec().Guards; g.ThermalMax == nil || *g.ThermalMax != 60 || g.Idle != nil || !g.FanStop {
			t.Errorf("a running program keeps its old guards: %+v", g)
		}
		if p, damaged := policy.Read(r.a.policyFile()); damaged != "" || p.Use() != wire.UseHalf {
			t.Errorf("%+v %q", p, damaged)
		}
		if n := r.a.threadsFor(want{}); n == nil || *n < 1 {
			t.Errorf("threads %v", n)
		}
		own := 7
		if n := r.a.threadsFor(want{Args: wire.StartArgs{Threads: &own}}); n == nil || *n != 7 {
			t.Errorf("a program's own number: %v", n)
		}
		nobody, hot := "no-such-user-here", 500.0
		r.refused(r.order(wire.VerbPolicy, "", wire.PolicyChange{Thermal: &wire.ThermalChange{MaxCelsius: &hot}}), adit.Invalid, "40 to 105")
		r.refused(r.order(wire.VerbPolicy, "", wire.PolicyChange{User: &nobody}), adit.Invalid, "there is no user")
		if s := r.policy(); s.Policy.Thermal.MaxCelsius != 60 {
			t.Errorf("a refused change holds: %+v", s.Policy)
		}
		// Somebody else wrote the file, badly: the safe defaults hold, and that is told.
		if err := os.WriteFile(r.a.policyFile(), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		r.pass(5 * time.Second)
		if s := r.policy(); s.Damaged == "" || s.Use != wire.UseIdle {
			t.Errorf("%+v", s)
		}
		if e := r.hub.events(evPolicy); len(e) == 0 || !strings.Contains(strings.Join(e, "|"), "safe defaults") {
			t.Error("nobody was told that the policy is damaged")
		}
		r.ok(r.order(wire.VerbPolicy, "", wire.PolicyChange{CPU: &wire.CPUChange{MaxPercent: &hundred}}))
		if s := r.policy(); s.Damaged != "" {
			t.Errorf("%+v", s)
		}
	})
}
