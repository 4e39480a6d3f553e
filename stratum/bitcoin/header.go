package bitcoin

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/adit-mining/adit"
)

// HeaderSize is the length of a block header, which is what is hashed.
const HeaderSize = 80

// RollingMask is the part of a header's version that BIP320 leaves to miners.
const RollingMask = 0x1fffe000

// MostTimeRoll is how far a share's time may lie after its job's, in seconds. Source: ckpool (stratifier.c, test of
// ntime32 against the workbase), which takes job time to job time + 7000.
const MostTimeRoll = 7000

// Sum is sha256d, the hash of blocks, transactions and merkle trees: SHA-256 twice.
func Sum(b []byte) [32]byte {
	first := sha256.Sum256(b)
	return sha256.Sum256(first[:])
}

// Coinbase returns the coinbase transaction with this extranonce2, without witness.
func (j *Job) Coinbase(extranonce2 []byte) []byte {
	tx := make([]byte, 0, len(j.Coinbase1)+len(j.Extranonce1)+len(extranonce2)+len(j.Coinbase2))
	tx = append(tx, j.Coinbase1...)
	tx = append(tx, j.Extranonce1...)
	tx = append(tx, extranonce2...)
	return append(tx, j.Coinbase2...)
}

// MerkleRoot returns the root over the coinbase with this extranonce2, in the order of the header.
func (j *Job) MerkleRoot(extranonce2 []byte) [32]byte {
	root := Sum(j.Coinbase(extranonce2))
	var pair [64]byte
	for _, b := range j.Branches {
		copy(pair[:32], root[:])
		copy(pair[32:], b[:])
		root = Sum(pair[:])
	}
	return root
}

// RolledVersion returns the header's version of a share: BIP310's (version & ~mask) | (bits & mask).
func (j *Job) RolledVersion(s Share) uint32 {
	mask := j.mask(s)
	return j.Version&^mask | s.VersionBits&mask
}

// mask is what the share's miner may roll of this job.
func (j *Job) mask(s Share) uint32 {
	if s.VersionMask == 0 && s.VersionBits != 0 {
		return j.VersionMask
	}
	return s.VersionMask & j.VersionMask
}

// Header returns the 80 bytes that a share of this job hashes. It does not check the share.
func (j *Job) Header(s Share) (h [HeaderSize]byte) {
	root := j.MerkleRoot(s.Extranonce2)
	binary.LittleEndian.PutUint32(h[0:], j.RolledVersion(s))
	copy(h[4:], j.PrevHash[:])
	copy(h[36:], root[:])
	binary.LittleEndian.PutUint32(h[68:], s.Time)
	binary.LittleEndian.PutUint32(h[72:], j.Bits)
	binary.LittleEndian.PutUint32(h[76:], s.Nonce)
	return h
}

// Hash returns the share's hash, sha256d of its header. As a number it is little-endian.
func (j *Job) Hash(s Share) [32]byte {
	h := j.Header(s)
	return Sum(h[:])
}

// Check says what is wrong with a share before it is hashed: the outcome and the words for the miner, "" and "" for
// nothing. The words are ckpool's, so that miners know them.
func (j *Job) Check(s Share) (adit.ShareOutcome, string) {
	switch {
	case len(s.Extranonce2) != j.Extranonce2Size:
		return adit.ShareMalformed, fmt.Sprintf("Invalid nonce2 length: %d bytes, %d are expected", len(s.Extranonce2), j.Extranonce2Size)
	case s.Time < j.Time || uint64(s.Time) > uint64(j.Time)+MostTimeRoll:
		return adit.ShareMalformed, fmt.Sprintf("Ntime out of range: the job's time to %d s later is allowed", MostTimeRoll)
	case s.VersionBits&^j.mask(s) != 0:
		return adit.ShareMalformed, fmt.Sprintf("Invalid version mask: bits outside of %08x were rolled", j.mask(s))
	}
	return "", ""
}

// Solves reports whether a hash is good enough for the chain: at most the target of Bits, exactly.
func (j *Job) Solves(hash [32]byte) bool {
	t, ok := TargetOfBits(j.Bits)
	return ok && t.Met(hash)
}

// Narrow returns the job as a member has it whose extranonces begin with prefix, the first bytes of this job's
// extranonce2. The prefix must leave no less than nothing.
func (j *Job) Narrow(prefix []byte) *Job {
	n := *j
	n.Extranonce1 = append(append(make([]byte, 0, len(j.Extranonce1)+len(prefix)), j.Extranonce1...), prefix...)
	n.Extranonce2Size = j.Extranonce2Size - len(prefix)
	return &n
}

// Widen returns a share of j.Narrow(prefix) as a share of j itself, under j's id: the header stays the same.
func (j *Job) Widen(prefix []byte, s Share) Share {
	w := s
	w.JobID = j.ID
	w.Extranonce2 = append(append(make([]byte, 0, len(prefix)+len(s.Extranonce2)), prefix...), s.Extranonce2...)
	w.VersionBits = j.RolledVersion(s) & j.VersionMask
	w.VersionMask = j.VersionMask
	return w
}

// Height reads the block height that BIP34 puts at the start of the coinbase's script, nil where there is none (version
// 1, or another chain's rule).
func (j *Job) Height() *uint64 {
	const script = 4 + 1 + 32 + 4 // version, number of inputs, the null outpoint
	c := j.Coinbase1
	if j.Version < 2 || len(c) < script+2 || c[4] != 1 {
		return nil
	}
	push := c[script+1:] // what follows the script's length; a coinbase's script has at most 100 bytes, so one byte of length
	if op := push[0]; op >= 0x51 && op <= 0x60 {
		h := uint64(op - 0x50) // 1 to 16 are opcodes of their own
		return &h
	}
	n := int(push[0])
	if n < 1 || n > 5 || len(push) < 1+n || push[n]&0x80 != 0 {
		return nil
	}
	var h uint64
	for i := n; i > 0; i-- {
		h = h<<8 | uint64(push[i])
	}
	return &h
}
