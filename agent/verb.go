package agent

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
)

// verbs is the table of orders.
var verbs = map[wire.Verb]func(*Agent, context.Context, wire.Order) (any, error){
	wire.VerbStart:         (*Agent).start,
	wire.VerbStop:          (*Agent).stop,
	wire.VerbRestart:       (*Agent).restart,
	wire.VerbRelease:       (*Agent).release,
	wire.VerbAgain:         (*Agent).startAgain,
	wire.VerbPause:         (*Agent).pause,
	wire.VerbResume:        (*Agent).resume,
	wire.VerbSetPools:      (*Agent).setPools,
	wire.VerbConsentGrant:  (*Agent).grant,
	wire.VerbConsentRevoke: (*Agent).revoke,
	wire.VerbStdin:         (*Agent).stdin,
	wire.VerbPolicy:        (*Agent).setPolicy,

	wire.VerbInstall:       (*Agent).install,
	wire.VerbInstallCancel: (*Agent).cancelInstall,
	wire.VerbUninstall:     (*Agent).uninstall,
	wire.VerbPin:           (*Agent).pinVersion,
	wire.VerbUse:           (*Agent).useVersion,
	wire.VerbCatalogue:     (*Agent).addCatalogue,
}

func (a *Agent) start(ctx context.Context, o wire.Order) (any, error) {
	s, err := args[wire.StartArgs](o)
	if err != nil {
		return nil, err
	}
	d, err := a.checkStart(&s)
	if err != nil {
		return nil, err
	}
	u, fresh, err := a.claim(s, d)
	if err != nil {
		return nil, err
	}
	defer u.order.Unlock()
	if err := a.launch(ctx, u); err != nil {
		a.giveUp(u, fresh)
		return nil, err
	}
	a.tell(evStarted, info, u.name, "%s was started by %s", u.name, who(o))
	return wire.StartResult{Device: a.id.ID.Device(u.name), Name: u.name}, nil
}

// checkStart says what is wrong with a wish, and whether mining is allowed, before anything is touched.
func (a *Agent) checkStart(s *wire.StartArgs) (device.Driver, error) {
	d, err := a.checkWish(s)
	if err != nil {
		return d, err
	}
	if c := a.consent(); !c.Granted {
		return d, adit.Errorf(adit.NoConsent, "%s: allow mining on this computer first", c.Words)
	}
	return d, nil
}

// checkWish says what is wrong with a wish; to ask needs no consent.
func (a *Agent) checkWish(s *wire.StartArgs) (device.Driver, error) {
	d, err := a.o.Registry.Driver(s.Driver)
	if err != nil {
		return d, err
	}
	s.Driver = d.Name
	if s.Name == "" {
		s.Name = d.Name
	}
	switch {
	case d.Launch == nil || d.Find == nil:
		return d, adit.InvalidField("driver", "%q is no mining program", d.Name)
	case !adit.ValidName(s.Name):
		return d, adit.InvalidField("name", "%q: use lower-case letters, digits, '.', '_' and '-', at most 64, starting with a letter or digit", s.Name)
	case len(s.Pools) == 0 && !s.Practice:
		return d, adit.InvalidField("pools", "name a pool as stratum+tcp://HOST:PORT; there is no default")
	case s.CPUMax != nil && !(*s.CPUMax > 0 && *s.CPUMax <= 100):
		return d, adit.InvalidField("cpuMax", "%v is not over 0 and up to 100 per cent", *s.CPUMax)
	}
	for i, p := range s.Pools {
		if p.URL == "" {
			return d, adit.InvalidField(fmt.Sprintf("pools[%d].url", i), "is missing")
		}
	}
	return d, nil
}

// claim returns the unit to start, with its order lock held, and whether it is new; Conflict where it runs.
func (a *Agent) claim(s wire.StartArgs, d device.Driver) (u *unit, fresh bool, err error) {
	a.mu.Lock()
	u, ok := a.units[s.Name]
	if ok && u.host() {
		a.mu.Unlock()
		return nil, false, adit.Errorf(adit.Conflict, "the name %q is taken by this computer itself: choose another", s.Name)
	}
	if !ok {
		u = &unit{name: s.Name, driver: d, want: want{Desired: wantStopped}}
		a.units[s.Name] = u
	}
	a.mu.Unlock()
	u.order.Lock()
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.prog != nil {
		u.order.Unlock()
		return nil, false, adit.Errorf(adit.Conflict, "%s runs already: stop it first, or choose another name", s.Name)
	}
	if u.driver.Name != d.Name {
		u.want.Port = 0
	}
	u.driver = d
	u.want.Args, u.want.Desired = s, wantRunning
	u.given, u.lost, u.tries, u.retry, u.pool, u.threads = false, nil, 0, time.Time{}, "", 0
	return u, !ok, nil
}

// giveUp forgets a wish that could not be fulfilled at once: nobody expects it to come true later.
func (a *Agent) giveUp(u *unit, fresh bool) {
	u.mu.Lock()
	u.want.Desired = wantStopped
	u.mu.Unlock()
	if fresh {
		a.mu.Lock()
		delete(a.units, u.name)
		a.mu.Unlock()
		now := time.Now().UTC()
		a.send(wire.Frame{Kind: wire.FrameFacts, Facts: &wire.DeviceFacts{Device: a.id.ID.Device(u.name), Gone: true, At: now, Since: now}})
	}
	if err := a.save(); err != nil {
		a.log.Error("what should run is not remembered", "err", err)
	}
}

func (a *Agent) stop(ctx context.Context, o wire.Order) (any, error) {
	u, err := a.unit(o.Device)
	if err != nil {
		return nil, err
	}
	_, err = a.halt(ctx, u)
	if err == nil {
		a.tell(evStopped, info, u.name, "%s was stopped by %s", u.name, who(o))
	}
	if unsaved := a.save(); err == nil && unsaved != nil {
		err = adit.Errorf(adit.Refused, "%s is stopped, but that could not be recorded, so it may start again with adit: %w", u.name, unsaved)
	}
	return nil, err
}

func (a *Agent) restart(ctx context.Context, o wire.Order) (any, error) {
	u, err := a.unit(o.Device)
	if err != nil {
		return nil, err
	}
	u.order.Lock()
	defer u.order.Unlock()
	if p := u.running(); p != nil {
		if err := p.Restart(ctx, "restarted by "+who(o)); err != nil {
			return nil, err
		}
	} else if err := a.again(ctx, u); err != nil {
		return nil, err
	}
	a.tell(evRestarted, info, u.name, "%s was restarted by %s", u.name, who(o))
	return nil, nil
}

func (a *Agent) release(ctx context.Context, o wire.Order) (any, error) {
	u, err := a.unit(o.Device)
	if err != nil {
		return nil, err
	}
	u.order.Lock()
	defer u.order.Unlock()
	u.mu.Lock()
	u.given, u.lost = false, nil
	u.mu.Unlock()
	u.pardon()
	if p := u.running(); p != nil {
		if ph := p.Status().Phase; ph != proc.Quarantined && ph != proc.BackingOff {
			return nil, adit.Errorf(adit.Conflict, "%s is not in quarantine", u.name)
		}
		if err := p.Release(ctx); err != nil {
			return nil, err
		}
	} else if err := a.again(ctx, u); err != nil {
		return nil, err
	}
	a.tell(evReleased, info, u.name, "%s was released by %s", u.name, who(o))
	return nil, nil
}

// again starts a program that was started before. The caller holds u.order.
func (a *Agent) again(ctx context.Context, u *unit) error {
	u.mu.Lock()
	u.want.Desired = wantRunning
	u.given, u.lost, u.tries, u.retry = false, nil, 0, time.Time{}
	u.mu.Unlock()
	if err := a.launch(ctx, u); err != nil {
		a.giveUp(u, false)
		return err
	}
	return nil
}

func (a *Agent) setPools(ctx context.Context, o wire.Order) (any, error) {
	ps, err := args[wire.PoolsArgs](o)
	if err != nil {
		return nil, err
	}
	if len(ps.Pools) == 0 {
		return nil, adit.InvalidField("pools", "name at least one pool")
	}
	u, err := a.unit(o.Device)
	if err != nil {
		return nil, err
	}
	u.order.Lock()
	defer u.order.Unlock()
	return nil, a.changePools(ctx, u, ps.Pools)
}

// changePools gives a program other pools: a running one at once, and its files in any case, so that a restart keeps them.
func (a *Agent) changePools(ctx context.Context, u *unit, pools []device.Pool) error {
	u.mu.Lock()
	w, p, dev := u.want, u.prog, u.dev
	u.mu.Unlock()
	w.Args.Pools = pools
	l, err := a.render(u.driver, w) // checks the pools too
	if err != nil {
		return err
	}
	if p != nil && p.Status().Phase == proc.Running {
		setter, can := device.As[device.PoolSetter](dev)
		if !can {
			return adit.Errorf(adit.Unsupported, "%s cannot change its pool while it runs: stop it and start it with the new one", u.name)
		}
		if err := a.shield(u.name, "pools", func() error { return setter.SetPools(ctx, pools) }); err != nil {
			return err
		}
	} else if err := a.writeFiles(l); err != nil {
		return err // nothing has changed
	}
	// From here on the program has the new pools, or will at its next start: whatever cannot be written, that is what is told.
	u.mu.Lock()
	u.want.Args.Pools = pools
	w, at, file := u.want, u.endpoint, u.portFile
	u.mu.Unlock()
	err = a.writeFiles(l)
	if p != nil {
		err = errors.Join(err, a.note(ctx, p, w, at, file))
	}
	if err = errors.Join(err, a.save()); err != nil {
		return adit.Errorf(adit.Refused, "%s has the new pools, but they could not be recorded, so it may go back to the old ones when it is started again: %w", u.name, err)
	}
	return nil
}

// note tells the shim what the next agent must know.
func (a *Agent) note(ctx context.Context, p program, w want, at device.Address, portFile string) error {
	meta, err := w.notes(at, portFile)
	if err != nil {
		return err
	}
	return p.Update(ctx, proc.Change{Meta: meta})
}

func (a *Agent) stdin(ctx context.Context, o wire.Order) (any, error) {
	l, err := args[wire.StdinArgs](o)
	if err != nil {
		return nil, err
	}
	if strings.ContainsAny(l.Line, "\n\r\x00") {
		return nil, adit.InvalidField("line", "one line at a time, without a line end")
	}
	u, err := a.unit(o.Device)
	if err != nil {
		return nil, err
	}
	p := u.running()
	if p == nil {
		return nil, adit.Errorf(adit.Conflict, "%s does not run", u.name)
	}
	return nil, p.Stdin(ctx, []byte(l.Line+"\n"))
}

func actor(o wire.Order) adit.Actor { return adit.Actor{ID: o.Actor, Name: o.Actor, Via: o.Via} }

// who names the one who gave an order, for people.
func who(o wire.Order) string {
	if o.Actor == "" {
		return "somebody"
	}
	if o.Via == "" {
		return o.Actor
	}
	return o.Actor + " (" + o.Via + ")"
}
