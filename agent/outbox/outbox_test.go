package outbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"github.com/adit-mining/adit/link/wire"
)

func must(t testing.TB, o Options) *Outbox {
	t.Helper()
	b, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func rec(k wire.FrameKind, s string) Record { return Record{Kind: k, Body: []byte(s)} }

// drain reads everything that waits, as text, and checks the numbering.
func drain(t testing.TB, b *Outbox) []string {
	t.Helper()
	var out []string
	var seq uint64
	for {
		rs, ok := b.After(b.Epoch(), seq, 7)
		if !ok {
			out, seq = nil, 0
			continue
		}
		if len(rs) == 0 {
			return out
		}
		for _, r := range rs {
			if seq != 0 && r.Seq != seq+1 {
				t.Fatalf("number %d follows %d", r.Seq, seq)
			}
			seq = r.Seq
			out = append(out, string(r.Body))
		}
	}
}

func equal(t testing.TB, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
}

func TestAppendAckAgain(t *testing.T) {
	dir := t.TempDir()
	b := must(t, Options{Dir: dir, Boot: "b1"})
	for i := range 5 {
		b.Append(rec(wire.FrameBatch, fmt.Sprint("r", i)))
	}
	equal(t, drain(t, b), "r0", "r1", "r2", "r3", "r4")
	if !b.Ack(b.Epoch(), 2) || b.Ack(b.Epoch(), 2) || b.Ack(b.Epoch(), 99) || b.Ack("other", 3) {
		t.Error("Ack takes news of this epoch and of numbers given out, nothing else")
	}
	epoch := b.Epoch()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = must(t, Options{Dir: dir, Boot: "b2"}) // closed well: another boot is no harm
	if b.Epoch() != epoch {
		t.Error("the epoch ended although the outbox was closed well")
	}
	b.Append(rec(wire.FrameEvent, "e"))
	equal(t, drain(t, b), "r2", "r3", "r4", "e")
	if rs, _ := b.After(epoch, 5, 1); len(rs) != 1 || rs[0].Seq != 6 {
		t.Errorf("numbers must go on after a restart: %+v", rs)
	}
	if n, _ := b.Waiting(); n != 4 {
		t.Errorf("%d wait", n)
	}
}

// copyDir is what kill -9 leaves: the files as they are, nothing closed.
func copyDir(t testing.TB, dir string) string {
	to, err := os.MkdirTemp(filepath.Dir(dir), "life")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

func TestKilled(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a")
	b := must(t, Options{Dir: dir, Boot: "b1"})
	for i := range 3 {
		b.Append(rec(wire.FrameBatch, fmt.Sprint("r", i)))
	}
	b.Ack(b.Epoch(), 1)
	b.Tick()
	b.Append(rec(wire.FrameFacts, "f"))

	after := must(t, Options{Dir: copyDir(t, dir), Boot: "b1"})
	if after.Epoch() != b.Epoch() {
		t.Error("kill -9 ended the epoch although the system kept every byte")
	}
	equal(t, drain(t, after), "r1", "r2", "f")

	power := must(t, Options{Dir: copyDir(t, dir), Boot: "b2"})
	if power.Epoch() == b.Epoch() {
		t.Error("after a power cut numbers that the hub may have could come again")
	}
	equal(t, drain(t, power), "r1", "r2", "f")
	if rs, _ := power.After(power.Epoch(), 0, 1); rs[0].Seq != 1 {
		t.Errorf("a new epoch starts with number %d", rs[0].Seq)
	}
}

func TestTornTail(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a")
	b := must(t, Options{Dir: dir, Boot: "b"})
	b.Append(rec(wire.FrameBatch, "whole"))
	b.Append(rec(wire.FrameBatch, "torn"))
	for cut := 1; cut < recordHeader+len("torn"); cut++ {
		life := copyDir(t, dir)
		f := segFiles(t, life)[0]
		st, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(f, st.Size()-int64(cut)); err != nil {
			t.Fatal(err)
		}
		a := must(t, Options{Dir: life, Boot: "b"})
		equal(t, drain(t, a), "whole")
		a.Append(rec(wire.FrameBatch, "next"))
		equal(t, drain(t, must(t, Options{Dir: copyDir(t, life), Boot: "b"})), "whole", "next")
	}
}

func segFiles(t testing.TB, dir string) []string {
	t.Helper()
	f, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil || len(f) == 0 {
		t.Fatal("no segments", err)
	}
	return f
}

// Readings go before facts and events, and the numbering stays without gaps.
func TestBound(t *testing.T) {
	o := Options{Dir: t.TempDir(), MaxBytes: 64 << 10, Boot: "b"}
	b := must(t, o)
	first := b.Epoch()
	fat := strings.Repeat("x", 1000)
	for i := range 400 {
		b.Append(rec(wire.FrameBatch, fmt.Sprintf("%03d%s", i, fat)))
		if i%40 == 0 {
			b.Append(rec(wire.FrameEvent, fmt.Sprint("event", i)))
		}
	}
	if _, n := b.Waiting(); n > o.MaxBytes {
		t.Errorf("%d bytes on disk, %d allowed", n, o.MaxBytes)
	}
	if b.Epoch() == first {
		t.Error("numbers were left out within an epoch")
	}
	got := drain(t, b)
	var events, batches int
	for _, s := range got {
		if strings.HasPrefix(s, "event") {
			events++
		} else {
			batches++
		}
	}
	d := b.TakeDropped()
	if events != 10 || d.Other != 0 || batches+d.Batches != 400 || d.Batches < 300 {
		t.Errorf("%d events, %d readings, dropped %+v", events, batches, d)
	}
	if last := got[len(got)-1]; !strings.HasPrefix(last, "399") {
		t.Errorf("the newest reading is %.3s", last)
	}
	if d := b.TakeDropped(); d != (Dropped{}) {
		t.Errorf("told twice: %+v", d)
	}
	equal(t, drain(t, must(t, Options{Dir: copyDir(t, o.Dir), Boot: "b"})), got...)

	for range 200 { // now events alone: the oldest of them go
		b.Append(rec(wire.FrameEvent, fat))
	}
	if _, n := b.Waiting(); n > o.MaxBytes {
		t.Errorf("%d bytes on disk, %d allowed", n, o.MaxBytes)
	}
	if d := b.TakeDropped(); d.Other == 0 {
		t.Error("events over the bound were not dropped")
	}
}

func TestDiskFull(t *testing.T) {
	o := Options{Dir: t.TempDir(), Boot: "b", MaxMemo: 4000}
	b := must(t, o)
	b.Append(rec(wire.FrameBatch, "on disk"))
	b.fail(errors.New("no space left on device"))
	b.Append(rec(wire.FrameEvent, "event"))
	b.Append(rec(wire.FrameBatch, "in memory"))
	if b.Trouble() == nil {
		t.Error("nobody is told")
	}
	equal(t, drain(t, b), "on disk", "event", "in memory")

	// Killed now, what was in memory is lost, and its numbers, which the hub may know, must not come again.
	killed := must(t, Options{Dir: copyDir(t, o.Dir), Boot: "b"})
	killed.Append(rec(wire.FrameBatch, "new life"))
	if !killed.Resume(killed.Epoch(), 3) {
		t.Error("the hub knows number 3 and the outbox goes on with it")
	}
	equal(t, drain(t, killed), "new life")

	for i := range 20 { // more than memory takes
		b.Append(rec(wire.FrameBatch, fmt.Sprintf("%02d%s", i, strings.Repeat("x", 300))))
	}
	got := drain(t, b)
	if d := b.TakeDropped(); d.Batches == 0 || d.Other != 0 || !slices.Contains(got, "event") {
		t.Errorf("dropped %+v, kept %.20q", d, got)
	}
	b.Tick() // the disk takes again
	if err := b.Trouble(); err != nil {
		t.Error(err)
	}
	equal(t, drain(t, b), got...)
	equal(t, drain(t, must(t, Options{Dir: copyDir(t, o.Dir), Boot: "b"})), got...)
}

// fail makes the disk refuse writes until the next Tick.
func (b *Outbox) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.suffer(err)
}

// TestAckedMemoryIsReleased: what the hub holds does not wait in memory for the disk, however long that takes nothing.
func TestAckedMemoryIsReleased(t *testing.T) {
	o := Options{Dir: t.TempDir(), MaxMemo: 4 << 10, Boot: "b"}
	b := must(t, o)
	b.Append(rec(wire.FrameEvent, "on disk"))
	b.fail(syscall.ENOSPC)
	epoch := b.Epoch()
	var seq uint64
	for i := range 500 { // many times MaxMemo
		b.Append(rec(wire.FrameBatch, fmt.Sprintf("%03d%s", i, strings.Repeat("x", 100))))
		if i%3 == 0 {
			continue
		}
		rs, ok := b.After(epoch, seq, 10)
		if !ok || rs[0].Seq != seq+1 {
			t.Fatalf("record %d: %v %v", i, rs, ok)
		}
		seq = rs[len(rs)-1].Seq
		if i%2 == 0 {
			b.Ack(epoch, seq)
		}
	}
	b.Ack(epoch, seq)
	if len(b.memo) != 0 || b.memoSize != 0 || b.TakeDropped() != (Dropped{}) || b.Epoch() != epoch {
		t.Errorf("%d records (%d bytes) wait for nothing", len(b.memo), b.memoSize)
	}
	b.Append(rec(wire.FrameEvent, "while it is full"))
	b.Tick() // the disk takes again
	b.Append(rec(wire.FrameEvent, "after"))
	if b.Trouble() != nil || b.Epoch() != epoch {
		t.Errorf("%v, epoch %q", b.Trouble(), b.Epoch())
	}
	rs, ok := b.After(epoch, seq, 10)
	if !ok || len(rs) != 2 || rs[0].Seq != seq+1 {
		t.Errorf("goes on with %v", rs)
	}
	again := must(t, Options{Dir: copyDir(t, o.Dir), Boot: "b"})
	if again.Epoch() != epoch {
		t.Error("the next life finds another numbering")
	}
	equal(t, drain(t, again), "while it is full", "after")
}

func TestResume(t *testing.T) {
	fill := func() *Outbox {
		b := must(t, Options{Dir: t.TempDir(), Boot: "b"})
		for i := range 5 {
			b.Append(rec(wire.FrameBatch, fmt.Sprint(i)))
		}
		drain(t, b)
		return b
	}
	b := fill()
	if b.Resume(b.Epoch(), 3) {
		t.Error("a hub that goes on where it was needs no new epoch")
	}
	equal(t, drain(t, b), "3", "4")
	if b.Resume(b.Epoch(), 1) {
		t.Error("a hub that forgot frames which are still here needs no new epoch")
	}
	equal(t, drain(t, b), "1", "2", "3", "4")

	if !b.Resume(b.Epoch(), 99) {
		t.Error("a hub that knows foreign numbers must get a new epoch")
	}
	if !b.Resume("gone", 0) {
		t.Error("an epoch that is over must be said again")
	}
}

// What the hub holds leaves the disk while it keeps up, and a hub that lost everything gets a new epoch without gaps.
func TestSettled(t *testing.T) {
	dir := t.TempDir()
	b := must(t, Options{Dir: dir, Boot: "b"})
	var seq uint64
	for range 3000 {
		b.Append(rec(wire.FrameBatch, strings.Repeat("x", 500)))
		rs, _ := b.After(b.Epoch(), seq, 10)
		seq = rs[len(rs)-1].Seq
		b.Ack(b.Epoch(), seq)
	}
	if _, n := b.Waiting(); n > 2*settled {
		t.Errorf("%d bytes stay although the hub has everything", n)
	}
	if n := len(segFiles(t, dir)); n > 2 {
		t.Errorf("%d segments stay", n)
	}
	epoch := b.Epoch()
	b.Append(rec(wire.FrameBatch, "new"))
	if !b.Resume(epoch, 0) || b.Epoch() == epoch {
		t.Error("a hub that forgot frames which are gone must get a new epoch")
	}
	equal(t, drain(t, b), "new")
}

func TestDamage(t *testing.T) {
	for name, harm := range map[string]func(t *testing.T, dir string){
		"no mark":     func(t *testing.T, dir string) { rm(t, filepath.Join(dir, markName)) },
		"bad mark":    func(t *testing.T, dir string) { put(t, filepath.Join(dir, markName), 3, 'X') },
		"bad header":  func(t *testing.T, dir string) { put(t, segFiles(t, dir)[0], 20, 'X') },
		"bad record":  func(t *testing.T, dir string) { put(t, segFiles(t, dir)[0], segHeader+2000, 'X') },
		"middle gone": func(t *testing.T, dir string) { rm(t, segFiles(t, dir)[1]) },
		"all gone": func(t *testing.T, dir string) {
			for _, f := range segFiles(t, dir) {
				rm(t, f)
			}
		},
		"empty file": func(t *testing.T, dir string) {
			if err := os.Truncate(segFiles(t, dir)[1], 0); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			o := Options{Dir: dir, MaxBytes: 256 << 10, Boot: "b"}
			b := must(t, o)
			for i := range 150 {
				b.Append(rec(wire.FrameBatch, fmt.Sprintf("%03d%s", i, strings.Repeat("x", 700))))
			}
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
			harm(t, dir)
			a := must(t, o)
			if a.Epoch() == b.Epoch() {
				t.Error("damage, and the numbers go on as if nothing were missing")
			}
			a.Append(rec(wire.FrameEvent, "after"))
			got := drain(t, a)
			if !slices.IsSorted(got) || got[len(got)-1] != "after" {
				t.Errorf("out of order: %.4q", got)
			}
			equal(t, drain(t, must(t, Options{Dir: copyDir(t, dir), MaxBytes: o.MaxBytes, Boot: "b"})), got...)
		})
	}
}

func rm(t *testing.T, path string) {
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, path string, at int64, c byte) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte{c}, at); err != nil {
		t.Fatal(err)
	}
}

// TestHubSeesEverything plays random lives against a hub that only believes numbers: it must end up with every record
// in order, no number twice with another content, no gap within an epoch.
func TestHubSeesEverything(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		root, err := os.MkdirTemp("", "outbox")
		if err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(root)
		dir := filepath.Join(root, "0")
		boot := 0
		o := func() Options { return Options{Dir: dir, MaxBytes: 1 << 20, Boot: fmt.Sprint("boot", boot)} }
		b := must(t, o())
		hub := newHub()
		written := 0
		rt.Repeat(map[string]func(*rapid.T){
			"append": func(rt *rapid.T) {
				for range rapid.IntRange(1, 30).Draw(rt, "n") {
					b.Append(rec(wire.FrameEvent, fmt.Sprintf("%06d%s", written, strings.Repeat("x", 400))))
					written++
				}
			},
			"talk": func(rt *rapid.T) { hub.talk(rt, b, rapid.IntRange(1, 40).Draw(rt, "n")) },
			"tick": func(*rapid.T) { b.Tick() },
			"kill": func(rt *rapid.T) { dir = copyDir(t, dir); b = must(t, o()) },
			"power": func(rt *rapid.T) {
				dir = copyDir(t, dir)
				boot++
				b = must(t, o())
			},
			"close": func(rt *rapid.T) {
				if err := b.Close(); err != nil {
					rt.Fatal(err)
				}
				b = must(t, o())
			},
		})
		hub.talk(rt, b, 1<<20)
		for i := range written {
			if !hub.has[fmt.Sprintf("%06d", i)] {
				rt.Fatalf("record %d of %d never reached the hub", i, written)
			}
		}
	})
}

type hub struct {
	acked map[string]uint64
	seen  map[string]string // epoch/number → content
	has   map[string]bool
}

func newHub() *hub {
	return &hub{acked: map[string]uint64{}, seen: map[string]string{}, has: map[string]bool{}}
}

func (h *hub) talk(rt *rapid.T, b *Outbox, n int) {
	for b.Resume(b.Epoch(), h.acked[b.Epoch()]) {
	}
	epoch := b.Epoch()
	rs, ok := b.After(epoch, h.acked[epoch], n)
	if !ok {
		rt.Fatal("nothing is damaged, yet the epoch ended")
	}
	for _, r := range rs {
		key := fmt.Sprint(epoch, "/", r.Seq)
		if old, ok := h.seen[key]; ok && old != string(r.Body) {
			rt.Fatalf("number %s came with another content", key)
		}
		if r.Seq != h.acked[epoch]+1 {
			rt.Fatalf("number %d after %d", r.Seq, h.acked[epoch])
		}
		h.seen[key], h.has[string(r.Body[:6])], h.acked[epoch] = string(r.Body), true, r.Seq
		if rapid.Bool().Draw(rt, "heard") { // else the answer is lost
			b.Ack(epoch, r.Seq)
		}
	}
}

func FuzzOpen(f *testing.F) {
	dir := f.TempDir()
	b := must(f, Options{Dir: dir, Boot: "b"})
	b.Append(rec(wire.FrameBatch, "one"))
	b.Append(rec(wire.FrameEvent, "two"))
	_ = b.Close()
	seg, _ := os.ReadFile(segFiles(f, dir)[0])
	mark, _ := os.ReadFile(filepath.Join(dir, markName))
	f.Add(seg, mark)
	f.Add(seg[:segHeader-1], mark[:3])
	f.Fuzz(func(t *testing.T, seg, mark []byte) {
		dir := t.TempDir()
		if os.WriteFile(filepath.Join(dir, "0000000001.seg"), seg, 0o600) != nil || os.WriteFile(filepath.Join(dir, markName), mark, 0o600) != nil {
			t.Skip()
		}
		b := must(t, Options{Dir: dir, Boot: "b"})
		b.Append(rec(wire.FrameEvent, "after"))
		if got := drain(t, b); len(got) == 0 || got[len(got)-1] != "after" {
			t.Fatalf("got %q", got)
		}
	})
}

func BenchmarkAppend(bb *testing.B) {
	b := must(bb, Options{Dir: bb.TempDir()})
	r := rec(wire.FrameBatch, strings.Repeat("x", 400))
	var seq uint64
	for bb.Loop() {
		b.Append(r)
		rs, _ := b.After(b.Epoch(), seq, 1)
		seq = rs[0].Seq
		b.Ack(b.Epoch(), seq)
	}
}
