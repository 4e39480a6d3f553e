package monerod_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/monerod"
	"github.com/adit-mining/adit/coop/monerod/monerodtest"
	"github.com/adit-mining/adit/internal/address"
	"github.com/adit-mining/adit/internal/address/addresstest"
	"github.com/adit-mining/adit/internal/badline"
	"github.com/adit-mining/adit/stratum/upstream"
)

func open(t *testing.T, real *monerodtest.Node) *monerod.Node {
	t.Helper()
	o := monerod.Options{Address: real.Address, Poll: 20 * time.Millisecond}
	if err := o.ParseAddress(real.URL); err != nil {
		t.Fatal(err)
	}
	n, err := monerod.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Close)
	return n
}

func connect(t *testing.T, n *monerod.Node) upstream.Conn {
	t.Helper()
	c, err := n.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func submit(t *testing.T, c upstream.Conn, s upstream.Solution) adit.ShareOutcome {
	t.Helper()
	v, err := c.Submit(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return v.Outcome
}

// TestRealNode lets monerod judge: at difficulty 1 it takes every hash, but it tells a block's id, which is a hash over
// exactly what our members hash. Where one byte of a rebuilt blob were wrong the ids would differ.
func TestRealNode(t *testing.T) {
	t.Parallel()
	real := monerodtest.Start(t, monerodtest.Options{})
	n := open(t, real)
	c := connect(t, n)

	t.Run("work", func(t *testing.T) { realWork(t, c, real) })
	t.Run("blocks", func(t *testing.T) { realBlocks(t, n, c, real) })
	t.Run("new block, late block", func(t *testing.T) { realLate(t, n, c, real) })
	t.Run("templates", func(t *testing.T) { realTemplates(t, real) })
	t.Run("addresses", func(t *testing.T) { realAddresses(t, real) })
	t.Run("bad line", func(t *testing.T) { realBadLine(t, real) })
	t.Run("away", func(t *testing.T) {
		gone := make(chan error, 1)
		go func() { gone <- c.Run(t.Context(), func(*upstream.Work) {}) }()
		real.Stop()
		if err := <-gone; adit.CodeOf(err) != adit.Unreachable {
			t.Errorf("the node went away: %v", err)
		}
		if _, err := n.Connect(t.Context()); adit.CodeOf(err) != adit.Unreachable || !strings.Contains(err.Error(), "nothing answers at "+real.Host) {
			t.Errorf("the node is away: %v", err)
		}
		if _, err := c.Submit(t.Context(), upstream.Solution{Work: c.Work(), Nonce: 99}); adit.CodeOf(err) != adit.Unreachable {
			t.Errorf("a block that nobody took: %v", err)
		}
		if _, err := n.Block(t.Context(), 1, ""); err == nil {
			t.Error("a node that is away tells of a block")
		}
	})
}

func realWork(t *testing.T, c upstream.Conn, real *monerodtest.Node) {
	w := c.Work()
	b := w.Blob
	if w.Algorithm != adit.RandomX || w.Height == nil || *w.Height != real.Height() || !w.Clean || w.Network == nil || *w.Network != adit.HashesOf(1) ||
		w.Share != adit.HashesOf(1) || w.Reward == nil || *w.Reward == 0 || b.NonceOffset != 39 || b.FixedByte || b.NextSeed != nil {
		t.Errorf("work: %+v %+v", w, b)
	}
	if i := c.Info(); !i.Solo || i.IP != "127.0.0.1" || i.Since.IsZero() {
		t.Errorf("info: %+v", i)
	}
	if !bytes.Equal(b.Bytes, b.Cut(0)) {
		t.Error("the blob is not that of extra nonce 0")
	}
	var head struct {
		Header struct {
			Hash string `json:"hash"`
		} `json:"block_header"`
	}
	if err := real.Call("get_block_header_by_height", map[string]int{"height": 0}, &head); err != nil {
		t.Fatal(err)
	}
	if hex.EncodeToString(b.Seed[:]) != head.Header.Hash {
		t.Errorf("the seed is %x, the first block %s", b.Seed, head.Header.Hash)
	}
	seen := map[string]uint32{}
	for n := range uint32(300) {
		blob := b.Cut(n)
		if len(blob) != len(b.Bytes) || !bytes.Equal(blob[:43], b.Bytes[:43]) {
			t.Fatalf("extra nonce %d changes more than the root", n)
		}
		if other, twice := seen[string(blob)]; twice {
			t.Fatalf("extra nonces %d and %d have the same work", other, n)
		}
		seen[string(blob)] = n
	}
}

func realBlocks(t *testing.T, n *monerod.Node, c upstream.Conn, real *monerodtest.Node) {
	works := make(chan *upstream.Work, 16)
	done := make(chan error, 1)
	ctx, cancel := contextOf(t)
	go func() { done <- c.Run(ctx, func(w *upstream.Work) { works <- w }) }()
	w := c.Work()
	for i, extra := range []uint32{0, 1, 255, 65536, 1<<32 - 1} {
		s := upstream.Solution{Work: w, Extra: extra, Nonce: 0x01020304 * uint32(i+1), Block: true}
		id := s.BlockHash()
		if v, err := c.Submit(t.Context(), s); err != nil || v.Outcome != adit.ShareBlock || v.RoundTrip <= 0 {
			t.Fatalf("extra nonce %d: %+v, %v", extra, v, err)
		}
		if o := submit(t, c, s); o != adit.ShareDuplicate {
			t.Errorf("the same block again is %s", o)
		}
		state, err := n.Block(t.Context(), *w.Height, id)
		if err != nil || !state.Main || state.Confirmations != 1 || state.Reward == nil || *state.Reward != *w.Reward {
			t.Fatalf("extra nonce %d: the node does not know our block by the hash of what was mined: %+v, %v", extra, state, err)
		}
		next := <-works
		for ; *next.Height == *w.Height; next = <-works { // grown old on a slow machine
		}
		if !next.Clean || *next.Height != *w.Height+1 || next == w || next != c.Work() {
			t.Fatalf("after block %d comes work for %d", *w.Height, *next.Height)
		}
		if prev := hex.EncodeToString(next.Blob.Bytes[7:39]); prev != id {
			t.Errorf("the next work builds on %s, not on our %s", prev, id)
		}
		if i := c.Info(); i.Ping == nil || *i.Ping <= 0 {
			t.Error("no ping was measured")
		}
		w = next
	}
	if got := real.Height(); got != 6 {
		t.Errorf("the chain has %d blocks", got)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func realLate(t *testing.T, n *monerod.Node, c upstream.Conn, real *monerodtest.Node) {
	old := upstream.Solution{Work: c.Work(), Extra: 7, Nonce: 7}
	real.Generate(1)
	if o := submit(t, c, old); o != adit.ShareStale {
		t.Errorf("a block for which another came first is %s", o)
	}
	state, err := n.Block(t.Context(), *old.Work.Height, old.BlockHash())
	if err != nil || state.Main {
		t.Errorf("the block that lost: %+v, %v", state, err)
	}
	if state, err := n.Block(t.Context(), *old.Work.Height, strings.Repeat("ab", 32)); err != nil || state.Main || state.Reward != nil {
		t.Errorf("a block that nobody made: %+v, %v", state, err)
	}
	if _, err := n.Block(t.Context(), 1000, old.BlockHash()); adit.CodeOf(err) != adit.Conflict {
		t.Errorf("a block above the chain: %v", err)
	}
	first, err := n.Block(t.Context(), 0, hex.EncodeToString(old.Work.Blob.Seed[:]))
	if err != nil || !first.Main || first.Confirmations != real.Height() {
		t.Errorf("the first block: %+v, %v", first, err)
	}
}

func realAddresses(t *testing.T, real *monerodtest.Node) {
	if _, err := monerod.New(monerod.Options{Host: real.Host, Address: addresstest.Generate(t, address.Mainnet, address.Subaddress, nil)}); err == nil || !strings.Contains(err.Error(), "subaddress") {
		t.Errorf("a subaddress: %v", err)
	}
	n, err := monerod.New(monerod.Options{Host: real.Host, Address: addresstest.Generate(t, address.Stagenet, address.Standard, nil)})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if _, err := n.Connect(t.Context()); adit.CodeOf(err) != adit.Invalid || !strings.Contains(err.Error(), "pool.wallet") {
		t.Errorf("an address of another network: %v", err)
	}
}

// realTemplates compares what we rebuild with the node's own answer, template by template, in our own words here.
func realTemplates(t *testing.T, real *monerodtest.Node) {
	for i := range 10 {
		var tpl struct {
			Hashing  string `json:"blockhashing_blob"`
			Block    string `json:"blocktemplate_blob"`
			Reserved int    `json:"reserved_offset"`
		}
		ask := map[string]any{"wallet_address": addresstest.Monero(t), "reserve_size": 16}
		if err := real.Call("get_block_template", ask, &tpl); err != nil {
			t.Fatal(err)
		}
		raw, err := hex.DecodeString(tpl.Block)
		if err != nil {
			t.Fatal(err)
		}
		want, err := hex.DecodeString(tpl.Hashing)
		if err != nil {
			t.Fatal(err)
		}
		got, err := monerod.Hashing(raw, tpl.Reserved)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("template %d: %x, %v, want %x", i, got, err, want)
		}
		binary.LittleEndian.PutUint32(raw[tpl.Reserved+12:], uint32(i+1))
		if other, err := monerod.Hashing(raw, tpl.Reserved); err != nil || bytes.Equal(other, want) {
			t.Fatalf("template %d: another extra nonce is hashed alike (%v)", i, err)
		}
	}
}

// realBadLine puts a slow line in pieces between us and the node, and cuts it: blocks get through, the cut is told.
func realBadLine(t *testing.T, real *monerodtest.Node) {
	line := badline.To(t, real.Host)
	line.Poor()
	through := *real
	through.URL = strings.Replace(real.URL, real.Host, line.Addr(), 1)
	n := open(t, &through)
	c := connect(t, n)
	if o := submit(t, c, upstream.Solution{Work: c.Work(), Nonce: 7}); o != adit.ShareBlock {
		t.Errorf("a block over a poor line is %s", o)
	}
	line.Mend()
	gone := make(chan error, 1)
	go func() { gone <- c.Run(t.Context(), func(*upstream.Work) {}) }()
	line.Down()
	if err := <-gone; adit.CodeOf(err) != adit.Unreachable {
		t.Errorf("the line was cut: %v", err)
	}
	line.Up()
	again := connect(t, n)
	if o := submit(t, again, upstream.Solution{Work: again.Work(), Nonce: 8}); o != adit.ShareBlock {
		t.Errorf("a block after the cut is %s", o)
	}
}

// TestRealLoginAndDifficulty: monerod asks for a digest login, of which each connection has its own; and what does not
// meet its difficulty is told from what is wrong otherwise.
func TestRealLoginAndDifficulty(t *testing.T) {
	t.Parallel()
	real := monerodtest.Start(t, monerodtest.Options{Login: "adit:s3cret", Difficulty: 1 << 40})
	f := func(user, password string) (upstream.Conn, error) {
		n, err := monerod.New(monerod.Options{Host: real.Host, User: user, Password: password, Address: real.Address, Poll: 10 * time.Millisecond, Refresh: 100 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(n.Close)
		return n.Connect(t.Context())
	}
	for user, words := range map[string]string{"": "wants a login", "adit": "refuses the login", "eve": "refuses the login"} {
		_, err := f(user, strings.Repeat("wrong", len(user)))
		if adit.CodeOf(err) != adit.Unauthorized || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), "wrongwrong") {
			t.Errorf("login of %q: %v", user, err)
		}
	}
	c, err := f("adit", "s3cret")
	if err != nil {
		t.Fatal(err)
	}
	w := c.Work()
	if *w.Network != adit.HashesOf(1<<40) || w.Blob.Target != (1<<64-1)>>40 {
		t.Errorf("network %v, target %x", w.Network, w.Blob.Target)
	}
	ctx, cancel := contextOf(t)
	works := make(chan *upstream.Work, 1000)
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx, func(w *upstream.Work) { works <- w }) }()
	if next := <-works; *next.Height != 1 || next.Clean {
		t.Errorf("work for %d, clean %v", *next.Height, next.Clean)
	}
	poor := upstream.Solution{Work: w, Nonce: 1, Result: [32]byte{31: 0xff}}
	if o := submit(t, c, poor); o != adit.ShareLowDifficulty {
		t.Errorf("a hash that does not meet the difficulty is %s", o)
	}
	lie := upstream.Solution{Work: w, Nonce: 2}
	if o := submit(t, c, lie); o != adit.ShareMalformed {
		t.Errorf("a hash that is not the block's is %s", o)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if next := c.Work(); *next.Height != 1 {
		t.Errorf("the chain goes on with %d", *next.Height)
	}
}

func contextOf(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return ctx, cancel
}
