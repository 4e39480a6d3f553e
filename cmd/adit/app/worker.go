package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/consent"
	"github.com/adit-mining/adit/coop/config"
	"github.com/adit-mining/adit/coop/enrol"
	"github.com/adit-mining/adit/coop/rpc"
	"github.com/adit-mining/adit/coop/worker"
	"github.com/adit-mining/adit/link/pki"
	"github.com/adit-mining/adit/stratum"
)

// WorkerOptions of a CrewWorker. Dir and Config are needed.
type WorkerOptions struct {
	Dir    string // data directory; made where absent
	Exe    string // adit's program, which becomes the engine's shim; "" = this one
	Miner  string // adit-miner; "" = found beside Exe, in libexec, in PATH
	Root   string // where /proc and /sys are read; "" = "/"
	Config config.Worker
	Log    *slog.Logger
	// OnChange hears when the worker's state or its reason changed; nil = nobody.
	OnChange func(worker.Status)
}

// CrewWorker is `adit worker`: a worker of a crew with its engine, in a folder of its own. Open it, Run it once.
type CrewWorker struct {
	o      WorkerOptions
	home   *worker.Home
	engine *WorkerEngine
	worker *worker.Worker
	health net.Listener   // nil = none
	renew  *enrol.Renewer // nil = its certificate is not one that a crew gave by a code
}

// OpenWorker takes the worker's folder and reads its certificates. It contacts nobody.
func OpenWorker(o WorkerOptions) (w *CrewWorker, err error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Exe == "" {
		if o.Exe, err = os.Executable(); err != nil {
			return nil, adit.Errorf(adit.Internal, "this program cannot find its own file: %w", err)
		}
	}
	if _, err := PrepareDataDir(o.Dir); err != nil {
		return nil, err
	}
	w = &CrewWorker{o: o}
	if w.home, err = worker.OpenHome(o.Dir, o.Config.ID); err != nil {
		return nil, err
	}
	if err := w.open(); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *CrewWorker) open() error {
	c := w.o.Config
	id, err := workerIdentity(w.o.Dir, c.Coordinator.TLS, w.o.Log)
	if err != nil {
		return err
	}
	w.engine, err = NewWorkerEngine(EngineOptions{
		Data: w.o.Dir, Dir: w.home.Dir, Exe: w.o.Exe, Miner: w.o.Miner, Root: w.o.Root, Mining: c.Mining, Resources: c.Resources, Log: w.o.Log,
	})
	if err != nil {
		return err
	}
	if why := w.engine.Missing(); why != "" {
		return adit.Errorf(adit.NotFound, "%s", why)
	}
	if id != nil && id.Files() == enrol.JoinedFiles(w.o.Dir) {
		w.renew = &enrol.Renewer{Files: id.Files(), Identity: id, Address: c.Coordinator.Address, Now: time.Now, Log: w.o.Log}
	}
	most := c.Coordinator.Reconnect.Delay
	w.worker, err = worker.New(worker.Options{
		Client: rpc.ClientOptions{
			Addresses: []string{c.Coordinator.Address}, Identity: id, Attempts: c.Coordinator.Reconnect.Attempts,
			Backoff: stratum.Backoff{Least: min(250*time.Millisecond, most), Most: most},
		},
		Engine: w.engine, ID: w.home.ID, Name: c.Name, Threads: w.engine.threads(c.Mining.Threads),
		Every: c.Mining.HashrateInterval, Log: w.o.Log, OnChange: w.o.OnChange,
	})
	if err != nil {
		return err
	}
	if !c.Health.Enabled {
		return nil
	}
	if w.health, err = net.Listen("tcp", c.Health.Listen); err != nil {
		return adit.InvalidField("health.listen", "%s cannot be had: %v", c.Health.Listen, err)
	}
	return nil
}

// workerIdentity reads the certificates that the configuration names, else those of the data directory; nil without TLS.
func workerIdentity(dir string, c config.TLS, log *slog.Logger) (*pki.Identity, error) {
	if !c.Enabled {
		return nil, nil
	}
	f := pki.Files{Cert: c.Cert, Key: c.Key, CA: c.CA}
	if f.Cert == "" {
		own, err := enrol.WorkerFiles(dir)
		if err != nil {
			return nil, err
		}
		if f.Cert, f.Key = own.Cert, own.Key; f.CA == "" {
			f.CA = own.CA
		}
	}
	if f.CA == "" {
		return nil, adit.InvalidField("coordinator.tls.ca", "say who signs the coordinator's certificate (--tls-ca)")
	}
	return pki.Load(f, pki.IdentityOptions{Log: log})
}

// JoinedCoordinator is the address of the crew that a data directory joined, "" where it joined none.
func JoinedCoordinator(dir string) string {
	if c, err := enrol.Joined(dir); err == nil {
		return c.Coordinator
	}
	return ""
}

// ID is the worker's id in the crew.
func (w *CrewWorker) ID() string { return w.home.ID }

// Status is how the worker is.
func (w *CrewWorker) Status() worker.Status { return w.worker.Status() }

// Health is the address of the health page, "" where there is none.
func (w *CrewWorker) Health() string {
	if w.health == nil {
		return ""
	}
	return w.health.Addr().String()
}

// Run mines until ctx ends or the coordinator orders the end (nil), or until the worker gave up.
func (w *CrewWorker) Run(ctx context.Context) error {
	beside, end := context.WithCancel(context.WithoutCancel(ctx))
	var all sync.WaitGroup
	all.Go(func() { _ = w.engine.Run(beside) })
	if w.health != nil {
		all.Go(func() { w.serveHealth(beside) })
	}
	if w.renew != nil {
		all.Go(func() { _ = w.renew.Run(beside) })
	}
	err := w.worker.Run(ctx)
	end()
	all.Wait()
	return errors.Join(err, w.close())
}

func (w *CrewWorker) close() error {
	if w.health != nil {
		_ = w.health.Close() // closed already by its server, or never served
	}
	return w.home.Close()
}

// ConsentOf is the owner's word on a data directory: whether it may mine, and whether permission was taken back, which a
// variable of a unit cannot undo.
func ConsentOf(dir string) (granted, withdrawn bool, words string) {
	c := consent.Read(filepath.Join(dir, "consent.json"))
	return c.Granted, !c.Granted && c.By != "", c.Words
}

// GrantConsent records the owner's permission; via is one of the ways of package consent.
func GrantConsent(dir, via string) error {
	if _, err := PrepareDataDir(dir); err != nil {
		return err
	}
	return consent.Grant(filepath.Join(dir, "consent.json"), adit.LocalOwner("terminal"), via, time.Now())
}
