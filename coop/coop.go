package coop

import (
	"context"
	"net/netip"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum/bitcoin"
	"github.com/adit-mining/adit/stratum/upstream"
)

// MemberID is who earns: for a Stratum miner its login name, for a worker its certificate's name and its worker id as
// "NAME/WORKER". It never changes and is never reused for somebody else.
type MemberID string

// Ways by which members come.
const (
	ViaStratum = "stratum" // an unmodified miner
	ViaGRPC    = "grpc"    // `adit worker`
)

// Hello is what a connection says of itself when it joins.
type Hello struct {
	Member   MemberID
	Name     string // as people see it; "" = Member
	Via      string // ViaStratum or ViaGRPC
	Password string // Stratum only; never logged or stored in the clear
	Agent    string // the program, as it says
	RigID    string
	Remote   netip.AddrPort
	TLS      string           // "TLS 1.3"; "" = plain
	Cert     string           // fingerprint of the client's certificate, "" = none
	Algos    []adit.Algorithm // what it can hash; nil = it did not say

	// AnyOffset: it can place a nonce where the job says. Unmodified miners cannot: for them the offset is that of the
	// algorithm (Algorithm.Nonce).
	AnyOffset bool

	Threads      int // 0 = it did not say
	OS, Arch     string
	Capabilities []string

	Difficulty adit.Hashes // wished for ("login+5000", mining.suggest_difficulty); zero = none
	FixedDiff  bool        // the wish is an order: no vardiff
	LeastDiff  adit.Hashes // never below (BIP310 minimum-difficulty); zero = none
}

// Gate is a door of the coordinator: the Stratum port, the gRPC service. The crew calls it; its methods must not block.
type Gate interface {
	// Deliver says that there is new work on a lane: each seat of this gate on that lane gets its slice of it. The crew
	// calls it in the order of works, one call per lane at a time.
	Deliver(l Lane, w *Work)
	// Refresh asks to hand one seat the newest work of its lane again: its difficulty or its slice changed.
	Refresh(s Seat)
	// Idle says that a lane has no work until the next Deliver: seats stay connected and wait.
	Idle(l Lane, reason error)
	// Evict hangs up on a seat: suspended, revoked, banned, or its member came anew.
	Evict(s Seat, reason error)
}

// Lane is one upstream connection of the coordinator and the members who share its work.
type Lane uint32

// Crew is the heart as the gates see it.
type Crew interface {
	// Join makes a connection a member's seat. It waits until there is work or ctx ends; errors are for the miner's eyes.
	// A gRPC member that comes anew replaces its old seat (Gate.Evict); a Stratum login may sit many times.
	//
	// Hello.Member may be empty where Via is ViaStratum: Bitcoin's miners want their extranonce1 before they say who they
	// are. The seat is then held for a stranger, see Seat.Introduce.
	Join(ctx context.Context, g Gate, h Hello) (Seat, error)
}

// Seat is one connection's place: a slice of the work of one lane, and a difficulty. Its methods may be called from any
// goroutine and do not block.
type Seat interface {
	Member() MemberID
	Hello() Hello
	Lane() Lane
	// Newest is the newest work of its lane, nil while idle.
	Newest() *Work
	// Assign hands this seat its part of w: the crew remembers id, slice and difficulty, and accepts shares for them.
	// Assigning the same work again gives another id where the difficulty changed. ok is false once it left, or where w is
	// not of its lane any more: then send nothing.
	Assign(w *Work) (a Assignment, ok bool)
	// Introduce says, once, who sits on a seat that was joined without Hello.Member; its error is for the miner's eyes. Until
	// then Assign tells the slice but remembers nothing, shares are ShareUnauthorized, the member counts nowhere, and Leave
	// frees the slice at once, as nothing was mined in it. A seat that was joined with a member returns an error.
	Introduce(h Hello) error
	// Submit checks a share and calls reply exactly once, at once or later, from any goroutine. The order of checks: known
	// member, known job, fresh, not duplicate, nonce in slice, target, hash. An accepted share is in the ledger (written,
	// or synced where so configured) before reply is called.
	Submit(s Submission, reply func(Verdict))
	// Beat takes a member's own word on itself (gRPC heartbeat), for people's eyes only.
	Beat(b Beat)
	// Wish asks for another difficulty.
	Wish(d adit.Hashes)
	// Leave gives the slice back. It is not reused while old work for it may be mined.
	Leave(reason error)
}

// Work is upstream work as a lane hands it out. It is not changed once it was handed out.
type Work struct {
	*upstream.Work
	ID   string // the job's id for all seats of the lane: short, never used twice in the life of a coordinator
	Lane Lane
	Seq  uint64 // grows by one with each work of the coordinator
}

// Slice is a seat's part of all works of its lane. No two seats of a lane have nonces in common.
type Slice struct {
	Index uint32 // which one: nonce byte, extra nonce or extranonce prefix

	// Blob work: the nonces that may be searched, both ends included, as the 4 bytes read little-endian. A whole nonce
	// byte is NonceStart = b<<24, NonceEnd = b<<24|0xffffff; unmodified miners need exactly that or everything.
	NonceStart, NonceEnd uint32
	Byte                 bool // the last nonce byte is fixed to Index ("nicehash" for miners)
	Extra                bool // the blob is Work.Blob.Cut(Index)

	// Bitcoin work.
	Extranonce1     []byte
	Extranonce2Size int
}

// Assignment is a work as one seat has it.
type Assignment struct {
	JobID      string
	Slice      Slice
	Difficulty adit.Hashes // expected hashes per share
	Target     uint64      // Blob work: of Difficulty, as stratum.Meets counts
	Plain      bool        // JobID is Work.ID and nothing but slice and target differ between seats: encode once
}

// Submission is a share on its way in. Fields of the other family are zero.
type Submission struct {
	JobID  string
	Nonce  uint32         // Blob: the 4 bytes read little-endian
	Result [32]byte       // Blob: the hash as the miner claims it
	Algo   adit.Algorithm // "" = it did not say
	Share  bitcoin.Share  // Bitcoin
	At     time.Time      // when it came
}

// Verdict is the crew's word on a share.
type Verdict struct {
	Outcome    adit.ShareOutcome // "" where it was not judged: the ledger cannot write, the verifier is away
	Reason     string            // for the miner, "" = the outcome's own words
	Block      bool              // it solves a block, as far as the coordinator can see
	BlockHash  string            // hex, "" while unknown
	Difficulty adit.Hashes       // what it counts for, zero where it is not accepted
}

// Beat is what a worker says of itself. Nil is unknown.
type Beat struct {
	Hashrate     *adit.Hashrate
	HashesTotal  uint64
	Uptime       time.Duration
	CPU, Memory  *float64 // per cent; memory in bytes where the worker says so is not asked
	Temperature  *adit.Celsius
	SharesValid  uint64
	SharesWrong  uint64
	Paused       bool
	PausedReason string
}

// Checker hashes blobs under one seed: `adit-miner verify`. It may be called concurrently and honours ctx.
type Checker interface {
	Hash(ctx context.Context, algorithm adit.Algorithm, seed [32]byte, blobs [][]byte) ([][32]byte, error)
}
