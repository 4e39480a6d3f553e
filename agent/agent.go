package agent

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/install"
	"github.com/adit-mining/adit/agent/outbox"
	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/internal/filelock"
	"github.com/adit-mining/adit/link/wire"
)

// Agent is the agent of one computer. Make one with New, run it once with Run, let go of its folder with Close.
type Agent struct {
	o       Options
	id      Identity
	log     *slog.Logger
	lock    *filelock.Lock
	sup     supervisor
	records records

	installer  *install.Installer
	installing sync.RWMutex // read: a program is being started; written: one is being uninstalled

	box       *outbox.Outbox
	baselines *proc.Baselines // from Run on
	run       context.Context // Run's
	loops     sync.WaitGroup  // everything that Run waits for
	poked     chan struct{}
	slots     chan struct{} // orders under way, but for the urgent ones
	asking    chan struct{} // queries under way
	ledger    ledger
	looking   sync.Mutex // one look at a time
	saving    sync.Mutex // one write of desired.json at a time
	guarded   bool       // it can neither be read nor put aside, so it is not written; with saving
	seeking   sync.Mutex // one look for users at a time
	telling   sync.Mutex // facts are sent in the order in which they were gathered

	mu         sync.Mutex
	units      map[string]*unit
	fence      uint64
	ends       bool // nothing is started any more
	unwritten  unwritten
	permit     permit
	permitRead bool
	rules      rules
	remembered bool // desired.json was read
	damaged    bool // desired.json could not be read
	columns    []wire.Column
	sentRig    *wire.RigFacts
	broken     []wire.Broken // as last looked for, and when
	brokenAt   time.Time
}

// New prepares an agent on a data directory and takes its lock; Conflict where another agent holds it.
func New(o Options) (*Agent, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	id, err := Identify(o.Dir)
	if err != nil {
		return nil, err
	}
	a := &Agent{o: o, id: id, log: o.Log, poked: make(chan struct{}, 1), slots: make(chan struct{}, ordersAtOnce),
		asking: make(chan struct{}, queriesAtOnce), records: onDisk, units: map[string]*unit{}}
	a.sup = shims{&proc.Supervisor{Dir: a.shimDir(), Exe: o.Exe, Root: o.Root, Log: o.Log}}
	if err := a.openInstaller(); err != nil {
		return nil, err
	}
	if a.lock, err = takeLock(o.Dir); err != nil {
		return nil, err
	}
	if err := a.installer.Store().Sweep(); err != nil {
		a.log.Warn("the folder of programs could not be tidied", "err", err)
	}
	if a.box, err = outbox.Open(outbox.Options{Dir: filepath.Join(o.Dir, "agent", "buffer"), MaxBytes: o.BufferBytes, Boot: bootID(o.Root), Log: o.Log}); err != nil {
		return nil, errors.Join(err, a.lock.Release())
	}
	return a, nil
}

// Rig names this agent's computer.
func (a *Agent) Rig() adit.RigID { return a.id.ID }

// Run works until ctx ends: it adopts the programs that still run, starts those that should, polls, reports and obeys.
// When it returns, programs go on under their shims; call StopPrograms before ctx ends to end them.
func (a *Agent) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	a.run = ctx
	defer func() {
		cancel()
		a.loops.Wait()
		a.letGo()
	}()
	if err := a.openHost(ctx); err != nil {
		return err
	}
	var err error
	if a.baselines, err = proc.OpenBaselines(filepath.Join(a.o.Dir, "agent", "baselines.json")); err != nil {
		a.log.WarnContext(ctx, "the watchdog begins anew", "err", err)
	}
	a.remember()
	_ = a.look(ctx)     // nothing runs yet that could refuse
	a.lookForUsers(ctx) // before programs are taken over, so that their shims hear what is now
	defer a.stopLooking()
	a.adopt(ctx)
	cancelOrders, err := a.o.Control.Subscribe(wire.OrderSubject(a.id.ID), a.takeOrder)
	if err != nil {
		return err
	}
	defer cancelOrders()
	cancelQueries, err := a.o.Control.Subscribe(wire.QuerySubject(a.id.ID), a.takeQuery)
	if err != nil {
		return err
	}
	defer cancelQueries()
	for _, loop := range []func(context.Context){a.sessionLoop, a.aliveLoop, a.lookLoop, a.pollLoop, a.boxLoop, a.learnLoop, a.usersLoop} {
		a.loops.Go(func() { loop(ctx) })
	}
	<-ctx.Done()
	return nil
}

// bootID names this run of the operating system; "" = it cannot be told. Source: random(4), boot_id.
func bootID(root string) string {
	b, err := os.ReadFile(filepath.Join(root, "proc/sys/kernel/random/boot_id"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// openHost makes the computer itself a device, with the first host driver there is.
func (a *Agent) openHost(ctx context.Context) error {
	ds := a.o.Registry.Kind(device.KindHost)
	if len(ds) == 0 {
		return nil
	}
	dev, info, err := a.open(ctx, ds[0].Name, ds[0], device.Address{Name: ds[0].Name})
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.units[ds[0].Name] = &unit{name: ds[0].Name, driver: ds[0], dev: dev, info: info}
	return nil
}

// boxLoop does the buffer's slow work and tells when the disk fails or readings had to go.
func (a *Agent) boxLoop(ctx context.Context) {
	t := time.NewTicker(outbox.TickEvery)
	defer t.Stop()
	troubled := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		a.box.Tick()
		err := a.box.Trouble()
		switch {
		case err != nil && !troubled:
			a.tell(evBuffer, crit, "", "readings cannot be written to disk and are kept in memory for now: %v", err)
		case err == nil && troubled:
			a.tell(evBuffer, info, "", "readings are written to disk again")
		}
		troubled = err != nil
		if d := a.box.TakeDropped(); d != (outbox.Dropped{}) {
			a.tell(evBuffer, warn, "", "the hub was away too long: the %d oldest readings and %d facts and events were dropped", d.Batches, d.Other)
		}
	}
}

// letGo leaves every program to its shim.
func (a *Agent) letGo() {
	for _, u := range a.all() {
		if p := u.running(); p != nil {
			p.Close()
		}
		if d := u.device(); d != nil {
			_ = a.shield(u.name, "close", d.Close)
		}
	}
}

// Close lets go of the data directory. Run must have returned, or never have been called.
func (a *Agent) Close() error { return errors.Join(a.box.Close(), a.lock.Release()) }

func sorted(units map[string]*unit) []*unit {
	return slices.SortedFunc(maps.Values(units), func(a, b *unit) int { return strings.Compare(a.name, b.name) })
}
