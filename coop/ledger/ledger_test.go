package ledger

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func open(t testing.TB, o Options) *Ledger {
	t.Helper()
	if o.Dir == "" {
		o.Dir = filepath.Join(t.TempDir(), "ledger")
	}
	l, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// shareNo is a share that tells its number by its fields.
func shareNo(n int) coop.ShareRecord {
	r := coop.ShareRecord{At: noon.Add(time.Duration(n) * time.Millisecond), Member: coop.MemberID(fmt.Sprintf("m%d", n%7)),
		WorkSeq: uint64(n / 100), Height: uint64(1000 + n/100), Difficulty: adit.HashesOf(uint64(1 + n%13)), Network: adit.HashesOf(1000),
		Verified: n%2 == 0, Up: n%3 == 0, Block: n%5 == 0, Key: uint64(n) * 0x9e3779b97f4a7c15}
	if n%11 == 0 {
		r.Difficulty.Hi = 3
	}
	return r
}

// add appends shares from..to-1 and waits for all of them.
func add(t testing.TB, l *Ledger, from, to int) {
	t.Helper()
	var wg sync.WaitGroup
	for n := from; n < to; n++ {
		wg.Add(1)
		l.Append(shareNo(n), func(seq uint64, err error) {
			if err != nil || seq != uint64(n)+1 {
				t.Errorf("share %d got seq %d, %v", n, seq, err)
			}
			wg.Done()
		})
	}
	wg.Wait()
}

// same reads the ledger and compares it with shares 0..n-1.
func same(t testing.TB, l *Ledger, n int) {
	t.Helper()
	at := 0
	err := l.Scan(t.Context(), 0, 0, func(e *Entry) error {
		if e.Kind != KindShare {
			return nil
		}
		want := shareNo(at)
		want.Seq = uint64(at) + 1
		if e.Share != want {
			return fmt.Errorf("share %d reads as %+v, want %+v", at, e.Share, want)
		}
		at++
		return nil
	})
	if err != nil || at != n || l.Last() != uint64(n) {
		t.Fatalf("%d of %d shares, last %d: %v", at, n, l.Last(), err)
	}
}

func TestSharesComeBack(t *testing.T) {
	dir := t.TempDir()
	for round := range 4 { // restarts
		l := open(t, Options{Dir: dir, SegmentBytes: 8 << 10, SyncAlways: round == 2})
		add(t, l, round*300, round*300+300)
		same(t, l, round*300+300)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		l.Append(shareNo(1), func(seq uint64, err error) {
			if !errors.Is(err, errClosed) || seq != 0 {
				t.Errorf("a closed ledger took share %d: %v", seq, err)
			}
		})
	}
}
