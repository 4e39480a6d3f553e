package agent

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/internal/wording"
)

const adoptPatience = 30 * time.Second

func desiredFile(dir string) string { return filepath.Join(dir, "agent", "desired.json") }

func (a *Agent) desiredFile() string { return desiredFile(a.o.Dir) }

// remember makes a unit of every program that was ever started here and not forgotten.
func (a *Agent) remember() {
	a.saving.Lock()
	defer a.saving.Unlock()
	d, err := readDesired(a.desiredFile())
	if err != nil {
		a.damaged = true
		a.putAside(err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fence, a.remembered = d.Fence, true
	for _, w := range d.Wants {
		drv, err := a.o.Registry.Driver(w.Args.Driver)
		if err != nil || drv.Launch == nil || a.units[w.Args.Name] != nil {
			a.log.Warn("a program on record is left out", "name", w.Args.Name, "driver", w.Args.Driver, "err", err)
			continue
		}
		a.units[w.Args.Name] = &unit{name: w.Args.Name, driver: drv, want: w}
	}
}

// save records what should run.
func (a *Agent) save() error {
	a.saving.Lock()
	defer a.saving.Unlock()
	a.mu.Lock()
	d := desired{Version: desiredVersion, Fence: a.fence}
	remembered, ends := a.remembered, a.ends
	a.mu.Unlock()
	switch {
	case !remembered && ends:
		return wantNothing(a.desiredFile())
	case !remembered:
		return adit.Errorf(adit.Unreachable, "the agent has only just begun")
	case a.guarded:
		return adit.Errorf(adit.Internal, "what should run is not recorded: %s cannot be read and could not be put aside; move it away", a.desiredFile())
	}
	for _, u := range a.programs() {
		u.mu.Lock()
		d.Wants = append(d.Wants, u.want)
		u.mu.Unlock()
	}
	return a.records.desired(a.desiredFile(), d)
}

// putAside keeps a record of what should run that cannot be read, because the next one would be written over it.
func (a *Agent) putAside(why error) {
	aside := a.desiredFile() + ".unread-" + time.Now().UTC().Format("20060102T150405.000")
	if err := os.Rename(a.desiredFile(), aside); err != nil {
		a.guarded = true
		a.tell(evAgent, crit, "", "what should run cannot be read (%v) nor be put aside (%v); programs that still run are kept, nothing else is started or recorded", why, err)
		return
	}
	a.tell(evAgent, crit, "", "what should run cannot be read (%v) and was put aside as %s; programs that still run are kept, nothing else is started", why, filepath.Base(aside))
}

// adopt takes over the programs that an earlier agent left running: those that are wanted are tended, others are stopped.
func (a *Agent) adopt(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, adoptPatience)
	defer cancel()
	ps, err := a.sup.Adopt(ctx)
	if err != nil && adit.CodeOf(err) != adit.Unsupported {
		a.tell(evAgent, warn, "", "not every program that was left running could be taken over: %v", err)
	}
	for _, p := range ps {
		a.adoptOne(ctx, p)
	}
}

func (a *Agent) adoptOne(ctx context.Context, p program) {
	spec := p.Spec()
	var n notes
	if err := json.Unmarshal(spec.Meta, &n); err != nil {
		a.dismiss(ctx, p, "its notes cannot be read")
		return
	}
	a.mu.Lock()
	u, known := a.units[spec.Name]
	a.mu.Unlock()
	switch {
	case a.ending():
		a.dismiss(ctx, p, "adit ends")
		return
	case known && u.host():
		a.dismiss(ctx, p, "its name is taken by this computer itself")
		return
	case known && !u.wanted():
		a.dismiss(ctx, p, "it is not wanted any more")
		return
	case !known && !a.damaged && !spec.Practice:
		a.dismiss(ctx, p, "nobody wants it")
		return
	case !known:
		drv, err := a.o.Registry.Driver(spec.Driver)
		if err != nil {
			a.dismiss(ctx, p, err.Error())
			return
		}
		n.Want.Args.Name, n.Want.Args.Driver, n.Want.Desired = spec.Name, drv.Name, wantRunning
		u = &unit{name: spec.Name, driver: drv, want: n.Want}
		a.mu.Lock()
		a.units[spec.Name] = u
		a.mu.Unlock()
		if err := a.save(); err != nil {
			a.log.WarnContext(ctx, "what should run is not remembered", "err", err)
		}
	}
	u.order.Lock()
	defer u.order.Unlock()
	g := a.guardsFor(u.wish())
	if err := p.Update(ctx, proc.Change{Guards: &g}); err != nil { // an older adit may have guarded it otherwise
		a.log.WarnContext(ctx, "a program keeps the guards it was started with", "name", spec.Name, "err", err)
	}
	a.take(ctx, u, p, n.Endpoint, n.PortFile)
	a.tell(evAdopted, info, u.name, "%s was running and is looked after again%s", u.name, since(p.Status()))
}

func since(s proc.Status) string {
	if s.Started == nil {
		return ""
	}
	return ", hashing since " + wording.Time(*s.Started)
}

// dismiss stops a program that should not run. An agent that ends meanwhile leaves it to the next one.
func (a *Agent) dismiss(ctx context.Context, p program, why string) {
	name := p.Spec().Name
	defer p.Close()
	if err := p.Stop(ctx); err != nil {
		a.tell(evAgent, crit, name, "%s was left running, %s, and does not end: %v", name, why, err)
		return
	}
	a.tell(evStopped, warn, name, "%s was left running and was stopped: %s", name, why)
}
