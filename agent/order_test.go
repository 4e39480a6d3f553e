package agent

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
)

func TestStart(t *testing.T) {
	inRig(t, func(r *rig) {
		r.up()
		start := wire.StartArgs{Driver: "mock", Pools: somePool}
		r.refused(r.order(wire.VerbStart, "", start), adit.NoConsent, "allow mining on this computer first")
		if r.sup.starts("fake") != 0 {
			t.Fatal("it was started without consent")
		}
		r.ok(r.order(wire.VerbConsentGrant, "", wire.ConsentArgs{By: "owner", Via: "browser"}))
		r.pass(time.Second)
		if c := r.hub.rig().Consent; !c.Granted || c.Via != "browser" || c.At == nil {
			t.Errorf("the hub knows of consent: %+v", c)
		}
		out := r.ok(r.order(wire.VerbStart, "", start))
		if want := `{"device":"` + string(r.a.Rig()) + `/fake","name":"fake"}`; string(out.Result) != want {
			t.Errorf("result %s, want %s", out.Result, want)
		}
		r.pass(3 * time.Second)
		f := r.facts("fake")
		if f.Work != "hashing" || f.Reach != "live" || f.Desired != "running" || f.PID == nil || f.Pool == nil || f.Threads != 2 || f.FeePercent == nil {
			t.Errorf("facts %+v", f)
		}
		if r.desired("fake") != wantRunning {
			t.Error("what should run was not recorded")
		}
		r.refused(r.order(wire.VerbStart, "", start), adit.Conflict, "runs already")
		start.Name = "second"
		r.ok(r.order(wire.VerbStart, "", start))
		if r.sup.starts("fake") != 1 || r.sup.starts("second") != 1 {
			t.Errorf("started %v", r.sup.started)
		}
		spec := r.sup.get("fake").Spec()
		g := spec.Guards
		if g.ConsentFile != filepath.Join(r.dir, "consent.json") || g.PauseFile != filepath.Join(r.dir, "pause.json") || !g.StopOnBattery || g.ThermalMax == nil {
			t.Errorf("guards %+v", g)
		}
		if n := len(r.hub.events(evStarted)); n != 2 {
			t.Errorf("%d start events", n)
		}
	})
}

func TestStartRefused(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		n, pct := 100, adit.Percent(150)
		for _, c := range []struct {
			args  wire.StartArgs
			code  adit.Code
			field string
			words string
		}{
			{wire.StartArgs{Driver: "nonsense", Pools: somePool}, adit.NotFound, "", "nonsense"},
			{wire.StartArgs{Driver: "host", Pools: somePool}, adit.Invalid, "driver", "no mining program"},
			{wire.StartArgs{Driver: "fake", Name: "../up", Pools: somePool}, adit.Invalid, "name", "lower-case"},
			{wire.StartArgs{Driver: "fake", Name: "host", Pools: somePool}, adit.Conflict, "", "taken"},
			{wire.StartArgs{Driver: "fake"}, adit.Invalid, "pools", "name a pool"},
			{wire.StartArgs{Driver: "fake", Pools: []device.Pool{{}}}, adit.Invalid, "pools[0].url", "missing"},
			{wire.StartArgs{Driver: "fake", Pools: somePool, Threads: &n}, adit.Invalid, "threads", "too many"},
			{wire.StartArgs{Driver: "fake", Pools: somePool, CPUMax: &pct}, adit.Invalid, "cpuMax", "100"},
		} {
			o := r.order(wire.VerbStart, "", c.args)
			r.refused(o, c.code, c.words)
			if o.Field != c.field {
				t.Errorf("%+v: field %q, want %q", c.args, o.Field, c.field)
			}
		}
		r.prog.find = adit.Errorf(adit.NotFound, "fake is not installed: get it at the shop")
		r.refused(r.order(wire.VerbStart, "", wire.StartArgs{Driver: "fake", Pools: somePool}), adit.NotFound, "at the shop")
		r.pass(5 * time.Minute)
		if _, known := r.hub.facts(r.a.Rig().Device("fake")); known || len(r.sup.started) != 0 {
			t.Error("a wish that was refused is still there")
		}
		for verb := range verbs {
			if o := r.send(wire.Order{ID: "bad-" + string(verb), Verb: verb, Device: "nobody", Args: []byte(`[7]`)}); o.Code == "" && verb != wire.VerbResume && verb != wire.VerbConsentRevoke {
				t.Errorf("%s of nobody with nonsense succeeded", verb)
			}
		}
		r.refused(r.order("dance", "", nil), adit.Unsupported, "dance")
	})
}

func TestSameOrderOnce(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		o := wire.Order{ID: "one", Verb: wire.VerbStart, Args: raw(t, wire.StartArgs{Driver: "fake", Pools: somePool})}
		outs := make([]wire.Outcome, 5)
		var g sync.WaitGroup
		for i := range outs {
			g.Go(func() { outs[i] = r.a.carryOut(r.t.Context(), o) })
		}
		g.Wait()
		outs = append(outs, r.send(o))
		for _, out := range outs {
			if out.Code != "" || string(out.Result) != string(outs[0].Result) {
				t.Errorf("outcome %+v", out)
			}
		}
		if n := r.sup.starts("fake"); n != 1 {
			t.Errorf("carried out %d times", n)
		}
	})
}

func TestDeadlineAndFence(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		pause := wire.Order{ID: "a", Verb: wire.VerbPause, Actor: "owner", Deadline: time.Now().Add(-time.Second), Fence: 5}
		r.refused(r.send(pause), adit.Timeout, "after its deadline")
		pause.ID, pause.Deadline = "b", time.Now().Add(time.Second)
		r.ok(r.send(pause))
		pause.ID, pause.Fence = "c", 4
		r.refused(r.send(pause), adit.Conflict, "no longer in charge")
		r.end()
		r.up()
		pause.ID, pause.Deadline = "d", time.Time{}
		r.refused(r.send(pause), adit.Conflict, "no longer in charge") // it remembers
		pause.ID, pause.Fence = "e", 5
		r.ok(r.send(pause))
	})
}

func TestStopRestartRelease(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("m")
		r.ok(r.order(wire.VerbRestart, "m", nil))
		if calls := r.sup.get("m").did(); !slices.Equal(calls, []string{"restart restarted by owner (test)"}) {
			t.Errorf("calls %q", calls)
		}
		r.refused(r.order(wire.VerbRelease, "m", nil), adit.Conflict, "not in quarantine")
		r.sup.get("m").set(func(s *proc.Status) { s.Phase, s.Words, s.PID = proc.Quarantined, "it crashed", 0 })
		r.pass(2 * time.Second)
		r.work("m", wire.WorkQuarantined)
		r.ok(r.order(wire.VerbRelease, "m", nil))
		r.pass(2 * time.Second)
		r.work("m", "hashing")

		r.ok(r.order(wire.VerbStop, "m", nil))
		r.pass(2 * time.Second)
		r.work("m", wire.WorkStopped)
		if r.desired("m") != wantStopped {
			t.Error("it would start again")
		}
		r.ok(r.order(wire.VerbStop, "m", nil)) // idempotent
		r.pass(time.Hour)
		if n := r.sup.starts("m"); n != 1 {
			t.Errorf("stopped, yet started %d times", n)
		}
		r.ok(r.order(wire.VerbRestart, "m", nil)) // starts what does not run
		r.pass(2 * time.Second)
		r.work("m", "hashing")
		r.refused(r.order(wire.VerbStop, "nobody", nil), adit.NotFound, "nobody")

		p := r.sup.get("m")
		p.hang = true
		before := time.Now()
		r.refused(r.order(wire.VerbStop, "m", nil), adit.Timeout, "not ended yet")
		if took := time.Since(before); took != orderPatience {
			t.Errorf("the order took %s", took)
		}
		p.vanish(proc.Stopped, "at last")
		r.pass(time.Minute)
		r.work("m", wire.WorkStopped)
		if n := r.sup.starts("m"); n != 2 {
			t.Errorf("a program that was told to stop was started again (%d starts)", n)
		}
	})
}

func TestSetPools(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("m")
		moved := wire.PoolsArgs{Pools: []device.Pool{{URL: "stratum+tcp://127.0.0.1:4444"}}}
		r.ok(r.order(wire.VerbSetPools, "m", moved))
		r.pass(5 * time.Second)
		if f := r.facts("m"); f.Pool == nil || f.Pool.URL != "stratum+tcp://127.0.0.1:4444" {
			t.Errorf("pool %+v", f.Pool)
		}
		if e := r.hub.events(evPool); len(e) != 1 || !strings.Contains(e[0], ":4444") {
			t.Errorf("events %q", e)
		}
		if m := string(r.sup.get("m").Spec().Meta); !strings.Contains(m, ":4444") || strings.Contains(m, ":3333") {
			t.Errorf("a restarted agent would not know the new pool: %s", m)
		}
		b, err := os.ReadFile(filepath.Join(r.a.shimDir(), "m", "config"))
		if err != nil || !strings.Contains(string(b), ":4444") {
			t.Errorf("a restarted program would use the old pool: %s, %v", b, err)
		}
		r.refused(r.order(wire.VerbSetPools, "m", wire.PoolsArgs{}), adit.Invalid, "at least one")
		r.prog.dev("m").with(func(d *fakeDev) { d.broken = adit.Errorf(adit.Refused, "no valid pools") })
		r.refused(r.order(wire.VerbSetPools, "m", moved), adit.Refused, "no valid pools")
		r.prog.dev("m").with(func(d *fakeDev) { d.broken, d.can = nil, false })
		r.refused(r.order(wire.VerbSetPools, "m", moved), adit.Unsupported, "cannot change its pool")
	})
}

func TestStdin(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("m")
		r.ok(r.order(wire.VerbStdin, "m", wire.StdinArgs{Line: "h"}))
		if calls := r.sup.get("m").did(); !slices.Equal(calls, []string{"stdin h\n"}) {
			t.Errorf("calls %q", calls)
		}
		r.refused(r.order(wire.VerbStdin, "m", wire.StdinArgs{Line: "h\nrm"}), adit.Invalid, "one line")
		r.ok(r.order(wire.VerbStop, "m", nil))
		r.refused(r.order(wire.VerbStdin, "m", wire.StdinArgs{Line: "h"}), adit.Conflict, "does not run")
	})
}

func TestConsentFromAfar(t *testing.T) {
	inRig(t, func(r *rig) {
		r.up(func(o *Options) { o.LocalHub = false })
		r.refused(r.order(wire.VerbConsentGrant, "", wire.ConsentArgs{By: "owner", Via: "browser"}), adit.Forbidden, "on the computer that mines")
		if r.a.consent().Granted {
			t.Error("it was granted all the same")
		}
		r.refused(r.order(wire.VerbConsentRevoke, "", nil), adit.Forbidden, "on the computer that mines")
	})
}
