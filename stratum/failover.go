package stratum

import (
	"context"
	"errors"
	"log/slog"
	"net"
)

// FailoverOptions configure a Failover. Only Pools must be set.
type FailoverOptions struct {
	Pools  []Pool
	OnJob  func(Job)                                                            // a new job replaces the last one; called in order, must not block
	OnIdle func(reason error)                                                   // there is no work until the next OnJob; called once per loss, must not block
	Log    *slog.Logger                                                         // nil: silent
	Rand   func() float64                                                       // in [0,1), for jitter; nil: math/rand/v2
	Dial   func(ctx context.Context, network, address string) (net.Conn, error) // nil: a net.Dialer
}

// Failover is an ordered list of pools that looks like one pool.
type Failover struct {
	o FailoverOptions
}

// NewFailover checks the pools.
func NewFailover(o FailoverOptions) (*Failover, error) {
	return &Failover{o: o}, nil
}

// Run mines until ctx ends; it returns nil then.
func (f *Failover) Run(ctx context.Context) error { <-ctx.Done(); return nil }

// SetPools replaces the pools; the connection stays where its pool did not change.
func (f *Failover) SetPools(pools []Pool) error { return nil }

// Submit sends a share to the pool its job came from and waits for the verdict.
func (f *Failover) Submit(ctx context.Context, s Share) (Verdict, error) {
	return Verdict{}, errors.New("not connected")
}

// Status returns a snapshot.
func (f *Failover) Status() Status { return Status{} }
