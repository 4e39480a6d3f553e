//go:build linux

package app

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/consent"
	"github.com/adit-mining/adit/agent/policy"
	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/coop/config"
	"github.com/adit-mining/adit/coop/worker"
)

func engineOf(t *testing.T, tune func(*EngineOptions)) *WorkerEngine {
	t.Helper()
	o := EngineOptions{Data: t.TempDir(), Dir: t.TempDir(), Exe: "/bin/true", Miner: "/bin/true", Mining: config.DefaultWorker().Mining}
	if tune != nil {
		tune(&o)
	}
	e, err := NewWorkerEngine(o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestWorkerNeedsConsent: the engine is not even written down before the owner agreed.
func TestWorkerNeedsConsent(t *testing.T) {
	e := engineOf(t, nil)
	if err := e.Start(t.Context(), worker.Settings{URL: "stratum+tcp://127.0.0.1:1", User: "u", Password: "p"}); adit.CodeOf(err) != adit.NoConsent {
		t.Errorf("it started: %v", err)
	}
	if _, err := os.Stat(e.sup.Dir); !os.IsNotExist(err) {
		t.Errorf("it left something: %v", err)
	}
	if r, err := e.Read(t.Context()); err != nil || !r.Rests || !strings.Contains(r.Why, "not allowed") || r.Hashrate != nil {
		t.Errorf("it says %+v, %v", r, err)
	}
}

// TestWorkerGuards: what the owner set holds for a crew's engine as for every other.
func TestWorkerGuards(t *testing.T) {
	e := engineOf(t, nil)
	p := policy.Default()
	p.Thermal.MaxCelsius, p.Battery.Pause, p.Idle.AfterSeconds = 71, true, 120
	half := 50.0
	p.CPU.MaxPercent = &half
	if err := policy.Write(e.policyFile(), p); err != nil {
		t.Fatal(err)
	}
	e.readRules()
	g := e.guards()
	if *g.ThermalMax != 71 || !g.StopOnBattery || !g.FanStop || g.Idle == nil || g.Idle.After != 2*time.Minute || len(g.Idle.Sources) != 3 ||
		g.ConsentFile != filepath.Join(e.o.Data, "consent.json") || g.PauseFile != filepath.Join(e.o.Data, "pause.json") {
		t.Errorf("guards %+v", g)
	}
	if err := g.Validate(); err != nil {
		t.Error(err)
	}
	if n := e.threads(0); n != max(1, (runtime.NumCPU()+1)/2) {
		t.Errorf("%d threads of %d", n, runtime.NumCPU())
	}
	if n := e.threads(7); n != 7 {
		t.Errorf("%d threads where the owner said 7", n)
	}
	p.Idle.Enabled = false
	if err := policy.Write(e.policyFile(), p); err != nil {
		t.Fatal(err)
	}
	e.readRules()
	if g := e.guards(); g.Idle != nil {
		t.Errorf("it still asks for users: %+v", g.Idle)
	}
}

// TestWorkerRestsForUsers: somebody at a terminal lets it rest, and its shim hears of that before it starts anything; the
// owner's pause comes first.
func TestWorkerRestsForUsers(t *testing.T) {
	root := t.TempDir()
	pts := filepath.Join(root, "dev", "pts")
	if err := os.MkdirAll(pts, 0o755); err != nil {
		t.Fatal(err)
	}
	e := engineOf(t, func(o *EngineOptions) { o.Root = root })
	p := policy.Default()
	p.Idle.Sources = []string{policy.Terminals}
	if err := policy.Write(e.policyFile(), p); err != nil {
		t.Fatal(err)
	}
	defer e.stopLooking()
	look := func() proc.IdleWord {
		t.Helper()
		e.readRules()
		e.lookForUsers(t.Context())
		b, err := os.ReadFile(e.idleFile())
		if err != nil {
			t.Fatal(err)
		}
		var w proc.IdleWord
		if err := json.Unmarshal(b, &w); err != nil {
			t.Fatal(err)
		}
		return w
	}
	if w := look(); w.Paused {
		t.Errorf("nobody is there, yet %+v", w)
	}
	if rest, _ := e.resting(); rest {
		t.Error("it rests for nobody")
	}
	terminal := filepath.Join(pts, "0")
	if err := os.WriteFile(terminal, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if w := look(); !w.Paused || w.Words == "" {
		t.Errorf("somebody types, yet %+v", w)
	}
	if rest, why := e.resting(); !rest || !strings.Contains(why, "pts/0") {
		t.Errorf("it does not rest: %q", why)
	}
	if err := consent.Pause(e.pauseFile(), adit.LocalOwner("terminal"), nil, time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, why := e.resting(); !strings.Contains(why, "paused by owner") {
		t.Errorf("the owner comes second: %q", why)
	}
	if err := consent.Resume(e.pauseFile()); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(terminal, old, old); err != nil {
		t.Fatal(err)
	}
	if w := look(); w.Paused {
		t.Errorf("for an hour nobody typed, yet %+v", w)
	}
}

// TestWorkerRender: the secret of the bridge is in a file alone, with the mode that was asked for.
func TestWorkerRender(t *testing.T) {
	e := engineOf(t, func(o *EngineOptions) { o.Mining.Mode = "light"; o.Resources.Affinity = []int{0} })
	e.settings = worker.Settings{URL: "stratum+tcp://127.0.0.1:9", User: "u", Password: "hush", Threads: 2}
	e.readRules()
	l, err := e.render("/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	if err := e.furnish(l); err != nil {
		t.Fatal(err)
	}
	s := e.spec(l)
	if err := s.Validate(); err != nil {
		t.Error(err)
	}
	if all := strings.Join(append(s.Args, s.Env...), " "); strings.Contains(all, "hush") {
		t.Errorf("the secret is in %s", all)
	}
	path := filepath.Join(l.Dir, "config.json")
	st, err := os.Stat(path)
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", st, err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"mode": "light"`, `"hush"`, `"threads": 2`, `"affinity"`} {
		if !strings.Contains(string(b), part) && !strings.Contains(string(b), strings.ReplaceAll(part, ": ", ":")) {
			t.Errorf("%s is not in %s", part, b)
		}
	}
	if strings.Contains(string(l.Endpoint.Settings), "/proc/self/cwd") {
		t.Errorf("adit would look for the port in its own folder: %s", l.Endpoint.Settings)
	}
}

// TestOpenWorker: what is missing is said before anything runs, and the folder is free again then.
func TestOpenWorker(t *testing.T) {
	dir := t.TempDir()
	cfg := config.DefaultWorker()
	if _, err := OpenWorker(WorkerOptions{Dir: dir, Config: cfg, Miner: "/bin/true"}); adit.CodeOf(err) != adit.NotFound || !strings.Contains(err.Error(), "adit coop join") {
		t.Errorf("without certificates: %v", err)
	}
	cfg.Coordinator.TLS.Enabled = false
	cfg.Coordinator.Reconnect.Attempts, cfg.Coordinator.Address = 1, "127.0.0.1:1"
	cfg.Health.Enabled, cfg.Health.Listen = true, "127.0.0.1:0"
	w, err := OpenWorker(WorkerOptions{Dir: dir, Config: cfg, Miner: "/bin/true"})
	if err != nil {
		t.Fatal(err)
	}
	if w.ID() == "" || w.Health() == "" {
		t.Errorf("%q, %q", w.ID(), w.Health())
	}
	if _, err := OpenWorker(WorkerOptions{Dir: dir, Config: cfg, Miner: "/bin/true"}); adit.CodeOf(err) != adit.Conflict {
		t.Errorf("the second: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := w.Run(ctx); adit.CodeOf(err) != adit.Unreachable {
		t.Errorf("it ended with %v", err)
	}
	again, err := OpenWorker(WorkerOptions{Dir: dir, Config: cfg, Miner: "/bin/true"})
	if err != nil || again.ID() != w.ID() {
		t.Fatalf("after it: %v", err)
	}
	if err := again.close(); err != nil {
		t.Error(err)
	}
}
