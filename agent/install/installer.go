package install

import (
	"context"
	"log/slog"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
)

// jobsAtOnce bounds the installations under way.
const jobsAtOnce = 4

// Options of an Installer. Dir is needed.
type Options struct {
	Dir  string   // folder of the programs; made where absent
	Keys []string // minisign public keys of signed catalogues; nil = those of this build, see Keys
	// Platform is that of this computer, GOOS/GOARCH; "" = this one's.
	Platform string
	// Known reports whether there is a driver for a program that the catalogue does not have; nil = there is none.
	Known func(program string) bool
	// Tell hears how far a job is, at most twice a second, and of each phase; nil = nobody does. It must be quick.
	Tell func(wire.Job)
	// Go starts a goroutine that the caller waits for at its end; nil = Wait waits for it.
	Go  func(func())
	Now func() time.Time // nil = time.Now
	Log *slog.Logger     // nil = silent

	// Transport of downloads; nil = the standard one, with proxies from the environment.
	Transport http.RoundTripper
	// Stall is how long a download may bring nothing; 0 = 30 s. Wait is the pause before it is tried again; 0 = 1 s.
	Stall, Wait time.Duration

	bounds bounds
}

// Installer installs programs in the background. Its methods may be called from several goroutines.
type Installer struct {
	o     Options
	store *Store
	shelf *shelf
	fetch *fetcher
	loops sync.WaitGroup

	mu   sync.Mutex
	jobs []*job // oldest first
}

// New makes an installer; it changes nothing on disk. At an agent's start Sweep is to be called.
func New(o Options) (*Installer, error) {
	if o.Dir == "" {
		return nil, adit.InvalidField("dir", "name the folder of the programs")
	}
	if o.Keys == nil {
		o.Keys = strings.Split(Keys, ",")
	}
	keys, err := parseKeys(o.Keys)
	if err != nil {
		return nil, err
	}
	i := &Installer{}
	o.fill(i)
	i.o, i.store = o, OpenStore(o.Dir, o.Now)
	i.shelf = &shelf{dir: o.Dir, keys: keys, now: o.Now}
	i.fetch = newFetcher(filepath.Join(o.Dir, fetchDir), o.Transport, o.Stall, o.Wait, o.bounds.reserve)
	return i, nil
}

func (o *Options) fill(i *Installer) {
	if o.Platform == "" {
		o.Platform = runtime.GOOS + "/" + runtime.GOARCH
	}
	if o.Known == nil {
		o.Known = func(string) bool { return false }
	}
	if o.Tell == nil {
		o.Tell = func(wire.Job) {}
	}
	if o.Go == nil {
		o.Go = i.loops.Go
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Stall == 0 {
		o.Stall = stallAfter
	}
	if o.Wait == 0 {
		o.Wait = firstWait
	}
	if o.bounds == (bounds{}) {
		o.bounds = defaultBounds
	}
}

// Store is where the programs lie.
func (i *Installer) Store() *Store { return i.store }

// Wait waits for the jobs that Options.Go did not take.
func (i *Installer) Wait() { i.loops.Wait() }

// Start begins an installation and returns its job at once; it ends with ctx. A program that is being installed
// already is a Conflict.
func (i *Installer) Start(ctx context.Context, a wire.InstallArgs) (wire.Job, error) {
	p, err := i.plan(a)
	if err != nil {
		return wire.Job{}, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	at := i.o.Now().UTC()
	j := &job{i: i, p: p, cancel: cancel, now: wire.Job{ID: adit.NewID(), Program: p.program, Version: p.version, Phase: wire.JobWaiting, Started: at, At: at}}
	if err := i.admit(j); err != nil {
		cancel(nil)
		return wire.Job{}, err
	}
	now := j.now // before it runs
	i.o.Go(func() {
		defer cancel(nil)
		j.run(ctx)
	})
	return now, nil
}

// admit puts a job among the others, unless its program is being installed or too many are.
func (i *Installer) admit(j *job) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.prune()
	running := 0
	for _, other := range i.jobs {
		if other.now.Ended() {
			continue
		}
		if running++; other.now.Program == j.now.Program {
			return adit.Errorf(adit.Conflict, "%s is being installed already (%s): wait for it, or cancel it", j.now.Program, other.now.Phase)
		}
	}
	if running >= jobsAtOnce {
		return adit.Errorf(adit.Conflict, "%d installations are under way: wait for one of them", running)
	}
	i.jobs = append(i.jobs, j)
	return nil
}

// prune forgets old jobs. The caller holds mu.
func (i *Installer) prune() {
	now := i.o.Now()
	i.jobs = slices.DeleteFunc(i.jobs, func(j *job) bool { return j.now.Ended() && now.Sub(j.now.At) > keepJobs })
	for n, j := range i.jobs {
		if len(i.jobs) <= maxJobs {
			break
		}
		if j.now.Ended() {
			i.jobs = slices.Delete(i.jobs, n, n+1)
			break
		}
	}
}

// Job is how far a job is; NotFound for one that ended long ago.
func (i *Installer) Job(id string) (wire.Job, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, j := range i.jobs {
		if j.now.ID == id {
			return j.now, nil
		}
	}
	return wire.Job{}, adit.Errorf(adit.NotFound, "there is no such installation; one is remembered for an hour, until adit ends")
}

// Jobs are those under way and those that ended within the last hour, the newest first.
func (i *Installer) Jobs() []wire.Job {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.prune()
	out := make([]wire.Job, 0, len(i.jobs))
	for _, j := range slices.Backward(i.jobs) {
		out = append(out, j.now)
	}
	return out
}

// Cancel ends a job.
func (i *Installer) Cancel(id string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, j := range i.jobs {
		if j.now.ID != id {
			continue
		}
		if j.now.Ended() {
			return adit.Errorf(adit.Conflict, "the installation of %s has ended already (%s)", j.now.Program, j.now.Phase)
		}
		j.cancel(errCancelled)
		return nil
	}
	return adit.Errorf(adit.NotFound, "there is no such installation")
}

// busy reports whether a program is being installed.
func (i *Installer) busy(program string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.ContainsFunc(i.jobs, func(j *job) bool { return j.now.Program == program && !j.now.Ended() })
}

// Uninstall removes one version of a program, or ("") all. Whether it runs is the caller's to check.
func (i *Installer) Uninstall(program, version string) (wire.Uninstalled, error) {
	switch {
	case !adit.ValidName(program):
		return wire.Uninstalled{}, adit.InvalidField("program", "it cannot name a program")
	case i.busy(program):
		return wire.Uninstalled{}, adit.Errorf(adit.Conflict, "%s is being installed right now: cancel that first", program)
	}
	removed, err := i.store.Remove(program, version)
	return wire.Uninstalled{Program: program, Versions: removed}, err
}

// Installs is what is installed, what is being installed, and what is new in the catalogue.
func (i *Installer) Installs() wire.Installs {
	out := wire.Installs{Jobs: i.Jobs(), Installed: []wire.Installed{}, Pins: []wire.Pin{}, Updates: []wire.Update{}}
	list, pins, words := i.store.Installed()
	out.Installed, out.Pins, out.Words = append(out.Installed, list...), append(out.Pins, pins...), words
	c := i.shelf.current()
	for _, v := range list {
		if e, ok := c.find(v.Program, "", i.o.Platform); ok && v.Current && compareVersions(e.Version, v.Version) > 0 {
			pinned := slices.ContainsFunc(pins, func(p wire.Pin) bool { return p.Program == v.Program })
			out.Updates = append(out.Updates, wire.Update{Program: v.Program, From: v.Version, To: e.Version, Pinned: pinned})
		}
	}
	return out
}

// Catalogue is the catalogue that counts, for people.
func (i *Installer) Catalogue() wire.Catalogue {
	c := i.shelf.current()
	out := wire.Catalogue{Serial: c.Serial, Origin: "built in", Key: c.key, Issued: &c.Issued, Expires: c.Expires, Platform: i.o.Platform,
		Accepts: len(i.shelf.keys) > 0, Words: c.words, Notes: c.Notes, Entries: []wire.CatalogueEntry{}}
	if c.signed {
		out.Origin = "signed"
	}
	for _, e := range c.Entries {
		out.Entries = append(out.Entries, wire.CatalogueEntry{Program: e.Program, Title: e.Title, Version: e.Version, Platform: e.Platform, URL: e.URL,
			SHA256: e.SHA256, DigestSource: e.DigestSource, Binary: e.Binary, Licence: e.Licence, Source: e.Source, FeePercent: e.FeePercent,
			Size: e.Size, Here: e.Platform == i.o.Platform})
	}
	return out
}

// AddCatalogue takes a signed catalogue in.
func (i *Installer) AddCatalogue(raw, signature []byte) error { return i.shelf.add(raw, signature) }

// Newest is the newest version of a program in the catalogue for this computer; ok is false where it has none.
func (i *Installer) Newest(program string) (e Entry, ok bool) {
	return i.shelf.current().find(program, "", i.o.Platform)
}
