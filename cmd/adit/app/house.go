package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent"
	"github.com/adit-mining/adit/coop/config"
	"github.com/adit-mining/adit/fleet/account"
	"github.com/adit-mining/adit/fleet/backup"
	"github.com/adit-mining/adit/fleet/command"
	"github.com/adit-mining/adit/fleet/fee"
	"github.com/adit-mining/adit/fleet/inventory"
	"github.com/adit-mining/adit/fleet/journal"
	"github.com/adit-mining/adit/fleet/telemetry"
	"github.com/adit-mining/adit/link/bus"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/tsdb"
)

// Options of a House. Dir is needed.
type Options struct {
	Dir        string        // data directory; made where absent
	Listen     string        // of the web app; "" = DefaultListen
	Exe        string        // adit's program, which becomes the shim of each mining program; "" = this one
	Miner      string        // adit-miner, for checking shares; "" = found beside Exe, in libexec, in PATH
	KeepMining bool          // leave mining programs running at the end
	Wants      bool          // something is to be mined as soon as consent is there
	History    time.Duration // how long readings and sessions are kept; 0 = 30 days
	Root       string        // where /proc and /sys are read; "" = "/"
	Log        *slog.Logger

	// Coordinator makes this a coordinator alone: no hub, no agent, only the crew, the web app and what they need.
	Coordinator *config.Coordinator
}

// House is hub, agent, practice and web app in one process. Open it, Run it once.
type House struct {
	o       Options
	lock    *Lock
	counter *counter
	url     string
	started time.Time
	ready   chan struct{}

	// Built by the roles, in the order of the table; whoever needs them comes after.
	db        *sqldb.DB
	series    *tsdb.Local
	bus       *bus.Embedded
	hubConn   bus.Conn
	accounts  *account.Service
	inventory *inventory.Service
	journal   *journal.Service
	telemetry *telemetry.Service
	commands  *command.Service
	practice  *practiceRole
	plans     plans
	fees      *fee.Service
	coop      *coopRole

	mu    sync.Mutex
	agent *agent.Agent // nil while there is none
	ends  bool         // mining is being stopped for good: no agent begins any more
	wants bool         // see Options.Wants; false once it is started
}

// Open takes the data directory and the address of the web app, and nothing else yet: it refuses early.
func Open(ctx context.Context, o Options) (*House, error) {
	if o.Listen == "" {
		o.Listen = DefaultListen
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Exe == "" {
		exe, err := os.Executable()
		if err != nil {
			return nil, adit.Errorf(adit.Internal, "this program cannot find its own file: %w", err)
		}
		o.Exe = exe
	}
	opened, err := PrepareDataDir(o.Dir)
	if err != nil {
		return nil, err
	}
	if opened {
		o.Log.Warn("the data directory was open to others and is closed now", "dir", o.Dir)
	}
	h := &House{o: o, started: time.Now(), ready: make(chan struct{}), wants: o.Wants}
	if err := h.take(); err != nil {
		return nil, err
	}
	l, err := ListenLoopback(ctx, o.Listen)
	if h := HintOf(err); h != nil && o.Coordinator != nil {
		h.Try = strings.Replace(h.Try, "adit up --listen", "adit coordinator --dashboard-listen", 1)
	}
	if err != nil {
		if ctx.Err() != nil && !o.KeepMining && !h.alone() {
			h.stopMining()
		}
		return nil, errors.Join(err, h.lock.Release())
	}
	h.serveAt(l)
	return h, nil
}

func (h *House) serveAt(l net.Listener) {
	h.counter = &counter{first: l, addr: l.Addr().String(), front: new(front), log: h.o.Log}
	h.url = "http://" + l.Addr().String()
}

// alone reports whether this is a coordinator without hub and agent.
func (h *House) alone() bool { return h.o.Coordinator != nil }

// take makes this process the owner of its part of the data directory.
func (h *House) take() (err error) {
	if h.alone() {
		if h.lock, err = TakeCoopLock(h.o.Dir); err != nil {
			return err
		}
		if err := undoRestore(h.o.Dir); err != nil {
			return errors.Join(err, h.lock.Release())
		}
		return nil
	}
	if h.lock, err = TakeLock(h.o.Dir); err != nil {
		return err
	}
	if err := backup.Recover(h.o.Dir); err != nil {
		return errors.Join(err, h.lock.Release())
	}
	return nil
}

// undoRestore undoes a restore that was cut short, for a coordinator: it changed the hub's part of the data directory too.
func undoRestore(dir string) error {
	if !backup.CutShort(dir) {
		return nil
	}
	l, err := TakeLock(dir)
	if err != nil {
		return err
	}
	return errors.Join(backup.Recover(dir), l.Release())
}

func (h *House) runtimeFile() string {
	if h.alone() {
		return coopRuntimeFile(h.o.Dir)
	}
	return runtimeFile(h.o.Dir)
}

// URL is where the web app and the REST interface are.
func (h *House) URL() string { return h.url }

// Ready is closed when every role runs.
func (h *House) Ready() <-chan struct{} { return h.ready }

// Run opens the roles and works until ctx ends; then it stops mining (unless it shall go on) and closes everything,
// within five seconds.
func (h *House) Run(ctx context.Context) error {
	defer h.lock.Release()
	kept, err := h.openAll(ctx)
	if err == nil {
		close(h.ready)
		<-ctx.Done()
	}
	if ctx.Err() != nil && !h.o.KeepMining && !h.alone() {
		h.stopMining()
	}
	for _, k := range slices.Backward(kept) {
		if e := k.end(); e != nil {
			h.o.Log.Warn("a part of adit did not end well", "err", e)
		}
	}
	_ = os.Remove(h.runtimeFile())
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// openAll starts people's listener first, then each role after those it needs.
func (h *House) openAll(ctx context.Context) (kept []*keeper, err error) {
	kept = append(kept, keep(ctx, RoleAPI, h.counter, h.o.Log))
	switch err := h.tellWhere(); {
	case err == nil:
	case diskFull(err): // it mines all the same
		h.o.Log.Error("the disk is full: adit's commands do not find this adit until there is room", "dir", h.o.Dir)
		kept = append(kept, keep(ctx, RoleAPI, ServiceFunc(h.tellLater), h.o.Log))
	default:
		return kept, dataDirError(h.o.Dir, err)
	}
	rows, wanted := table, everything
	if h.alone() {
		rows, wanted = loneTable, loneRoles
	}
	parts, err := inOrder(rows, wanted...)
	if err != nil {
		return kept, err
	}
	for _, p := range parts {
		if ctx.Err() != nil {
			return kept, ctx.Err()
		}
		s, err := p.open(ctx, h)
		if err != nil {
			return kept, err
		}
		kept = append(kept, keep(ctx, p.role, s, h.o.Log))
	}
	return kept, nil
}

// tellWhere writes the runtime file.
func (h *House) tellWhere() error {
	return writeRuntime(h.runtimeFile(), Runtime{URL: h.url, PID: os.Getpid(), StartedAt: h.started.UTC(), Version: adit.Version})
}

// tellEach is how often the runtime file is tried again.
const tellEach = 5 * time.Second

// tellLater writes the runtime file as soon as there is room.
func (h *House) tellLater(ctx context.Context) error {
	t := time.NewTicker(tellEach)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			if h.tellWhere() == nil {
				<-ctx.Done()
				return nil
			}
		}
	}
}

// stopMining ends the mining programs while hub and agent can still tell how it went. Where there is no agent, yet or
// any more, what an earlier adit left is ended all the same.
func (h *House) stopMining() {
	h.mu.Lock()
	h.ends = true
	a := h.agent
	h.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	var err error
	if a != nil {
		err = a.StopPrograms(ctx, agent.AllPrograms)
	} else {
		err = agent.StopLeft(ctx, agent.Options{Dir: h.o.Dir, Exe: h.o.Exe, Root: h.o.Root, Log: h.o.Log})
	}
	if err != nil {
		h.o.Log.Error("a mining program did not end, or its end could not be recorded", "err", err)
	}
}

// stopLimit leaves time for the roles within the five seconds that an end may take.
const stopLimit = 3500 * time.Millisecond
