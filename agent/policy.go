package agent

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/policy"
	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/internal/wording"
	"github.com/adit-mining/adit/link/wire"
)

func (a *Agent) policyFile() string { return filepath.Join(a.o.Dir, "policy.json") }

// policyNow is the policy as last read.
func (a *Agent) policyNow() wire.Policy {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.rules.read {
		return policy.Default()
	}
	return a.rules.policy
}

// readPolicy reads the file and, where it changed, gives every program that runs its new guards.
func (a *Agent) readPolicy(ctx context.Context) {
	p, damaged := policy.Read(a.policyFile())
	a.mu.Lock()
	r := &a.rules
	first, changed := !r.read, r.read && !reflect.DeepEqual(r.policy, p)
	news := damaged != r.damaged && damaged != ""
	r.policy, r.damaged, r.read = p, damaged, true
	a.mu.Unlock()
	if news {
		a.tell(evPolicy, warn, "", "%s", damaged)
	}
	if first || !changed {
		return
	}
	for _, u := range a.programs() {
		a.guardAnew(ctx, u)
	}
	a.poke()
}

func (a *Agent) guardAnew(ctx context.Context, u *unit) {
	p := u.running()
	if p == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	g := a.guardsFor(u.wish())
	if err := p.Update(ctx, proc.Change{Guards: &g}); err != nil {
		a.log.WarnContext(ctx, "a program keeps the guards it had", "name", u.name, "err", err)
	}
}

// setPolicy changes the policy; every program follows at once, but for the number of threads, which holds from a
// program's next start on.
func (a *Agent) setPolicy(ctx context.Context, o wire.Order) (any, error) {
	c, err := args[wire.PolicyChange](o)
	if err != nil {
		return nil, err
	}
	old, _ := policy.Read(a.policyFile())
	p, err := old.Apply(c)
	if err != nil {
		return nil, err
	}
	if _, err := proc.Unprivileged(a.o.Root, p.User); err != nil {
		return nil, err
	}
	if err := policy.Write(a.policyFile(), p); err != nil {
		return nil, err
	}
	a.lookForUsers(ctx)
	a.tell(evPolicy, info, "", "%s changed when mining may use this computer: %s", who(o), a.policyState().Words)
	return a.policyState(), nil
}

// policyAsked answers a question for the policy.
func (a *Agent) policyAsked(context.Context, wire.Query) (any, error) { return a.policyState(), nil }

// policyState is the policy and what it means now.
func (a *Agent) policyState() wire.PolicyState {
	p := a.policyNow()
	a.mu.Lock()
	report, damaged := a.rules.report, a.rules.damaged
	a.mu.Unlock()
	s := wire.PolicyState{Policy: p, Use: p.Use(), Damaged: damaged, Idle: wire.IdleState{State: wire.IdleOff, Words: "mining does not ask whether somebody uses the computer", Sources: []wire.IdleSource{}}}
	if report != nil {
		v := report.Verdict(time.Duration(p.Idle.AfterSeconds) * time.Second)
		s.Idle.Sources = v.Sources
		if p.Idle.Enabled {
			s.Idle.State, s.Idle.Words = v.State, v.Words
		}
	}
	a.mu.Lock()
	if a.rules.state != s.Idle.State {
		a.rules.state, a.rules.since = s.Idle.State, time.Now().UTC()
	}
	since := a.rules.since
	a.mu.Unlock()
	s.Idle.Since = &since
	if u := a.accountShown(p.User); u != nil {
		s.RunAs = u.Name
	}
	s.Words = policyWords(p, s)
	return s
}

func policyWords(p wire.Policy, s wire.PolicyState) string {
	words := "mines whenever it may"
	if p.Idle.Enabled {
		words = fmt.Sprintf("mines after %s without a user", wording.Length(time.Duration(p.Idle.AfterSeconds)*time.Second))
	}
	if m := p.CPU.MaxPercent; m != nil && *m < 100 {
		words += fmt.Sprintf(", with at most %g %% of the CPU's threads", *m)
	}
	if p.Battery.Pause {
		words += ", on mains only"
	}
	words += fmt.Sprintf(", below %g °C", p.Thermal.MaxCelsius)
	if s.RunAs == "" && rooted() {
		words += ", as root"
	}
	if p.Idle.Enabled {
		words += "; " + s.Idle.Words
	}
	return words
}

// account is the user as whom programs run; nil = as adit itself, because that is no root. A test's root of the file
// system has no users of its own.
func (a *Agent) account() *proc.Account {
	if a.o.Root != "/" || !rooted() || proc.CannotDrop() != "" {
		return nil
	}
	u, err := proc.Unprivileged(a.o.Root, a.policyNow().User)
	if err != nil { // it was there when the policy was set
		u, _ = proc.Unprivileged(a.o.Root, "")
	}
	return &u
}

// accountEvery is how old the account may be that is shown; what is started asks anew.
const accountEvery = 10 * time.Second

// accountShown is the account as shown to people, more often than the list of users is worth reading.
func (a *Agent) accountShown(asked string) *proc.Account {
	a.mu.Lock()
	r := a.rules
	a.mu.Unlock()
	if now := time.Now(); r.accountAt.IsZero() || r.accountOf != asked || now.Sub(r.accountAt) >= accountEvery || now.Before(r.accountAt) {
		r.account, r.accountOf, r.accountAt = a.account(), asked, now
		a.mu.Lock()
		a.rules.account, a.rules.accountOf, a.rules.accountAt = r.account, r.accountOf, r.accountAt
		a.mu.Unlock()
	}
	return r.account
}

// rooted reports that adit runs as root.
func rooted() bool { return os.Geteuid() == 0 }

// guardsFor are what a program's shim holds on its own, agent or no agent.
func (a *Agent) guardsFor(w want) proc.Guards {
	p := a.policyNow()
	hot, card := adit.Celsius(p.Thermal.MaxCelsius), adit.Celsius(p.Thermal.GPUMaxCelsius)
	g := proc.Guards{ConsentFile: a.consentFile(), PauseFile: a.pauseFile(), ThermalMax: &hot, GPUMax: &card, FanStop: p.Thermal.FanStop,
		StopOnBattery: p.Battery.Pause, SensorRoot: a.o.Root}
	if r := p.Thermal.ResumeBelow; r != nil {
		cool := adit.Celsius(*r)
		g.ThermalResume = &cool
	}
	if s := w.Args.Settings; s != nil && s.PauseOnBattery != nil {
		g.StopOnBattery = *s.PauseOnBattery
	}
	if after := a.idleAfter(w); after > 0 {
		at := a.places()
		g.Idle = &proc.IdleGuard{File: a.idleFile(w.Args.Name), After: after, Sources: p.Idle.Sources, Root: at.Root, Bus: at.Bus,
			Display: at.Display, Alone: at.Alone}
		if len(g.Idle.Sources) == 0 {
			g.Idle.Sources = policy.Sources()
		}
	}
	return g
}

// threadsFor is how many threads a program gets: its own number, else the policy's share of the CPU's, nil = its choice.
func (a *Agent) threadsFor(w want) *int {
	share := a.policyNow().CPU.MaxPercent
	if w.Args.Threads != nil || len(w.Args.Affinity) > 0 || share == nil || *share >= 100 {
		return w.Args.Threads
	}
	if s := w.Args.Settings; s != nil && (s.CPUMaxThreadsHint != nil || s.NoCPU != nil && *s.NoCPU) {
		return nil // said in the program's own words; it takes no number beside them
	}
	n := max(1, int(math.Round(float64(runtime.NumCPU())**share/100)))
	return &n
}

// settingsFor leaves out of a program's settings what adit itself acts on, outside the program.
func settingsFor(s *device.Settings) *device.Settings {
	if s == nil {
		return nil
	}
	out := *s
	out.PauseOnActive, out.PauseOnBattery = nil, nil
	return &out
}
