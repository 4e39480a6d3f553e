package engine

import (
	"sync"
	"testing"
	"time"

	"github.com/adit-mining/adit"
)

// TestRangeSearched: the engine tries each nonce of the range once, over an 80-byte header with its nonce at byte 76, and
// then stands idle rather than begin anew.
func TestRangeSearched(t *testing.T) {
	var mu sync.Mutex
	seen := map[uint64]int{}
	tap := func(n uint64, _ *[32]byte) {
		mu.Lock()
		defer mu.Unlock()
		seen[n]++
	}
	inBubble(t, plenty, func(c *Config, _ *fakeLib) { c.Mode, c.Tap = Light, tap }, func(t *testing.T, b bench) {
		j := jobOf("a", 1)
		j.Blob = make([]byte, 80)
		for i := range j.Blob {
			j.Blob[i] = byte(i)
		}
		j.Nonce, j.Range = &NoncePlace{Offset: 76, Width: 4}, &NonceRange{Start: 0x05fffff0, End: 0x0600000f}
		j.Target = 1<<64 - 1
		b.job(t, j)
		after(time.Hour)
		if r := b.Report(); r.State != StateExhausted || r.Hashes != 32 {
			t.Fatalf("%+v", r)
		}
		for range 32 {
			s := <-b.Shares()
			blob := append([]byte(nil), j.Blob...)
			copy(blob[76:], s.Nonce)
			if fakeHash(string(j.Seed[:]), blob) != s.Hash {
				t.Fatalf("nonce %x: the hash is of something else", s.Nonce)
			}
		}
		mu.Lock()
		for n := j.Range.Start; n <= j.Range.End; n++ {
			if seen[n] != 1 {
				t.Errorf("nonce %x was tried %d times", n, seen[n])
			}
		}
		mu.Unlock()
		j.Range = &NonceRange{Start: 0x06000010, End: 0x06000010}
		b.job(t, j)
		after(time.Minute)
		if r := b.Report(); r.Hashes != 33 {
			t.Errorf("%d hashes with one nonce more", r.Hashes)
		}
	})
}

func TestRefusedRanges(t *testing.T) {
	inBubble(t, plenty, nil, func(t *testing.T, b bench) {
		for _, r := range []NonceRange{{2, 1}, {0, 1 << 32}, {1 << 40, 1 << 41}} {
			j := jobOf("a", 1)
			j.Range = &r
			err := b.SetJob(j)
			if e, ok := adit.AsError(err); !ok || e.Field != "nonce_end" {
				t.Errorf("%+v: %v", r, err)
			}
		}
	})
}
