package bitcoind

import (
	"context"
	"encoding/binary"
	"math/big"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/nodework"
	"github.com/adit-mining/adit/stratum/bitcoin"
	"github.com/adit-mining/adit/stratum/upstream"
)

// RandomX over Bitcoin's header: what is hashed is the 80 bytes with the nonce at the end, under a key that is the hash
// of an earlier block in the order of headers. Source: github.com/opensyria/OpenSY src/pow.cpp, CalculateRandomXHash and
// GetRandomXKeyBlockHash; src/crypto/randomx_context.cpp takes the key as it lies in memory.

const nonceAt = bitcoin.HeaderSize - 4

// blob is the work of such a coin. Its difficulty is checked in 64 bits; the few hashes at the edge are the node's to judge.
func (t *template) blob() *upstream.Blob {
	target, _ := bitcoin.TargetOfBits(t.job.Bits) // they were read before
	b := &upstream.Blob{NonceOffset: nonceAt, NonceWidth: 4, Target: target[3], Seed: t.seed, NextSeed: t.nextSeed, Cut: t.cut}
	if b.Target != 1<<64-1 {
		b.Target++ // "smaller", where the chain says "at most"
	}
	b.Bytes = t.cut(0)
	return b
}

// cut is the header with extra nonce n in its coinbase.
func (t *template) cut(n uint32) []byte {
	h := t.job.Header(t.shareOf(n, 0))
	return h[:]
}

// extranonce is n in the miners' bytes of the coinbase.
func extranonce(n uint32) []byte {
	return binary.LittleEndian.AppendUint64(nil, uint64(n))
}

// expected is how many hashes it takes to meet a target: 2^256 / (target + 1).
func expected(t bitcoin.Target) adit.Hashes {
	b := t.Big()
	return adit.HashesBig(b.Div(new(big.Int).Lsh(big.NewInt(1), 256), b.Add(b, big.NewInt(1))))
}

// seeds asks the node for the key of a template's height, and for the one after it where its block is there already.
func (n *Node) seeds(ctx context.Context, t *template) error {
	at, _ := n.coin.SeedHeight(t.height)
	var err error
	if t.seed, err = n.hashAt(ctx, at); err != nil {
		return err
	}
	next, _ := n.coin.SeedHeight(t.height + n.coin.SeedInterval)
	if next == at || next >= t.height {
		return nil
	}
	seed, err := n.hashAt(ctx, next)
	if err == nil {
		t.nextSeed = &seed
	}
	return err
}

// hashAt is the hash of the main chain's block at a height, in the order of headers.
func (n *Node) hashAt(ctx context.Context, height uint64) ([32]byte, error) {
	var s string
	if err := n.rpc.Call(ctx, nodework.AskTimeout, "getblockhash", []any{height}, &s); err != nil {
		return [32]byte{}, n.refusal(ctx, err)
	}
	h, err := reversed(s, "getblockhash")
	if err != nil {
		return h, adit.Errorf(adit.Unreachable, "the %s node at %s does not tell the hash of block %d", n.coin.Name, n.o.Host, height)
	}
	return h, nil
}
