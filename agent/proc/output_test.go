package proc

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestRing(t *testing.T) {
	r := newRing(time.Now)
	first := r.next
	for i := range ringLines + 500 {
		r.add(fmt.Sprint(i), false)
	}
	all, more, _ := r.page(0, 0, 1<<30)
	if len(all) != ringLines || more || all[0].Text != "500" || all[0].Seq != first+500 {
		t.Errorf("%d lines from %+v", len(all), all[0])
	}
	if got, _, _ := r.page(all[9].Seq, 3, 1<<30); len(got) != 3 || got[0].Text != "510" {
		t.Errorf("after the tenth: %+v", got)
	}
	if got, _, _ := r.page(1, 3, 1<<30); len(got) != 3 || got[0].Text != "500" {
		t.Errorf("after what is forgotten: %+v", got)
	}
	if got, _, _ := r.page(r.next+1000, 0, 1<<30); len(got) != 0 {
		t.Errorf("after what will come: %+v", got)
	}
	if got, more, _ := r.page(all[0].Seq, 0, 1); len(got) != 1 || !more {
		t.Errorf("a small page: %+v %v", got, more)
	}
	for range 3000 {
		r.add(strings.Repeat("x", maxText), false)
	}
	if r.bytes > ringBytes || len(r.lines) > 2*ringLines+1 {
		t.Errorf("%d bytes, %d lines", r.bytes, len(r.lines))
	}
	r.note("ours")
	if got := r.tail(2); len(got) != 2 || got[1] == "ours" {
		t.Errorf("tail: %d lines", len(got))
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", "\x1b[1;31mred\x1b[0m": "red", "a\tb": "a b", "\x1b]0;title\x07x": "x", "bell\x07": "bell",
		"\xff\xfe": "\ufffd\ufffd", "ümlaut": "ümlaut", "\u009b31mx": "31mx", "\x1b": "", "\x1b[": "", strings.Repeat("ü", 40): strings.Repeat("ü", 30) + "…",
	} {
		if got := clean(in, 64); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestOutputLines(t *testing.T) {
	r := newRing(time.Now)
	in := "one\r\n10 %\r20 %\rdone\n" + strings.Repeat("y", 100_000) + "\n\nlast"
	if err := readOutput(strings.NewReader(in), r); err != nil {
		t.Fatal(err)
	}
	lines, _, _ := r.page(0, 0, 1<<30)
	var got []string
	for _, l := range lines {
		got = append(got, l.Text[:min(len(l.Text), 6)])
	}
	if s := strings.Join(got, "|"); s != "one|done|yyyyyy||last" {
		t.Errorf("lines %s", s)
	}
	if len(lines[2].Text) > maxText || !strings.HasSuffix(lines[2].Text, "…") {
		t.Errorf("a long line has %d bytes", len(lines[2].Text))
	}
}

// fullDisk fails writes with ENOSPC on demand, after taking a part, as a disk does.
type fullDisk struct {
	full atomic.Bool
	file io.WriteCloser
}

func (d *fullDisk) Write(b []byte) (int, error) {
	if d.full.Load() {
		n, _ := d.file.Write(b[:min(3, len(b))])
		return n, &os.PathError{Op: "write", Path: "log", Err: syscall.ENOSPC}
	}
	return d.file.Write(b)
}
func (d *fullDisk) Close() error { return d.file.Close() }

func TestLogOnAFullDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(time.Now)
		path := filepath.Join(t.TempDir(), "log")
		w := newLogWriter(path, LogPolicy{MaxBytes: 1 << 20, Keep: 1}, r)
		disk := &fullDisk{}
		w.open = func(p string) (io.WriteCloser, error) {
			f, err := appendTo(p)
			disk.file = f
			return disk, err
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); w.run(ctx) }()
		r.add("before", false)
		synctest.Wait()
		disk.full.Store(true)
		r.add("lost?", false)
		synctest.Wait()
		if words, _ := w.words.get(); !strings.Contains(words, "no space left on device") {
			t.Errorf("words: %q", words)
		}
		for range 3 * ringLines {
			r.add("while it was full", false)
		}
		elapse(t, time.Minute)
		disk.full.Store(false)
		elapse(t, time.Minute)
		if words, _ := w.words.get(); words != "" {
			t.Errorf("the disk has room again, but: %q", words)
		}
		r.add("after", false)
		synctest.Wait()
		cancel()
		<-ended
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		for _, want := range []string{" before\n", "lines are missing here", " while it was full\n", "the log file is written again", " after\n"} {
			if !strings.Contains(text, want) {
				t.Errorf("the log lacks %q", want)
			}
		}
		lines, _, _ := r.page(0, 0, 1<<30)
		if len(lines) != ringLines {
			t.Errorf("the ring has %d lines", len(lines))
		}
	})
}

// TestLogOnATinyDisk uses a real full file system where the test may mount one.
func TestLogOnATinyDisk(t *testing.T) {
	dir := t.TempDir()
	if runtime.GOOS != "linux" {
		t.Skip("needs a tmpfs")
	}
	if err := mountTiny(dir); err != nil {
		t.Skip("no tmpfs may be mounted here:", err)
	}
	defer func() {
		if err := unmount(dir); err != nil {
			t.Error(err)
		}
	}()
	r := newRing(time.Now)
	w := newLogWriter(filepath.Join(dir, "log"), LogPolicy{MaxBytes: 1 << 20, Keep: 1}, r)
	defer w.close()
	for range 1000 {
		r.add(strings.Repeat("z", 1000), false)
	}
	w.flush()
	if words, _ := w.words.get(); !strings.Contains(words, "no space left on device") {
		t.Fatalf("words: %q", words)
	}
	if err := os.Truncate(filepath.Join(dir, "log"), 0); err != nil {
		t.Fatal(err)
	}
	w.after = r.next - 3
	w.flush()
	if w.broken() {
		t.Error("the disk has room again")
	}
}

func TestLogRotates(t *testing.T) {
	r := newRing(time.Now)
	dir := t.TempDir()
	w := newLogWriter(filepath.Join(dir, "log"), LogPolicy{MaxBytes: 1000, Keep: 2}, r)
	defer w.close()
	for i := range 100 {
		r.add(fmt.Sprintf("line %d", i), i%2 == 0)
		w.flush()
	}
	files, err := filepath.Glob(filepath.Join(dir, "log*"))
	if err != nil || len(files) != 3 {
		t.Fatalf("files %v %v", files, err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil || info.Size() > 1000 || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", f, info, err)
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "log"))
	if err != nil || !strings.HasSuffix(string(b), " line 99\n") || !strings.Contains(string(b), " adit: line 98\n") {
		t.Errorf("the newest file ends %q %v", b, err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	w.close()
	r.add("nowhere to go", false)
	w.flush()
	if words, _ := w.words.get(); words == "" {
		t.Error("a folder that has gone is not said")
	}
}

// TestFloodIsThinned: of a flood a bounded number of lines a second is kept, and what was lost is said.
func TestFloodIsThinned(t *testing.T) {
	at := time.Unix(1000, 0)
	r := newRing(func() time.Time { return at })
	f := flood{ring: r}
	kept := 0
	for i := range 100_000 {
		if i == 50_000 {
			at = at.Add(2 * time.Second)
		}
		if f.admits() {
			kept++
		}
	}
	if kept < 2*maxRate-64 || kept > 2*maxRate {
		t.Errorf("kept %d", kept)
	}
	f.report()
	lines, _, _ := r.page(0, 0, 1<<30)
	if len(lines) != 2 || !lines[0].Shim || !strings.Contains(lines[0].Text, "thrown away") {
		t.Errorf("said: %+v", lines)
	}
}
