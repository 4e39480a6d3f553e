package failover

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Numbers of the failover. XMRig waits a constant 5 s; with jitter thousands of miners spread themselves instead.
const (
	Tries       = 5                // failures in a row, then the next source
	LeastPause  = time.Second      // of the back-off
	MostPause   = 60 * time.Second // of the back-off
	ProvenAfter = 60 * time.Second // of accepted work: failures are forgotten
	DrainTime   = 5 * time.Second  // an abandoned connection waits so long for verdicts
)

// Source is one place to connect to.
type Source[C any] interface {
	URL() string // for people and logs, without secrets
	Connect(ctx context.Context) (C, error)
}

// Conn is a connection that has work of type W.
type Conn[W any] interface {
	Work() W
	// Run keeps it until ctx ends (nil) or it is lost (its cause). onWork gets each work after the first.
	Run(ctx context.Context, onWork func(W)) error
	Close()
}

// Options configure a Line. Only Sources must be set.
type Options[C Conn[W], W any] struct {
	Sources []Source[C]
	OnWork  func(l *Live[C], w W) // new work replaces the last; called in order, must not block
	OnIdle  func(reason error)    // there is no work until the next OnWork; called once per loss, must not block
	Same    func(a, b Source[C]) bool
	Noun    string         // "pool": what a source is called in logs
	Log     *slog.Logger   // nil: silent
	Rand    func() float64 // in [0,1), for jitter; nil: math/rand/v2

	Pause time.Duration // the first pause before a source is tried again is a random part of it; 0: LeastPause
	Tries int           // failures in a row, then the next source; 0: Tries
}

// State of a Line.
type State string

// The states.
const (
	Connecting State = "connecting" // dialling, or waiting before the next try
	Working    State = "working"    // logged in, with work
	Ended      State = "ended"      // Run is over, or has not begun
)

// Status is a snapshot of a Line.
type Status struct {
	State    State
	Source   int    // index of the source in use or being tried
	URL      string // of that source
	Reason   string // why there is no connection, "" while working
	Logins   uint64 // successful ones since Run began
	Failures uint64 // connections that failed or broke
	Sources  []Health
}

// Health is what is known of one source.
type Health struct {
	URL       string
	Failures  int        // in a row; forgotten after a minute of accepted work
	Reason    string     // of the last failure, "" = none since it was set
	FailedAt  *time.Time // nil = never
	LoginAt   *time.Time // nil = never
	LoginTook *time.Duration
}

// Live is a connection that is or was in use.
type Live[C any] struct {
	Conn   C
	Source Source[C]
	Login  uint64 // its number, from 1
	Since  time.Time

	index int
	busy  atomic.Int64
	end   context.CancelFunc // of the connection's Run
	done  chan error
}

// Begin says that an answer is awaited: the connection is not closed for a better one before End, or DrainTime.
func (l *Live[C]) Begin() { l.busy.Add(1) }

// End takes a Begin back.
func (l *Live[C]) End() { l.busy.Add(-1) }

// Line is the ordered list.
type Line[C Conn[W], W any] struct {
	o    Options[C, W]
	turn sync.Mutex // OnWork and OnIdle, one at a time and in order

	mu      sync.Mutex
	sources []Source[C]
	health  []Health
	changed chan struct{} // closed when the sources are replaced, and replaced with them
	live    *Live[C]      // nil while not connected
	st      Status
}

// New makes a Line; the sources were checked by the caller and are at least one.
func New[C Conn[W], W any](o Options[C, W]) *Line[C, W] {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.OnWork == nil {
		o.OnWork = func(*Live[C], W) {}
	}
	if o.OnIdle == nil {
		o.OnIdle = func(error) {}
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	if o.Pause == 0 {
		o.Pause = LeastPause
	}
	if o.Tries == 0 {
		o.Tries = Tries
	}
	if o.Noun == "" {
		o.Noun = "upstream"
	}
	l := &Line[C, W]{o: o, changed: make(chan struct{}), st: Status{State: Ended, URL: o.Sources[0].URL()}}
	l.replace(o.Sources)
	return l
}

func (f *Line[C, W]) replace(sources []Source[C]) {
	f.sources = slices.Clone(sources)
	f.health = make([]Health, len(sources))
	for i, s := range sources {
		f.health[i].URL = s.URL()
	}
}

// Run works until ctx ends; it returns after all connections are closed. It may be called once.
func (f *Line[C, W]) Run(ctx context.Context) {
	r := &run[C, W]{Line: f, said: map[string]string{}}
	defer r.group.Wait()
	r.loop(ctx)
}

// Set replaces the sources; the connection stays where its source is among them (Options.Same).
func (f *Line[C, W]) Set(sources []Source[C]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if slices.EqualFunc(sources, f.sources, f.o.Same) {
		return
	}
	f.replace(sources)
	close(f.changed)
	f.changed = make(chan struct{})
}

// Live is the connection in use, nil while there is none.
func (f *Line[C, W]) Live() *Live[C] {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.live
}

// Accepted says that l answered a share with yes: after a minute of that its failures are forgotten.
func (f *Line[C, W]) Accepted(l *Live[C]) {
	if time.Since(l.Since) < ProvenAfter {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.live == l && l.index < len(f.health) {
		f.health[l.index].Failures = 0
	}
}

// Status returns a snapshot.
func (f *Line[C, W]) Status() Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.st
	s.Sources = slices.Clone(f.health)
	return s
}

// wait is the full-jitter pause before try n, counted from 0: a random part of Pause·2^n, but at most of MostPause or, where that is
// more, of Pause.
func (f *Line[C, W]) wait(n int) time.Duration {
	d := max(MostPause, f.o.Pause)
	if n < 6 {
		d = min(d, f.o.Pause<<n)
	}
	return time.Duration(float64(d) * f.o.Rand())
}
