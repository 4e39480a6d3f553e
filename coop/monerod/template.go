package monerod

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"math/big"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum"
)

// templateAnswer is the result of get_block_template.
// Source: monero src/rpc/core_rpc_server_commands_defs.h, COMMAND_RPC_GETBLOCKTEMPLATE.
type templateAnswer struct {
	Block           string  `json:"blocktemplate_blob"`
	Hashing         string  `json:"blockhashing_blob"`
	Difficulty      uint64  `json:"difficulty"`
	DifficultyTop64 uint64  `json:"difficulty_top64"`
	Wide            string  `json:"wide_difficulty"` // 0x…, 128 bits; older nodes lack it
	Height          uint64  `json:"height"`
	Reserved        int     `json:"reserved_offset"`
	Reward          *uint64 `json:"expected_reward"`
	Previous        string  `json:"prev_hash"`
	Seed            string  `json:"seed_hash"`
	NextSeed        string  `json:"next_seed_hash"`
	Status          string  `json:"status"`
	Untrusted       bool    `json:"untrusted"`
}

// template is an answer that was read and checked.
type template struct {
	block      *block
	previous   [32]byte
	height     uint64
	difficulty adit.Hashes
	reward     *uint64
	seed       [32]byte
	nextSeed   *[32]byte
}

// nonceAt is where the nonce of a Monero block lies, and where every miner of rx/0 puts it.
const nonceAt = 39

func (a *templateAnswer) read() (*template, error) {
	switch {
	case a.Status != "OK":
		return nil, errors.New("its status is not OK")
	case a.Untrusted:
		return nil, errors.New("it passes on what another node says (--bootstrap-daemon-address); wait until it has the chain itself")
	}
	t := &template{height: a.Height, reward: a.Reward}
	var err error
	if t.difficulty, err = a.difficulty(); err != nil {
		return nil, err
	}
	if err := hash(a.Previous, "prev_hash", &t.previous); err != nil {
		return nil, err
	}
	if err := hash(a.Seed, "seed_hash", &t.seed); err != nil {
		return nil, err
	}
	if a.NextSeed != "" {
		t.nextSeed = new([32]byte)
		if err := hash(a.NextSeed, "next_seed_hash", t.nextSeed); err != nil {
			return nil, err
		}
	}
	t.block, err = a.block()
	if err == nil && !bytes.Equal(t.block.raw[t.block.nonceAt-32:t.block.nonceAt], t.previous[:]) {
		err = errors.New("prev_hash is not that of the block template")
	}
	return t, err
}

func (a *templateAnswer) difficulty() (adit.Hashes, error) {
	h := adit.Hashes{Hi: a.DifficultyTop64, Lo: a.Difficulty}
	if a.Wide != "" {
		wide, ok := new(big.Int).SetString(strings.TrimPrefix(a.Wide, "0x"), 16)
		if !ok || wide.Sign() < 0 || wide.BitLen() > 128 {
			return h, errors.New("wide_difficulty is no number of 128 bits")
		}
		h = adit.HashesBig(wide)
	}
	if h.IsZero() {
		return h, errors.New("the difficulty is missing")
	}
	return h, nil
}

// block reads the template and rebuilds the node's own hashing blob from it: only where both agree to the byte may the
// reserve be changed.
func (a *templateAnswer) block() (*block, error) {
	raw, err := hex.DecodeString(a.Block)
	if err != nil {
		return nil, errors.New("blocktemplate_blob is not hex")
	}
	want, err := hex.DecodeString(a.Hashing)
	if err != nil {
		return nil, errors.New("blockhashing_blob is not hex")
	}
	b, err := readBlock(raw, a.Reserved)
	switch {
	case err != nil:
		return nil, err
	case b.nonceAt != nonceAt:
		return nil, errors.New("its nonce is not where miners put it: is the node's clock right?")
	case len(want) > stratum.MaxBlob:
		return nil, errors.New("blockhashing_blob is longer than miners take")
	case !bytes.Equal(b.plain(), want):
		return nil, errors.New("blockhashing_blob is not the one of blocktemplate_blob: its version may have rules that adit does not know")
	}
	return b, nil
}

func hash(s, name string, to *[32]byte) error {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != len(to) {
		return errors.New(name + " is no hash of 64 hex digits")
	}
	copy(to[:], raw)
	return nil
}

// target is the difficulty in 64 bits, as miners compare: (2^64-1)/difficulty. Above 64 bits the smallest target is
// taken, which every solution meets; the node judges the rest.
func target(h adit.Hashes) uint64 {
	if h.Hi != 0 {
		return 1
	}
	return math.MaxUint64 / h.Lo
}

// meets is the node's own test of a hash: as a little-endian number times the difficulty it must fit 256 bits.
// Source: monero src/cryptonote_basic/difficulty.cpp, check_hash_128.
func meets(result [32]byte, h adit.Hashes) bool {
	for i := range 16 {
		result[i], result[31-i] = result[31-i], result[i]
	}
	v := new(big.Int).SetBytes(result[:])
	return v.Mul(v, h.Big()).BitLen() <= 256
}
