package ledger

import (
	"errors"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// bad is a disk that fails when told to.
type bad struct {
	*os.File
	write, sync *atomic.Bool
	syncs       *atomic.Int32
}

var errBroken = errors.New("broken")

func (b *bad) WriteAt(p []byte, off int64) (int, error) {
	if b.write.Load() {
		n, _ := b.File.WriteAt(p[:len(p)/2], off)
		return n, errBroken
	}
	return b.File.WriteAt(p, off)
}

func (b *bad) Sync() error {
	b.syncs.Add(1)
	if b.sync.Load() {
		return errBroken
	}
	return b.File.Sync()
}

// disk makes files that fail when told to.
type disk struct {
	write, sync atomic.Bool
	syncs       atomic.Int32
}

func (d *disk) create(path string) (file, error) {
	if d.write.Load() {
		return nil, errBroken
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	return &bad{f, &d.write, &d.sync, &d.syncs}, err
}

// one appends a share and returns its answer.
func one(l *Ledger, n int) (uint64, error) {
	type answer struct {
		seq uint64
		err error
	}
	got := make(chan answer, 1)
	l.Append(shareNo(n), func(seq uint64, err error) { got <- answer{seq, err} })
	a := <-got
	return a.seq, a.err
}

// TestWriteFails: nothing is acknowledged that was not written, half a batch does not stay, and writing goes on by itself.
func TestWriteFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d disk
		dir := t.TempDir()
		l, err := Open(t.Context(), Options{Dir: dir, create: d.create})
		if err != nil {
			t.Fatal(err)
		}
		add(t, l, 0, 100)
		d.write.Store(true)
		for range 3 {
			if seq, err := one(l, 999); err == nil || seq != 0 || !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "cannot be written") {
				t.Fatalf("a share that was not written: %d %v", seq, err)
			}
		}
		l.Verdict(7, "new member", "stale", "late")
		if l.Trouble() == nil || l.Status().TroubleSince == nil {
			t.Error("no trouble is told")
		}
		d.write.Store(false)
		time.Sleep(2 * retryEvery) // of the bubble
		if err := l.Trouble(); err != nil {
			t.Fatal(err)
		}
		add(t, l, 100, 200)
		same(t, l, 200)
		verdicts := 0
		_ = l.Scan(t.Context(), 0, 0, func(e *Entry) error {
			if e.Kind == KindVerdict && e.Verdict.Share == 7 && e.Verdict.Outcome == "stale" && e.Verdict.Text == "late" && e.Verdict.Member == "new member" {
				verdicts++
			}
			return nil
		})
		if verdicts != 1 {
			t.Errorf("%d verdicts were kept", verdicts)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		l = open(t, Options{Dir: dir})
		same(t, l, 200)
		_ = l.Close()
	})
}

// TestFirstSegmentCannotBeMade: the coordinator starts on a full disk and goes on when there is room.
func TestFirstSegmentCannotBeMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d disk
		d.write.Store(true)
		l, err := Open(t.Context(), Options{Dir: t.TempDir(), create: d.create})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := one(l, 0); err == nil {
			t.Fatal("a share was taken")
		}
		time.Sleep(2 * retryEvery)
		if err := l.Trouble(); err == nil || strings.Count(err.Error(), "cannot be written to the ledger")+strings.Count(err.Error(), "is full") != 1 {
			t.Fatalf("the trouble is not told once: %v", err)
		}
		d.write.Store(false)
		time.Sleep(2 * retryEvery)
		add(t, l, 0, 10)
		same(t, l, 10)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestSyncWindow: fsync comes within 50 ms of the first write, once for all of them, and never for nothing.
func TestSyncWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d disk
		l, err := Open(t.Context(), Options{Dir: t.TempDir(), create: d.create})
		if err != nil {
			t.Fatal(err)
		}
		add(t, l, 0, 10)
		if l.Status().Unsynced == nil {
			t.Error("nothing is said to wait for fsync")
		}
		time.Sleep(SyncWithin)
		synctest.Wait()
		s := l.Status()
		if n := d.syncs.Load(); n != 1 || s.Unsynced != nil || s.SyncWithinMS != 50 || s.SyncWorstMS == nil || *s.SyncWorstMS > 50 {
			t.Errorf("%d syncs, %+v", n, s)
		}
		time.Sleep(time.Hour)
		if n := d.syncs.Load(); n != 1 {
			t.Errorf("%d syncs of nothing new", n)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestSyncFails: while fsync fails shares are refused; once it works again everything written is on the disk.
func TestSyncFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d disk
		dir := t.TempDir()
		l, err := Open(t.Context(), Options{Dir: dir, create: d.create})
		if err != nil {
			t.Fatal(err)
		}
		add(t, l, 0, 10)
		d.sync.Store(true)
		time.Sleep(SyncWithin)
		synctest.Wait()
		if _, err := one(l, 10); !errors.Is(err, errBroken) || l.Trouble() == nil {
			t.Fatalf("a share was taken: %v", err)
		}
		d.sync.Store(false)
		time.Sleep(2 * retryEvery)
		synctest.Wait()
		if err := l.Trouble(); err != nil {
			t.Fatal(err)
		}
		add(t, l, 10, 20)
		same(t, l, 20)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestSyncAlways: an acknowledgement comes after the fsync, and a failed one takes the share back.
func TestSyncAlways(t *testing.T) {
	var d disk
	dir := t.TempDir()
	l := open(t, Options{Dir: dir, SyncAlways: true, create: d.create})
	for n := range 5 {
		before := d.syncs.Load()
		if _, err := one(l, n); err != nil || d.syncs.Load() == before {
			t.Fatalf("acknowledged before fsync: %v", err)
		}
	}
	d.sync.Store(true)
	if seq, err := one(l, 5); err == nil || seq != 0 {
		t.Fatal("acknowledged without fsync")
	}
	d.sync.Store(false)
	_ = l.Close()
	l = open(t, Options{Dir: dir})
	same(t, l, 5)
}

// TestQueueIsBounded: a disk that hangs lets no more than so many shares wait; the others are refused, all are answered.
func TestQueueIsBounded(t *testing.T) {
	hangs, hang := make(chan struct{}), make(chan struct{})
	l := open(t, Options{create: func(path string) (file, error) {
		close(hangs)
		<-hang
		return createFile(path)
	}})
	var wg sync.WaitGroup
	var refused, taken atomic.Int32
	put := func(n int) {
		wg.Add(1)
		l.Append(shareNo(n), func(_ uint64, err error) {
			if errors.Is(err, errBusy) {
				refused.Add(1)
			} else if err == nil {
				taken.Add(1)
			}
			wg.Done()
		})
	}
	put(0)
	<-hangs
	for n := range maxQueue + 100 {
		put(n + 1)
	}
	close(hang)
	wg.Wait()
	if refused.Load() != 100 || taken.Load() != maxQueue+1 {
		t.Errorf("%d taken, %d refused", taken.Load(), refused.Load())
	}
}
