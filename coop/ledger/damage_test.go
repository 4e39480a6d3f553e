package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

// filled makes a closed ledger of n shares in small segments.
func filledLedger(t *testing.T, n int, o Options) string {
	t.Helper()
	o.Dir = t.TempDir()
	l := open(t, o)
	for at := 0; at < n; at += 50 {
		add(t, l, at, min(at+50, n))
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return o.Dir
}

func flip(t *testing.T, path string, off int64) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	raw[off] ^= 0x40
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestTornTail cuts the file at every byte of its last kilobyte: what is whole stays, the rest is cut, and the ledger goes
// on.
func TestTornTail(t *testing.T) {
	dir := filledLedger(t, 60, Options{})
	path := filepath.Join(dir, segmentName(1))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	last := -1
	for cut := len(whole) - 300; cut <= len(whole); cut += 6 {
		for _, zeros := range []int{0, 500} { // a file system may have made the file longer already
			if err := os.WriteFile(path, append(bytes.Clone(whole[:cut]), make([]byte, zeros)...), 0o600); err != nil {
				t.Fatal(err)
			}
			l := open(t, Options{Dir: dir})
			n := int(l.Last())
			if n < last || n < 50 {
				t.Fatalf("cut at %d: %d shares, before %d", cut, n, last)
			}
			last = n
			same(t, l, n)
			add(t, l, n, n+3)
			same(t, l, n+3)
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if last != 60 {
		t.Errorf("whole it has %d shares", last)
	}
}

// TestUnbegunSegment: a crash between making a file and writing its head.
func TestUnbegunSegment(t *testing.T) {
	for _, size := range []int{0, 5, headSize} {
		dir := filledLedger(t, 300, Options{SegmentBytes: 4096})
		names, _ := filepath.Glob(filepath.Join(dir, "*.seg"))
		next := filepath.Join(dir, segmentName(uint64(len(names)+1)))
		if err := os.WriteFile(next, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		l := open(t, Options{Dir: dir, SegmentBytes: 4096})
		add(t, l, 300, 500)
		same(t, l, 500)
		if r, err := l.Verify(t.Context()); err != nil || !r.OK() {
			t.Errorf("%v %v", r.Problems, err)
		}
		_ = l.Close()
	}
}

// TestDamageIsNamed: a flipped bit anywhere is found, with file and offset.
func TestDamageIsNamed(t *testing.T) {
	dir := filledLedger(t, 300, Options{SegmentBytes: 4096})
	names, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil || len(names) < 3 {
		t.Fatal(names, err)
	}
	newest := names[len(names)-1]
	flip(t, newest, headSize+100)
	var bad *Damage
	if _, err := Open(t.Context(), Options{Dir: dir}); !errors.As(err, &bad) || bad.File != newest || bad.Offset < headSize || bad.Offset > headSize+100 ||
		bad.Next <= bad.Offset || !strings.Contains(err.Error(), "ledger repair") || adit.CodeOf(err) != adit.Internal {
		t.Errorf("in the newest: %v", err)
	}
	flip(t, newest, headSize+100)
	for _, off := range []int64{headSize + 300, 60, 10} {
		flip(t, names[1], off)
		l, err := Open(t.Context(), Options{Dir: dir})
		if off < headSize {
			if !errors.As(err, &bad) || bad.File != names[1] || strings.Contains(err.Error(), "repair") {
				t.Errorf("byte %d of a head: %v", off, err)
			}
			flip(t, names[1], off)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		r, err := l.Verify(t.Context())
		if err != nil || len(r.Problems) != 1 || r.Problems[0].File != names[1] || r.OK() {
			t.Errorf("byte %d: %v %v", off, r.Problems, err)
		}
		if err := l.Scan(t.Context(), 0, 0, func(*Entry) error { return nil }); !errors.As(err, &bad) || bad.File != names[1] {
			t.Errorf("a walk over it: %v", err)
		}
		_ = l.Close()
		flip(t, names[1], off)
	}
	if err := os.Rename(names[1], names[1]+".away"); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Dir: dir}); adit.CodeOf(err) != adit.NotFound || !strings.Contains(err.Error(), "missing") {
		t.Errorf("a missing one: %v", err)
	}
}

// TestSwappedSegment: whole records of another ledger, or a segment cut at the end of a record, do not pass.
func TestSwappedSegment(t *testing.T) {
	dir, other := filledLedger(t, 300, Options{SegmentBytes: 4096}), filledLedger(t, 300, Options{SegmentBytes: 4096})
	path := filepath.Join(dir, segmentName(2))
	mine, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := os.ReadFile(filepath.Join(other, segmentName(2)))
	if err != nil {
		t.Fatal(err)
	}
	problems := func(content []byte) []*Damage {
		t.Helper()
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		l := open(t, Options{Dir: dir})
		r, err := l.Verify(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_ = l.Close()
		return r.Problems
	}
	if p := problems(mine); len(p) != 0 {
		t.Fatal(p)
	}
	if p := problems(append(bytes.Clone(mine[:headSize]), foreign[headSize:]...)); len(p) != 1 || p[0].Offset != headSize {
		t.Errorf("another ledger's records: %v", p)
	}
	short := mine[:len(mine)-frameSize-sizeShare]
	p := problems(short)
	if len(p) == 0 || !strings.Contains(p[0].Error(), "begun after a segment with SHA-256") {
		t.Errorf("cut at a record: %v", p)
	}
	if err := os.WriteFile(path, foreign, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Dir: dir}); adit.CodeOf(err) != adit.Conflict {
		t.Errorf("another ledger's segment: %v", err)
	}
}

// TestRepair: what is readable stays, the gap is written down, the damaged file is kept, and the sums are right again.
func TestRepair(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		o := Options{SegmentBytes: 4096, DB: db, Dir: t.TempDir(), PackAfter: -1}
		l := open(t, o)
		for at := 0; at < 400; at += 50 {
			add(t, l, at, at+50)
		}
		if err := l.index(t.Context(), &sink{}); err != nil {
			t.Fatal(err)
		}
		_ = l.Close()
		if m, err := Repair(t.Context(), o); err != nil || len(m) != 0 {
			t.Fatalf("nothing is damaged: %v %v", m, err)
		}
		path := filepath.Join(o.Dir, segmentName(2))
		flip(t, path, headSize+1000)
		was, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		m, err := Repair(t.Context(), o)
		if err != nil || len(m) != 1 || m[0].Missing == 0 || m[0].Missing > 2 || len(m[0].Gaps) != 1 || m[0].File != segmentName(2) {
			t.Fatalf("%+v %v", m, err)
		}
		kept, err := os.ReadFile(filepath.Join(o.Dir, m[0].Kept))
		if err != nil || !bytes.Equal(kept, was) {
			t.Errorf("the damaged file was not kept: %v", err)
		}
		l = open(t, o)
		if err := l.index(t.Context(), &sink{}); err != nil {
			t.Fatal(err)
		}
		r, err := l.Verify(t.Context())
		if err != nil || !r.OK() || len(r.Gaps) != 1 || r.Shares != 400-m[0].Missing || r.Last != 400 {
			t.Errorf("%+v %v", r, err)
		}
		sums, err := l.Sums(t.Context())
		total := uint64(0)
		for _, s := range sums {
			total += s.Shares
		}
		if err != nil || total != 400-m[0].Missing {
			t.Errorf("the members have %d shares: %v", total, err)
		}
		add(t, l, 400, 410)
		_ = l.Close()
		if m, err := Repair(t.Context(), o); err != nil || len(m) != 0 {
			t.Errorf("mended twice: %v %v", m, err)
		}
	})
}

// TestRepairNewest: damage in the newest segment, with a member's introduction lost, and shares lost before a verdict.
func TestRepairNewest(t *testing.T) {
	o := Options{Dir: t.TempDir()}
	l := open(t, o)
	add(t, l, 0, 100)
	l.Append(coop.ShareRecord{Member: "late", Difficulty: adit.HashesOf(1), Network: adit.HashesOf(9)}, func(uint64, error) {})
	l.Verdict(101, "m1", "stale", "x")
	_ = l.Close()
	path := filepath.Join(o.Dir, segmentName(1))
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	flip(t, path, int64(bytes.Index(raw, []byte("late"))))
	flip(t, path, headSize+5) // the introduction of member 0
	if _, err := Open(t.Context(), o); err == nil {
		t.Fatal("a damaged ledger was opened")
	}
	m, err := Repair(t.Context(), o)
	if err != nil || len(m) != 1 {
		t.Fatalf("%+v %v", m, err)
	}
	l = open(t, o)
	before := l.Last()
	if before < 101 {
		t.Errorf("share 101 was acknowledged; the ledger goes on after %d", before)
	}
	if seq, err := one(l, 5); err != nil || seq != before+1 {
		t.Errorf("%d %v", seq, err)
	}
	if r, err := l.Verify(t.Context()); err != nil || !r.OK() || len(r.Gaps) < 2 {
		t.Errorf("%+v %v", r, err)
	}
}

// TestOneProcess: two coordinators never write one ledger.
func TestOneProcess(t *testing.T) {
	o := Options{Dir: t.TempDir()}
	l := open(t, o)
	if _, err := Open(t.Context(), o); adit.CodeOf(err) != adit.Conflict {
		t.Errorf("%v", err)
	}
	if _, err := Repair(t.Context(), o); adit.CodeOf(err) != adit.Conflict {
		t.Errorf("%v", err)
	}
	_ = l.Close()
	open(t, o)
	for _, o := range []Options{{}, {Dir: t.TempDir(), SegmentBytes: 5}} {
		if _, err := Open(t.Context(), o); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// TestWrongShares are refused by name and never written.
func TestWrongShares(t *testing.T) {
	l := open(t, Options{})
	good := shareNo(1)
	for field, spoil := range map[string]func(*coop.ShareRecord){
		"member":     func(r *coop.ShareRecord) { r.Member = "" },
		"member:":    func(r *coop.ShareRecord) { r.Member = coop.MemberID(strings.Repeat("x", maxMember+1)) },
		"difficulty": func(r *coop.ShareRecord) { r.Difficulty = adit.Hashes{} },
		"network":    func(r *coop.ShareRecord) { r.Network = adit.Hashes{} },
	} {
		r := good
		spoil(&r)
		l.Append(r, func(seq uint64, err error) {
			if adit.CodeOf(err) != adit.Invalid || seq != 0 || !strings.HasPrefix(err.Error(), strings.TrimSuffix(field, ":")) {
				t.Errorf("%s: %d %v", field, seq, err)
			}
		})
	}
	for _, b := range []coop.FoundBlock{{}, {Member: "m"}, {Member: "m", Coin: "XMR"}} {
		if err := l.Found(t.Context(), b); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%+v: %v", b, err)
		}
	}
	if l.Last() != 0 {
		t.Error("something was written")
	}
	r := good
	r.At = time.Time{}
	l.Append(r, func(uint64, error) {})
	_ = l.Close()
	if got := l.Last(); got != 1 {
		t.Errorf("%d", got)
	}
}

// FuzzReader: no bytes make a reader panic or loop, and what it takes for records has their checksums.
func FuzzReader(f *testing.F) {
	h := head{Number: 1, First: 1}
	enc := newEncoder(seedOf(h.Ledger))
	r := shareNo(11)
	r.Seq = 1
	enc.share(&r)
	enc.verdict(Verdict{Share: 1, Member: "m", Outcome: "stale", Text: "t"})
	enc.block(coop.FoundBlock{Share: 1, Member: "m", Coin: "XMR", Hash: "aa"})
	enc.gap(Gap{Before: 1, After: 5})
	f.Add(bytes.Clone(enc.buf), false)
	f.Add([]byte{1, 5, 0, 0, 0, 0, 0, 'a'}, true)
	f.Fuzz(func(t *testing.T, raw []byte, lenient bool) {
		rd := newReader(bytes.NewReader(raw), h)
		rd.lenient = lenient
		var e Entry
		for n := 0; ; n++ {
			before := rd.off
			if err := rd.read(&e); err != nil {
				break
			}
			if rd.off <= before || n > len(raw) {
				t.Fatal("it does not move on")
			}
		}
		m := &Mended{}
		if out, err := m.rewrite(append(h.encode(), raw...), h, 0); err == nil {
			if fresh := newReader(bytes.NewReader(out[headSize:]), h); fmt.Sprint(drain(fresh)) != "EOF" {
				t.Fatalf("a mended segment cannot be read: %v", drain(fresh))
			}
		}
	})
}

func drain(r *reader) error {
	var e Entry
	for {
		if err := r.read(&e); err != nil {
			return err
		}
	}
}
