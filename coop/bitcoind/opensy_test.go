package bitcoind_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/bitcoind"
	"github.com/adit-mining/adit/internal/address"
	"github.com/adit-mining/adit/internal/address/addresstest"
	"github.com/adit-mining/adit/stratum/upstream"
)

// TestOpenSY takes RandomX work of a node with Bitcoin's header. The node here judges by sha256d, which is enough to see
// that header, coinbase and commitment are right for every extra nonce; the key is that of the chain's rule.
func TestOpenSY(t *testing.T) {
	for _, height := range []uint64{40, 64, 95, 96, 1000} {
		c := newCore(height - 1)
		for h := range height - 1 {
			c.hashes[h] = double(binary.LittleEndian.AppendUint64(nil, h))
		}
		payout := addresstest.Bitcoin(t, "SYL", address.Regtest, address.WitnessKeyHash)
		conn := connect(t, openFake(t, c, bitcoind.Options{Coin: "SYL", Address: payout}))
		w := conn.Work()
		b := w.Blob
		if w.Bitcoin != nil || w.Algorithm != adit.RandomX || b.NonceOffset != 76 || b.NonceWidth != 4 || len(b.Bytes) != 80 || !bytes.Equal(b.Bytes, b.Cut(0)) {
			t.Fatalf("work: %+v", b)
		}
		if *w.Network != adit.HashesOf(2) || b.Target != 0x7fffff0000000001 {
			t.Errorf("network %v, target %x", w.Network, b.Target)
		}
		key := map[uint64]uint64{40: 0, 64: 32, 95: 32, 96: 64, 1000: 960}[height]
		if b.Seed != c.hashes[key] {
			t.Errorf("height %d: the key is not block %d", height, key)
		}
		if next, known := key+32, key+32 < height; known != (b.NextSeed != nil) || known && *b.NextSeed != c.hashes[next] {
			t.Errorf("height %d: the next key is %x", height, b.NextSeed)
		}
		s := upstream.Solution{Work: w, Extra: 0x01020304}
		for ; ; s.Nonce++ { // two nonces on average
			blob := b.Cut(s.Extra)
			binary.LittleEndian.PutUint32(blob[76:], s.Nonce)
			if h := double(blob); h[31] < 0x7f {
				break
			}
		}
		submit(t, conn, s, adit.ShareBlock)
		if shown(c.tip) != s.BlockHash() {
			t.Errorf("height %d: the block is %s, not %s", height, shown(c.tip), s.BlockHash())
		}
	}
}
