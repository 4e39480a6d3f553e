package stratum

import (
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum/failover"
)

// State of a Failover.
type State = failover.State

// The states.
const (
	Connecting = failover.Connecting // dialling, or waiting before the next try
	Working    = failover.Working    // logged in, with a job
	Ended      = failover.Ended      // Run is over, or has not begun
)

// Status is what a Failover knows about itself. Nil and "" mean unknown or not connected.
type Status struct {
	State       State
	Pool        int            // index of the pool in use or being tried
	Pools       int            // how many are configured
	URL         string         // of that pool
	IP          string         // its address, while connected
	Since       *time.Time     // when the login succeeded, nil while not connected
	Ping        *time.Duration // last round trip: a submit's or a keepalive's
	TLSVersion  string         // "TLS 1.3", "" for plain
	Fingerprint string         // SHA-256 of the pool's certificate as hex, "" for plain
	Algorithm   adit.Algorithm // of the job at hand
	Difficulty  *uint64        // of the job at hand
	Height      *uint64        // of the job at hand, where the pool tells
	Reason      string         // why there is no connection, in words; "" while working

	// Counters since Run began, over all pools.
	Logins         uint64            // successful ones
	Failures       uint64            // connections that failed or broke
	Accepted       uint64            // shares
	AcceptedWork   uint64            // sum of the difficulties of the accepted shares: hashes done, as the pool saw it
	Stale          uint64            // refused as too late, here or by the pool
	Rejected       uint64            // refused for other reasons
	Lost           uint64            // never answered, or answered that they could not be judged
	Refusals       map[string]uint64 // refused shares by the pool's own words
	LastAcceptedAt *time.Time
}
