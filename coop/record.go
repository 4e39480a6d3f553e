package coop

import (
	"context"
	"time"

	"github.com/adit-mining/adit"
)

// ShareRecord is one accepted share as the ledger keeps it.
type ShareRecord struct {
	Seq        uint64 // given by the ledger: grows by one, never reused
	At         time.Time
	Member     MemberID
	WorkSeq    uint64      // Work.Seq
	Height     uint64      // 0 = unknown
	Difficulty adit.Hashes // d: assigned with the job
	Network    adit.Hashes // D: expected hashes of a block when the job was made; behind a pool the upstream's share difficulty
	Verified   bool        // hashed by us
	Up         bool        // met the upstream's difficulty and goes up
	Block      bool        // met the network's difficulty
	Key        uint64      // fingerprint of the solution within its work, so that no share is counted twice after a restart
}

// Ledger keeps shares and what became of them. Appended shares survive a kill -9 of the coordinator.
type Ledger interface {
	// Append writes a share and calls done once: after it was written (default) or synced. An error means that it is not in
	// the ledger. r.Seq is given to done.
	Append(r ShareRecord, done func(seq uint64, err error))
	// Verdict writes what the upstream said of a share that went up.
	Verdict(seq uint64, member MemberID, outcome adit.ShareOutcome, text string)
	// Found writes a block that an upstream took, found by share seq.
	Found(ctx context.Context, b FoundBlock) error
	// Trouble is why shares cannot be written now (disk full …), nil where they can.
	Trouble() error
}

// FoundBlock is a block of ours.
type FoundBlock struct {
	At     time.Time
	Share  uint64 // seq of the share that found it
	Member MemberID
	Coin   string // symbol
	Height uint64
	Hash   string  // hex, as the chain's explorers show it
	Reward *uint64 // atomic units, nil while unknown
}

// Chain tells what became of blocks: coop/monerod and coop/bitcoind implement it.
type Chain interface {
	// Block says whether the block of this height and hash is on the main chain, with how many confirmations (1 = it is the
	// tip) and which reward in atomic units. known is false where the node cannot tell now.
	Block(ctx context.Context, height uint64, hash string) (s BlockState, err error)
}

// BlockState is a block as a node sees it.
type BlockState struct {
	Main          bool
	Confirmations uint64
	Reward        *uint64
}
