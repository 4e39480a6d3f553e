package app

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent"
	"github.com/adit-mining/adit/drivers/all"
	"github.com/adit-mining/adit/fleet/account"
	"github.com/adit-mining/adit/fleet/command"
	"github.com/adit-mining/adit/fleet/inventory"
	"github.com/adit-mining/adit/fleet/journal"
	"github.com/adit-mining/adit/fleet/telemetry"
	"github.com/adit-mining/adit/link/bus"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/tsdb"
)

// everything is what `adit up` runs.
var everything = []Role{RoleAgent, RoleAPI, RoleCoop}

// table is what there is and what each needs. People's listener is opened before all of them (House.openAll); the api
// role puts the real handler behind it.
var table = []part{
	{role: RoleStore, open: openStore},
	{role: RoleBus, open: openBus},
	{role: RolePractice, open: openPractice},
	{role: RoleHub, needs: []Role{RoleStore, RoleBus, RolePractice}, open: openHub},
	{role: RoleCoop, needs: []Role{RoleHub}, open: openCoop},
	{role: RoleAPI, needs: []Role{RoleHub, RolePractice, RoleCoop}, open: openAPI},
	{role: RoleAgent, needs: []Role{RoleBus, RoleHub}, open: openAgent},
}

func openStore(ctx context.Context, h *House) (Service, error) {
	var err error
	if h.db, err = sqldb.Open(ctx, filepath.Join(h.o.Dir, "adit.db"), sqldb.Options{Log: h.o.Log}); err != nil {
		return nil, err
	}
	if h.series, err = tsdb.Open(filepath.Join(h.o.Dir, "tsdb"), tsdb.Options{Retention: h.o.History, Log: h.o.Log}); err != nil {
		return nil, errors.Join(err, h.db.Close())
	}
	return closer{idle, func() error { return errors.Join(h.series.Close(), h.db.Close()) }}, nil
}

func openBus(_ context.Context, h *House) (Service, error) {
	var err error
	if h.bus, err = bus.Open(bus.Options{Log: h.o.Log}); err != nil {
		return nil, err
	}
	return closer{idle, h.bus.Close}, nil
}

func openPractice(_ context.Context, h *House) (Service, error) {
	h.practice = newPractice(h.o.Dir, &Verifier{Miner: h.o.Miner, Exe: h.o.Exe, Log: h.o.Log}, h.o.Log)
	return h.practice, nil
}

func openHub(ctx context.Context, h *House) (Service, error) {
	var err error
	h.journal = &journal.Service{DB: h.db}
	h.accounts, err = account.Open(ctx, account.Options{DB: h.db, TokenFile: filepath.Join(h.o.Dir, "token"), Journal: h.journal})
	if err != nil {
		return nil, err
	}
	if h.inventory, err = inventory.Open(ctx, h.db, nil); err != nil {
		return nil, err
	}
	h.telemetry, err = telemetry.Open(ctx, telemetry.Options{
		DB: h.db, Series: h.series, Inventory: h.inventory, Journal: h.journal,
		Practice: h.practice.View, Waiting: h.waiting, Beside: h.coopLive, Retention: h.o.History, Log: h.o.Log,
	})
	if err != nil {
		return nil, err
	}
	if h.hubConn, err = h.bus.Hub(); err != nil {
		return nil, err
	}
	h.commands, err = command.New(ctx, command.Options{
		DB: h.db, Bus: h.hubConn, Inventory: h.inventory, Journal: h.journal, Practice: h.practice, Log: h.o.Log,
	})
	if err != nil {
		return nil, errors.Join(err, h.hubConn.Close())
	}
	h.fees = h.newFees()
	h.openPlans()
	return closer{ServiceFunc(func(ctx context.Context) error { return runHub(ctx, h) }), h.hubConn.Close}, nil
}

func runHub(ctx context.Context, h *House) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return h.telemetry.Run(ctx, h.hubConn) })
	g.Go(func() error { return h.tendPractice(ctx) })
	for _, loop := range h.plans.loops() {
		g.Go(func() error { return loop(ctx) })
	}
	g.Go(func() error { return h.fees.Run(ctx) })
	return g.Wait()
}

// openCoop opens the crew's coordinator where it is switched on.
func openCoop(ctx context.Context, h *House) (Service, error) {
	h.coop = newCoopRole(h)
	h.coop.restore(ctx)
	return closer{h.coop, h.coop.Close}, nil
}

// openAgent makes the agent anew at each run: it is run once.
func openAgent(_ context.Context, h *House) (Service, error) {
	id, err := agent.Identify(h.o.Dir)
	if err != nil {
		return nil, err
	}
	a, err := h.newAgent(id.ID) // tells of a held folder at once, not in the background
	if err != nil {
		return nil, err
	}
	h.setAgent(a.Agent) // before it runs, so that an end at this moment is told to it
	return ServiceFunc(func(ctx context.Context) error {
		if a == nil {
			var err error
			if a, err = h.newAgent(id.ID); err != nil {
				return err
			}
			if !h.setAgent(a.Agent) {
				a.close()
				a = nil
				<-ctx.Done()
				return ctx.Err()
			}
		}
		defer func() { h.setAgent(nil); a.close(); a = nil }()
		return a.Run(ctx)
	}), nil
}

// wiredAgent is an agent with its two connections.
type wiredAgent struct {
	*agent.Agent
	control, telemetry bus.Conn
	log                *slog.Logger
}

func (h *House) newAgent(rig adit.RigID) (*wiredAgent, error) {
	control, err := h.bus.Agent(rig, bus.Control)
	if err != nil {
		return nil, err
	}
	frames, err := h.bus.Agent(rig, bus.Telemetry)
	if err != nil {
		return nil, errors.Join(err, control.Close())
	}
	a, err := agent.New(agent.Options{
		Dir: h.o.Dir, Exe: h.o.Exe, Registry: all.Registry(), Control: control, Telemetry: frames,
		Log: h.o.Log, Root: h.o.Root, LocalHub: true,
	})
	if err != nil {
		return nil, errors.Join(err, control.Close(), frames.Close())
	}
	return &wiredAgent{a, control, frames, h.o.Log}, nil
}

func (a *wiredAgent) close() {
	if err := errors.Join(a.Agent.Close(), a.control.Close(), a.telemetry.Close()); err != nil {
		a.log.Warn("the agent did not end well", "err", err)
	}
}

// setAgent makes an agent, or nil, the house's; false where the house ends and needs no new one.
func (h *House) setAgent(a *agent.Agent) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if a != nil && h.ends {
		return false
	}
	h.agent = a
	return true
}

// closer is a Service that is closed at the end by a function.
type closer struct {
	Service
	close func() error
}

// Close calls the function.
func (c closer) Close() error { return c.close() }
