package app

import (
	"context"
	"encoding/json"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/consent"
	"github.com/adit-mining/adit/agent/policy"
	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/coop/config"
	"github.com/adit-mining/adit/coop/worker"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/drivers/aditminer"
	"github.com/adit-mining/adit/drivers/host"
	"github.com/adit-mining/adit/internal/atomicfile"
	"github.com/adit-mining/adit/internal/minerpath"
)

// engineName is what adit-miner is called in a worker's folder.
const engineName = "adit-miner"

// EngineOptions of a WorkerEngine. Data, Dir and Exe are needed.
type EngineOptions struct {
	Data      string // data directory: consent.json, pause.json and policy.json are the owner's word, for workers too
	Dir       string // the worker's own folder
	Exe       string // adit, which becomes the shim
	Miner     string // adit-miner; "" = found beside Exe
	Root      string // where /proc and /sys are read; "" = "/"
	Mining    config.Mining
	Resources config.Resources
	Log       *slog.Logger
}

// WorkerEngine is adit-miner under a shim of its own, as `adit up` runs its programs: consent, pause, heat, fans, battery,
// users of the computer and the budget of restarts hold. Make one, have Run look after it, and hand it to a worker.
type WorkerEngine struct {
	o    EngineOptions
	sup  *proc.Supervisor
	host *host.Host

	steer sync.Mutex // starts, stops and looks, one at a time
	stall stall      // under steer

	mu       sync.Mutex
	settings worker.Settings
	wanted   bool // between Start and Stop
	prog     *proc.Process
	dev      device.Device
	rest     bool // the worker wishes so
	restWhy  string
	rules    workerRules
	retry    time.Time // of a start that failed
	failed   string    // why it did
}

var _ worker.Engine = (*WorkerEngine)(nil)

// NewWorkerEngine prepares an engine; nothing runs yet.
func NewWorkerEngine(o EngineOptions) (*WorkerEngine, error) {
	if o.Root == "" {
		o.Root = "/"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	h, err := host.Open(device.Address{Root: o.Root})
	if err != nil {
		return nil, err
	}
	return &WorkerEngine{
		o: o, host: h,
		sup: &proc.Supervisor{Dir: filepath.Join(o.Dir, "shims"), Exe: o.Exe, Root: o.Root, Log: o.Log},
	}, nil
}

// Missing says how to get the program, "" where it is there.
func (e *WorkerEngine) Missing() string {
	if _, err := e.find(); err != nil {
		return err.Error()
	}
	return ""
}

func (e *WorkerEngine) find() (string, error) {
	if e.o.Miner != "" {
		return e.o.Miner, nil
	}
	return minerpath.Find(e.o.Exe)
}

// threads are how many shall hash where the owner said so many (0 = nothing): else the policy's part of the computer.
func (e *WorkerEngine) threads(said int) int {
	p, _ := policy.Read(e.policyFile())
	if said > 0 || p.CPU.MaxPercent == nil || *p.CPU.MaxPercent >= 100 {
		return said
	}
	return max(1, int(math.Round(float64(runtime.NumCPU())**p.CPU.MaxPercent/100)))
}

// Start implements worker.Engine.
func (e *WorkerEngine) Start(ctx context.Context, s worker.Settings) error {
	e.steer.Lock()
	defer e.steer.Unlock()
	e.mu.Lock()
	e.settings, e.wanted = s, true
	e.rest, e.restWhy = false, ""
	e.mu.Unlock()
	if err := e.end(ctx); err != nil {
		return err
	}
	return e.launch(ctx)
}

// Rest implements worker.Engine.
func (e *WorkerEngine) Rest(ctx context.Context, rest bool, why string) error {
	e.mu.Lock()
	e.rest, e.restWhy = rest, why
	e.mu.Unlock()
	e.steer.Lock()
	defer e.steer.Unlock()
	e.settle(ctx)
	return nil // one that does not follow is told again, see Run
}

// Stop implements worker.Engine.
func (e *WorkerEngine) Stop(ctx context.Context) error {
	e.steer.Lock()
	defer e.steer.Unlock()
	e.mu.Lock()
	e.wanted = false
	e.mu.Unlock()
	return e.end(ctx)
}

// end stops the program, whoever started it.
func (e *WorkerEngine) end(ctx context.Context) error {
	e.mu.Lock()
	p, dev := e.prog, e.dev
	e.prog, e.dev = nil, nil
	e.mu.Unlock()
	if dev != nil {
		_ = dev.Close()
	}
	if p == nil {
		_, err := e.sup.End(ctx, engineName) // what a worker that was killed left
		return err
	}
	defer p.Close()
	return p.Stop(ctx)
}

// launch starts the program. The caller holds steer, and nothing of that name runs.
func (e *WorkerEngine) launch(ctx context.Context) error {
	err := e.tryLaunch(ctx)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failed = ""
	if err != nil {
		e.failed, e.retry = err.Error(), time.Now().Add(launchAgain)
	}
	return err
}

// launchAgain is how long a start that failed is left alone.
const launchAgain = 10 * time.Second

func (e *WorkerEngine) tryLaunch(ctx context.Context) error {
	if c := consent.Read(e.consentFile()); !c.Granted {
		return adit.Errorf(adit.NoConsent, "%s: allow mining on this computer first (adit consent grant)", c.Words)
	}
	path, err := e.find()
	if err != nil {
		return err
	}
	e.readRules()
	l, err := e.render(path)
	if err != nil {
		return err
	}
	if err := e.furnish(l); err != nil {
		return err
	}
	e.lookForUsers(ctx) // the shim must hear of them before it starts the program
	p, err := e.sup.Start(ctx, e.spec(l))
	if err != nil {
		return err
	}
	dev, err := aditminer.Open(l.Endpoint)
	if err != nil {
		p.Close()
		_, _ = e.sup.End(ctx, engineName)
		return err
	}
	e.mu.Lock()
	e.prog, e.dev = p, dev
	e.mu.Unlock()
	return nil
}

// render asks the driver how to run the program at path. One of another user sees its folder as the current one, because
// the folders above are closed to it, see package agent (berth.go).
func (e *WorkerEngine) render(path string) (device.Launch, error) {
	dir := filepath.Join(e.sup.Dir, engineName, "work")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return device.Launch{}, adit.Errorf(adit.Internal, "the engine's folder cannot be made: %w", err)
	}
	const cwd = "/proc/self/cwd" // proc_pid_cwd(5)
	seen := dir
	if e.account() != nil {
		seen = cwd
	}
	e.mu.Lock()
	s := e.settings
	e.mu.Unlock()
	r := device.LaunchRequest{
		Name: engineName, Path: path, Dir: seen, Algorithm: adit.RandomX, Token: adit.NewID() + adit.NewID(), HugePages: &e.o.Mining.HugePages,
		Affinity: e.o.Resources.Affinity, Pools: []device.Pool{{URL: s.URL, User: s.User, Password: s.Password}},
	}
	if s.Threads > 0 {
		r.Threads = &s.Threads
	}
	l, err := aditminer.Render(r)
	if err != nil {
		return l, err
	}
	l.Dir = dir
	l.Endpoint.Settings = json.RawMessage(strings.ReplaceAll(string(l.Endpoint.Settings), cwd, strings.Trim(string(quoted(dir)), `"`)))
	return l, e.setMode(&l)
}

func quoted(s string) []byte {
	b, _ := json.Marshal(s) // a text always can
	return b
}

// setMode writes how hashes are computed into the program's configuration, which the driver leaves to the program.
func (e *WorkerEngine) setMode(l *device.Launch) error {
	for name, content := range l.Files {
		var keys map[string]json.RawMessage
		if err := json.Unmarshal(content, &keys); err != nil {
			return adit.Errorf(adit.Internal, "the engine's configuration: %w", err)
		}
		keys["randomx"], _ = json.Marshal(map[string]string{"mode": e.o.Mining.Mode})
		b, err := json.MarshalIndent(keys, "", "  ")
		if err != nil {
			return adit.Errorf(adit.Internal, "the engine's configuration: %w", err)
		}
		l.Files[name] = append(b, '\n')
	}
	return nil
}

// furnish writes the program's files.
func (e *WorkerEngine) furnish(l device.Launch) error {
	for name, content := range l.Files {
		path := filepath.Join(l.Dir, name)
		err := atomicfile.Write(path, content, 0o600)
		if u := e.account(); u != nil && err == nil {
			err = proc.Give(path, *u)
		}
		if err != nil {
			return adit.Errorf(adit.Internal, "the engine's configuration cannot be written: %w", err)
		}
	}
	if err := os.Remove(filepath.Join(l.Dir, l.PortFile)); err != nil && !os.IsNotExist(err) {
		return adit.Errorf(adit.Internal, "the engine's old port file cannot be removed: %w", err)
	}
	return nil
}

func (e *WorkerEngine) spec(l device.Launch) proc.Spec {
	return proc.Spec{
		Name: engineName, Driver: aditminer.Driver.Name, Path: l.Path, Args: l.Args, Env: l.Env, Dir: l.Dir,
		MemoryMax: e.o.Resources.MaxMemory, Guards: e.guards(), User: e.account(),
	}
}

// account is the user as whom the program runs; nil = as adit itself, because that is no root.
func (e *WorkerEngine) account() *proc.Account {
	if e.o.Root != "/" || os.Geteuid() != 0 || proc.CannotDrop() != "" {
		return nil
	}
	e.mu.Lock()
	name := e.rules.policy.User
	e.mu.Unlock()
	u, err := proc.Unprivileged(e.o.Root, name)
	if err != nil { // it was there when the policy was set
		u, _ = proc.Unprivileged(e.o.Root, "")
	}
	return &u
}

func (e *WorkerEngine) consentFile() string { return filepath.Join(e.o.Data, "consent.json") }
func (e *WorkerEngine) pauseFile() string   { return filepath.Join(e.o.Data, "pause.json") }
func (e *WorkerEngine) policyFile() string  { return filepath.Join(e.o.Data, "policy.json") }
func (e *WorkerEngine) idleFile() string    { return filepath.Join(e.sup.Dir, engineName, "idle.json") }
