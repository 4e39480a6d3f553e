package failover

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/adit-mining/adit"
)

// run is one Line.Run: the loop that owns every connection.
type run[C Conn[W], W any] struct {
	*Line[C, W]
	group   sync.WaitGroup    // connections and probes
	at      int               // index of the source to try or in use
	changed <-chan struct{}   // closed when the sources differ from those last looked at
	told    bool              // OnIdle was called since the last work
	said    map[string]string // the failure logged last, by URL
}

// loop connects, stays, and connects again.
func (r *run[C, W]) loop(ctx context.Context) {
	defer r.set(func(s *Status) { s.State = Ended; s.Reason = "stopped" })
	for ctx.Err() == nil {
		l := r.connect(ctx)
		for l != nil {
			l = r.stay(ctx, l)
		}
	}
}

// connect tries the source at r.at once, after its pause. It returns nil when that failed or the sources changed.
func (r *run[C, W]) connect(ctx context.Context) *Live[C] {
	s, fails := r.candidate()
	r.set(func(st *Status) { st.State = Connecting; st.Source = r.at; st.URL = s.URL() })
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changed := r.changed
	r.group.Go(func() {
		select {
		case <-changed:
			cancel()
		case <-ctx.Done():
		}
	})
	if fails > 0 && !sleep(ctx, r.wait(fails-1)) {
		return nil
	}
	began := time.Now()
	c, err := s.Connect(ctx)
	if err != nil {
		if ctx.Err() == nil {
			r.failed(s, r.at, err)
		}
		return nil
	}
	return r.start(s, c, r.at, time.Since(began))
}

// candidate returns the source to try and how often it failed in a row.
func (r *run[C, W]) candidate() (Source[C], int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changed != r.Line.changed {
		r.changed = r.Line.changed
		r.at = 0
		clear(r.said)
	}
	return r.sources[r.at], r.health[r.at].Failures
}

// failed counts a failure and decides who is next.
func (r *run[C, W]) failed(s Source[C], index int, err error) {
	// A source that stays away for a night is one line, not a thousand.
	level := slog.LevelWarn
	if r.said[s.URL()] == err.Error() {
		level = slog.LevelDebug
	}
	r.said[s.URL()] = err.Error()
	r.o.Log.Log(context.Background(), level, r.o.Noun+" failed", r.o.Noun, s.URL(), "reason", err)
	r.mu.Lock()
	r.st.Failures++
	r.st.Reason = err.Error()
	if index < len(r.sources) && r.same(r.sources[index], s) { // else they were replaced meanwhile
		r.blame(index, err)
		if r.health[index].Failures >= r.o.Tries {
			r.at = (index + 1) % len(r.sources)
		}
	}
	r.mu.Unlock()
	r.idle(err)
}

// blame writes a failure down. It is called with mu held.
func (r *run[C, W]) blame(index int, err error) {
	now := time.Now()
	h := &r.health[index]
	h.Failures++
	h.Reason, h.FailedAt = err.Error(), &now
}

func (r *run[C, W]) same(a, b Source[C]) bool { return r.o.Same != nil && r.o.Same(a, b) }

// idle tells once per loss that there is no work.
func (r *run[C, W]) idle(reason error) {
	if r.told {
		return
	}
	r.told = true
	r.turn.Lock()
	defer r.turn.Unlock()
	r.o.OnIdle(reason)
}

// start makes a connection the one in use, which the former one then is no longer, and hands its work on.
func (r *run[C, W]) start(s Source[C], c C, index int, took time.Duration) *Live[C] {
	running, end := context.WithCancel(context.Background()) // Run's does not reach here: who replaces a connection closes it
	l := &Live[C]{Conn: c, Source: s, index: index, Since: time.Now(), end: end, done: make(chan error, 1)}
	r.turn.Lock()
	defer r.turn.Unlock()
	r.mu.Lock()
	r.st.Logins++
	l.Login = r.st.Logins
	r.live = l
	r.st.State, r.st.Reason = Working, ""
	r.st.Source, r.st.URL = index, s.URL()
	if index < len(r.health) && r.same(r.sources[index], s) {
		r.health[index].LoginAt, r.health[index].LoginTook = &l.Since, &took
	}
	r.mu.Unlock()
	r.told = false
	delete(r.said, s.URL())
	r.at = index
	r.o.Log.Info(r.o.Noun+" connected", r.o.Noun, s.URL())
	r.o.OnWork(l, c.Work())
	r.group.Go(func() {
		err := c.Run(running, func(w W) { r.hand(l, w) })
		if err == nil {
			err = adit.Errorf(adit.Unreachable, "the connection was closed")
		}
		l.done <- err
	})
	return l
}

// hand passes work on while its connection is the one in use.
func (r *run[C, W]) hand(l *Live[C], w W) {
	r.turn.Lock()
	defer r.turn.Unlock()
	if r.Live() == l {
		r.o.OnWork(l, w)
	}
}

// stay keeps a connection until it ends, a better one is there or the sources change. It returns the next one, nil for
// none.
func (r *run[C, W]) stay(ctx context.Context, l *Live[C]) *Live[C] {
	probing, cancel := context.WithCancel(ctx)
	defer cancel()
	better := make(chan found[C])
	if l.index > 0 {
		r.mu.Lock()
		earlier := slices.Clone(r.sources[:min(l.index, len(r.sources))])
		r.mu.Unlock()
		r.group.Go(func() { r.probe(probing, earlier, better) })
	}
	select {
	case <-ctx.Done():
		r.drop(l)
		r.close(l)
		return nil
	case <-r.changed:
		return r.keepOrLeave(ctx, l)
	case err := <-l.done:
		r.drop(l)
		r.close(l)
		r.failed(l.Source, l.index, err)
		return nil
	case b := <-better:
		r.o.Log.Info("returning to an earlier "+r.o.Noun, r.o.Noun, b.s.URL())
		next := r.start(b.s, b.c, b.index, b.took)
		r.leave(ctx, l)
		return next
	}
}

// keepOrLeave finds the connection's source in the new list.
func (r *run[C, W]) keepOrLeave(ctx context.Context, l *Live[C]) *Live[C] {
	r.mu.Lock()
	r.changed = r.Line.changed
	r.at = 0
	for i, s := range r.sources {
		if r.same(s, l.Source) {
			l.index, r.at, r.st.Source = i, i, i
			r.mu.Unlock()
			return l
		}
	}
	r.mu.Unlock()
	r.drop(l)
	r.leave(ctx, l)
	r.idle(adit.Errorf(adit.Unreachable, "the %ss were changed", r.o.Noun))
	return nil
}

// close ends a connection. Some know by their own Close that Run is to end, others by its context.
func (r *run[C, W]) close(l *Live[C]) {
	l.Conn.Close()
	l.end()
}

// drop says that a connection is not in use any more.
func (r *run[C, W]) drop(l *Live[C]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.live == l {
		r.live = nil
		r.st.State = Connecting
	}
}

// leave closes a connection that is not in use any more, after it answered what is under way.
func (r *run[C, W]) leave(ctx context.Context, l *Live[C]) {
	r.group.Go(func() {
		defer r.close(l)
		ctx, cancel := context.WithTimeout(ctx, DrainTime)
		defer cancel()
		for l.busy.Load() > 0 && sleep(ctx, DrainTime/100) {
		}
	})
}

// found is an earlier source that logged in.
type found[C any] struct {
	s     Source[C]
	c     C
	index int
	took  time.Duration
}

// probe tries the earlier sources, in order, until one logs in.
func (r *run[C, W]) probe(ctx context.Context, earlier []Source[C], better chan<- found[C]) {
	for try := Tries; sleep(ctx, max(LeastPause, r.wait(try))); try++ {
		for i, s := range earlier {
			began := time.Now()
			c, err := s.Connect(ctx)
			if err != nil {
				r.o.Log.Debug("an earlier "+r.o.Noun+" still fails", r.o.Noun, s.URL(), "reason", err)
				continue
			}
			select {
			case better <- found[C]{s, c, i, time.Since(began)}:
			case <-ctx.Done():
				c.Close()
			}
			return
		}
	}
}

func (r *run[C, W]) set(change func(*Status)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.st)
}

// sleep reports whether the whole pause passed.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
