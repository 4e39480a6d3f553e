package engine

import (
	"crypto/sha256"
	"encoding/binary"
	"sync/atomic"
)

// work is a job made ready for the threads.
type work struct {
	job    Job
	place  NoncePlace
	base   uint64 // what is added to the number that was handed out: bits that stay, or the start of a range
	nonces *nonces
}

// nonces hands out the nonces of one blob, each once, whichever thread asks. A hash takes milliseconds, so one shared
// counter costs nothing and leaves no thread with a longer rest of a range than another.
type nonces struct {
	next  atomic.Uint64
	limit uint64 // the first that must not be given out
	ended atomic.Bool
}

// take gives the next nonce; ok is false when all are used.
func (n *nonces) take() (v uint64, ok bool) {
	v = n.next.Add(1) - 1
	if v < n.limit {
		return v, true
	}
	n.next.Store(n.limit) // no wrap-around, however often threads ask
	return 0, false
}

// write puts nonce v into a copy of the blob.
func (w *work) write(blob []byte, v uint64) {
	v += w.base
	for i := range w.place.Width {
		blob[w.place.Offset+i] = byte(v >> (8 * i))
	}
}

// bytes are nonce v as they stand in the blob.
func (w *work) bytes(v uint64) []byte {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], v+w.base)
	return b[:w.place.Width:w.place.Width]
}

// ledger remembers the nonces of recent blobs, so that a job that comes again (reconnect, new target, back from a
// backup pool) goes on where it was and no nonce is tried twice.
type ledger struct {
	keys  [][32]byte // oldest first
	books map[[32]byte]*nonces
}

const ledgerSize = 32

// work makes the job ready; the caller has checked it.
func (l *ledger) work(j Job) (*work, error) {
	p, err := j.place()
	if err != nil {
		return nil, err
	}
	var was [8]byte
	copy(was[:], j.Blob[p.Offset:p.Offset+p.Width])
	old := binary.LittleEndian.Uint64(was[:])
	w := &work{job: j, place: p}
	free := 8 * p.Width // bits that may change
	most := j.Limit
	switch {
	case j.Range != nil:
		w.base = j.Range.Start
		most = j.Range.size()
		if j.Limit > 0 {
			most = min(most, j.Limit)
		}
	case (j.Nicehash || old != 0) && p.Width > 1:
		free -= 8
		w.base = old >> free << free
	}
	blob := append([]byte(nil), j.Blob...)
	w.job.Blob = blob
	clean := append([]byte(nil), blob...)
	for i := range p.Width {
		clean[p.Offset+i] = 0
	}
	h := sha256.New()
	h.Write([]byte(j.Algorithm))
	h.Write(j.Seed[:])
	for _, v := range []uint64{w.base, uint64(free), uint64(p.Offset)} {
		h.Write(binary.LittleEndian.AppendUint64(nil, v))
	}
	h.Write(clean)
	w.nonces = l.book([32]byte(h.Sum(nil)), limit(free, most))
	return w, nil
}

func limit(bits int, most uint64) uint64 {
	all := uint64(1)<<63 - 1 // more than can ever be tried
	if bits < 63 {
		all = 1 << bits
	}
	if most > 0 {
		return min(all, most)
	}
	return all
}

func (l *ledger) book(key [32]byte, limit uint64) *nonces {
	if n := l.books[key]; n != nil && n.limit == limit {
		return n
	}
	n := &nonces{limit: limit}
	if l.books == nil {
		l.books = map[[32]byte]*nonces{}
	}
	if _, again := l.books[key]; !again {
		l.keys = append(l.keys, key)
	}
	l.books[key] = n
	if len(l.keys) > ledgerSize {
		delete(l.books, l.keys[0])
		l.keys = l.keys[1:]
	}
	return n
}
