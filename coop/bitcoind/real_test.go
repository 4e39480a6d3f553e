package bitcoind_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/bitcoind"
	"github.com/adit-mining/adit/coop/bitcoind/btcdtest"
	"github.com/adit-mining/adit/internal/address"
	"github.com/adit-mining/adit/internal/address/addresstest"
	"github.com/adit-mining/adit/stratum/bitcoin"
	"github.com/adit-mining/adit/stratum/upstream"
)

func open(t *testing.T, real *btcdtest.Node, payout string) *bitcoind.Node {
	t.Helper()
	o := bitcoind.Options{Address: payout, Poll: 20 * time.Millisecond}
	if err := o.ParseAddress(real.URL); err != nil {
		t.Fatal(err)
	}
	n, err := bitcoind.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Close)
	return n
}

func connect(t *testing.T, n *bitcoind.Node) upstream.Conn {
	t.Helper()
	c, err := n.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestRealNode mines on a real btcd: each payout kind, the rules of segwit once they are active, late and wrong blocks.
func TestRealNode(t *testing.T) {
	real := btcdtest.Start(t)
	t.Run("kinds of addresses", func(t *testing.T) { realKinds(t, real) })
	t.Run("follows the chain", func(t *testing.T) { realFollows(t, real) })
	t.Run("late and wrong", func(t *testing.T) { realWrong(t, real) })
	t.Run("segwit", func(t *testing.T) { realSegwit(t, real) })
	t.Run("login and network", func(t *testing.T) { realRefusals(t, real) })
	t.Run("away", func(t *testing.T) {
		n := open(t, real, real.Address)
		c := connect(t, n)
		gone := make(chan error, 1)
		go func() { gone <- c.Run(t.Context(), func(*upstream.Work) {}) }()
		real.Stop()
		if err := <-gone; adit.CodeOf(err) != adit.Unreachable {
			t.Errorf("the node went away: %v", err)
		}
		if _, err := n.Connect(t.Context()); adit.CodeOf(err) != adit.Unreachable || !strings.Contains(err.Error(), "nothing answers at "+real.Host) {
			t.Errorf("the node is away: %v", err)
		}
		if _, err := c.Submit(t.Context(), solve(t, c.Work(), 5)); adit.CodeOf(err) != adit.Unreachable {
			t.Errorf("a block that nobody took: %v", err)
		}
	})
}

func solve(t *testing.T, w *upstream.Work, extra byte) upstream.Solution {
	t.Helper()
	share, err := btcdtest.Solve(w.Bitcoin, []byte{extra, 0, 0, 0, 0, 0, 0, 0})
	if err != nil {
		t.Fatal(err)
	}
	return upstream.Solution{Work: w, Share: share, Block: true}
}

func submit(t *testing.T, c upstream.Conn, s upstream.Solution, want adit.ShareOutcome) {
	t.Helper()
	v, err := c.Submit(t.Context(), s)
	if err != nil || v.Outcome != want {
		t.Fatalf("%s %q, %v; want %s", v.Outcome, v.Text, err, want)
	}
}

func realKinds(t *testing.T, real *btcdtest.Node) {
	for i, kind := range addresstest.BitcoinKinds {
		payout := addresstest.Bitcoin(t, "BTC", address.Simnet, kind)
		var known struct {
			Valid bool `json:"isvalid"`
		}
		if err := real.Call("validateaddress", &known, payout); err != nil || !known.Valid {
			t.Errorf("btcd does not know a %s address of ours: %v", kind, err)
		}
		n := open(t, real, payout)
		c := connect(t, n)
		w := c.Work()
		j := w.Bitcoin
		if w.Algorithm != adit.SHA256d || *w.Height != uint64(i+1) || !w.Clean || *w.Reward != 50e8 || len(j.Extranonce1) != 0 || j.Extranonce2Size != 8 || j.VersionMask != 0x1fffe000 || j.Version&j.VersionMask != 0 {
			t.Errorf("work: %+v %+v", w, j)
		}
		if h := j.Height(); h == nil || *h != *w.Height {
			t.Errorf("the coinbase has the height %v, the work %d", h, *w.Height)
		}
		if i := c.Info(); !i.Solo || i.IP != "127.0.0.1" {
			t.Errorf("info: %+v", i)
		}
		s := solve(t, w, byte(i))
		submit(t, c, s, adit.ShareBlock)
		submit(t, c, s, adit.ShareDuplicate)
		state, err := n.Block(t.Context(), *w.Height, s.BlockHash())
		if err != nil || !state.Main || state.Confirmations != 1 || state.Reward == nil || *state.Reward != 50e8 {
			t.Errorf("our block: %+v, %v", state, err)
		}
		var block struct {
			Tx []struct {
				Out []struct {
					Script struct {
						Addresses []string `json:"addresses"`
					} `json:"scriptPubKey"`
				} `json:"vout"`
			} `json:"rawtx"`
		}
		if err := real.Call("getblock", &block, s.BlockHash(), 2); err != nil {
			t.Fatal(err)
		}
		if got := block.Tx[0].Out[0].Script.Addresses; len(got) != 1 || got[0] != payout {
			t.Errorf("the block pays %v, not %s", got, payout)
		}
	}
}

func realFollows(t *testing.T, real *btcdtest.Node) {
	c := connect(t, open(t, real, real.Address))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	works := make(chan *upstream.Work, 64)
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx, func(w *upstream.Work) { works <- w }) }()
	w := c.Work()
	for range 20 { // heights 6 to 25: past those that are opcodes in a coinbase
		s := solve(t, w, 1)
		s.Share.VersionMask, s.Share.VersionBits = w.Bitcoin.VersionMask, 0x00c02000 // rolled as ASICs do
		for !w.Bitcoin.Solves(w.Bitcoin.Hash(s.Share)) {
			s.Share.Nonce++
		}
		submit(t, c, s, adit.ShareBlock)
		next := <-works
		for ; *next.Height == *w.Height; next = <-works { // the same tip anew
			if next.Clean {
				t.Error("work of the same tip is clean")
			}
		}
		if *next.Height != *w.Height+1 || !next.Clean || hex.EncodeToString(next.Bitcoin.PrevHash[:]) != backwards(s.BlockHash()) {
			t.Fatalf("after our block %d comes work for %d", *w.Height, *next.Height)
		}
		w = next
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func realWrong(t *testing.T, real *btcdtest.Node) {
	n := open(t, real, real.Address)
	c := connect(t, n)
	old := c.Work()
	submit(t, c, solve(t, old, 1), adit.ShareBlock)
	late := solve(t, old, 2)
	submit(t, c, late, adit.ShareStale)
	if state, err := n.Block(t.Context(), *old.Height, late.BlockHash()); err != nil || state.Main {
		t.Errorf("the block that lost: %+v, %v", state, err)
	}
	if _, err := n.Block(t.Context(), 10000, late.BlockHash()); adit.CodeOf(err) != adit.Conflict {
		t.Errorf("a block above the chain: %v", err)
	}
	w := connect(t, n).Work()
	poor := solve(t, w, 3)
	for w.Bitcoin.Solves(w.Bitcoin.Hash(poor.Share)) {
		poor.Share.Nonce++
	}
	submit(t, c, poor, adit.ShareLowDifficulty)
	short := solve(t, w, 4)
	short.Share.Extranonce2 = []byte{1, 2}
	submit(t, c, short, adit.ShareMalformed)
	early := solve(t, w, 5)
	early.Share.Time -= 100000 // before the median of the last blocks
	for !w.Bitcoin.Solves(w.Bitcoin.Hash(early.Share)) {
		early.Share.Nonce++
	}
	submit(t, c, early, adit.ShareMalformed)
}

// realSegwit mines until the rules of segwit hold (three windows of 100 blocks on simnet), spends one of its own rewards
// with a witness, and has the block taken that commits to it.
func realSegwit(t *testing.T, real *btcdtest.Node) {
	n := open(t, real, real.Address)
	first := connect(t, n)
	fund := solve(t, first.Work(), 0)
	submit(t, first, fund, adit.ShareBlock)
	for real.Height() < 302 {
		c := connect(t, n)
		submit(t, c, solve(t, c.Work(), 1), adit.ShareBlock)
	}
	coinbase := bitcoin.Sum(fund.Work.Bitcoin.Coinbase(fund.Share.Extranonce2))
	var sent string
	if err := real.Call("sendrawtransaction", &sent, hex.EncodeToString(spend(t, coinbase, real.Script))); err != nil {
		t.Fatal(err)
	}
	c := connect(t, n)
	w := c.Work()
	if *w.Reward != 50e8+1e5 {
		t.Errorf("the block pays %d: the fee of the transaction is not in it", *w.Reward)
	}
	if len(w.Bitcoin.Branches) != 1 || !bytes.Contains(w.Bitcoin.Coinbase2, []byte{0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed}) {
		t.Fatalf("the template does not commit to its witness: %x", w.Bitcoin.Coinbase2)
	}
	s := solve(t, w, 9)
	submit(t, c, s, adit.ShareBlock)
	state, err := n.Block(t.Context(), *w.Height, s.BlockHash())
	if err != nil || !state.Main || *state.Reward != 50e8+1e5 {
		t.Errorf("the block with a witness: %+v, %v", state, err)
	}
	var block struct {
		Tx []string `json:"tx"`
	}
	if err := real.Call("getblock", &block, s.BlockHash(), 1); err != nil || len(block.Tx) != 2 || block.Tx[1] != sent {
		t.Errorf("the block holds %v, %v; our transaction is %s", block.Tx, err, sent)
	}
}

// spend pays the first output of a coinbase to somebody, with the script that anybody knows as witness.
func spend(t *testing.T, coinbase [32]byte, script []byte) []byte {
	t.Helper()
	out, _, err := address.Script("BTC", addresstest.Bitcoin(t, "BTC", address.Simnet, address.WitnessKeyHash))
	if err != nil {
		t.Fatal(err)
	}
	tx := []byte{2, 0, 0, 0, 0, 1, 1}
	tx = append(tx, coinbase[:]...)
	tx = append(tx, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1)
	tx = binary.LittleEndian.AppendUint64(tx, 50e8-1e5)
	tx = append(append(tx, byte(len(out))), out...)
	tx = append(append(tx, 1, byte(len(script))), script...)
	return append(tx, 0, 0, 0, 0)
}

func realRefusals(t *testing.T, real *btcdtest.Node) {
	f := func(o bitcoind.Options, code adit.Code, words string) {
		t.Helper()
		n, err := bitcoind.New(o)
		if err == nil {
			defer n.Close()
			_, err = n.Connect(t.Context())
		}
		if adit.CodeOf(err) != code || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v, want %s %q", err, code, words)
		}
	}
	f(bitcoind.Options{Host: real.Host, Address: real.Address}, adit.Unauthorized, "wants a login: write bitcoind://USER:PASSWORD@")
	f(bitcoind.Options{Host: real.Host, User: "adit", Password: "hunter2", Address: real.Address}, adit.Unauthorized, "refuses the login")
	for _, network := range []address.Network{address.Mainnet, address.Testnet, address.Regtest} {
		f(bitcoind.Options{Host: real.Host, User: real.User, Password: real.Password, Address: addresstest.Bitcoin(t, "BTC", network, address.Taproot)},
			adit.Invalid, "pool.wallet: this is a "+string(network)+" address, and the Bitcoin node at "+real.Host+` works on "simnet"`)
	}
}

func backwards(s string) string {
	var out strings.Builder
	for i := len(s) - 2; i >= 0; i -= 2 {
		out.WriteString(s[i : i+2])
	}
	return out.String()
}
