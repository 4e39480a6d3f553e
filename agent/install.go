package agent

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/install"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
)

// ownEngine is adit's own engine. It comes with adit and is not installed by it.
const ownEngine = "adit-miner"

// Kinds of events.
const (
	evInstalled   = "program.installed"
	evUninstalled = "program.uninstalled"
	evNotInstall  = "program.install-failed"
	evUnsafe      = "program.quarantined"
	evCatalogue   = "program.catalogue"
)

// ProgramsDir is the folder of installed programs in a data directory.
func ProgramsDir(dir string) string { return filepath.Join(dir, "agent", "programs") }

// openInstaller makes the installer; what an earlier one left half-done is removed.
func (a *Agent) openInstaller() error {
	i, err := install.New(install.Options{
		Dir: ProgramsDir(a.o.Dir), Keys: a.o.CatalogueKeys, Known: a.drives, Tell: a.tellInstall, Go: a.loops.Go, Log: a.log,
	})
	if err != nil {
		return err
	}
	a.installer = i
	return nil
}

// drives reports whether there is a driver for a program that is not adit's own.
func (a *Agent) drives(program string) bool {
	d, err := a.o.Registry.Driver(program)
	return err == nil && d.Kind == device.KindSoftware && d.Name != ownEngine
}

// programName is a program's one name, where it is known by another.
func (a *Agent) programName(name string) (string, error) {
	d, err := a.o.Registry.Driver(name)
	switch {
	case err != nil:
		return name, nil // the catalogue may know it
	case d.Name == ownEngine:
		return "", adit.Errorf(adit.Unsupported, "%s comes with adit: there is nothing to install, update or remove", ownEngine)
	case d.Kind != device.KindSoftware:
		return "", adit.InvalidField("program", "%q is no mining program", d.Name)
	}
	return d.Name, nil
}

func (a *Agent) install(_ context.Context, o wire.Order) (any, error) {
	w, err := args[wire.InstallArgs](o)
	if err != nil {
		return nil, err
	}
	if w.Program, err = a.programName(w.Program); err != nil {
		return nil, err
	}
	return a.installer.Start(a.run, w) // it goes on when the order is answered
}

func (a *Agent) cancelInstall(_ context.Context, o wire.Order) (any, error) {
	w, err := args[wire.JobArgs](o)
	if err != nil {
		return nil, err
	}
	return nil, a.installer.Cancel(w.ID)
}

func (a *Agent) programArgs(o wire.Order) (wire.ProgramArgs, error) {
	w, err := args[wire.ProgramArgs](o)
	if err == nil {
		w.Program, err = a.programName(w.Program)
	}
	return w, err
}

// uninstall removes a program unless it runs or is to run. No program is started meanwhile.
func (a *Agent) uninstall(_ context.Context, o wire.Order) (any, error) {
	w, err := a.programArgs(o)
	if err != nil {
		return nil, err
	}
	a.installing.Lock()
	defer a.installing.Unlock()
	if err := a.unused(w); err != nil {
		return nil, err
	}
	u, err := a.installer.Uninstall(w.Program, w.Version)
	if err == nil {
		a.tell(evUninstalled, info, "", "%s %s was uninstalled by %s", u.Program, strings.Join(u.Versions, ", "), who(o))
	}
	return u, err
}

// unused refuses to remove what runs, or will be started again by itself, by name.
func (a *Agent) unused(w wire.ProgramArgs) error {
	var names []string
	for _, u := range a.programs() {
		v := u.view()
		switch {
		case v.prog != nil && a.installer.Store().Within(v.spec.Path, w.Program, w.Version):
			names = append(names, u.name)
		case v.prog == nil && u.wanted() && u.driver.Name == w.Program:
			names = append(names, u.name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return adit.Errorf(adit.Conflict, "%s runs as %s: stop it first (adit stop %s)", w.Program, strings.Join(names, ", "), strings.Join(names, " "))
}

func (a *Agent) pinVersion(_ context.Context, o wire.Order) (any, error) {
	w, err := a.programArgs(o)
	if err != nil {
		return nil, err
	}
	return nil, a.installer.Store().Pin(w.Program, w.Version)
}

func (a *Agent) useVersion(_ context.Context, o wire.Order) (any, error) {
	w, err := a.programArgs(o)
	if err != nil {
		return nil, err
	}
	return nil, a.installer.Store().Use(w.Program, w.Version)
}

func (a *Agent) addCatalogue(_ context.Context, o wire.Order) (any, error) {
	w, err := args[wire.CatalogueArgs](o)
	if err != nil {
		return nil, err
	}
	if err := a.installer.AddCatalogue(w.Catalogue, w.Signature); err != nil {
		return nil, err
	}
	c := a.installer.Catalogue()
	a.tell(evCatalogue, info, "", "%s added the signed catalogue number %d", who(o), c.Serial)
	return c, nil
}

func (a *Agent) installs(context.Context, wire.Query) (any, error) {
	return a.installer.Installs(), nil
}

func (a *Agent) catalogue(context.Context, wire.Query) (any, error) {
	return a.installer.Catalogue(), nil
}

func (a *Agent) installJob(_ context.Context, q wire.Query) (any, error) {
	w, err := wire.Unmarshal[wire.JobArgs](q.Args)
	if err != nil {
		return nil, err
	}
	return a.installer.Job(w.ID)
}

// tellInstall tells the hub how far an installation is, and the journal how it ended.
func (a *Agent) tellInstall(j wire.Job) {
	a.send(wire.Frame{Kind: wire.FrameInstall, Install: &j})
	switch j.Phase {
	case wire.JobDone:
		a.tell(evInstalled, info, "", "%s %s was installed", j.Program, j.Version)
	case wire.JobFailed:
		a.tell(evNotInstall, warn, "", "%s could not be installed: %s", j.Program, j.Reason)
	}
}

// find is the program to run: the one adit installed, else the one its driver finds on this computer.
func (a *Agent) find(d device.Driver, name string) (path string, err error) {
	if a.installer != nil {
		p, err := a.installer.Store().Find(d.Name)
		if err == nil {
			return p.Binary, nil
		}
		if adit.CodeOf(err) != adit.NotFound {
			return "", err
		}
	}
	err = a.shield(name, "find", func() (err error) { path, err = d.Find(); return err })
	if err != nil && a.installable(d.Name) {
		err = adit.Errorf(adit.NotFound, "%s is not installed: adit install %s", d.Name, d.Name)
	}
	return path, err
}

func (a *Agent) installable(program string) bool {
	if a.installer == nil || program == ownEngine {
		return false
	}
	_, ok := a.installer.Newest(program)
	return ok
}

// recorded checks a program that adit installed, file by file, and returns the digest by which its shim checks it at each
// start; "" for one that adit did not install.
func (a *Agent) recorded(path string) (string, error) {
	if a.installer == nil {
		return "", nil
	}
	digest, err := a.installer.Store().Ready(path)
	if install.JustQuarantined(err) {
		a.tell(evUnsafe, crit, "", "a program was not started: %s", reasonOf(err))
	}
	return digest, err
}

// brokenEvery is how often installed programs are looked at for being there: an antivirus removes them at any time.
const brokenEvery = 10 * time.Second

// brokenPrograms are the installed programs that cannot be started.
func (a *Agent) brokenPrograms() []wire.Broken {
	if a.installer == nil {
		return nil
	}
	a.mu.Lock()
	old, due := a.broken, time.Since(a.brokenAt) >= brokenEvery
	a.mu.Unlock()
	if !due {
		return old
	}
	now := a.installer.Store().Broken()
	a.mu.Lock()
	a.broken, a.brokenAt = now, time.Now()
	a.mu.Unlock()
	return now
}

// installed fills in what the catalogue and the installed versions say of a program.
func (a *Agent) installed(v *wire.Available) {
	if a.installer == nil || v.Name == ownEngine {
		return
	}
	all := a.installer.Installs()
	for _, i := range all.Installed {
		if i.Program != v.Name {
			continue
		}
		v.Versions = append(v.Versions, i.Version)
		if !i.Current {
			continue
		}
		v.Managed, v.State, v.Digest, v.Version = true, i.State, i.Digest, i.Version
		v.Licence, v.Source, v.DigestSource = i.Licence, i.Source, i.DigestSource
		if i.FeePercent != nil {
			v.FeePercent = i.FeePercent
		}
		if i.State != wire.InstallOK {
			v.Path, v.Why = "", i.Words
		}
	}
	for _, u := range all.Updates {
		if u.Program == v.Name {
			v.Update = u.To
		}
	}
	if i := slices.IndexFunc(all.Pins, func(p wire.Pin) bool { return p.Program == v.Name }); i >= 0 {
		v.Pinned = all.Pins[i].Version
	}
	e, ok := a.installer.Newest(v.Name)
	if !ok {
		return
	}
	v.Installable, v.Newest = true, e.Version
	if !v.Managed {
		v.Licence, v.Source, v.DigestSource = e.Licence, e.Source, e.DigestSource
		if v.FeePercent == nil {
			v.FeePercent = e.FeePercent
		}
	}
}
