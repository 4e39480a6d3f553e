package proc

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// logWriter copies the ring to a file on disk that it rotates by size. It is written here because the shim must go on
// when the disk is full, say so, and catch up later. It follows the ring rather than standing in the program's way:
// a slow disk or a flood loses lines of the file, which then says how many, and never stalls the program.
type logWriter struct {
	path   string
	policy LogPolicy
	ring   *ring
	words  *cell[string]                        // why the log is not on disk; "" = it is
	open   func(string) (io.WriteCloser, error) // appends; a test's disk is full on demand
	after  uint64
	lost   uint64

	file io.WriteCloser
	size int64
}

const logRetry = 10 * time.Second

func newLogWriter(path string, policy LogPolicy, r *ring) *logWriter {
	return &logWriter{path: path, policy: policy, ring: r, words: newCell(""), open: appendTo, after: r.next - 1}
}

func appendTo(path string) (io.WriteCloser, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
}

// run writes until ctx ends, then writes what is left.
func (w *logWriter) run(ctx context.Context) {
	defer w.close()
	retry := time.NewTimer(0)
	defer retry.Stop()
	<-retry.C
	for {
		more := w.flush()
		var again <-chan time.Time
		if w.broken() {
			more = nil // the disk is asked again after a while, not for every line
			retry.Reset(logRetry)
			again = retry.C
		}
		select {
		case <-ctx.Done():
			w.flush()
			return
		case <-more:
		case <-again:
		}
	}
}

func (w *logWriter) broken() bool {
	words, _ := w.words.get()
	return words != ""
}

// flush writes what the ring holds beyond the last line written and returns the channel that tells of more.
func (w *logWriter) flush() <-chan struct{} {
	for {
		lines, follow, more := w.ring.page(w.after, 0, 256<<10)
		if len(lines) == 0 {
			return more
		}
		if gap := lines[0].Seq - w.after - 1; gap > 0 {
			w.lost += gap
		}
		w.after = lines[0].Seq - 1
		if err := w.write(lines); err != nil {
			w.fail(err)
			return more
		}
		w.mended()
		if !follow {
			return more
		}
	}
}

func (w *logWriter) write(lines []Line) error {
	var b strings.Builder
	if w.lost > 0 {
		fmt.Fprintf(&b, "%s adit: %d lines are missing here, they could not be written\n", stamp(lines[0].At), w.lost)
	}
	for _, l := range lines {
		who := ""
		if l.Shim {
			who = "adit: "
		}
		fmt.Fprintf(&b, "%s %s%s\n", stamp(l.At), who, l.Text)
	}
	if err := w.room(int64(b.Len())); err != nil {
		return err
	}
	n, err := io.WriteString(w.file, b.String())
	w.size += int64(n)
	if err != nil {
		return err
	}
	w.lost = 0
	w.after = lines[len(lines)-1].Seq
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// room opens the file where it is not open and rotates it where n more bytes would not fit.
func (w *logWriter) room(n int64) error {
	if w.file == nil {
		if info, err := os.Stat(w.path); err == nil {
			w.size = info.Size()
		} else {
			w.size = 0
		}
		f, err := w.open(w.path)
		if err != nil {
			return err
		}
		w.file = f
	}
	if w.size == 0 || w.size+n <= w.policy.MaxBytes {
		return nil
	}
	w.close()
	for i := w.policy.Keep; i > 0; i-- {
		from := w.path
		if i > 1 {
			from = fmt.Sprintf("%s.%d", w.path, i-1)
		}
		if err := os.Rename(from, fmt.Sprintf("%s.%d", w.path, i)); err != nil && !absent(err) {
			return err
		}
	}
	w.size = 0
	f, err := w.open(w.path)
	if err == nil {
		w.file = f
	}
	return err
}

func (w *logWriter) close() {
	if w.file != nil {
		_ = w.file.Close()
		w.file = nil
	}
}

// fail remembers why the disk takes nothing and says so once; the ring goes on.
func (w *logWriter) fail(err error) {
	w.close()
	if w.broken() {
		return
	}
	words := fmt.Sprintf("the log file cannot be written (%v); lines are kept in memory only", err)
	w.words.set(words)
	w.ring.note(words)
}

func (w *logWriter) mended() {
	if w.broken() {
		w.words.set("")
		w.ring.note("the log file is written again")
	}
}
