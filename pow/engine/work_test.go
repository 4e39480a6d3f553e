package engine

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// TestNicehashBits: with a nonce that is not zero only the low 24 bits change; xmrig keeps the highest byte.
func TestNicehashBits(t *testing.T) {
	var l ledger
	j := jobOf("a", 1)
	copy(j.Blob[39:], []byte{0, 0, 0, 0xa7})
	w, err := l.work(j)
	if err != nil {
		t.Fatal(err)
	}
	if w.nonces.limit != 1<<24 {
		t.Errorf("%d nonces, want 2^24", w.nonces.limit)
	}
	if got := w.bytes(0x100000); !bytes.Equal(got, []byte{0, 0, 0x10, 0xa7}) { // vector nicehash-0xa7
		t.Errorf("nonce bytes %x, want 000010a7", got)
	}
	w.nonces.next.Store(1<<24 - 1)
	if v, ok := w.nonces.take(); !ok || v != 1<<24-1 {
		t.Errorf("the last nonce: %d %v", v, ok)
	}
	for range 3 {
		if _, ok := w.nonces.take(); ok {
			t.Error("a nonce after the last")
		}
	}
	j.Blob[42] = 0
	if w, _ := l.work(j); w.nonces.limit != 1<<32 || w.nonces.next.Load() != 0 {
		t.Errorf("without nicehash: %d nonces from %d", w.nonces.limit, w.nonces.next.Load())
	}
	j.Nicehash = true
	if w, _ := l.work(j); w.nonces.limit != 1<<24 || w.base != 0 {
		t.Errorf("with the pool's word: %d nonces, fixed %x", w.nonces.limit, w.base)
	}
}

// TestBooks: the same blob goes on with its counter, whatever the nonce in it, the target or the id.
func TestBooks(t *testing.T) {
	var l ledger
	a, _ := l.work(jobOf("a", 1))
	a.nonces.take()
	j := jobOf("a", 1)
	j.ID, j.Target = "again", 99
	if b, _ := l.work(j); b.nonces != a.nonces {
		t.Error("the same blob got a new counter")
	}
	if b, _ := l.work(jobOf("a", 2)); b.nonces == a.nonces {
		t.Error("another seed shares the counter")
	}
	for i := range ledgerSize {
		l.work(jobOf(string(rune('A'+i)), 1))
	}
	if len(l.books) != ledgerSize || len(l.keys) != ledgerSize {
		t.Errorf("%d books, %d keys are kept", len(l.books), len(l.keys))
	}
}

// TestWrite: whatever the place, only the nonce's bytes change, and bytes tells what write wrote.
func TestWrite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := jobOf("x", 0)
		j.Blob = rapid.SliceOfN(rapid.Byte(), 60, 407).Draw(t, "blob")
		j.Nonce = &NoncePlace{Offset: rapid.IntRange(0, 52).Draw(t, "offset"), Width: rapid.IntRange(1, 8).Draw(t, "width")}
		var l ledger
		w, err := l.work(j)
		if err != nil {
			t.Fatal(err)
		}
		v := rapid.Uint64Range(0, w.nonces.limit-1).Draw(t, "nonce")
		got := append([]byte(nil), j.Blob...)
		w.write(got, v)
		from, to := j.Nonce.Offset, j.Nonce.Offset+j.Nonce.Width
		if !bytes.Equal(got[:from], j.Blob[:from]) || !bytes.Equal(got[to:], j.Blob[to:]) {
			t.Fatal("bytes outside the nonce changed")
		}
		if !bytes.Equal(got[from:to], w.bytes(v)) {
			t.Fatalf("wrote %x, told %x", got[from:to], w.bytes(v))
		}
		if w.base != 0 && got[to-1] != j.Blob[to-1] {
			t.Fatal("the fixed byte changed")
		}
	})
}

// TestRange: a range is searched from end to end, both included, wherever it lies and whatever stood in the blob.
func TestRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(1, 8).Draw(t, "width")
		all := ^uint64(0) >> (64 - 8*width)
		start := rapid.Uint64Range(0, all).Draw(t, "start")
		end := rapid.Uint64Range(start, all).Draw(t, "end")
		j := jobOf("x", 0)
		j.Blob = rapid.SliceOfN(rapid.Byte(), 80, 80).Draw(t, "blob")
		j.Nonce = &NoncePlace{Offset: 72, Width: width}
		j.Range, j.Nicehash = &NonceRange{start, end}, true
		var l ledger
		w, err := l.work(j)
		if err != nil {
			t.Fatal(err)
		}
		want := end - start // one less than there are, which fits
		if w.nonces.limit-1 != min(want, 1<<63-2) {
			t.Fatalf("%d nonces from %d to %d", w.nonces.limit, start, end)
		}
		value := func(v uint64) (n uint64) {
			for i, b := range w.bytes(v) {
				n |= uint64(b) << (8 * i)
			}
			return n
		}
		if value(0) != start || value(w.nonces.limit-1) != start+w.nonces.limit-1 {
			t.Fatalf("from %d to %d, want %d to %d", value(0), value(w.nonces.limit-1), start, end)
		}
	})
}
