package stratum

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum/failover"
)

const (
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
	o    FailoverOptions
	line *failover.Line[pooled, Job]

	mu sync.Mutex
	st Status // its counters
}

// pooled is a Client as package failover knows connections.
type pooled struct{ *Client }

func (c pooled) Work() Job { return c.Job() }

// poolSource is a Pool as package failover knows sources.
type poolSource struct {
	pool Pool
	o    *FailoverOptions
}

func (s poolSource) URL() string { return s.pool.URL }

func (s poolSource) Connect(ctx context.Context) (pooled, error) {
	c, err := Dial(ctx, s.pool, s.o.Dial, s.o.Log)
	if err == nil {
		s.o.Log.Debug("logged in", "pool", s.pool.URL, "ip", c.link.ip, "tls", c.link.version)
	}
	return pooled{c}, err
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
	f := &Failover{o: o, st: Status{Pools: len(o.Pools), Refusals: map[string]uint64{}}}
	f.line = failover.New(failover.Options[pooled, Job]{
		Sources: f.sources(o.Pools), OnIdle: o.OnIdle, Noun: "pool", Log: o.Log, Rand: o.Rand,
		OnWork: func(l *failover.Live[pooled], j Job) {
			j.Login = l.Login
			o.OnJob(j)
		},
		Same: func(a, b failover.Source[pooled]) bool { return a.(poolSource).pool.equal(b.(poolSource).pool) },
	})
	return f, nil
}

func (f *Failover) sources(pools []Pool) (list []failover.Source[pooled]) {
	for _, p := range pools {
		list = append(list, poolSource{p, &f.o})
	}
	return list
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
	f.line.Run(ctx)
	return nil
}

// SetPools replaces the pools; the connection stays where its pool did not change.
func (f *Failover) SetPools(pools []Pool) error {
	if err := checkPools(pools); err != nil {
		return err
	}
	f.mu.Lock()
	f.st.Pools = len(pools)
	f.mu.Unlock()
	f.line.Set(f.sources(pools))
	return nil
}

// Submit sends a share to the pool its job came from and waits for the verdict. A share whose connection is gone is
// stale and is not sent. Errors mean that there is no verdict: not connected, or no answer in 30 s.
func (f *Failover) Submit(ctx context.Context, s Share) (Verdict, error) {
	l := f.line.Live()
	if l != nil && l.Login != s.Login {
		v := Verdict{Outcome: adit.ShareStale, Text: "the connection of this job is gone"}
		f.count(s, v)
		return v, nil
	}
	if l == nil {
		f.lose()
		return Verdict{}, adit.Errorf(adit.Unreachable, "not connected to a pool: the share is lost")
	}
	l.Begin()
	defer l.End()
	v, err := l.Conn.Submit(ctx, s)
	if err != nil {
		f.lose()
		return v, err
	}
	f.count(s, v)
	if v.Outcome.Accepted() {
		f.line.Accepted(l)
	}
	return v, nil
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
	s := f.st
	s.Refusals = maps.Clone(f.st.Refusals)
	f.mu.Unlock()
	line := f.line.Status()
	s.State, s.Pool, s.URL, s.Reason, s.Logins, s.Failures = line.State, line.Source, line.URL, line.Reason, line.Logins, line.Failures
	l := f.line.Live()
	if l == nil {
		return s
	}
	info, job := l.Conn.Info(), l.Conn.Job()
	difficulty := job.Difficulty()
	s.IP, s.TLSVersion, s.Fingerprint, s.Ping, s.Since = info.IP, info.TLSVersion, info.Fingerprint, info.Ping, &info.Since
	s.Algorithm, s.Difficulty, s.Height = job.Algorithm, &difficulty, job.Height
	return s
}
