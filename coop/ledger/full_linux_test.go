package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestFullDisk lets a child fill its disk. A bound on the size of files stands for the disk: writes fail half done, as
// there. ADIT_TEST_SMALL_DISK may name a folder on a small file system with a file "ballast" beside it, to see the same
// with a disk that is really full.
func TestFullDisk(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "ADIT_LEDGER_CHILD=full", "ADIT_LEDGER_DIR="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "all is well") {
		t.Fatalf("%v: %s", err, out)
	}
	t.Logf("%s", out)
}

func childFull(dir string) int {
	if err := fillAndFree(dir); err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("all is well")
	return 0
}

func limitFiles(bytes uint64) error {
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &r); err != nil {
		return err
	}
	r.Cur = min(bytes, r.Max)
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &r)
}

// fillAndFree appends until the disk is full, makes room, and sees the ledger go on by itself.
func fillAndFree(dir string) error {
	full, free, why := func() error { return limitFiles(100_001) }, func() error { return limitFiles(1 << 40) }, syscall.EFBIG
	if small := os.Getenv("ADIT_TEST_SMALL_DISK"); small != "" {
		dir, why = small, syscall.ENOSPC
		full, free = func() error { return nil }, func() error { return os.Remove(small + "/../ballast") }
	}
	l, err := Open(context.Background(), Options{Dir: dir})
	if err != nil {
		return err
	}
	if err := full(); err != nil {
		return err
	}
	acked, refused := 0, error(nil)
	for n := 0; refused == nil && n < 100_000; {
		got := make(chan error, 64)
		for range cap(got) {
			l.Append(shareNo(n), func(_ uint64, err error) { got <- err })
			n++
		}
		for range cap(got) {
			if err := <-got; err != nil {
				refused = err
			} else {
				acked++
			}
		}
		n = acked
	}
	if refused == nil || !strings.Contains(refused.Error(), "is full") || !errors.Is(refused, why) {
		return fmt.Errorf("after %d shares: %w", acked, refused)
	}
	fmt.Printf("full after %d shares: %v\n", acked, refused)
	if l.Trouble() == nil || l.Status().Trouble == nil || l.Last() != uint64(acked) {
		return fmt.Errorf("trouble %w, last %d of %d", l.Trouble(), l.Last(), acked)
	}
	l.Verdict(1, "m1", "accepted", "while full")
	if info, err := os.Stat(l.path(segmentName(1))); err != nil || info.Size() != l.Status().Bytes {
		return fmt.Errorf("half a record stayed on the disk: %d, %w", info.Size(), err)
	}
	if err := free(); err != nil {
		return err
	}
	for began := time.Now(); l.Trouble() != nil; { // by itself, without a share
		if time.Since(began) > 20*time.Second {
			return fmt.Errorf("there is room and it does not go on: %w", l.Trouble())
		}
		<-time.After(10 * time.Millisecond)
	}
	done := make(chan error, 1)
	l.Append(shareNo(acked), func(seq uint64, err error) {
		if err == nil && seq != uint64(acked)+1 {
			err = fmt.Errorf("seq %d after %d", seq, acked)
		}
		done <- err
	})
	if err := <-done; err != nil {
		return err
	}
	if err := l.Close(); err != nil {
		return err
	}
	return readBack(dir, acked+1)
}

func readBack(dir string, want int) error {
	l, err := Open(context.Background(), Options{Dir: dir})
	if err != nil {
		return err
	}
	shares, verdicts := 0, 0
	err = l.Scan(context.Background(), 0, 0, func(e *Entry) error {
		switch e.Kind {
		case KindShare:
			if r := shareNo(shares); e.Share.Key != r.Key {
				return fmt.Errorf("share %d is another one", e.Share.Seq)
			}
			shares++
		case KindVerdict:
			verdicts++
		}
		return nil
	})
	if err == nil && (shares != want || verdicts != 1) {
		err = fmt.Errorf("%d of %d shares, %d of 1 verdicts", shares, want, verdicts)
	}
	return errors.Join(err, l.Close())
}
