package stratum

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/adit-mining/adit"
)

// run is one Failover.Run: the loop that owns every connection.
type run struct {
	*Failover
	wait    sync.WaitGroup    // connections and probes
	at      int               // index of the pool to try or in use
	changed <-chan struct{}   // closed when the pools differ from those last looked at
	told    bool              // OnIdle was called since the last job
	said    map[string]string // the failure logged last, by URL
}

// loop connects, stays, and connects again.
func (r *run) loop(ctx context.Context) {
	defer r.set(func(s *Status) { s.State = Ended; s.Reason = "stopped" })
	for ctx.Err() == nil {
		l := r.connect(ctx)
		for l != nil {
			l = r.stay(ctx, l)
		}
	}
}

// connect tries the pool at r.at once, after its pause. It returns nil when that failed or the pools changed.
func (r *run) connect(ctx context.Context) *live {
	p, fails := r.candidate()
	r.set(func(s *Status) { s.State = Connecting; s.Pool = r.at; s.URL = p.URL })
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changed := r.changed
	r.wait.Go(func() {
		select {
		case <-changed:
			cancel()
		case <-ctx.Done():
		}
	})
	if fails > 0 && !sleep(ctx, r.pause.Wait(fails-1)) {
		return nil
	}
	c, err := Dial(ctx, p, r.o.Dial, r.o.Log)
	if err != nil {
		if ctx.Err() == nil {
			r.failed(p, r.at, err)
		}
		return nil
	}
	return r.start(c, r.at)
}

// candidate returns the pool to try and how often it failed in a row.
func (r *run) candidate() (Pool, int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changed != r.Failover.changed {
		r.changed = r.Failover.changed
		r.at = 0
		clear(r.said)
	}
	return r.pools[r.at], r.fails[r.at]
}

// failed counts a failure and decides who is next.
func (r *run) failed(p Pool, index int, err error) {
	// A pool that stays away for a night is one line, not a thousand.
	level := slog.LevelWarn
	if r.said[p.URL] == err.Error() {
		level = slog.LevelDebug
	}
	r.said[p.URL] = err.Error()
	r.o.Log.Log(context.Background(), level, "pool failed", "pool", p.URL, "reason", err)
	r.mu.Lock()
	r.st.Failures++
	r.st.Reason = err.Error()
	if index < len(r.pools) && r.pools[index].equal(p) { // else they were replaced meanwhile
		r.fails[index]++
		if r.fails[index] >= triesPerPool {
			r.at = (index + 1) % len(r.pools)
		}
	}
	r.mu.Unlock()
	r.idle(err)
}

// idle tells once per loss that there is no work.
func (r *run) idle(reason error) {
	if r.told {
		return
	}
	r.told = true
	r.turn.Lock()
	defer r.turn.Unlock()
	r.o.OnIdle(reason)
}

// start makes a client the one in use, which the former one then is no longer, and hands its job on.
func (r *run) start(c *Client, index int) *live {
	l := &live{Client: c, pool: index, done: make(chan error, 1)}
	r.turn.Lock()
	defer r.turn.Unlock()
	r.mu.Lock()
	r.st.Logins++
	l.login = r.st.Logins
	r.live = l
	r.st.State, r.st.Reason = Working, ""
	r.st.Pool, r.st.URL = index, c.pool.URL
	r.mu.Unlock()
	r.told = false
	delete(r.said, c.pool.URL)
	r.at = index
	r.o.Log.Info("pool connected", "pool", c.pool.URL, "ip", c.link.ip, "tls", c.link.version)
	job := c.Job()
	job.Login = l.login
	r.o.OnJob(job)
	r.wait.Go(func() {
		// The context of Run does not reach here: who replaces or ends a connection closes it.
		l.done <- c.Run(context.Background(), func(j Job) { r.hand(l, j) })
	})
	return l
}

// hand passes a job on while its connection is the one in use.
func (r *run) hand(l *live, j Job) {
	r.turn.Lock()
	defer r.turn.Unlock()
	r.mu.Lock()
	mine := r.live == l
	r.mu.Unlock()
	if !mine {
		return
	}
	j.Login = l.login
	r.o.OnJob(j)
}

// stay keeps a connection until it ends, a better one is there or the pools change. It returns the next one, nil for none.
func (r *run) stay(ctx context.Context, l *live) *live {
	probing, cancel := context.WithCancel(ctx)
	defer cancel()
	better := make(chan found)
	if l.pool > 0 {
		r.mu.Lock()
		earlier := slices.Clone(r.pools[:min(l.pool, len(r.pools))])
		r.mu.Unlock()
		r.wait.Go(func() { r.probe(probing, earlier, better) })
	}
	select {
	case <-ctx.Done():
		r.drop(l)
		l.Close()
		return nil
	case <-r.changed:
		return r.keepOrLeave(ctx, l)
	case err := <-l.done:
		r.drop(l)
		r.failed(l.Client.pool, l.pool, err)
		return nil
	case b := <-better:
		r.o.Log.Info("returning to an earlier pool", "pool", b.c.pool.URL)
		next := r.start(b.c, b.index)
		r.leave(ctx, l)
		return next
	}
}

// keepOrLeave finds the connection's pool in the new list.
func (r *run) keepOrLeave(ctx context.Context, l *live) *live {
	r.mu.Lock()
	r.changed = r.Failover.changed
	r.at = 0
	for i, p := range r.pools {
		if p.equal(l.Client.pool) {
			l.pool, r.at, r.st.Pool = i, i, i
			r.mu.Unlock()
			return l
		}
	}
	r.mu.Unlock()
	r.drop(l)
	r.leave(ctx, l)
	r.idle(adit.Errorf(adit.Unreachable, "the pools were changed"))
	return nil
}

// drop says that a connection is not in use any more.
func (r *run) drop(l *live) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.live == l {
		r.live = nil
		r.st.State = Connecting
	}
}

// leave closes a connection that is not in use any more, after it answered what is under way.
func (r *run) leave(ctx context.Context, l *live) {
	r.wait.Go(func() {
		defer l.Close()
		ctx, cancel := context.WithTimeout(ctx, drainTime)
		defer cancel()
		for !l.idle() && sleep(ctx, drainTime/100) {
		}
	})
}

// found is an earlier pool that logged in.
type found struct {
	c     *Client
	index int
}

// probe tries the earlier pools, in order, until one logs in.
func (r *run) probe(ctx context.Context, earlier []Pool, better chan<- found) {
	for try := triesPerPool; sleep(ctx, max(leastPause, r.pause.Wait(try))); try++ {
		for i, p := range earlier {
			c, err := Dial(ctx, p, r.o.Dial, r.o.Log)
			if err != nil {
				r.o.Log.Debug("an earlier pool still fails", "pool", p.URL, "reason", err)
				continue
			}
			select {
			case better <- found{c, i}:
			case <-ctx.Done():
				c.Close()
			}
			return
		}
	}
}

func (r *run) set(change func(*Status)) {
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
