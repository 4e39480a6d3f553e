package engine

import (
	"context"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/adit-mining/adit"
)

// Mode is how hashes are computed.
type Mode string

// The modes. Auto, Light and Fast can be asked for; a report says Starting, Light or Fast.
const (
	Auto     Mode = "auto"     // fast where memory allows, else light
	Light    Mode = "light"    // cache only: little memory, about a tenth of the speed
	Fast     Mode = "fast"     // dataset: 2 GiB more, full speed
	Starting Mode = "starting" // no hash yet
)

// Config is what an engine needs. Only Library must be set.
type Config struct {
	Library Library
	// Threads is how many hash; 0 means DefaultThreads.
	Threads int
	// Builders is how many fill a dataset; 0 means as many as Threads.
	Builders int
	// Affinity are the CPUs that threads are bound to, in turn; empty: the system decides.
	Affinity []int
	// Mode asks for light or fast; "" means Auto.
	Mode Mode
	// Root is where /proc and /sys are read; "" means "/".
	Root string
	// Log gets the engine's few lines; nil: none.
	Log *slog.Logger
	// Tap sees every hash with its nonce, from the threads that hash; for benchmarks and tests.
	Tap func(nonce uint64, hash *[32]byte)
}

// Engine hashes jobs. Make one with New, give it life with Run.
type Engine struct {
	cfg     Config
	log     *slog.Logger
	mem     Memory
	shares  chan Share
	lost    atomic.Uint64
	pace    *pace
	threads []*thread

	now  atomic.Pointer[assignment]
	wake chan struct{} // for supply: something is wanted

	mu     sync.Mutex // orders changes of now and guards what follows
	ledger ledger
	step   struct { // what supply is doing, so that a new seed can break it off
		seed   [32]byte
		cancel context.CancelFunc
	}
	told status
}

// shareQueue is how many found shares wait for a slow reader before further ones are lost (and counted).
const shareQueue = 1024

// New checks the configuration. Nothing runs before Run.
func New(cfg Config) (*Engine, error) {
	if cfg.Library == nil {
		return nil, adit.InvalidField("library", "an engine needs a hash library")
	}
	cpus := CPUs{Root: cfg.Root}
	switch {
	case cfg.Threads < 0 || cfg.Threads > maxThreads:
		return nil, adit.InvalidField("threads", "%d is not between 1 and %d", cfg.Threads, maxThreads)
	case cfg.Threads == 0:
		cfg.Threads = cpus.DefaultThreads()
	}
	if cfg.Builders <= 0 {
		cfg.Builders = cfg.Threads
	}
	if cfg.Mode == "" {
		cfg.Mode = Auto
	}
	if !slices.Contains([]Mode{Auto, Light, Fast}, cfg.Mode) {
		return nil, adit.InvalidField("mode", "%q is none of auto, light, fast", cfg.Mode)
	}
	allowed := cpus.Allowed()
	for _, c := range cfg.Affinity {
		if !slices.Contains(allowed, c) {
			return nil, adit.InvalidField("affinity", "CPU %d is not one of those this program may use: %v", c, allowed)
		}
	}
	e := &Engine{
		cfg: cfg, log: cfg.Log, mem: Memory{Root: cfg.Root},
		shares: make(chan Share, shareQueue), wake: make(chan struct{}, 1),
	}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	for i := range cfg.Threads {
		e.threads = append(e.threads, &thread{e: e, index: i, cpu: cfg.cpu(i)})
	}
	e.pace = newPace(len(e.threads))
	e.now.Store(&assignment{changed: make(chan struct{})})
	return e, nil
}

const maxThreads = 1024

// cpu is the CPU of the i-th thread, nil where the system decides.
func (c Config) cpu(i int) *int {
	if len(c.Affinity) == 0 {
		return nil
	}
	return &c.Affinity[i%len(c.Affinity)]
}

// Run hashes until ctx ends; then every thread has stopped and all memory is free. It returns nil.
func (e *Engine) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for _, t := range e.threads {
		all.Go(t.run)
	}
	all.Go(func() { e.measure(ctx) })
	e.supply(ctx)
	e.change(func(a *assignment) { a.closed = true })
	all.Wait()
	return nil
}

// Shares delivers found shares. When the reader is slow for long, shares are lost and counted in the report.
func (e *Engine) Shares() <-chan Share { return e.shares }

// SetJob makes the threads work on j at once. An unusable job is refused and the old one goes on.
func (e *Engine) SetJob(j Job) error {
	if err := j.check(e.cfg.Library); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	w, err := e.ledger.work(j)
	if err != nil {
		return err
	}
	if e.step.cancel != nil && e.step.seed != j.Seed {
		e.step.cancel()
	}
	e.changeLocked(func(a *assignment) { a.work = w })
	return nil
}

// ClearJob makes the threads idle until the next job; memory is kept.
func (e *Engine) ClearJob() { e.change(func(a *assignment) { a.work = nil }) }

// Pause stops hashing and dataset building at once and keeps the memory; no CPU is used.
func (e *Engine) Pause() { e.change(func(a *assignment) { a.paused = true }) }

// Resume goes on after Pause or Halt.
func (e *Engine) Resume() { e.change(func(a *assignment) { a.paused, a.halted = false, false }) }

// Halt stops hashing and frees caches and datasets; Resume starts again.
func (e *Engine) Halt() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.step.cancel != nil {
		e.step.cancel()
	}
	e.changeLocked(func(a *assignment) { a.halted, a.paused = true, false })
}

// change publishes a changed copy of the assignment and wakes whoever waits.
func (e *Engine) change(f func(*assignment)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.changeLocked(f)
}

func (e *Engine) changeLocked(f func(*assignment)) {
	old := e.now.Load()
	a := *old
	a.changed = make(chan struct{})
	f(&a)
	e.now.Store(&a)
	close(old.changed)
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// deliver queues a share without ever making a thread wait.
func (e *Engine) deliver(w *work, nonce uint64, hash *[32]byte) {
	s := Share{
		JobID: w.job.ID, Tag: w.job.Tag, Algorithm: w.job.Algorithm, Nonce: w.bytes(nonce), Hash: *hash,
		Target: w.job.Target, Found: time.Now().UTC(),
	}
	select {
	case e.shares <- s:
	default:
		e.lost.Add(1)
	}
}

// exhausted says once per job that its nonces are used up.
func (e *Engine) exhausted(w *work) {
	if w.nonces.ended.CompareAndSwap(false, true) {
		e.log.Warn("all nonces of the job are tried, idle until the next job", "job", w.job.ID, "nonces", w.nonces.limit)
	}
}

// keepOSThread binds the calling goroutine to an OS thread of its own for the rest of its life (the OS thread ends with
// it, since it is never unlocked) and that to a CPU.
func (e *Engine) keepOSThread(cpu *int) {
	runtime.LockOSThread()
	if cpu == nil {
		return
	}
	if err := bindCPU(*cpu); err != nil {
		e.log.Warn("cannot bind a thread to its CPU", "cpu", *cpu, "error", err)
	}
}
