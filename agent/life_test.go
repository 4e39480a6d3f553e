package agent

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/consent"
	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
)

func TestPauseSoftly(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("m")
		dev := r.prog.dev("m")
		r.ok(r.order(wire.VerbPause, "", wire.PauseArgs{}))
		if !dev.isPaused() {
			t.Fatal("the order was answered before the program had paused")
		}
		r.ok(r.order(wire.VerbPause, "", wire.PauseArgs{}))
		r.pass(3 * time.Second)
		f := r.facts("m")
		if f.Work != "paused" || f.Desired != wantPaused || !strings.Contains(f.Reason, "owner") {
			t.Errorf("facts %+v", f)
		}
		if p := r.hub.rig().Pause; !p.Paused || p.Reason != consent.ReasonUser || p.By != "owner" || p.Until != nil {
			t.Errorf("pause %+v", p)
		}
		dev.with(func(d *fakeDev) { d.paused = false }) // it forgets
		r.pass(5 * time.Second)
		if !dev.isPaused() {
			t.Error("it hashes although mining is paused")
		}
		r.ok(r.order(wire.VerbResume, "", nil))
		r.ok(r.order(wire.VerbResume, "", nil))
		r.pass(3 * time.Second)
		r.work("m", "hashing")
		if calls := r.sup.get("m").did(); len(calls) != 0 {
			t.Errorf("a soft pause touched the program: %q", calls)
		}
		if p, q := r.hub.events(evPaused), r.hub.events(evResumed); len(p) != 1 || len(q) != 1 {
			t.Errorf("events %q and %q", p, q)
		}
	})
}

func TestPauseRunsOut(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("m")
		until := time.Now().Add(10 * time.Minute)
		r.ok(r.order(wire.VerbPause, "", wire.PauseArgs{Until: &until}))
		r.pass(9 * time.Minute)
		r.work("m", "paused")
		r.pass(time.Minute + 2*time.Second)
		if r.prog.dev("m").isPaused() || r.hub.rig().Pause.Paused {
			t.Error("the pause did not run out")
		}
		past := time.Now().Add(-time.Second)
		r.refused(r.order(wire.VerbPause, "", wire.PauseArgs{Until: &past}), adit.Invalid, "not in the future")
	})
}

// `adit pause` without a server writes the file.
func TestPauseByFile(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("m")
		if err := consent.Pause(r.a.pauseFile(), adit.LocalOwner("terminal"), nil, time.Now()); err != nil {
			t.Fatal(err)
		}
		r.pass(1100 * time.Millisecond)
		if !r.prog.dev("m").isPaused() {
			t.Error("the pause was not noticed within a second")
		}
		if err := consent.Resume(r.a.pauseFile()); err != nil {
			t.Fatal(err)
		}
		r.pass(1100 * time.Millisecond)
		if r.prog.dev("m").isPaused() {
			t.Error("the end of the pause was not noticed within a second")
		}
	})
}

// What cannot pause, or fails to, is ended, and its shim holds it.
func TestPauseHard(t *testing.T) {
	for name, spoil := range map[string]func(d *fakeDev){
		"cannot":  func(d *fakeDev) { d.can = false },
		"refuses": func(d *fakeDev) { d.broken = adit.Errorf(adit.Refused, "no") },
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, func(r *rig) {
				r.consent().up()
				r.startProgram("m")
				r.prog.dev("m").with(spoil)
				r.ok(r.order(wire.VerbPause, "", wire.PauseArgs{}))
				r.pass(2 * time.Second)
				r.work("m", "paused")
				if f := r.facts("m"); f.PID != nil {
					t.Error("it still runs")
				}
				if calls := r.sup.get("m").did(); !slices.Equal(calls, []string{"restart mining is paused"}) {
					t.Errorf("calls %q", calls)
				}
			})
		})
	}
}

// A person's pause comes before heat, and heat before the battery.
func TestPauseReasons(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("a")
		r.startProgram("b")
		hold := func(name string, h proc.Hold) {
			r.sup.get(name).set(func(s *proc.Status) { s.Phase, s.Hold, s.Words, s.PID = proc.Held, h, "because of "+string(h), 0 })
			r.pass(1100 * time.Millisecond)
		}
		reason := func(want string) {
			t.Helper()
			if p := r.hub.rig().Pause; p.Reason != want || p.Paused != (want != "") {
				t.Errorf("pause %+v, want %q", p, want)
			}
		}
		reason("")
		hold("a", proc.HoldBattery)
		reason("battery")
		r.work("a", wire.WorkHeld)
		if f := r.facts("a"); f.Reason != "because of battery" {
			t.Errorf("facts %+v", f)
		}
		hold("b", proc.HoldThermal)
		reason("thermal")
		r.ok(r.order(wire.VerbPause, "", nil))
		r.pass(1100 * time.Millisecond)
		reason(consent.ReasonUser)
		if e := r.hub.events(evHeld); len(e) != 2 || !strings.Contains(e[1], "because of thermal") {
			t.Errorf("events %q", e)
		}
	})
}

func TestLostIsStartedOnce(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("m")
		r.sup.get("m").vanish(proc.Lost, "its shim ended unexpectedly")
		r.pass(3 * time.Second)
		r.work("m", "hashing")
		if n := r.sup.starts("m"); n != 2 {
			t.Errorf("started %d times", n)
		}
		if e := r.hub.events(evLost); len(e) != 1 {
			t.Errorf("events %q", e)
		}
		for range lossesMax {
			r.sup.get("m").vanish(proc.Lost, "again")
			r.pass(3 * time.Second)
		}
		r.pass(2 * time.Hour)
		if n := r.sup.starts("m"); n != 1+lossesMax {
			t.Errorf("started %d times, the budget is %d", n, lossesMax)
		}
		r.work("m", wire.WorkFailed)
		if e := r.hub.events(evQuarantined); len(e) != 1 {
			t.Errorf("events %q", e)
		}
		r.ok(r.order(wire.VerbRelease, "m", nil))
		r.pass(3 * time.Second)
		r.work("m", "hashing")
	})
}

func TestCannotBeStartedAgain(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("m")
		r.sup.refusing(adit.Errorf(adit.Refused, "the executable is not the recorded one"))
		r.sup.get("m").vanish(proc.Lost, "gone")
		r.pass(time.Hour)
		r.work("m", wire.WorkFailed)
		if e := r.hub.events(evFailed); len(e) != 1 || !strings.Contains(e[0], "not the recorded one") {
			t.Errorf("%d events: %q", len(e), e)
		}
		r.sup.refusing(nil)
		r.pass(retryMax + 2*time.Second)
		r.work("m", "hashing")
	})
}

func TestStoppedFromOutside(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("m")
		r.sup.get("m").vanish(proc.Stopped, "SIGTERM")
		r.pass(time.Minute)
		if n := r.sup.starts("m"); n != 1 || r.desired("m") != wantStopped {
			t.Errorf("somebody stopped it by hand and adit started it again (%d starts)", n)
		}
	})
}

// kill ends the agent as kill -9 would: its programs stay, desired.json as it is.
func (r *rig) kill() { r.end() }

func TestAdopt(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		for _, n := range []string{"wanted", "lost", "stopped"} {
			r.startProgram(n)
		}
		r.kill()
		live := r.sup.get
		live("lost").vanish(proc.Lost, "power cut")
		d, err := readDesired(r.a.desiredFile())
		if err != nil {
			t.Fatal(err)
		}
		for i := range d.Wants {
			if d.Wants[i].Args.Name == "stopped" {
				d.Wants[i].Desired = wantStopped
			}
		}
		if err := writeDesired(r.a.desiredFile(), d); err != nil {
			t.Fatal(err)
		}
		meta := live("wanted").Spec().Meta
		stranger := r.sup.put(proc.Spec{Name: "stranger", Driver: "fake", Path: "/bin/fake", Meta: meta})
		practice := r.sup.put(proc.Spec{Name: "practice", Driver: "fake", Path: "/bin/fake", Meta: meta, Practice: true})
		odd := r.sup.put(proc.Spec{Name: "odd", Driver: "fake", Path: "/bin/fake", Meta: json.RawMessage(`7`)})

		r.up()
		r.pass(3 * time.Second)
		for n, work := range map[string]string{"wanted": "hashing", "lost": "hashing", "practice": "hashing", "stopped": "stopped"} {
			r.work(n, work)
		}
		if r.sup.starts("wanted") != 1 || r.sup.starts("lost") != 2 || r.sup.starts("stopped") != 1 {
			t.Errorf("started %v", r.sup.started)
		}
		for n, p := range map[string]*fakeProg{"stopped": live("stopped"), "stranger": stranger, "odd": odd} {
			if !p.gone() {
				t.Errorf("%s still runs although nobody wants it", n)
			}
		}
		if practice.gone() || live("wanted").gone() {
			t.Error("a wanted program was ended")
		}
		if e := r.hub.events(evAdopted); len(e) != 2 {
			t.Errorf("events %q", e)
		}
		if r.desired("practice") != wantRunning {
			t.Error("the adopted practice program is not remembered")
		}
	})
}

// A damaged desired.json must not end what runs.
func TestAdoptDamaged(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("m")
		r.kill()
		write(t, r.a.desiredFile(), `{"version":1,"programs":[{`)
		r.up()
		r.pass(3 * time.Second)
		r.work("m", "hashing")
		if r.sup.starts("m") != 1 || r.desired("m") != wantRunning {
			t.Errorf("started %v", r.sup.started)
		}
		if e := r.hub.events(evAgent); len(e) != 1 || !strings.Contains(e[0], "cannot be read") {
			t.Errorf("events %q", e)
		}
	})
}

func TestNothingStartsWithoutConsent(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("m")
		r.kill()
		r.sup.get("m").vanish(proc.Lost, "power cut")
		if err := consent.Revoke(r.a.consentFile(), adit.LocalOwner("terminal"), time.Now()); err != nil {
			t.Fatal(err)
		}
		r.up()
		r.pass(time.Hour)
		if r.sup.starts("m") != 1 {
			t.Fatal("it was started without consent")
		}
		r.consent().pass(5 * time.Second)
		if r.sup.starts("m") != 2 {
			t.Error("consent is back and it was not started")
		}
	})
}

func TestStopPrograms(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("own")
		r.ok(r.order(wire.VerbStart, "", wire.StartArgs{Driver: "fake", Name: "practice", Pools: somePool, Practice: true}))
		if nice := r.sup.get("practice").Spec().Nice; nice != 19 {
			t.Errorf("practice runs at nice %d", nice)
		}
		if err := r.a.StopPrograms(r.t.Context(), PracticePrograms); err != nil {
			t.Fatal(err)
		}
		if !r.sup.get("practice").gone() || r.sup.get("own").gone() {
			t.Error("practice and nothing else must end")
		}
		if err := r.a.StopPrograms(r.t.Context(), AllPrograms); err != nil {
			t.Fatal(err)
		}
		r.end()
		r.up()
		r.pass(time.Hour)
		if r.sup.starts("own") != 1 || r.sup.starts("practice") != 1 {
			t.Error("something started by itself after it was stopped at the end")
		}
	})
}

func TestEndLeavesPrograms(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("m")
		r.end()
		if p := r.sup.get("m"); p.gone() || !p.closed {
			t.Error("the program must go on and be let go of")
		}
	})
}

// A program lives as long as it is wanted: no time-out of ours ends or restarts it.
func TestLivesForHours(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up(func(o *Options) { o.Interval = 10 * time.Second })
		r.startProgram("m")
		r.pass(12 * time.Hour)
		if calls := r.sup.get("m").did(); len(calls) != 0 || r.sup.starts("m") != 1 {
			t.Errorf("calls %q", calls)
		}
		r.work("m", "hashing")
		if b := r.hub.batches(wire.Column{Device: r.a.Rig().Device("m"), Metric: wire.MetricBaseline}); math.IsNaN(b[len(b)-1]) || b[len(b)-1] != 1000 {
			t.Errorf("the baseline is %v, want 1000", b[len(b)-1])
		}
	})
}

func TestWatchdog(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("m")
		r.pass(time.Minute)
		r.prog.dev("m").with(func(d *fakeDev) { d.share = 0 }) // it hashes on and nothing comes of it
		r.pass(10 * time.Minute)
		calls := r.sup.get("m").did()
		if len(calls) == 0 || !strings.Contains(calls[0], "restart no share was accepted") {
			t.Fatalf("calls %q", calls)
		}
		if e := r.hub.events(evRestarted); len(e) == 0 || !strings.Contains(e[0], "no share was accepted") {
			t.Errorf("events %q", e)
		}
		r.pass(2 * time.Hour)
		r.work("m", wire.WorkQuarantined)
		if e := r.hub.events(evQuarantined); len(e) != 1 {
			t.Errorf("events %q", e)
		}
	})
}

func TestSecondAgent(t *testing.T) {
	inRig(t, func(r *rig) {
		r.up()
		_, err := New(r.a.o)
		if adit.CodeOf(err) != adit.Conflict || !strings.Contains(err.Error(), "another agent") {
			t.Errorf("got %v", err)
		}
		rig := r.a.Rig()
		r.end()
		r.up()
		if r.a.Rig() != rig {
			t.Error("the computer became another rig")
		}
		r.end()
		write(t, filepath.Join(r.dir, "agent", "rig.json"), `{"id":"../x"}`)
		if _, err := New(r.a.o); adit.CodeOf(err) != adit.Invalid || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("got %v", err)
		}
	})
}

func TestOptions(t *testing.T) {
	hub, reg := newFakeHub(t), new(device.Registry)
	for field, o := range map[string]Options{
		"dir":      {Registry: reg, Control: hub, Telemetry: hub},
		"registry": {Dir: t.TempDir(), Control: hub, Telemetry: hub},
		"control":  {Dir: t.TempDir(), Registry: reg, Control: hub},
	} {
		_, err := New(o)
		if e, ok := adit.AsError(err); !ok || e.Field != field {
			t.Errorf("%s: got %v", field, err)
		}
	}
}

func TestQueries(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		write(t, filepath.Join(r.dir, "proc/cpuinfo"), "processor : 0\nflags : fpu sse2 aes avx2 \n")
		r.startProgram("m")
		ask := func(q wire.Query, to any) wire.Answer {
			t.Helper()
			a, err := wire.Unmarshal[wire.Answer](r.hub.ask(wire.QuerySubject(r.a.Rig()), raw(t, q)))
			if err != nil {
				t.Fatal(err)
			}
			if to != nil {
				if err := json.Unmarshal(a.Result, to); err != nil {
					t.Fatalf("%v in %+v", err, a)
				}
			}
			return a
		}
		var lines []wire.LogLine
		ask(wire.Query{Kind: "logs", Device: "m", After: 1}, &lines)
		if len(lines) != 2 || lines[0].Seq != 2 || lines[0].Text != "line 2" {
			t.Errorf("lines %+v", lines)
		}
		r.ok(r.order(wire.VerbStop, "m", nil))
		ask(wire.Query{Kind: "logs", Device: "m"}, &lines)
		if len(lines) != 2 || lines[1].Text != "old two" {
			t.Errorf("lines of one that does not run: %+v", lines)
		}
		var miners []wire.Available
		ask(wire.Query{Kind: "miners"}, &miners)
		if len(miners) != 1 || miners[0].Name != "fake" || miners[0].Path != "/bin/fake" || *miners[0].FeePercent != 0 {
			t.Errorf("miners %+v", miners)
		}
		var found []wire.Finding
		ask(wire.Query{Kind: "doctor"}, &found)
		by := map[string]wire.Finding{}
		for _, f := range found {
			if f.Text == "" || f.State == "" || (f.State == stateCrit || f.State == stateWarn) && f.Fix == "" {
				t.Errorf("finding %+v says nothing or names no fix", f)
			}
			by[f.Name] = f
		}
		for name, state := range map[string]string{"consent": stateOK, "fake": stateOK, "CPU": stateOK, "huge pages": stateInfo, "memory": stateInfo, "temperature": stateWarn, "clock": by["clock"].State} {
			if by[name].State != state {
				t.Errorf("%s: %+v, want %q", name, by[name], state)
			}
		}
		if a := ask(wire.Query{Kind: "logs", Device: "nobody"}, nil); a.Code != adit.NotFound {
			t.Errorf("answer %+v", a)
		}
		if a := ask(wire.Query{Kind: "secrets"}, nil); a.Code != adit.Unsupported {
			t.Errorf("answer %+v", a)
		}
	})
}

func TestSecretsStayPrivate(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("m")
		for _, f := range []string{r.a.desiredFile(), filepath.Join(r.a.shimDir(), "m", "config"), filepath.Join(r.dir, "agent", "rig.json")} {
			st, err := os.Stat(f)
			if err != nil || st.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", f, st, err)
			}
		}
		if st, err := os.Stat(r.a.shimDir()); err != nil || st.Mode().Perm() != 0o700 {
			t.Errorf("%v, %v", st, err)
		}
	})
}
