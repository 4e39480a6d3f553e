package upstream

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/failover"
)

const mostSources = 16

// Via is one login of a Failover: works come from one and their solutions go back to it.
type Via = failover.Live[Conn]

// FailoverOptions configure a Failover. Only Sources must be set.
type FailoverOptions struct {
	Sources []Source              // first the one to prefer
	OnWork  func(v *Via, w *Work) // new work replaces the last; called in order, must not block
	OnIdle  func(reason error)    // there is no work until the next OnWork; once per loss, must not block
	Log     *slog.Logger          // nil: silent
	Rand    func() float64        // in [0,1), for jitter; nil: math/rand/v2
	Pause   time.Duration         // the longest first pause before a source is tried again; 0: a second
	Tries   int                   // failures in a row, then the next source; 0: five
}

// Failover is an ordered list of sources that looks like one connection. It stays with a source until that fails Tries
// times in a row, then takes the next; while it is not with the first it keeps trying those before and returns when one
// logs in, before the former is left.
type Failover struct {
	line *failover.Line[Conn, *Work]

	mu sync.Mutex
	st Counts
}

// Status is what a Failover knows about itself. Nil is unknown or not connected.
type Status struct {
	State  failover.State
	Source int    // index of the source in use or being tried
	URL    string // of that source, without secrets
	Reason string // why there is no connection; "" while working
	Info   *Info  // of the connection, nil while there is none
	Work   *Work  // at hand, nil while there is none
	Health []failover.Health

	Logins   uint64
	Failures uint64
	Counts
}

// Counts are since Run began, over all sources.
type Counts struct {
	Accepted       uint64
	AcceptedWork   adit.Hashes // sum of the share difficulties of what was accepted
	Stale          uint64
	Rejected       uint64
	Lost           uint64 // no verdict
	LastAcceptedAt *time.Time
	Latency        *time.Duration // of verdicts, an average that forgets; nil before the first
}

// NewFailover checks the options.
func NewFailover(o FailoverOptions) (*Failover, error) {
	if len(o.Sources) == 0 || len(o.Sources) > mostSources {
		return nil, adit.InvalidField("pools", "1 to %d upstreams are expected, got %d", mostSources, len(o.Sources))
	}
	return &Failover{line: failover.New(failover.Options[Conn, *Work]{
		Sources: ordered(o.Sources), OnWork: o.OnWork, OnIdle: o.OnIdle, Same: same, Noun: "upstream", Log: o.Log, Rand: o.Rand,
		Pause: o.Pause, Tries: o.Tries,
	})}, nil
}

func ordered(sources []Source) (list []failover.Source[Conn]) {
	for _, s := range sources {
		list = append(list, s)
	}
	return list
}

func same(a, b failover.Source[Conn]) bool { return a == b }

// Run works until ctx ends. It may be called once.
func (f *Failover) Run(ctx context.Context) { f.line.Run(ctx) }

// SetSources replaces the sources; the connection stays where its Source is among them.
func (f *Failover) SetSources(sources []Source) error {
	if len(sources) == 0 || len(sources) > mostSources {
		return adit.InvalidField("pools", "1 to %d upstreams are expected, got %d", mostSources, len(sources))
	}
	f.line.Set(ordered(sources))
	return nil
}

// Submit hands a solution to the connection its work came from and waits for the verdict. Where that is not in use any
// more the share is stale and not sent, but a block always is: to a node by its newer connection as well. Errors mean
// that there is no verdict.
func (f *Failover) Submit(ctx context.Context, v *Via, s Solution) (stratum.Verdict, error) {
	v.Begin()
	defer v.End()
	to := v
	if live := f.line.Live(); live != v {
		if !s.Block {
			verdict := gone
			f.count(s, verdict, 0)
			return verdict, nil
		}
		if live != nil && live.Source == v.Source && live.Conn.Info().Solo {
			to = live
		}
	}
	began := time.Now()
	verdict, err := to.Conn.Submit(ctx, s)
	if err != nil {
		f.mu.Lock()
		f.st.Lost++
		f.mu.Unlock()
		return verdict, err
	}
	f.count(s, verdict, time.Since(began))
	if verdict.Outcome.Accepted() {
		f.line.Accepted(to)
	}
	return verdict, nil
}

// Send is Submit for many solutions of one login, without waiting; done is called once for each, with its index. It
// reports false, and does nothing, where that connection cannot do it or is not in use any more: then Submit does.
func (f *Failover) Send(v *Via, list []Solution, done func(i int, v stratum.Verdict, err error)) bool {
	sender, ok := v.Conn.(Sender)
	if !ok || f.line.Live() != v {
		return false
	}
	for range list {
		v.Begin()
	}
	began := time.Now()
	sender.Send(list, func(i int, verdict stratum.Verdict, err error) {
		defer v.End()
		if err != nil {
			f.mu.Lock()
			f.st.Lost++
			f.mu.Unlock()
		} else {
			f.count(list[i], verdict, time.Since(began))
			if verdict.Outcome.Accepted() {
				f.line.Accepted(v)
			}
		}
		done(i, verdict, err)
	})
	return true
}

func (f *Failover) count(s Solution, v stratum.Verdict, took time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := &f.st
	switch {
	case v.Outcome.Accepted():
		c.Accepted++
		c.AcceptedWork = c.AcceptedWork.Add(s.Work.Share)
		now := time.Now()
		c.LastAcceptedAt = &now
	case v.Outcome == "":
		c.Lost++
	case v.Outcome == adit.ShareStale, v.Outcome == adit.ShareUnknownJob:
		c.Stale++
	default:
		c.Rejected++
	}
	if took <= 0 {
		return
	}
	if c.Latency != nil {
		took = (*c.Latency*7 + took) / 8
	}
	c.Latency = &took
}

// Status returns a snapshot.
func (f *Failover) Status() Status {
	line := f.line.Status()
	s := Status{
		State: line.State, Source: line.Source, URL: line.URL, Reason: line.Reason,
		Logins: line.Logins, Failures: line.Failures, Health: line.Sources,
	}
	if l := f.line.Live(); l != nil {
		i := l.Conn.Info()
		s.Info, s.Work = &i, l.Conn.Work()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s.Counts = f.st
	return s
}
