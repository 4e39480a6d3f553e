package agent

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/internal/atomicfile"
	"github.com/adit-mining/adit/internal/portfile"
)

const (
	practiceNice  = 19 // practice earns nothing, so everything else goes first
	openPatience  = 5 * time.Second
	startPatience = 20 * time.Second
)

// launch starts a unit's program under a new shim. The caller holds u.order.
func (a *Agent) launch(ctx context.Context, u *unit) error {
	err := a.tryLaunch(ctx, u)
	u.mu.Lock()
	u.failed = ""
	if err != nil {
		u.failed = reasonOf(err)
	} else {
		u.tries, u.retry = 0, time.Time{}
	}
	u.mu.Unlock()
	return err
}

func (a *Agent) tryLaunch(ctx context.Context, u *unit) error {
	if c := a.consent(); !c.Granted {
		return adit.Errorf(adit.NoConsent, "%s: allow mining on this computer first", c.Words)
	}
	switch {
	case a.ending():
		return adit.Errorf(adit.Unreachable, "adit ends")
	case a.unwrittenPause() != nil:
		return adit.Errorf(adit.Conflict, "mining is paused, and the disk takes no record of it by which a program would know: resume, or make room")
	}
	u.mu.Lock()
	if u.want.Token == "" {
		u.want.Token = adit.NewID()
	}
	w := u.want
	u.mu.Unlock()
	if err := a.save(); err != nil { // first, so that an agent killed now knows what to adopt
		return err
	}
	l, err := a.render(u.driver, w)
	if err != nil {
		return err
	}
	if err := a.prepare(l); err != nil {
		return err
	}
	a.installing.RLock() // nothing is uninstalled from here until it runs
	defer a.installing.RUnlock()
	spec, err := a.spec(u.driver, w, l)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	a.judgeUsers(u) // its shim must hear of it before it starts
	p, err := a.sup.Start(ctx, spec)
	if err != nil {
		return err
	}
	a.take(ctx, u, p, l.Endpoint, portFile(l))
	return nil
}

// render asks the driver how to run the program.
func (a *Agent) render(d device.Driver, w want) (device.Launch, error) {
	path, err := a.find(d, w.Args.Name)
	if err != nil {
		return device.Launch{}, err
	}
	if err := os.MkdirAll(a.workDir(w.Args.Name), 0o700); err != nil {
		return device.Launch{}, adit.Errorf(adit.Internal, "the folder of %s cannot be made: %w", w.Args.Name, err)
	}
	return a.launchOf(d, w, path)
}

// launchOf asks the driver how to run the program at path; it writes nothing.
func (a *Agent) launchOf(d device.Driver, w want, path string) (device.Launch, error) {
	req := device.LaunchRequest{Name: w.Args.Name, Path: path, Dir: a.viewDir(w.Args.Name), Algorithm: w.Args.Algorithm,
		Pools: w.Args.Pools, Threads: a.threadsFor(w), Affinity: w.Args.Affinity, HugePages: w.Args.HugePages,
		Settings: settingsFor(w.Args.Settings), Port: w.Port, Token: w.Token}
	var l device.Launch
	err := a.shield(w.Args.Name, "launch", func() (err error) { l, err = d.Launch(req); return err })
	return a.ashore(w.Args.Name, l), err
}

// prepare writes the program's files and removes what an earlier run wrote about its port.
func (a *Agent) prepare(l device.Launch) error {
	if err := a.writeFiles(l); err != nil {
		return err
	}
	if l.PortFile == "" {
		return nil
	}
	if err := os.Remove(filepath.Join(l.Dir, l.PortFile)); err != nil && !os.IsNotExist(err) {
		return adit.Errorf(adit.Internal, "the old port file cannot be removed: %w", err)
	}
	return nil
}

func (a *Agent) writeFiles(l device.Launch) error {
	for name, content := range l.Files {
		if filepath.Base(name) != name {
			return adit.Errorf(adit.Internal, "the driver names a file outside the program's folder")
		}
		path := filepath.Join(l.Dir, name)
		err := atomicfile.Write(path, content, 0o600)
		if u := a.account(); u != nil && err == nil {
			err = proc.Give(path, *u)
		}
		if err != nil {
			return adit.Errorf(adit.Internal, "the program's configuration cannot be written: %w", err)
		}
	}
	return nil
}

// spec is what the shim gets: the program, its limits and the agent's notes.
func (a *Agent) spec(d device.Driver, w want, l device.Launch) (proc.Spec, error) {
	meta, err := w.notes(l.Endpoint, portFile(l))
	if err != nil {
		return proc.Spec{}, err
	}
	digest, err := a.recorded(l.Path)
	if err != nil {
		return proc.Spec{}, err
	}
	s := proc.Spec{
		Name: w.Args.Name, Driver: d.Name, Path: l.Path, Digest: digest, Args: l.Args, Env: l.Env, Dir: l.Dir, Practice: w.Args.Practice, Meta: meta,
		MemoryMax: w.Args.MemoryMax, Guards: a.guardsFor(w), User: a.account(),
	}
	if w.Args.Practice {
		s.Nice = practiceNice
	}
	if w.Args.Nice != nil {
		s.Nice = *w.Args.Nice
	}
	if p := w.Args.CPUMax; p != nil {
		cpus := float64(*p) / 100 * float64(runtime.NumCPU())
		s.CPUMax = &cpus
	}
	return s, nil
}

func (w want) notes(endpoint device.Address, portFile string) (json.RawMessage, error) {
	b, err := json.Marshal(notes{Want: w, Endpoint: endpoint, PortFile: portFile})
	if err != nil {
		return nil, adit.Errorf(adit.Internal, "the program's address cannot be noted: %w", err)
	}
	return b, nil
}

// portFile is the absolute path of the file in which the program writes its port, "" where it writes none.
func portFile(l device.Launch) string {
	if l.PortFile == "" {
		return ""
	}
	return filepath.Join(l.Dir, l.PortFile)
}

// take makes a running program the unit's: it opens the device and begins to tend both.
func (a *Agent) take(ctx context.Context, u *unit, p program, endpoint device.Address, portFile string) {
	ctx, cancel := context.WithTimeout(ctx, openPatience)
	defer cancel()
	endpoint = withPort(endpoint, portfile.Read(portFile))
	dev, info, err := a.open(ctx, u.name, u.driver, endpoint)
	if err != nil {
		a.log.ErrorContext(ctx, "a program runs and cannot be read", "name", u.name, "err", err)
	}
	u.mu.Lock()
	u.prog, u.dev, u.info, u.endpoint, u.portFile = p, dev, info, endpoint, portFile
	u.phase, u.hold, u.snap, u.missed, u.why = p.Status().Phase, "", nil, 0, ""
	u.mu.Unlock()
	a.loops.Go(func() { a.tend(a.run, u, p) })
}

func shimDir(dir string) string { return filepath.Join(dir, "agent", "shims") }

func (a *Agent) shimDir() string     { return shimDir(a.o.Dir) }
func (a *Agent) consentFile() string { return filepath.Join(a.o.Dir, "consent.json") }
func (a *Agent) pauseFile() string   { return filepath.Join(a.o.Dir, "pause.json") }
