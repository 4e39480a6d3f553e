package nodework

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestInsist(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy, no := errors.New("busy"), errors.New("no")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute+submitPause/2)
		defer cancel()
		f := func(want int, wantErr error, hand func(try int) (bool, error)) {
			t.Helper()
			tries := 0
			err := Insist(ctx, func() (bool, error) { tries++; return hand(tries) })
			if tries != want || !errors.Is(err, wantErr) {
				t.Errorf("%d tries, %v; want %d, %v", tries, err, want, wantErr)
			}
		}
		start := time.Now()
		f(1, nil, func(int) (bool, error) { return false, nil })
		f(1, no, func(int) (bool, error) { return false, no })
		if took := time.Since(start); took != 0 {
			t.Errorf("an answer at once was waited for %s", took)
		}
		f(3, nil, func(try int) (bool, error) { return try < 3, nil })
		f(submitTries, busy, func(int) (bool, error) { return true, busy })
		if took := time.Since(start); took != (2+submitTries-1)*submitPause {
			t.Errorf("the pauses took %s", took)
		}
		time.Sleep(time.Minute - time.Since(start)) // of the bubble
		f(1, busy, func(int) (bool, error) { return true, busy })
		f(1, busy, func(int) (bool, error) { return true, busy })
		if ctx.Err() == nil {
			t.Error("a pause lasts longer than its context")
		}
	})
}

func TestClaims(t *testing.T) {
	var c Claims
	for i := range maxClaims {
		if h := strconv.Itoa(i); !c.Take(h) || c.Take(h) {
			t.Fatalf("block %d", i)
		}
	}
	c.Release("7")
	c.Release("never there")
	if !c.Take("7") || c.Take("7") || c.Take("0") {
		t.Error("a block that was released")
	}
	if !c.Take("one more") || len(c.sent) != maxClaims || !c.Take("0") {
		t.Error("the oldest was not forgotten")
	}
}
