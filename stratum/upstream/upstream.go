// Package upstream names what work comes from, in one shape for every kind: a pool of either dialect, a node that makes
// templates, practice; later Stratum V2. It is words only; who implements them: pool_*.go here for pools, coop/monerod
// and coop/bitcoind for nodes.
//
// It may import the root package, package stratum and stratum/bitcoin.
package upstream

import (
	"context"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/bitcoin"
)

// Source is one configured upstream: where to connect and as whom.
type Source interface {
	// URL is its address for people and logs, without secrets: "stratum+tcp://pool.example:3333", "monerod://127.0.0.1:18081".
	URL() string
	// Connect logs in and returns a connection that has work. Its errors say in words what to mend.
	Connect(ctx context.Context) (Conn, error)
}

// Conn is one living connection to an upstream, logged in. It is abandoned after Run returned.
type Conn interface {
	// Work is the newest work; never nil.
	Work() *Work
	// Run keeps the connection until ctx ends (nil) or it is lost (its cause); onWork gets each work after the first, in
	// order, and must not block.
	Run(ctx context.Context, onWork func(*Work)) error
	// Submit hands in a solution and waits for the verdict. An error means that there is none: lost, or not answered.
	Submit(ctx context.Context, s Solution) (stratum.Verdict, error)
	Info() Info
	Close()
}

// Sender is a Conn that need not be waited for. Where there is a lot to hand in it saves a goroutine each.
type Sender interface {
	// Send hands in solutions and returns once they are written. done is called once for each, with its index: the verdict,
	// or an error where there is none. It must not block.
	Send(list []Solution, done func(i int, v stratum.Verdict, err error))
}

// Info is what a connection knows about itself.
type Info struct {
	IP          string
	TLSVersion  string         // "" for plain
	Fingerprint string         // SHA-256 of the certificate, hex; "" for plain
	Since       time.Time      // login
	Ping        *time.Duration // last round trip, nil before the first
	Solo        bool           // a node: its shares are blocks
}

// Work is what an upstream hands out. It is not changed once it was handed out; the pointer is its identity.
type Work struct {
	JobID     string // the upstream's own
	Algorithm adit.Algorithm
	Height    *uint64      // nil where the upstream does not tell
	Clean     bool         // older work of this connection no longer counts
	Share     adit.Hashes  // expected hashes of the easiest share the upstream takes
	Network   *adit.Hashes // expected hashes of a block, nil where the upstream does not tell (XMR pools)
	At        time.Time

	Reward *uint64 // atomic units a block pays to the coordinator's wallet, nil where it does not tell

	// Exactly one of the two is set.
	Blob    *Blob
	Bitcoin *bitcoin.Job // Extranonce1 and Extranonce2Size of this connection

	// Mark is the connection's own: what Submit needs to make a block of a solution.
	Mark any
}

// Blob is work of the RandomX family: bytes with a nonce in them.
type Blob struct {
	Bytes       []byte // at most stratum.MaxBlob
	NonceOffset int    // 39 for Monero, 76 for OpenSY
	NonceWidth  int    // 4
	Target      uint64 // the upstream's, exactly as it counts it: a hash must be smaller (stratum.Meets)
	FixedByte   bool   // the last nonce byte belongs to the upstream ("nicehash"): this connection has room for one member
	Seed        [32]byte
	NextSeed    *[32]byte // nil until the upstream announces it

	// Cut makes the blob of extra nonce n, for templates of a node: members then have whole nonces of their own. Nil:
	// only the nonce can be divided. It is a pure function, safe for concurrent use, and does not keep what it returns.
	Cut func(n uint32) []byte
}

// Solution is a share or a block on its way up.
type Solution struct {
	Work   *Work
	Nonce  uint32        // Blob: little-endian as it lies in the blob
	Extra  uint32        // Blob with Cut: the extra nonce it was found with
	Result [32]byte      // Blob: the hash
	Share  bitcoin.Share // of Work.Bitcoin itself (Job.Widen), whichever slice it was found in
	Block  bool          // it meets the network's target as well, as far as is known
}
