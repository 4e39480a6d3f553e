package ledger

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/adit-mining/adit"
)

// TestCopyWhileItIsWritten: copies made while shares come in, segments close and old ones are packed are whole, and hold
// every share that was acknowledged before the copy began.
func TestCopyWhileItIsWritten(t *testing.T) {
	const shares = 3000
	dir, to := filepath.Join(t.TempDir(), "ledger"), t.TempDir()
	l := open(t, Options{Dir: dir, SegmentBytes: 8 << 10, PackAfter: time.Nanosecond})
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := range shares / 10 {
			add(t, l, 10*n, 10*n+10)
			if n%20 == 0 {
				l.Keep(uint64(10 * n))
				if err := errors.Join(l.index(t.Context(), &sink{}), l.pack(t.Context())); err != nil {
					t.Error(err)
				}
			}
		}
	})
	for n := range 20 {
		before := l.Last()
		copied := filepath.Join(to, string(rune('a'+n)))
		if err := Copy(t.Context(), dir, copied); err != nil {
			t.Fatal(err)
		}
		if before > 0 {
			c := open(t, Options{Dir: copied})
			if c.Last() < before {
				t.Errorf("%d shares were acknowledged before, the copy has %d", before, c.Last())
			}
			same(t, c, int(c.Last()))
		}
	}
	wg.Wait()
	if err := Copy(t.Context(), dir, filepath.Join(to, "end")); err != nil {
		t.Fatal(err)
	}
	c := open(t, Options{Dir: filepath.Join(to, "end")})
	same(t, c, shares)
	r, err := c.Verify(t.Context())
	if err != nil || !r.OK() {
		t.Errorf("%+v, %v", r, err)
	}
	if want, err := l.Verify(t.Context()); err != nil || want.Head != r.Head || want.Records != r.Records {
		t.Errorf("the copy has %d records and head %s, the ledger %d and %s, %v", r.Records, r.Head, want.Records, want.Head, err)
	}
	add(t, c, shares, shares+50) // the copy goes on by itself
	same(t, l, shares)
}

// TestCopyOfATornAndOfADamagedEnd: half a record is left out, damage comes along and is told by whoever opens the copy.
func TestCopyOfATornAndOfADamagedEnd(t *testing.T) {
	dir := filledLedger(t, 100, Options{})
	path := filepath.Join(dir, "00000001.seg")
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte{byte(KindShare), sizeShare, 0, 1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "copy")
	if err := Copy(t.Context(), dir, to); err != nil {
		t.Fatal(err)
	}
	c, err := Open(t.Context(), Options{Dir: to, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	same(t, c, 100)
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	flip(t, path, 2000)
	if err := Copy(t.Context(), dir, to+"2"); err != nil {
		t.Fatal(err)
	}
	var bad *Damage
	if _, err := Open(t.Context(), Options{Dir: to + "2"}); !errors.As(err, &bad) {
		t.Errorf("the copy of a damaged ledger opens: %v", err)
	}
	if err := Copy(t.Context(), filepath.Join(dir, "none"), to+"3"); err != nil || exists(to+"3") {
		t.Errorf("a copy of no ledger: %v", err)
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// TestReadOnly changes no byte: not of a torn end either, and takes no share.
func TestReadOnly(t *testing.T) {
	dir := filledLedger(t, 100, Options{})
	path := filepath.Join(dir, "00000001.seg")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	torn := raw[:len(raw)-5]
	if err := os.WriteFile(path, torn, 0o600); err != nil {
		t.Fatal(err)
	}
	l := open(t, Options{Dir: dir, ReadOnly: true})
	same(t, l, 99)
	if r, err := l.Verify(t.Context()); err != nil || !r.OK() || r.Shares != 99 {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := one(l, 99); err == nil {
		t.Error("it took a share")
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if now, err := os.ReadFile(path); err != nil || string(now) != string(torn) {
		t.Errorf("the file was changed: %v", err)
	}
	if _, err := Open(t.Context(), Options{Dir: filepath.Join(dir, "none"), ReadOnly: true}); adit.CodeOf(err) != adit.NotFound {
		t.Errorf("a ledger that is not there: %v", err)
	}
}
