package outbox

import (
	"os"
	"slices"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
)

// trim lets go of segments that the hub holds whole.
func (b *Outbox) trim() {
	b.trimMemo()
	if s := b.last(); b.file != nil && s.size > settled && b.acked+1 >= s.end() && len(b.memo) == 0 {
		_ = b.rotate() // an error is kept as trouble
	}
	for len(b.segs) > 1 && b.segs[0].end() <= b.acked+1 {
		b.remove(b.segs[0])
		b.segs = b.segs[1:]
	}
}

// trimMemo lets go of what waits in memory and the hub holds. Then it holds everything on disk too, so that a new
// segment, which is made when the disk takes something again, can begin at the next number.
func (b *Outbox) trimMemo() {
	first := b.last().end()
	if len(b.memo) == 0 || b.acked < first {
		return
	}
	n := min(int(b.acked-first)+1, len(b.memo))
	for _, r := range b.memo[:n] {
		b.memoSize -= len(r.Body) + recordHeader
	}
	b.memo = slices.Clone(b.memo[n:])
	fresh := b.fresh(first + uint64(n))
	for _, s := range b.segs {
		b.remove(s)
	}
	b.segs = []*segment{fresh}
}

func (b *Outbox) remove(s *segment) {
	if err := os.Remove(s.path); err != nil && !os.IsNotExist(err) {
		b.log.Warn("outbox: an old segment stays on disk", "err", err)
	}
}

// bound makes room, on disk and in memory.
func (b *Outbox) bound() {
	for b.bytes() > b.o.MaxBytes && b.dropOldest() {
	}
	if b.memoSize > b.o.MaxMemo {
		b.dropMemo()
	}
}

// dropOldest rewrites the oldest segments without their readings; facts, events and schemas stay. Where there are no
// readings left to drop, the oldest segment goes whole. It reports whether room was made.
func (b *Outbox) dropOldest() bool {
	if len(b.segs) < 2 {
		return false
	}
	old := b.segs[:len(b.segs)-1]
	i := slices.IndexFunc(old, func(s *segment) bool { return s.batches > 0 })
	if i < 0 {
		s := old[0]
		b.dropped.Other += max(0, s.n-s.skip)
		b.remove(s)
		b.segs = b.segs[1:]
		b.acked = max(b.acked, s.end()-1)
		b.renew()
		return true
	}
	keep, batches, err := b.survivors(old[:i+1])
	if err == nil {
		err = b.replace(i, keep)
	}
	if err != nil {
		b.log.Error("outbox: no room can be made", "err", err)
		b.suffer(err)
		return false
	}
	b.dropped.Batches += batches
	b.renew()
	return true
}

// survivors reads what is worth keeping of segments, acknowledged records left out.
func (b *Outbox) survivors(of []*segment) (keep []Record, batches int, err error) {
	for _, s := range of {
		rs, err := s.records()
		if err != nil {
			return nil, 0, err
		}
		for j, r := range rs {
			switch {
			case s.base+uint64(j) <= b.acked:
			case r.Kind == wire.FrameBatch:
				batches++
			default:
				keep = append(keep, r)
			}
		}
	}
	return keep, batches, nil
}

// replace puts the kept records in the place of the segments 0 to i: beside segment i first, then over it.
func (b *Outbox) replace(i int, keep []Record) error {
	old := b.segs[i]
	s := &segment{id: old.id, path: old.path + newExt, epoch: b.epoch, base: max(b.acked+1, b.segs[0].base)}
	f, err := s.create()
	if err != nil {
		return err
	}
	var raw []byte
	for _, r := range keep {
		e := r.encode()
		raw = append(raw, e...)
		s.add(r, len(e))
	}
	_, err = f.WriteAt(raw, segHeader)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(s.path, old.path)
	}
	if err != nil {
		_ = os.Remove(s.path)
		return err
	}
	s.path = old.path
	for _, gone := range b.segs[:i] {
		b.remove(gone)
	}
	b.segs = append([]*segment{s}, b.segs[i+1:]...)
	return nil
}

// dropMemo forgets a quarter of the readings that wait in memory, the oldest; where there are none, the oldest records.
func (b *Outbox) dropMemo() {
	batch := func(r Record) bool { return r.Kind == wire.FrameBatch }
	n := 0
	for _, r := range b.memo {
		if batch(r) {
			n++
		}
	}
	goal := (n + 3) / 4
	if n == 0 {
		goal, batch = (len(b.memo)+3)/4, func(Record) bool { return true }
	}
	kept := b.memo[:0:0]
	for _, r := range b.memo {
		if goal > 0 && batch(r) {
			goal--
			b.memoSize -= len(r.Body) + recordHeader
			if r.Kind == wire.FrameBatch {
				b.dropped.Batches++
			} else {
				b.dropped.Other++
			}
			continue
		}
		kept = append(kept, r)
	}
	b.memo = kept
	b.renew()
}

// lose gives up a segment that cannot be read any more.
func (b *Outbox) lose(s *segment, err error) {
	b.log.Error("outbox: a segment is unreadable and its readings are lost", "err", err, "records", s.n-s.skip)
	i := slices.Index(b.segs, s)
	if i == len(b.segs)-1 && b.rotate() != nil {
		return
	}
	b.dropped.Batches += s.batches
	b.dropped.Other += s.n - s.skip - min(s.batches, s.n-s.skip)
	b.remove(s)
	b.segs = slices.Delete(b.segs, i, i+1)
	if i == 0 {
		b.acked = max(b.acked, s.end()-1)
	}
	b.renew()
}

// renew numbers everything that is not acknowledged from 1 on, under a new epoch. Numbers never come twice with
// another content, and never with a gap: whenever either could happen, this does.
func (b *Outbox) renew() {
	b.epoch = adit.NewID()[:16]
	base := uint64(1)
	for _, s := range b.segs {
		s.pass(b.acked)
		s.epoch, s.base = b.epoch, base
		base = s.end()
		if err := s.rewrite(); err != nil {
			b.log.Warn("outbox: a segment keeps its old numbers on disk", "err", err) // Open sees that and renews again
		}
	}
	b.acked, b.sent, b.page, b.recent = 0, 0, page{}, nil
	b.opened, b.waited = 0, nil
	b.writeMark(false, false)
}
