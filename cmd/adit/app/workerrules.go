package app

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/consent"
	"github.com/adit-mining/adit/agent/policy"
	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/coop/worker"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
)

// workerRules are the owner's rules as last read, and whether the program follows them.
type workerRules struct {
	policy  wire.Policy
	read    bool
	watcher *policy.Watcher // nil = nobody is looked for
	verdict policy.Verdict
	word    *proc.IdleWord // as the shim can read it; nil = none yet

	told    *bool // what the running program was told last; nil = nothing
	toldPID int
	deaf    time.Time // since when it does not follow; zero = it does
}

// How often the owner's word is read, users are looked for, and how long a program may take to follow.
const (
	ruleEvery  = time.Second
	userEvery  = 2 * time.Second
	followTime = 3 * time.Second
	deafFor    = 6 * time.Second
)

// Run holds the owner's rules over the program and starts it anew where its shim is gone, until ctx ends.
func (e *WorkerEngine) Run(ctx context.Context) error {
	t := time.NewTicker(ruleEvery)
	defer t.Stop()
	defer e.stopLooking()
	var looked, watched time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		e.steer.Lock()
		if now := time.Now(); now.Sub(looked) >= userEvery {
			looked = now
			e.readRules()
			e.lookForUsers(ctx)
		}
		e.revive(ctx)
		e.settle(ctx)
		if now := time.Now(); now.Sub(watched) >= stallEvery {
			watched = now
			e.watch(ctx, now)
		}
		e.steer.Unlock()
	}
}

// revive starts the program anew where its shim has gone although it is wanted.
func (e *WorkerEngine) revive(ctx context.Context) {
	e.mu.Lock()
	p, wanted, due := e.prog, e.wanted, !time.Now().Before(e.retry)
	e.mu.Unlock()
	if !wanted || !due {
		return
	}
	if p != nil {
		select {
		case <-p.Done():
		default:
			return
		}
		e.o.Log.Warn("the engine is gone and started anew", "reason", p.Status().Words)
		if err := e.end(ctx); err != nil {
			e.o.Log.Error("what is left of the engine does not end", "err", err)
			return
		}
	}
	if err := e.launch(ctx); err != nil && ctx.Err() == nil {
		e.o.Log.Error("the engine does not start", "err", err)
	}
}

// readRules reads the policy and gives a running program its new guards.
func (e *WorkerEngine) readRules() {
	p, damaged := policy.Read(e.policyFile())
	e.mu.Lock()
	r := &e.rules
	changed := r.read && !reflect.DeepEqual(r.policy, p)
	r.policy, r.read = p, true
	prog := e.prog
	e.mu.Unlock()
	if damaged != "" && changed {
		e.o.Log.Warn(damaged)
	}
	if !changed || prog == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), followTime)
	defer cancel()
	g := e.guards()
	if err := prog.Update(ctx, proc.Change{Guards: &g}); err != nil {
		e.o.Log.Warn("the engine keeps the guards it had", "err", err)
	}
}

// guards are what the shim holds on its own.
func (e *WorkerEngine) guards() proc.Guards {
	e.mu.Lock()
	p := e.rules.policy
	e.mu.Unlock()
	hot, card := adit.Celsius(p.Thermal.MaxCelsius), adit.Celsius(p.Thermal.GPUMaxCelsius)
	g := proc.Guards{
		ConsentFile: e.consentFile(), PauseFile: e.pauseFile(), ThermalMax: &hot, GPUMax: &card, FanStop: p.Thermal.FanStop,
		StopOnBattery: p.Battery.Pause, SensorRoot: e.o.Root,
	}
	if r := p.Thermal.ResumeBelow; r != nil {
		cool := adit.Celsius(*r)
		g.ThermalResume = &cool
	}
	if p.Idle.Enabled {
		g.Idle = &proc.IdleGuard{
			File: e.idleFile(), After: time.Duration(p.Idle.AfterSeconds) * time.Second, Sources: idleSources(p),
			Root: e.o.Root, Alone: e.o.Root != "/",
		}
	}
	return g
}

func idleSources(p wire.Policy) []string {
	return slices.DeleteFunc(policy.Sources(), func(n string) bool { return len(p.Idle.Sources) > 0 && !slices.Contains(p.Idle.Sources, n) })
}

// lookForUsers takes one look and tells the shim.
func (e *WorkerEngine) lookForUsers(ctx context.Context) {
	e.mu.Lock()
	p, w := e.rules.policy, e.rules.watcher
	e.mu.Unlock()
	names := idleSources(p)
	if w != nil && (!p.Idle.Enabled || !slices.Equal(w.Names(), names)) {
		w.Close()
		w = nil
	}
	var v policy.Verdict
	word := proc.IdleWord{}
	if p.Idle.Enabled {
		if w == nil {
			w = policy.NewWatcher(names, nil, policy.Places{Root: e.o.Root, Alone: e.o.Root != "/"})
		}
		report := w.Look(ctx, time.Now())
		v = report.Verdict(time.Duration(p.Idle.AfterSeconds) * time.Second)
		for _, n := range policy.Sources() {
			if report.Seen[n] {
				word.Seen = append(word.Seen, n)
			}
		}
	}
	e.mu.Lock()
	e.rules.watcher, e.rules.verdict = w, v
	e.mu.Unlock()
	if word.Paused = v.Paused(); word.Paused {
		word.Words = v.Words
	}
	e.tellShim(word)
}

// tellShim writes the word on users where it changed; words that only tell another age are no news.
func (e *WorkerEngine) tellShim(word proc.IdleWord) {
	e.mu.Lock()
	old := e.rules.word
	e.mu.Unlock()
	if old != nil && old.Paused == word.Paused && old.Stop == word.Stop && slices.Equal(old.Seen, word.Seen) {
		return
	}
	err := os.MkdirAll(filepath.Dir(e.idleFile()), 0o700)
	if err == nil {
		err = proc.WriteIdleWord(e.idleFile(), word)
	}
	if err != nil {
		e.o.Log.Warn("the engine's shim is not told whether the computer is used", "err", err)
		return
	}
	e.mu.Lock()
	e.rules.word = &word
	e.mu.Unlock()
}

func (e *WorkerEngine) stopLooking() {
	e.mu.Lock()
	w := e.rules.watcher
	e.rules.watcher = nil
	e.mu.Unlock()
	if w != nil {
		w.Close()
	}
}

// resting is whether the program shall rest, and who wants it so: the owner first, then the computer's user, then the
// worker.
func (e *WorkerEngine) resting() (rest bool, why string) {
	if p := consent.ReadPause(e.pauseFile(), time.Now()); p.Paused {
		return true, p.Words
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if v := e.rules.verdict; v.Paused() {
		return true, v.Words
	}
	return e.rest, e.restWhy
}

// settle makes the running program follow: softly, and where it does not hear for long, by its end. The caller holds steer.
func (e *WorkerEngine) settle(ctx context.Context) {
	rest, _ := e.resting()
	e.mu.Lock()
	p, dev, r := e.prog, e.dev, e.rules
	e.mu.Unlock()
	if p == nil || dev == nil {
		return
	}
	st := p.Status()
	if st.Phase != proc.Running || st.PID == 0 {
		return // the shim itself does not let it start
	}
	if r.told != nil && *r.told == rest && r.toldPID == st.PID || r.toldPID != st.PID && !rest {
		return // a new one works by itself
	}
	pauser, can := device.As[device.Pauser](dev)
	if !can {
		return
	}
	order := pauser.Resume
	if rest {
		order = pauser.Pause
	}
	octx, cancel := context.WithTimeout(ctx, followTime)
	err := order(octx)
	cancel()
	if e.followed(rest, st.PID, err) || ctx.Err() != nil {
		return
	}
	// It does not hear: the shim ends it, and holds it while the owner's pause or a user of the computer lasts.
	e.o.Log.Warn("the engine cannot be paused softly and is ended for the pause", "err", err)
	octx, cancel = context.WithTimeout(ctx, followTime)
	defer cancel()
	if err := p.Restart(octx, "it does not follow a pause"); err != nil {
		e.o.Log.Error("the engine cannot be ended for a pause", "err", err)
	}
}

// followed notes what became of an order; false says that the program has not heard a pause for too long.
func (e *WorkerEngine) followed(rest bool, pid int, err error) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	r := &e.rules
	switch {
	case err == nil:
		r.told, r.toldPID, r.deaf = &rest, pid, time.Time{}
	case r.deaf.IsZero():
		r.deaf = time.Now()
	case rest && time.Since(r.deaf) > deafFor:
		r.deaf = time.Time{}
		return false
	}
	return true
}

// Read implements worker.Engine.
func (e *WorkerEngine) Read(ctx context.Context) (worker.Reading, error) {
	e.mu.Lock()
	p, dev, failed := e.prog, e.dev, e.failed
	e.mu.Unlock()
	var r worker.Reading
	e.readHost(ctx, &r)
	if p == nil {
		if failed == "" {
			failed = "the engine does not run"
		}
		r.Rests, r.Why = true, failed
		return r, nil
	}
	if st := p.Status(); st.Phase != proc.Running {
		r.Rests, r.Why = true, st.Words
		if st.Phase == proc.Quarantined {
			r.Why = "the engine is not started again: " + st.Words
		}
		return r, nil
	}
	s, err := dev.Snapshot(ctx)
	if err != nil {
		return r, err
	}
	r.Hashrate, r.Mode, r.Built, r.Uptime = s.Hashrate, s.Mode, s.DatasetProgress, s.Uptime
	r.Threads = len(s.Threads)
	switch {
	case s.Work == device.WorkPaused:
		r.Rests, r.Hashrate, r.Threads = true, nil, 0
		if _, r.Why = e.resting(); r.Why == "" {
			r.Why = "it goes on in a moment"
		}
	case s.Mode == "starting" || s.Mode == "":
		r.Why = s.Reason
	}
	return r, nil
}

// readHost reads what the computer says of itself; what it does not say stays unknown.
func (e *WorkerEngine) readHost(ctx context.Context, r *worker.Reading) {
	s, err := e.host.Snapshot(ctx)
	if err != nil {
		return
	}
	r.Temperature = s.Temperature
	if s.Host == nil {
		return
	}
	if u := s.Host.Usage; u != nil {
		v := float64(*u)
		r.CPU = &v
	}
	if total, free := s.Host.MemoryTotal, s.Host.MemoryFree; total != nil && free != nil && *total > 0 {
		v := 100 * (1 - float64(*free)/float64(*total))
		r.Memory = &v
	}
}
