package monerod

import (
	"encoding/binary"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/monerod"
	"github.com/adit-mining/adit/coop/monerod/monerodtest"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/upstream"
)

// TestSoloWithTransactions: templates of a real chain with transactions of a real wallet, whose tree has several leaves.
// The node knows the block that is handed in by the hash of what members mined.
func TestSoloWithTransactions(t *testing.T) {
	if testing.Short() {
		t.Skip("the chain of some 80 blocks takes its time")
	}
	t.Parallel()
	real := monerodtest.Start(t, monerodtest.Options{})
	real.Transactions(4)
	n, err := monerod.New(monerod.Options{Host: real.Host, Address: real.Address})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	c, err := n.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w := c.Work()
	if txs := w.Blob.Bytes[len(w.Blob.Bytes)-1]; txs != 5 {
		t.Fatalf("the template has %d transactions", txs)
	}
	s := upstream.Solution{Work: w, Extra: 77, Nonce: 78}
	if v, err := c.Submit(t.Context(), s); err != nil || v.Outcome != adit.ShareBlock {
		t.Fatalf("a block with transactions: %+v, %v", v, err)
	}
	state, err := n.Block(t.Context(), *w.Height, s.BlockHash())
	if err != nil || !state.Main || *state.Reward != *w.Reward {
		t.Errorf("the node does not know our block by the hash of what was mined: %+v, %v", state, err)
	}
}

// TestSoloIsProven finds blocks under extra nonces of our own with our hasher, and monerod hashes what it is given itself:
// at this difficulty it takes a block by luck once in fifty.
func TestSoloIsProven(t *testing.T) {
	t.Parallel()
	hasher := startHasher(t)
	real := monerodtest.Start(t, monerodtest.Options{Difficulty: 50})
	n, err := monerod.New(monerod.Options{Host: real.Host, Address: real.Address})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	for _, extra := range []uint32{3, 1 << 30} {
		c, err := n.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w := c.Work()
		s := upstream.Solution{Work: w, Extra: extra, Block: true}
		for blob := w.Blob.Cut(extra); ; s.Nonce++ {
			binary.LittleEndian.PutUint32(blob[w.Blob.NonceOffset:], s.Nonce)
			hashes, err := hasher.Hash(t.Context(), w.Algorithm, w.Blob.Seed, [][]byte{blob})
			if err != nil {
				t.Fatal(err)
			}
			if s.Result = hashes[0]; stratum.Meets(s.Result, w.Blob.Target) {
				break
			}
		}
		if v, err := c.Submit(t.Context(), s); err != nil || v.Outcome != adit.ShareBlock {
			t.Fatalf("extra nonce %d: %+v, %v", extra, v, err)
		}
	}
	if got := real.Height(); got != 3 {
		t.Errorf("the chain has %d blocks", got)
	}
}
