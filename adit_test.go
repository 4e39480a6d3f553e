package adit_test

import (
	"context"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/adit-mining/adit"
)

func TestHashrateString(t *testing.T) {
	f := func(h adit.Hashrate, want string) {
		t.Helper()
		if got := h.String(); got != want {
			t.Errorf("%v: got %q, want %q", float64(h), got, want)
		}
	}
	f(0, "0 H/s")
	f(46, "46 H/s")
	f(46.25, "46.2 H/s")
	f(1.5, "1.50 H/s")
	f(999.4, "999 H/s")
	f(999.6, "1.00 kH/s")
	f(1020, "1.02 kH/s")
	f(52.81e12, "52.8 TH/s")
	f(5.42e15, "5.42 PH/s")
	f(adit.Hashrate(math.NaN()), "– H/s")
	f(adit.Hashrate(math.Inf(1)), "– H/s")
}

func TestErrorKeepsCodeAndCause(t *testing.T) {
	err := adit.Errorf(adit.Unreachable, "pool %s: %w", "a:1", io.ErrUnexpectedEOF)
	if got := err.Error(); got != "pool a:1: unexpected EOF" {
		t.Errorf("message %q", got)
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is lost")
	}
	if adit.CodeOf(err) != adit.Unreachable {
		t.Errorf("code %q", adit.CodeOf(err))
	}
	if adit.CodeOf(io.EOF) != adit.Internal || adit.CodeOf(nil) != "" {
		t.Error("an uncoded error is internal, nil has no code")
	}
	e, ok := adit.AsError(adit.InvalidField("threads", "%d is more than 1024", 2000))
	if !ok || e.Field != "threads" || e.Error() != "threads: 2000 is more than 1024" {
		t.Errorf("field error %+v", e)
	}
}

func TestActorMay(t *testing.T) {
	f := func(a adit.Actor, s adit.Scope, want adit.Code) {
		t.Helper()
		if got := adit.CodeOf(a.May(s)); got != want {
			t.Errorf("%s on %s: got %q, want %q", a.ID, s, got, want)
		}
	}
	f(adit.Actor{}, adit.ScopeRead, adit.Unauthorized)
	f(adit.ActorFrom(context.Background()), adit.ScopeRead, adit.Unauthorized)
	f(adit.LocalOwner("test"), adit.ScopeControl, "")
	viewer := adit.Actor{ID: "v", Name: "viewer", Scopes: []adit.Scope{adit.ScopeRead}}
	f(viewer, adit.ScopeRead, "")
	f(viewer, adit.ScopeControl, adit.Forbidden)
	f(adit.ActorFrom(adit.WithActor(context.Background(), viewer)), adit.ScopeRead, "")
}

func TestValidName(t *testing.T) {
	f := func(s string, want bool) {
		t.Helper()
		if got := adit.ValidName(s); got != want {
			t.Errorf("%q: got %v", s, got)
		}
	}
	f("adit-miner", true)
	f("rig.1_a", true)
	f("", false)
	f("-x", false)
	f("../etc", false)
	f("A", false)
	f("a b", false)
	f("a*", false)
	f(strings.Repeat("a", 64), true)
	f(strings.Repeat("a", 65), false)
}

func TestNonceLayout(t *testing.T) {
	if o, w, ok := adit.RandomX.Nonce(); o != 39 || w != 4 || !ok {
		t.Errorf("rx/0 nonce at %d, %d wide, known %v", o, w, ok)
	}
	if _, _, ok := adit.Algorithm("sha3x").Nonce(); ok {
		t.Error("a layout nobody told us of is not known")
	}
}

func TestIDsDiffer(t *testing.T) {
	if a, b := adit.NewID(), adit.NewID(); a == b || len(a) != 32 {
		t.Errorf("ids %q %q", a, b)
	}
}

// TestCoins keeps the table whole: a row that lacks a fact would be taken for zero.
func TestCoins(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range adit.Coins {
		if seen[c.Symbol] || c.Symbol == "" || c.Name == "" || c.Algorithm == "" || c.Header == "" || c.NonceOffset == 0 || c.NonceWidth == 0 ||
			c.Maturity == 0 || c.Decimals == 0 || c.Unit == "" || c.BlockTime == 0 || c.Addresses == "" {
			t.Errorf("the row of %q lacks something: %+v", c.Symbol, c)
		}
		seen[c.Symbol] = true
		for _, name := range []string{c.Symbol, strings.ToLower(c.Name)} {
			if got, ok := adit.CoinNamed(name); !ok || got.Symbol != c.Symbol {
				t.Errorf("%q finds %q", name, got.Symbol)
			}
			if got, ok := adit.MinedCoinNamed(name); ok != c.Mined || ok && got.Symbol != c.Symbol {
				t.Errorf("%q is mined: %v", name, ok)
			}
		}
		if c.Mined && !c.PlacedByAlgorithm() {
			t.Errorf("%s is offered to programs that would put its nonce elsewhere", c.Name)
		}
	}
	if m := adit.MinedCoins(); len(m) != 1 || m[0].Symbol != "XMR" {
		t.Errorf("programs are started for %v", m)
	}
	if syl, _ := adit.CoinNamed("SYL"); syl.PlacedByAlgorithm() {
		t.Error("a miner of rx/0 would put OpenSY's nonce where Monero's lies")
	}
}

// TestSeedHeight has what a regtest monerod told at both sides of the rotation, and the examples of OpenSY's params.h.
func TestSeedHeight(t *testing.T) {
	f := func(coin string, height, want uint64) {
		t.Helper()
		c, _ := adit.CoinNamed(coin)
		if got, ok := c.SeedHeight(height); got != want || !ok {
			t.Errorf("%s at %d: key of block %d (%v), want %d", coin, height, got, ok, want)
		}
	}
	for height, want := range map[uint64]uint64{0: 0, 64: 0, 2041: 0, 2051: 0, 2112: 0, 2113: 2048, 2123: 2048, 4160: 2048, 4161: 4096} {
		f("XMR", height, want)
	}
	for height, want := range map[uint64]uint64{0: 0, 31: 0, 32: 0, 63: 0, 64: 32, 95: 32, 96: 64, 127: 64, 128: 96} {
		f("SYL", height, want)
	}
	if btc, _ := adit.CoinNamed("BTC"); btc.SeedInterval != 0 {
		t.Error("sha256d has a key")
	} else if _, ok := btc.SeedHeight(100); ok {
		t.Error("sha256d has a key")
	}
}
