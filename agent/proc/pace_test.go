package proc

import (
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/consent"
)

// TestPace: a program that has run for a while is looked after every three seconds, and the owner's word still ends it at
// the next look; one that is young, hot or held is looked after each second.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		file := filepath.Join(dir, "consent.json")
		grant := func() {
			t.Helper()
			if err := consent.Grant(file, adit.LocalOwner("test"), "terminal", time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		grant()
		r, end := stage(t, Spec{Guards: Guards{ConsentFile: file}}, &puppet{})
		defer end()
		var looked atomic.Int64
		if err := r.post(t.Context(), func() error { // each look asks for it first
			r.homeless = func() bool { looked.Add(1); return false }
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		looks := func(over time.Duration) int64 {
			t.Helper()
			before := looked.Load()
			elapse(t, over)
			return looked.Load() - before
		}
		if n := looks(10 * time.Second); n < 9 || n > 11 {
			t.Errorf("a young program: %d looks in 10 s", n)
		}
		elapse(t, youngFor)
		if n := looks(30 * time.Second); n < 9 || n > 11 {
			t.Errorf("a program that runs: %d looks in 30 s", n)
		}
		if err := consent.Revoke(file, adit.LocalOwner("test"), time.Now()); err != nil {
			t.Fatal(err)
		}
		elapse(t, calmEvery)
		if s := now(r); s.Phase != Held || s.Hold != HoldConsent {
			t.Errorf("%s after consent was withdrawn: %+v", calmEvery, s)
		}
		if n := looks(10 * time.Second); n < 9 || n > 11 {
			t.Errorf("a held program: %d looks in 10 s", n)
		}
		grant()
		elapse(t, lookEvery)
		defer func() {
			t.Helper()
			elapse(t, youngFor+calmEvery)
			if err := consent.Revoke(file, adit.LocalOwner("test"), time.Now()); err != nil {
				t.Fatal(err)
			}
			if err := r.post(t.Context(), func() error { return nil }); err != nil {
				t.Fatal(err)
			}
			if s := now(r); s.Phase != Held { // an order makes it look at once
				t.Errorf("after an order: %+v", s)
			}
		}()
		if s := now(r); s.Phase != Running {
			t.Errorf("%s after consent was given again: %+v", lookEvery, s)
		}
	})
}

func TestUntilBeat(t *testing.T) {
	for _, c := range []struct{ at, want time.Duration }{
		{0, 8 * time.Second}, {time.Second, 7 * time.Second}, {8*time.Second - 1, 1}, {8 * time.Second, 8 * time.Second},
	} {
		if got := untilBeat(time.Unix(0, int64(c.at)), 8*time.Second); got != c.want {
			t.Errorf("at %s: %s, want %s", c.at, got, c.want)
		}
	}
}
