package tsdb_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/adit-mining/adit/store/tsdb"
)

// TestFullDisk lets a child fill its disk. A bound on the size of files stands for the disk: writes fail half done, as
// there. ADIT_TEST_SMALL_DISK may name a folder on a small file system, to see the same with a disk that is really full.
func TestFullDisk(t *testing.T) {
	cmd, out := spawn(t, "full", t.TempDir())
	var lines []string
	for out.Scan() {
		lines = append(lines, out.Text())
	}
	if err := cmd.Wait(); err != nil || len(lines) == 0 {
		t.Fatalf("%v: %s", err, strings.Join(lines, "\n"))
	}
	t.Log(strings.Join(lines, "; "))
}

// limit bounds the files of this process, or takes the bound away.
func limit(bytes uint64) error {
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &r); err != nil {
		return err
	}
	r.Cur = min(bytes, r.Max)
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &r)
}

func childFull(dir string) int {
	if err := fillAndFree(dir); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// fillAndFree appends until the disk is full, reads, makes room, appends again and reads everything after a reopening.
func fillAndFree(dir string) error {
	full, free := func() error { return limit(300 << 10) }, func() error { return limit(1 << 40) }
	if small := os.Getenv("ADIT_TEST_SMALL_DISK"); small != "" {
		dir = small
		full = func() error { return nil }
		free = func() error { return os.Remove(dir + "/../ballast") }
	}
	c := &clock{noon}
	db, err := tsdb.Open(dir, tsdb.Options{Now: c.now})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := full(); err != nil {
		return err
	}
	w := &writer{db: db, c: c, dir: dir}
	if err := w.untilFull(); err != nil {
		return err
	}
	stored := w.stored
	if n, err := w.readable(); err != nil || n != stored {
		return fmt.Errorf("on the full disk %d of %d samples are readable: %w", n, stored, err)
	}
	if _, err := w.append(); err == nil || !strings.Contains(err.Error(), "disk is full") {
		return fmt.Errorf("before the retry is due: %w", err)
	}
	c.at = c.at.Add(time.Minute)
	if _, err := w.append(); err == nil || !strings.Contains(err.Error(), "disk is full") {
		return fmt.Errorf("the retry on a full disk: %w", err)
	}
	if err := free(); err != nil {
		return err
	}
	c.at = c.at.Add(time.Minute)
	for range 20 {
		if _, err := w.append(); err != nil {
			return fmt.Errorf("with room again: %w", err)
		}
	}
	return w.reopened(stored)
}

// writer appends batches of new series and counts what was taken over.
type writer struct {
	db     *tsdb.Local
	c      *clock
	dir    string
	batch  int
	stored int
}

func (w *writer) append() (int, error) {
	var batch []tsdb.Sample
	for i := range 500 { // more than a page of the log, so that a record may be cut in two
		batch = append(batch, at(tsdb.MustKey("m", "batch", fmt.Sprint(w.batch), "i", fmt.Sprint(i)), w.c.at, 1))
	}
	w.batch++
	n, err := w.db.Append(context.Background(), batch)
	if err == nil {
		w.stored += n.Stored
	}
	return n.Stored, err
}

func (w *writer) untilFull() error {
	for range 10_000 {
		if _, err := w.append(); err != nil {
			if !strings.Contains(err.Error(), "the disk is full") {
				return fmt.Errorf("the error does not name the full disk: %w", err)
			}
			fmt.Printf("full after %d samples: %v\n", w.stored, err)
			return nil
		}
	}
	return fmt.Errorf("the disk never got full")
}

func (w *writer) readable() (int, error) {
	list, err := w.db.History(context.Background(), tsdb.HistoryQuery{Metric: "m", From: noon, To: noon.Add(time.Hour), Step: time.Minute})
	n := 0
	for _, s := range list {
		for _, p := range s.Points {
			if p.Value != nil {
				n++
			}
		}
	}
	return n, err
}

// reopened checks that all that was ever taken over is there, now and after the next start.
func (w *writer) reopened(before int) error {
	for _, when := range []string{"with room again", "after a restart"} {
		n, err := w.readable()
		if err != nil || n < w.stored || w.stored < before+20*500 {
			return fmt.Errorf("%s %d of %d samples are readable: %w", when, n, w.stored, err)
		}
		fmt.Printf("%s: %d of %d readable\n", when, n, w.stored)
		if err := w.db.Close(); err != nil {
			return err
		}
		if w.db, err = tsdb.Open(w.dir, tsdb.Options{Now: w.c.now}); err != nil {
			return err
		}
	}
	return w.db.Close()
}
