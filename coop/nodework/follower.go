package nodework

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/noderpc"
	"github.com/adit-mining/adit/stratum/upstream"
)

// How long a node may take.
const (
	AskTimeout      = 5 * time.Second // a question that is answered from memory
	TemplateTimeout = 20 * time.Second
	SubmitTimeout   = 30 * time.Second // a big block is checked before it is answered
)

// patience is how many questions in a row may fail before the connection counts as lost.
const patience = 3

// Options of a Follower. RPC, Refresh, Newest and Template are needed.
type Options struct {
	RPC     *noderpc.Client
	Poll    time.Duration // how often the node is asked for its newest block; 0 = 500 ms
	Refresh time.Duration // age at which work is replaced though no block came
	Log     *slog.Logger  // nil = silent

	// Newest asks for the hash of the node's newest block. How long it takes is the ping.
	Newest func(context.Context) ([32]byte, error)
	// Template asks for work and the hash of the block that it builds on. Whether the work is clean and when it came is
	// filled in by the Follower.
	Template func(context.Context) (*upstream.Work, [32]byte, error)
}

// Follower follows the chain of one node: an upstream.Conn but for Submit. Run, Look, Take and Heard belong to one
// goroutine; the others may be called concurrently.
type Follower struct {
	Options
	kick   chan struct{}
	misses int // questions in a row that failed

	mu    sync.Mutex
	since time.Time
	work  *upstream.Work
	tip   [32]byte // the block that work builds on
	ping  *time.Duration
}

// Follow asks for the first work.
func Follow(ctx context.Context, o Options) (*Follower, error) {
	if o.Poll <= 0 {
		o.Poll = 500 * time.Millisecond
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	f := &Follower{Options: o, kick: make(chan struct{}, 1)}
	w, tip, err := o.Template(ctx)
	if err != nil {
		return nil, err
	}
	f.Take(w, tip)
	f.since = w.At
	return f, nil
}

// Work implements upstream.Conn.
func (f *Follower) Work() *upstream.Work {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.work
}

// Info implements upstream.Conn.
func (f *Follower) Info() upstream.Info {
	f.mu.Lock()
	defer f.mu.Unlock()
	return upstream.Info{IP: f.RPC.IP(), Since: f.since, Ping: f.ping, Solo: true}
}

// Close implements upstream.Conn. Blocks on their way up are not broken off.
func (f *Follower) Close() { f.RPC.Close() }

// Tip is the block that the work builds on.
func (f *Follower) Tip() [32]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.tip
}

// Kick makes Run look at once: a block of ours was taken.
func (f *Follower) Kick() {
	select {
	case f.kick <- struct{}{}:
	default:
	}
}

// Kicked is where a kick arrives.
func (f *Follower) Kicked() <-chan struct{} { return f.kick }

// Run implements upstream.Conn: it asks the node for its newest block and makes new work when that changed, or when the
// work grew old (so that time and transactions are fresh).
func (f *Follower) Run(ctx context.Context, onWork func(*upstream.Work)) error {
	poll := time.NewTicker(f.Poll)
	defer poll.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
			return nil
		case <-poll.C:
		case <-f.kick:
		}
		w, err := f.Look(ctx)
		if err := f.Heard(ctx, w, err, onWork); err != nil {
			return err
		}
	}
	return nil
}

// Look asks once; the work is nil where it stays.
func (f *Follower) Look(ctx context.Context) (*upstream.Work, error) {
	start := time.Now()
	tip, err := f.Newest(ctx)
	if err != nil {
		return nil, err
	}
	ping := time.Since(start)
	f.mu.Lock()
	f.ping = &ping
	f.mu.Unlock()
	if tip == f.Tip() && !f.Older(f.Refresh) {
		return nil, nil
	}
	w, tip, err := f.Template(ctx)
	if err != nil {
		return nil, err
	}
	return f.Take(w, tip), nil
}

// Older reports whether the work is of that age.
func (f *Follower) Older(age time.Duration) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return time.Since(f.work.At) >= age
}

// Take makes w, which builds on the block of that hash, the work.
func (f *Follower) Take(w *upstream.Work, tip [32]byte) *upstream.Work {
	f.mu.Lock()
	defer f.mu.Unlock()
	w.At, w.Clean = time.Now(), f.work == nil || tip != f.tip
	if w.Bitcoin != nil {
		w.Bitcoin.Clean = w.Clean
	}
	f.work, f.tip = w, tip
	return w
}

// Heard hands on what asking brought, or counts that it failed. An error is the end: the node failed too often in a row,
// or asking again does not mend it.
func (f *Follower) Heard(ctx context.Context, w *upstream.Work, err error, onWork func(*upstream.Work)) error {
	switch {
	case ctx.Err() != nil:
	case err == nil:
		f.misses = 0
		if w != nil {
			onWork(w)
		}
	default:
		if f.misses++; f.misses >= patience || hopeless(err) {
			return err
		}
		f.Log.DebugContext(ctx, "the node was asked in vain", "node", f.RPC.URL(), "err", err)
	}
	return nil
}

// hopeless are errors that asking again does not mend.
func hopeless(err error) bool {
	switch adit.CodeOf(err) {
	case adit.Unauthorized, adit.Forbidden, adit.Invalid:
		return true
	}
	return false
}
