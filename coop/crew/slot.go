package crew

import (
	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/stratum/upstream"
)

// cut is how work is divided.
type cut uint8

const (
	cutByte   cut = iota + 1 // by the last nonce byte: 256 seats
	cutFixed                 // not at all: that byte is the upstream's
	cutExtra                 // by extra nonce, whole nonces for everybody
	cutPrefix                // by the first bytes of extranonce2
)

// shape is a cut with its numbers. Two works of one shape have the same slots.
type shape struct {
	cut    cut
	prefix uint8  // cutPrefix: bytes; 0 = the whole extranonce2, one seat
	size   uint32 // slots 0 to size-1
}

// mostExtra bounds the slots of a template: as many seats as a coordinator will ever have.
const mostExtra = 1 << 24

// shapeOf says how this work is divided. Bitcoin: 2 bytes of extranonce2 where the upstream gives 6 or more, 1 where it
// gives 4 or 5, so that at least 3 are left to search.
func shapeOf(w *upstream.Work) shape {
	switch {
	case w.Bitcoin != nil && w.Bitcoin.Extranonce2Size >= 6:
		return shape{cutPrefix, 2, 1 << 16}
	case w.Bitcoin != nil && w.Bitcoin.Extranonce2Size >= 4:
		return shape{cutPrefix, 1, 1 << 8}
	case w.Bitcoin != nil:
		return shape{cutPrefix, 0, 1}
	case w.Blob.Cut != nil:
		return shape{cutExtra, 0, mostExtra}
	case w.Blob.FixedByte:
		return shape{cutFixed, 0, 1}
	}
	return shape{cutByte, 0, 1 << 8}
}

// slice is what slot means for this work. Extranonce1 is set by given.narrow.
func (s shape) slice(w *upstream.Work, slot uint32) coop.Slice {
	a := coop.Slice{Index: slot}
	switch s.cut {
	case cutByte:
		a.NonceStart, a.NonceEnd, a.Byte = slot<<24, slot<<24|0xffffff, true
	case cutFixed:
		b := w.Blob.Bytes[w.Blob.NonceOffset+w.Blob.NonceWidth-1]
		a.Index, a.NonceStart, a.NonceEnd, a.Byte = uint32(b), uint32(b)<<24, uint32(b)<<24|0xffffff, true
	case cutExtra:
		a.NonceEnd, a.Extra = 0xffffffff, true
	}
	return a
}

// bytes is the prefix of extranonce2 that a slot owns, big-endian.
func (s shape) bytes(slot uint32) []byte {
	switch s.prefix {
	case 1:
		return []byte{byte(slot)}
	case 2:
		return []byte{byte(slot >> 8), byte(slot)}
	}
	return nil
}

// slots hands out the slots of one shape. A slot that was given back is not handed out again before clean.
type slots struct {
	next    uint32   // never handed out so far
	size    uint32   // slots below it may be
	free    []uint32 // given back and clean since
	cooling []uint32 // given back; old work may still be mined in them
	zero    bool     // slot 0 is kept for who may have it (a nonce byte of 0 does not say "nicehash" to a miner)
	zeroUp  int      // 0 free, 1 used, 2 cooling
}

func newSlots(s shape) slots {
	if s.cut == cutByte {
		return slots{next: 1, size: s.size, zero: true}
	}
	return slots{size: s.size}
}

// take hands out a slot; ok is false where none is free. zero says that slot 0 will do.
func (s *slots) take(zero bool) (slot uint32, ok bool) {
	if s.zero && zero && s.zeroUp == 0 {
		s.zeroUp = 1
		return 0, true
	}
	if n := len(s.free); n > 0 {
		slot, s.free = s.free[n-1], s.free[:n-1]
		return slot, true
	}
	if s.next >= s.size {
		return 0, false
	}
	s.next++
	return s.next - 1, true
}

// room is how many take can hand out to whom slot 0 will not do.
func (s *slots) room() int { return len(s.free) + int(s.size-s.next) }

// put takes a slot back; unused says that nothing was mined in it.
func (s *slots) put(slot uint32, unused bool) {
	switch {
	case s.zero && slot == 0 && unused:
		s.zeroUp = 0
	case s.zero && slot == 0:
		s.zeroUp = 2
	case unused:
		s.free = append(s.free, slot)
	default:
		s.cooling = append(s.cooling, slot)
	}
}

// clean says that no old work counts any more.
func (s *slots) clean() {
	s.free = append(s.free, s.cooling...)
	s.cooling = s.cooling[:0]
	if s.zeroUp == 2 {
		s.zeroUp = 0
	}
}

// cool is how many slots wait for clean.
func (s *slots) cool() int {
	n := len(s.cooling)
	if s.zeroUp == 2 {
		n++
	}
	return n
}

// fits says why a program cannot work on w: it does not hash that, or cannot put the nonce where it lies.
func fits(w *upstream.Work, h *coop.Hello) error {
	if len(h.Algos) > 0 && !contains(h.Algos, w.Algorithm) {
		return adit.Errorf(adit.Unsupported, "this crew works on %s, which this miner does not offer", w.Algorithm)
	}
	if w.Blob == nil || h.AnyOffset {
		return nil
	}
	if off, _, ok := w.Algorithm.Nonce(); !ok || off != w.Blob.NonceOffset {
		return adit.Errorf(adit.Unsupported, "the nonce of this coin lies at byte %d of the block, where this miner cannot place it; use adit worker", w.Blob.NonceOffset)
	}
	return nil
}

func contains(list []adit.Algorithm, a adit.Algorithm) bool {
	for _, x := range list {
		if x == a {
			return true
		}
	}
	return false
}
