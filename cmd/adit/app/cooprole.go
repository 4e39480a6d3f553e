package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/config"
	"github.com/adit-mining/adit/coop/coordinator"
	"github.com/adit-mining/adit/coop/metric"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/store/sqldb"
)

// coopRole keeps the crew's coordinator: always in `adit coordinator`, in `adit up` while it is switched on.
type coopRole struct {
	h        *House
	verifier *Verifier
	metrics  *metric.Metrics

	turn sync.Mutex // one change at a time
	db   *sqldb.DB  // of the crew; nil until it is needed
	at   string     // what the configuration says of where db is
	own  bool       // db and lock are this role's, not the house's
	lock *Lock      // nil where the house holds it

	mu      sync.Mutex
	now     *coordinator.Coordinator // nil = none
	config  *config.Coordinator      // of now, or of the one that failed
	since   time.Time
	why     error         // why none runs although it is switched on
	broken  bool          // the one before failed: Run opens another
	changed chan struct{} // closed and made anew at each change
	worked  chan struct{} // closed when the Run of the coordinator before is over; nil = none began
}

func newCoopRole(h *House) *coopRole {
	r := &coopRole{h: h, verifier: &Verifier{Miner: h.o.Miner, Exe: h.o.Exe, Log: h.o.Log}, changed: make(chan struct{})}
	r.metrics = metric.New(r.measured)
	return r
}

// Crew is the running coordinator, nil where there is none.
func (r *coopRole) Crew() view.Source {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now == nil {
		return nil
	}
	return r.now
}

// measured is Crew, but nil where its configuration says metrics.enabled: false.
func (r *coopRole) measured() view.Source {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now == nil || r.config == nil || !r.config.Metrics.Enabled {
		return nil
	}
	return r.now
}

// warn tells a hub what its configuration says in vain; `adit coordinator` tells it itself.
func (r *coopRole) warn(c config.Coordinator) {
	if r.h.alone() {
		return
	}
	for _, w := range c.Warnings {
		r.h.o.Log.Warn("the crew's settings", "warning", w)
	}
	if c.Logging != (config.Logging{}) {
		r.h.o.Log.Warn("the crew's settings", "warning", "logging: this adit logs as its own flags say")
	}
	if c.Dashboard.Listen != config.DefaultCoordinator().Dashboard.Listen {
		r.h.o.Log.Warn("the crew's settings", "warning", "dashboard.listen: this adit listens where its own flags say")
	}
}

// open makes the coordinator; Run lets it work.
func (r *coopRole) open(ctx context.Context, c config.Coordinator) error {
	r.verifier.Tune(c.Verify.Threads, c.Verify.Full)
	now, err := coordinator.Open(ctx, coordinator.Options{
		Config: c, Dir: CoopDir(r.h.o.Dir), PKI: PKIDir(r.h.o.Dir), DB: r.db, Checker: r.verifier, Missing: r.verifier.Missing,
		Journal: r.h.journal, Metrics: r.metrics, People: r.h.counter.front, Log: r.h.o.Log,
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.config, r.why = &c, err
	if err != nil {
		return err
	}
	r.now, r.since, r.broken = now, time.Now().UTC(), false
	r.warn(c)
	r.tell()
	return nil
}

// tell wakes Run; the caller holds mu.
func (r *coopRole) tell() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// Run implements Service: it lets work whatever coordinator there is, until ctx ends.
func (r *coopRole) Run(ctx context.Context) error {
	for {
		r.mu.Lock()
		now, changed := r.now, r.changed
		worked := make(chan struct{})
		if now != nil {
			r.worked = worked
		}
		r.mu.Unlock()
		if now == nil {
			if tried, err := r.reopen(ctx); tried {
				if err != nil {
					return err
				}
				continue
			}
			select {
			case <-ctx.Done():
				return nil
			case <-changed:
			}
			continue
		}
		err := r.work(ctx, now, changed)
		close(worked)
		if err != nil && ctx.Err() == nil {
			r.broke(now, err)
		}
		if ctx.Err() != nil || err != nil {
			return err
		}
	}
}

// broke takes away a coordinator that failed: it runs once, and the next Run opens another.
func (r *coopRole) broke(now *coordinator.Coordinator, why error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	r.mu.Lock()
	same := r.now == now
	if same {
		r.why, r.broken = why, true
	}
	r.mu.Unlock()
	if !same {
		return // it was replaced meanwhile
	}
	if err := r.shut(); err != nil {
		r.h.o.Log.Warn("the crew's coordinator did not end well", "err", err)
	}
}

// reopen opens the coordinator anew after one that failed; tried is false where none did.
func (r *coopRole) reopen(ctx context.Context) (tried bool, err error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	r.mu.Lock()
	c, broken := r.config, r.broken && r.now == nil
	r.mu.Unlock()
	if !broken || c == nil {
		return false, nil
	}
	return true, r.start(ctx, *c)
}

// work runs one coordinator until ctx ends or another takes its place.
func (r *coopRole) work(ctx context.Context, now *coordinator.Coordinator, changed <-chan struct{}) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- now.Run(ctx) }()
	select {
	case err := <-ended:
		return err
	case <-changed:
		stop()
		if err := <-ended; err != nil { // it was told to end: the next one is not to suffer from how it did
			r.h.o.Log.Warn("the crew's coordinator did not end well", "err", err)
		}
		return nil
	}
}

// shut ends the coordinator there is and waits for it; the caller holds turn.
func (r *coopRole) shut() error {
	r.mu.Lock()
	now, worked := r.now, r.worked
	r.now, r.worked = nil, nil
	r.tell()
	r.mu.Unlock()
	if now == nil {
		return nil
	}
	if worked != nil { // its Run uses what Close takes away
		<-worked
	}
	return now.Close()
}

// Close ends the coordinator, the verifier and what this role opened.
func (r *coopRole) Close() error {
	r.turn.Lock()
	defer r.turn.Unlock()
	return errors.Join(r.shut(), r.verifier.Close(), r.release())
}

// release gives back database and lock; the caller holds turn.
func (r *coopRole) release() (err error) {
	if !r.own {
		return nil
	}
	if r.db != nil {
		err = r.db.Close()
	}
	if r.lock != nil {
		err = errors.Join(err, r.lock.Release())
	}
	r.db, r.lock, r.own = nil, nil, false
	return err
}

// claim opens database and lock for a hub that becomes a coordinator; the caller holds turn.
func (r *coopRole) claim(ctx context.Context, c config.Coordinator) (err error) {
	if r.db != nil && r.at == c.Ledger.Database {
		return nil
	}
	if err := r.release(); err != nil {
		return err
	}
	r.at = c.Ledger.Database
	r.own = true
	if r.lock, err = TakeCoopLock(r.h.o.Dir); err == nil {
		r.db, err = openCoopDB(ctx, r.h.o, c)
	}
	if err != nil {
		return errors.Join(err, r.release())
	}
	return nil
}

// CrewWords says where members connect and what the crew works for, one line each; nothing where there is no crew.
func (h *House) CrewWords(ctx context.Context) ([]string, error) {
	h.coop.mu.Lock()
	now := h.coop.now
	h.coop.mu.Unlock()
	if now == nil {
		return nil, nil
	}
	return now.Words(ctx, adit.LocalOwner("terminal"))
}
