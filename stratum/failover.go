package stratum

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/adit-mining/adit"
)

// Numbers of the failover. XMRig waits a constant 5 s; with jitter thousands of miners spread themselves instead.
const (
	triesPerPool  = 5                // then the next pool
	leastPause    = time.Second      // of the back-off
	mostPause     = 60 * time.Second // of the back-off
	provenAfter   = 60 * time.Second // of accepted work: failures are forgotten
	drainTime     = 5 * time.Second  // an abandoned connection waits so long for verdicts
	mostPools     = 16
	mostRefusals  = 32 // different texts kept
	otherRefusals = "other"
)

// FailoverOptions configure a Failover. Only Pools must be set.
type FailoverOptions struct {
	Pools  []Pool
	OnJob  func(Job)          // a new job replaces the last one; called in order, must not block
	OnIdle func(reason error) // there is no work until the next OnJob; called once per loss, must not block
	Log    *slog.Logger       // nil: silent
	Rand   func() float64     // in [0,1), for jitter; nil: math/rand/v2
	Dial   DialFunc           // nil: a net.Dialer
}

// Failover is an ordered list of pools that looks like one pool. It stays with a pool until that fails five times in a
// row, then takes the next; while it is not with the first it keeps trying those before and returns when one logs in.
type Failover struct {
	o     FailoverOptions
	pause Backoff
	turn  sync.Mutex // OnJob and OnIdle, one at a time and in order

	mu      sync.Mutex
	pools   []Pool
	changed chan struct{} // closed when the pools are replaced, and replaced with them
	fails   []int         // per pool, in a row
	live    *live         // nil while not connected
	st      Status
}

// live is the connection in use.
type live struct {
	*Client
	pool  int    // its index
	login uint64 // its number
	done  chan error
}

// NewFailover checks the pools.
func NewFailover(o FailoverOptions) (*Failover, error) {
	if err := checkPools(o.Pools); err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.OnJob == nil {
		o.OnJob = func(Job) {}
	}
	if o.OnIdle == nil {
		o.OnIdle = func(error) {}
	}
	return &Failover{
		o: o, pause: Backoff{Least: leastPause, Most: mostPause, Rand: o.Rand},
		changed: make(chan struct{}),
		pools:   slices.Clone(o.Pools), fails: make([]int, len(o.Pools)),
		st: Status{State: Ended, Pools: len(o.Pools), URL: o.Pools[0].URL, Refusals: map[string]uint64{}},
	}, nil
}

func checkPools(pools []Pool) error {
	if len(pools) == 0 || len(pools) > mostPools {
		return adit.InvalidField("pools", "1 to %d pools are expected, got %d", mostPools, len(pools))
	}
	for _, p := range pools {
		if err := p.Validate(); err != nil {
			return err
		}
	}
	return nil
}

// Run mines until ctx ends; it returns nil then. It may be called once.
func (f *Failover) Run(ctx context.Context) error {
	r := &run{Failover: f, said: map[string]string{}}
	defer r.wait.Wait()
	r.loop(ctx)
	return nil
}

// SetPools replaces the pools; the connection stays where its pool did not change.
func (f *Failover) SetPools(pools []Pool) error {
	if err := checkPools(pools); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if slices.EqualFunc(pools, f.pools, Pool.equal) {
		return nil
	}
	f.pools = slices.Clone(pools)
	f.fails = make([]int, len(pools))
	f.st.Pools = len(pools)
	close(f.changed)
	f.changed = make(chan struct{})
	return nil
}

// Submit sends a share to the pool its job came from and waits for the verdict. A share whose connection is gone is
// stale and is not sent. Errors mean that there is no verdict: not connected, or no answer in 30 s.
func (f *Failover) Submit(ctx context.Context, s Share) (Verdict, error) {
	f.mu.Lock()
	l := f.live
	f.mu.Unlock()
	if l != nil && l.login != s.Login {
		v := Verdict{Outcome: adit.ShareStale, Text: "the connection of this job is gone"}
		f.count(s, v)
		return v, nil
	}
	if l == nil {
		f.lose()
		return Verdict{}, adit.Errorf(adit.Unreachable, "not connected to a pool: the share is lost")
	}
	v, err := l.Client.Submit(ctx, s)
	if err != nil {
		f.lose()
		return v, err
	}
	f.count(s, v)
	if v.Outcome.Accepted() && time.Since(l.since) >= provenAfter {
		f.proven(l)
	}
	return v, nil
}

// proven forgets the failures of the pool in use.
func (f *Failover) proven(l *live) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.live == l && l.pool < len(f.fails) {
		f.fails[l.pool] = 0
	}
}

func (f *Failover) lose() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.st.Lost++
}

func (f *Failover) count(s Share, v Verdict) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case v.Outcome.Accepted():
		f.st.Accepted++
		f.st.AcceptedWork += s.Difficulty
		now := time.Now()
		f.st.LastAcceptedAt = &now
		return
	case v.Outcome == "": // not judged: nobody's fault, and no verdict to count
		f.st.Lost++
	case v.Outcome == adit.ShareStale, v.Outcome == adit.ShareUnknownJob:
		f.st.Stale++
	default:
		f.st.Rejected++
	}
	text := wordsOr(v.Text, string(v.Outcome))
	if _, known := f.st.Refusals[text]; !known && len(f.st.Refusals) >= mostRefusals {
		text = otherRefusals
	}
	f.st.Refusals[text]++
}

// Status returns a snapshot.
func (f *Failover) Status() Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.st
	s.Refusals = make(map[string]uint64, len(f.st.Refusals))
	for k, v := range f.st.Refusals {
		s.Refusals[k] = v
	}
	if f.live == nil {
		return s
	}
	info, job := f.live.Info(), f.live.Job()
	difficulty := job.Difficulty()
	s.IP, s.TLSVersion, s.Fingerprint, s.Ping, s.Since = info.IP, info.TLSVersion, info.Fingerprint, info.Ping, &info.Since
	s.Algorithm, s.Difficulty, s.Height = job.Algorithm, &difficulty, job.Height
	return s
}
