package engine

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/adit-mining/adit"
)

// Share is a hash below its job's target.
type Share struct {
	JobID     string
	Tag       any // of the job
	Algorithm adit.Algorithm
	Nonce     []byte   // the nonce's bytes as they stand in the blob
	Hash      [32]byte // the raw hash
	Target    uint64   // of the job
	Found     time.Time
}

// Value is what is compared with a 64-bit target: the LE u64 of hash bytes 24..31.
func Value(hash *[32]byte) uint64 { return binary.LittleEndian.Uint64(hash[24:]) }

// Difficulty is how many hashes such a share takes on average.
func (s Share) Difficulty() uint64 { return Difficulty(Value(&s.Hash)) }

// Difficulty turns a 64-bit target or hash value into a difficulty: (2^64-1)/v, the most there is for 0.
func Difficulty(v uint64) uint64 {
	if v == 0 {
		return math.MaxUint64
	}
	return math.MaxUint64 / v
}
