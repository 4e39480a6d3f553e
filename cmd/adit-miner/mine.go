package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/pow/engine"
	"github.com/adit-mining/adit/pow/randomx"
	"github.com/adit-mining/adit/stratum"
)

// endWithin is when a miner told to stop is gone, whatever hangs.
const endWithin = 1500 * time.Millisecond

// miner is a running engine with its pool and its API.
type miner struct {
	log     *slog.Logger
	file    string // configuration, "" without one
	cfg     config
	lib     engine.Library
	engine  *engine.Engine
	pool    *stratum.Failover
	began   time.Time
	results results

	files sync.Mutex // guards writing the file
}

// mineCommand mines until ctx ends.
func mineCommand(ctx context.Context, args []string, out, errs io.Writer) error {
	cfg, file, err := mineOptions(args, errs)
	if err != nil {
		return err
	}
	if err := setNice(cfg.CPU.Nice); err != nil {
		return err
	}
	m, err := newMiner(cfg, file, newLogger(out))
	if err != nil {
		return err
	}
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		<-ctx.Done()
		select {
		case <-ended:
		case <-time.After(endWithin):
			os.Exit(0)
		}
	}()
	return m.run(ctx)
}

// newMiner wires the parts; nothing runs yet.
func newMiner(cfg config, file string, log *slog.Logger) (*miner, error) {
	m := &miner{log: log, file: file, cfg: cfg, began: time.Now()}
	opt := randomx.Options{NoHugePages: cfg.CPU.HugePages != nil && !*cfg.CPU.HugePages}
	var err error
	if m.lib, err = randomx.Open(opt); err != nil {
		return nil, err
	}
	return m, m.wire()
}

// wire makes engine and pool around the library.
func (m *miner) wire() (err error) {
	threads := 0
	if m.cfg.CPU.Threads != nil {
		threads = *m.cfg.CPU.Threads
	}
	m.engine, err = engine.New(engine.Config{
		Library: m.lib, Threads: threads, Affinity: m.cfg.CPU.Affinity, Mode: m.cfg.RandomX.Mode, Log: m.log,
	})
	if err != nil {
		return err
	}
	ps, err := pools(m.cfg.Pools)
	if err != nil {
		return err
	}
	m.pool, err = stratum.NewFailover(stratum.FailoverOptions{Pools: ps, OnJob: m.onJob, OnIdle: m.onIdle, Log: m.log})
	return err
}

// run mines until ctx ends or the API cannot be served.
func (m *miner) run(ctx context.Context) error {
	if m.file != "" {
		warnReadable(m.log, m.file)
	}
	n := len(m.engine.Report().Threads)
	runtime.GOMAXPROCS(max(runtime.GOMAXPROCS(0), n+2)) // Go's own work never waits for a thread that hashes
	m.log.InfoContext(ctx, "adit-miner "+adit.Version, "library", fmt.Sprint(m.lib), "threads", n)
	var api *api
	if m.cfg.HTTP.Enabled {
		var err error
		if api, err = m.listen(); err != nil {
			return err
		}
		defer api.close()
	}
	var all sync.WaitGroup
	defer all.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	all.Go(func() { _ = m.engine.Run(ctx) })
	all.Go(func() { _ = m.pool.Run(ctx) })
	all.Go(func() { m.submit(ctx) })
	all.Go(func() { m.tell(ctx) })
	if api != nil {
		return api.serve(ctx)
	}
	<-ctx.Done()
	return nil
}

// onJob hands a pool's job to the engine.
func (m *miner) onJob(j stratum.Job) {
	if err := m.engine.SetJob(engineJob(j)); err != nil {
		m.log.Error("cannot work on the pool's job", "job", j.ID, "error", err)
		m.engine.ClearJob()
		return
	}
	at := []any{"pool", m.pool.Status().URL, "diff", j.Difficulty(), "algo", j.Algorithm}
	if j.Height != nil {
		at = append(at, "height", *j.Height)
	}
	m.log.Info("new job", at...)
}

// engineJob is a pool's job as the engine takes it.
func engineJob(j stratum.Job) engine.Job {
	e := engine.Job{
		ID: j.ID, Tag: j, Algorithm: j.Algorithm, Blob: j.Blob, Target: j.Target, Seed: j.SeedHash, NextSeed: j.NextSeedHash,
		Height: j.Height, Nicehash: j.Nicehash,
	}
	if p := j.Place; p != nil {
		e.Nonce = &engine.NoncePlace{Offset: p.Offset, Width: 4}
		e.Range = &engine.NonceRange{Start: uint64(p.Start), End: uint64(p.End)}
	}
	return e
}

// onIdle stops hashing for a pool that is gone: it would earn nothing.
func (m *miner) onIdle(reason error) {
	m.engine.ClearJob()
	m.log.Warn("no pool, hashing waits", "reason", reason)
}

// tell logs the dataset's progress and the speed.
func (m *miner) tell(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var (
		state engine.State
		mode  engine.Mode
		tenth = -1
		last  = time.Now()
	)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		r := m.engine.Report()
		if r.State != state || r.Mode != mode {
			m.log.InfoContext(ctx, string(r.State), "mode", r.Mode, "reason", r.Reason)
			state, mode = r.State, r.Mode
		}
		if p := r.Progress; p == nil {
			tenth = -1
		} else if t := int(*p * 10); t != tenth {
			tenth = t
			m.log.InfoContext(ctx, fmt.Sprintf("dataset %.0f %%", *p*100), "seconds", fmt.Sprintf("%.1f", r.Build.Seconds()))
		}
		if time.Since(last) >= time.Minute {
			last = time.Now()
			m.log.InfoContext(ctx, "speed 10s/60s/15m "+speeds(r.Hashrate), "hashes", r.Hashes)
		}
	}
}

// speeds writes the three rates, n/a where a window is not filled.
func speeds(r engine.Rates) string {
	s := ""
	for i, v := range r {
		if i > 0 {
			s += " "
		}
		if v == nil {
			s += "n/a"
		} else {
			s += fmt.Sprintf("%.1f", float64(*v))
		}
	}
	return s + " H/s"
}
