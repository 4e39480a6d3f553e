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
