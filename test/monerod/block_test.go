package monerod

import (
	"encoding/binary"
	"encoding/hex"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/monerod/monerodtest"
	"github.com/adit-mining/adit/internal/address"
	"github.com/adit-mining/adit/internal/address/addresstest"
	"github.com/adit-mining/adit/pow/verify"
)

// template is what get_block_template answers; the fields used here.
type template struct {
	Hashing    string `json:"blockhashing_blob"`
	Block      string `json:"blocktemplate_blob"`
	Difficulty uint64 `json:"difficulty"`
	Height     uint64 `json:"height"`
	SeedHash   string `json:"seed_hash"`
}

// TestBlockIsTaken finds a block with our hasher and our address, and lets monerod judge both: it takes a block only when
// its own RandomX hash of it, with the nonce where we put it, meets the difficulty.
func TestBlockIsTaken(t *testing.T) {
	t.Parallel()
	hasher := startHasher(t)
	n := monerodtest.Start(t, monerodtest.Options{Difficulty: 5})
	var tpl template
	ask := map[string]any{"wallet_address": addresstest.Monero(t), "reserve_size": 8}
	if err := n.Call("get_block_template", ask, &tpl); err != nil {
		t.Fatal(err)
	}
	nonce := solve(t, hasher, tpl)

	block := unhex(t, tpl.Block)
	binary.LittleEndian.PutUint32(block[39:], nonce)
	var ok map[string]any
	if err := n.Call("submit_block", []string{hex.EncodeToString(block)}, &ok); err != nil {
		t.Fatalf("monerod refused our block: %v", err)
	}
	if got := n.Height(); got != tpl.Height+1 {
		t.Errorf("the chain has %d blocks after ours at height %d was taken", got, tpl.Height)
	}
}

// TestAddressIsRefused gives monerod an address with one letter changed: both it and we refuse it.
func TestAddressIsRefused(t *testing.T) {
	t.Parallel()
	n := monerodtest.Start(t, monerodtest.Options{Difficulty: 5})
	good := addresstest.Monero(t)
	swap := byte('2')
	if good[40] == swap {
		swap = '3'
	}
	bad := good[:40] + string(swap) + good[41:]
	if _, err := address.Check("XMR", good); err != nil {
		t.Errorf("we refuse what monerod takes: %v", err)
	}
	if _, err := address.Check("XMR", bad); adit.CodeOf(err) != adit.Invalid {
		t.Errorf("a mistyped address: %v", err)
	}
	var tpl template
	if err := n.Call("get_block_template", map[string]any{"wallet_address": bad, "reserve_size": 8}, &tpl); err == nil {
		t.Error("monerod takes the mistyped address")
	}
}

func startHasher(t *testing.T) *verify.Client {
	t.Helper()
	dir := os.Getenv("ADIT_BIN")
	path := filepath.Join(dir, "adit-miner")
	if _, err := os.Stat(path); dir == "" || err != nil {
		t.Skip("ADIT_BIN names no folder with adit-miner (make build): the node's cross-check is skipped")
	}
	c, err := verify.Start(t.Context(), verify.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// solve tries nonces until the hash, read as a little-endian number, times the difficulty fits 256 bits.
func solve(t *testing.T, hasher *verify.Client, tpl template) uint32 {
	t.Helper()
	blob := unhex(t, tpl.Hashing)
	seed := [32]byte(unhex(t, tpl.SeedHash))
	limit := new(big.Int).Lsh(big.NewInt(1), 256)
	for nonce := uint32(0); nonce < 256; nonce++ {
		binary.LittleEndian.PutUint32(blob[39:], nonce)
		hashes, err := hasher.Hash(t.Context(), adit.RandomX, seed, [][]byte{blob})
		if err != nil {
			t.Fatal(err)
		}
		h := hashes[0]
		slices.Reverse(h[:])
		v := new(big.Int).SetBytes(h[:])
		if v.Mul(v, new(big.Int).SetUint64(tpl.Difficulty)).Cmp(limit) < 0 {
			return nonce
		}
	}
	t.Fatalf("no block in 256 hashes at difficulty %d: a chance of 1 in 10^24, so the hash is wrong", tpl.Difficulty)
	return 0
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
