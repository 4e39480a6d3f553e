package agent

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/consent"
	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/device"
)

// fakeSup starts fake programs and knows which an earlier agent left.
type fakeSup struct {
	dir string

	mu      sync.Mutex
	started map[string]int
	live    map[string]*fakeProg
	refuse  error
	refused map[string]bool // shims that cannot be adopted
	stuck   bool            // nor ended
}

func (s *fakeSup) Start(_ context.Context, spec proc.Spec) (program, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse != nil {
		return nil, s.refuse
	}
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	if p := s.live[spec.Name]; p != nil && !p.gone() {
		return nil, adit.Errorf(adit.Conflict, "%s runs already", spec.Name)
	}
	s.started[spec.Name]++
	return s.put(spec), nil
}

// put makes a program run. The caller holds the lock, or is alone.
func (s *fakeSup) put(spec proc.Spec) *fakeProg {
	now := time.Now()
	p := &fakeProg{spec: spec, done: make(chan struct{}), changed: make(chan struct{}), pid: 100,
		st: proc.Status{Name: spec.Name, Driver: spec.Driver, Phase: proc.Running, PID: 100, Started: &now, Since: now}}
	if s.live == nil {
		s.live = map[string]*fakeProg{}
	}
	s.live[spec.Name] = p
	return p
}

func (s *fakeSup) Adopt(context.Context) (out []program, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, p := range s.live {
		if s.refused[name] {
			err = adit.Errorf(adit.Refused, "%s is not adopted", name)
		} else if !p.gone() {
			out = append(out, p)
		}
	}
	return out, err
}

func (s *fakeSup) Names() (out []string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range s.live {
		out = append(out, name)
	}
	return out, nil
}

func (s *fakeSup) End(_ context.Context, name string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.live[name]
	switch {
	case p == nil || p.gone():
		return false, nil
	case s.stuck:
		return true, adit.Errorf(adit.Internal, "%s still runs", name)
	}
	p.note("end")
	p.vanish(proc.Stopped, "ended")
	return true, nil
}

func (s *fakeSup) Recorded(string) (proc.Spec, proc.Status, error) {
	return proc.Spec{}, proc.Status{}, adit.Errorf(adit.NotFound, "never started")
}

func (s *fakeSup) Tail(string, int) ([]string, error) { return []string{"old one", "old two"}, nil }

func (s *fakeSup) refusing(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = err
}

func (s *fakeSup) get(name string) *fakeProg {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.live[name]
}

func (s *fakeSup) starts(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.started[name]
}

// fakeProg behaves as a program under a shim, guards included.
type fakeProg struct {
	mu      sync.Mutex
	spec    proc.Spec
	st      proc.Status
	pid     int
	changed chan struct{}
	done    chan struct{}
	calls   []string
	closed  bool
	hang    bool        // Stop does not end it
	lines   []proc.Line // what it has written; nil = three lines
	quiet   atomic.Bool // its log does not grow
	logged  atomic.Bool // its log grows with its lines
	asked   int         // how often for lines
}

// write adds lines of output, numbered on from what is there; missing numbers are skipped first.
func (p *fakeProg) write(missing int, texts ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	next := uint64(1)
	if n := len(p.lines); n > 0 {
		next = p.lines[n-1].Seq + 1
	}
	if missing > 0 {
		p.lines, next = nil, next+uint64(missing)
	}
	for _, text := range texts {
		p.lines = append(p.lines, proc.Line{Seq: next, At: time.Now(), Text: text})
		next++
	}
}

func (p *fakeProg) gone() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

func (p *fakeProg) set(f func(s *proc.Status)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(&p.st)
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *fakeProg) vanish(phase proc.Phase, words string) {
	p.set(func(s *proc.Status) { s.Phase, s.Words, s.PID, s.Started = phase, words, 0, nil })
	close(p.done)
}

func (p *fakeProg) note(call string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, call)
}

func (p *fakeProg) did() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

func (p *fakeProg) Spec() proc.Spec {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.spec
}

func (p *fakeProg) Status() proc.Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.st
}

func (p *fakeProg) Watch() (proc.Status, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.st, p.changed
}

func (p *fakeProg) Done() <-chan struct{} { return p.done }

func (p *fakeProg) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
}

func (p *fakeProg) Stop(ctx context.Context) error {
	p.note("stop")
	if p.hang {
		<-ctx.Done()
		return adit.Errorf(adit.Timeout, "%s has not ended yet", p.spec.Name)
	}
	p.vanish(proc.Stopped, "stopped")
	return nil
}

func (p *fakeProg) Restart(_ context.Context, reason string) error {
	p.note("restart " + reason)
	if s := consent.ReadPause(p.Spec().Guards.PauseFile, time.Now()); s.Paused {
		p.set(func(st *proc.Status) {
			st.Phase, st.Hold, st.Words, st.PID, st.Started = proc.Held, proc.HoldPause, s.Words, 0, nil
		})
		return nil
	}
	p.set(func(st *proc.Status) { p.pid++; st.PID = p.pid; st.Restarts++ })
	return nil
}

func (p *fakeProg) Quarantine(_ context.Context, words string) error {
	p.note("quarantine")
	p.set(func(s *proc.Status) { s.Phase, s.Words, s.PID, s.Started = proc.Quarantined, words, 0, nil })
	return nil
}

func (p *fakeProg) Release(context.Context) error {
	p.note("release")
	now := time.Now()
	p.set(func(s *proc.Status) { p.pid++; s.Phase, s.Words, s.PID, s.Started = proc.Running, "", p.pid, &now })
	return nil
}

func (p *fakeProg) Stdin(_ context.Context, data []byte) error {
	p.note("stdin " + string(data))
	return nil
}

func (p *fakeProg) Update(_ context.Context, c proc.Change) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, "update")
	if c.Meta != nil {
		p.spec.Meta = c.Meta
	}
	if c.Guards != nil {
		p.spec.Guards = *c.Guards
	}
	return nil
}

func (p *fakeProg) Logs(_ context.Context, after uint64, limit int) ([]proc.Line, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	var out []proc.Line
	if p.lines != nil {
		for _, l := range p.lines {
			if l.Seq > after && len(out) < limit {
				out = append(out, l)
			}
		}
		return out, nil
	}
	for i := uint64(1); i <= 3; i++ {
		if i > after && len(out) < limit {
			out = append(out, proc.Line{Seq: i, Text: fmt.Sprint("line ", i)})
		}
	}
	return out, nil
}

// LogMark tells nothing unless a test lets it.
func (p *fakeProg) LogMark() (proc.LogMark, bool) {
	if !p.logged.Load() {
		return proc.LogMark{}, p.quiet.Load()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return proc.LogMark{Size: int64(len(p.lines))}, true
}

// fakeDriver describes fake programs; every instance of a name shares one fakeDev.
type fakeDriver struct {
	mu   sync.Mutex
	devs map[string]*fakeDev
	find error
	open error
}

func newFakeDriver() *fakeDriver { return &fakeDriver{devs: map[string]*fakeDev{}} }

func (d *fakeDriver) dev(name string) *fakeDev {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.devs[name] == nil {
		d.devs[name] = &fakeDev{name: name, can: true, hashrate: 1000, share: 5 * time.Second}
	}
	return d.devs[name]
}

func (d *fakeDriver) driver() device.Driver {
	return device.Driver{
		Name: "fake", Aliases: []string{"mock"}, Kind: device.KindSoftware, FeePercent: new(float64),
		Open: d.opened,
		Find: func() (string, error) { return "/bin/fake", d.find },
		Launch: func(r device.LaunchRequest) (device.Launch, error) {
			if r.Threads != nil && *r.Threads > 64 {
				return device.Launch{}, adit.InvalidField("threads", "too many")
			}
			return device.Launch{Path: r.Path, Dir: r.Dir, Files: map[string][]byte{"config": []byte(fmt.Sprint(r.Pools))}, PortFile: "port",
				Endpoint: device.Address{Name: r.Name, URL: fmt.Sprint("http://127.0.0.1:", r.Port), Token: r.Token}}, nil
		},
	}
}

func (d *fakeDriver) opened(_ context.Context, a device.Address) (device.Device, error) {
	d.mu.Lock()
	err := d.open
	d.mu.Unlock()
	if err != nil {
		return nil, err
	}
	dev := d.dev(a.Name)
	dev.with(func(d *fakeDev) { d.urls = append(d.urls, a.URL) })
	return dev, nil
}

func (d *fakeDriver) closed(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open = err
}

// fakeDev is a mining program's API.
type fakeDev struct {
	name string

	mu       sync.Mutex
	can      bool // it can pause
	broken   error
	hang     bool
	panics   bool
	urls     []string // under which it was opened
	paused   bool
	pools    []device.Pool
	hashrate adit.Hashrate
	share    time.Duration // between two accepted shares; 0 = none any more
	calls    []string
}

func (d *fakeDev) with(f func(d *fakeDev)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f(d)
}

func (d *fakeDev) Info() device.Info {
	return device.Info{Name: d.name, Kind: device.KindSoftware, Driver: "fake", Title: "Fake", Version: "1"}
}

func (d *fakeDev) Snapshot(ctx context.Context) (device.Snapshot, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.hang {
		d.mu.Unlock()
		<-ctx.Done()
		d.mu.Lock()
		return device.Snapshot{}, adit.Errorf(adit.Timeout, "no answer: %w", ctx.Err())
	}
	if d.panics {
		panic("a driver's mistake")
	}
	if d.broken != nil {
		return device.Snapshot{}, d.broken
	}
	s := device.Snapshot{At: time.Now(), Work: device.WorkHashing, Algorithm: adit.RandomX, Mode: "fast",
		Pool: &device.PoolState{URL: "stratum+tcp://127.0.0.1:3333", Count: 1, State: "connected"}, Threads: make([]device.Thread, 2)}
	if len(d.pools) > 0 {
		s.Pool.URL = d.pools[0].URL
	}
	h, diff, n := d.hashrate, float64(d.hashrate)*5, uint64(7)
	if d.share > 0 {
		n = uint64(time.Now().Unix()) / uint64(d.share/time.Second)
	}
	s.Hashrate, s.Difficulty, s.Accepted = &h, &diff, &n
	if d.paused {
		s.Work, s.Hashrate = device.WorkPaused, nil
	}
	return s, nil
}

func (d *fakeDev) Close() error { return nil }

func (d *fakeDev) Has(any) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.can
}

func (d *fakeDev) do(call string, f func()) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = append(d.calls, call)
	if d.broken != nil {
		return d.broken
	}
	f()
	return nil
}

func (d *fakeDev) Pause(context.Context) error  { return d.do("pause", func() { d.paused = true }) }
func (d *fakeDev) Resume(context.Context) error { return d.do("resume", func() { d.paused = false }) }
func (d *fakeDev) SetPools(_ context.Context, ps []device.Pool) error {
	return d.do("pools", func() { d.pools = ps })
}

func (d *fakeDev) isPaused() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.paused
}

// fakeHost is the computer.
var fakeHost = device.Driver{Name: "host", Kind: device.KindHost, Open: func(context.Context, device.Address) (device.Device, error) {
	return hostDev{}, nil
}}

type hostDev struct{}

func (hostDev) Info() device.Info {
	return device.Info{Name: "host", Kind: device.KindHost, Driver: "host", Title: "test"}
}

func (hostDev) Snapshot(ctx context.Context) (device.Snapshot, error) {
	n, u := 2, adit.Percent(50)
	return device.Snapshot{At: time.Now(), Host: &device.Host{Hostname: "h", OS: "test", Threads: &n, Usage: &u}}, ctx.Err()
}

func (hostDev) Close() error { return nil }

// disk is where the agent's records go.
type disk struct {
	full     atomic.Bool
	readOnly atomic.Bool // full, and nothing can be removed either
}

var errFull = adit.Errorf(adit.Internal, "it could not be recorded: no space left on device")

func (d *disk) refuses() bool { return d.full.Load() || d.readOnly.Load() }

func (d *disk) records() records {
	return records{
		desired: func(path string, v desired) error {
			if d.refuses() {
				return errFull
			}
			return writeDesired(path, v)
		},
		pause: func(path string, by adit.Actor, until *time.Time, now time.Time) error {
			if d.refuses() {
				return errFull
			}
			return consent.Pause(path, by, until, now)
		},
		revoke: func(path string, by adit.Actor, at time.Time) error {
			switch {
			case d.readOnly.Load():
				return errFull
			case d.full.Load():
				return os.Remove(path) // what consent.Revoke does then
			}
			return consent.Revoke(path, by, at)
		},
	}
}
