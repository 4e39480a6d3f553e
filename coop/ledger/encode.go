package ledger

import (
	"encoding/binary"
	"hash/crc32"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
)

// workKey is what shares of one work have in common.
type workKey struct {
	seq, height uint64
	network     adit.Hashes
}

// maxWorks bounds the memory for works of one segment; forgotten ones are numbered anew.
const maxWorks = 4096

// encoder makes frames of one segment. What it numbered since the last keep can be taken back, for a write that failed.
type encoder struct {
	seed    uint32
	buf     []byte
	members map[coop.MemberID]uint32
	names   []coop.MemberID
	works   map[workKey]uint32
	nWorks  uint32
	last    workKey // of lastWork, which most shares share
	lastNo  uint32
	haveOne bool

	newMembers []coop.MemberID // since keep
	newWorks   []workKey
	keptWorks  uint32
}

func newEncoder(seed uint32) *encoder {
	return &encoder{seed: seed, members: map[coop.MemberID]uint32{}, works: map[workKey]uint32{}}
}

// keep makes what was numbered final: it is written.
func (e *encoder) keep() {
	e.newMembers, e.newWorks, e.keptWorks = e.newMembers[:0], e.newWorks[:0], e.nWorks
	if cap(e.buf) > 1<<20 {
		e.buf = nil
	}
	e.buf = e.buf[:0]
}

// undo forgets what was numbered since keep: it was not written.
func (e *encoder) undo() {
	for _, m := range e.newMembers {
		delete(e.members, m)
	}
	e.names = e.names[:len(e.names)-len(e.newMembers)]
	for _, w := range e.newWorks {
		delete(e.works, w)
	}
	e.nWorks, e.haveOne = e.keptWorks, false
	e.keep()
}

// begin opens a frame and returns where it begins.
func (e *encoder) begin(k Kind) int {
	at := len(e.buf)
	e.buf = append(e.buf, byte(k), 0, 0)
	return at
}

func (e *encoder) end(at int) {
	binary.LittleEndian.PutUint16(e.buf[at+1:], uint16(len(e.buf)-at-frameHead))
	e.u32(crc32.Update(e.seed, castagnoli, e.buf[at:]))
}

func (e *encoder) u32(v uint32) { e.buf = binary.LittleEndian.AppendUint32(e.buf, v) }
func (e *encoder) u64(v uint64) { e.buf = binary.LittleEndian.AppendUint64(e.buf, v) }

func (e *encoder) time(t time.Time) { e.u64(uint64(t.UnixMicro())) }

func (e *encoder) short(s string) {
	s = s[:min(len(s), 255)]
	e.buf = append(append(e.buf, byte(len(s))), s...)
}

func (e *encoder) member(m coop.MemberID) uint32 {
	if n, ok := e.members[m]; ok {
		return n
	}
	n := uint32(len(e.names))
	e.members[m] = n
	e.names = append(e.names, m)
	e.newMembers = append(e.newMembers, m)
	at := e.begin(kindMember)
	e.u32(n)
	e.buf = append(e.buf, m...)
	e.end(at)
	return n
}

func (e *encoder) work(w workKey) uint32 {
	if e.haveOne && e.last == w {
		return e.lastNo
	}
	n, ok := e.works[w]
	if !ok {
		if len(e.works) >= maxWorks {
			clear(e.works)
		}
		n = e.nWorks
		e.nWorks++
		e.works[w] = n
		e.newWorks = append(e.newWorks, w)
		at := e.begin(kindWork)
		e.u32(n)
		e.u64(w.seq)
		e.u64(w.height)
		e.u64(w.network.Hi)
		e.u64(w.network.Lo)
		e.end(at)
	}
	e.last, e.lastNo, e.haveOne = w, n, true
	return n
}

// share writes one and returns its member's number.
func (e *encoder) share(r *coop.ShareRecord) uint32 {
	m := e.member(r.Member)
	w := e.work(workKey{r.WorkSeq, r.Height, r.Network})
	var flags byte
	if r.Verified {
		flags |= flagVerified
	}
	if r.Up {
		flags |= flagUp
	}
	if r.Block {
		flags |= flagBlock
	}
	if r.Difficulty.Hi != 0 {
		flags |= flagWide
	}
	at := e.begin(KindShare)
	e.u64(r.Seq)
	e.time(r.At)
	e.u32(m)
	e.u32(w)
	e.u64(r.Key)
	e.buf = append(e.buf, flags)
	e.u64(r.Difficulty.Lo)
	if r.Difficulty.Hi != 0 {
		e.u64(r.Difficulty.Hi)
	}
	e.end(at)
	return m
}

func (e *encoder) verdict(v Verdict) {
	m := e.member(v.Member)
	at := e.begin(KindVerdict)
	e.u64(v.Share)
	e.time(v.At)
	e.u32(m)
	e.buf = append(e.buf, outcomeNumber(v.Outcome))
	e.buf = append(e.buf, v.Text[:min(len(v.Text), 255)]...)
	e.end(at)
}

func (e *encoder) block(b coop.FoundBlock) {
	m := e.member(b.Member)
	at := e.begin(KindBlock)
	e.u64(b.Share)
	e.time(b.At)
	e.u32(m)
	e.u64(b.Height)
	if b.Reward != nil {
		e.buf = append(e.buf, 1)
		e.u64(*b.Reward)
	} else {
		e.buf = append(e.buf, 0)
		e.u64(0)
	}
	e.short(b.Coin)
	e.short(b.Hash)
	e.end(at)
}

func (e *encoder) gap(g Gap) {
	at := e.begin(KindGap)
	e.u64(uint64(g.Offset))
	e.u64(g.Before)
	e.u64(g.After)
	e.buf = append(e.buf, g.Damaged[:]...)
	e.end(at)
}

func outcomeNumber(o adit.ShareOutcome) byte {
	for i, known := range outcomes {
		if o == known {
			return byte(i)
		}
	}
	return 0
}

// adopt goes on where a reader of the segment ended.
func (e *encoder) adopt(r *reader) {
	for n, m := range r.members[len(e.names):] {
		e.members[m] = uint32(len(e.names) + n)
	}
	e.names = append(e.names, r.members[len(e.names):]...)
	e.nWorks = uint32(len(r.works))
	e.keep()
}

// numberOf is the number of a member whom a reader has read.
func (e *encoder) numberOf(r *reader, m coop.MemberID) uint32 {
	if len(e.names) < len(r.members) {
		e.adopt(r)
	}
	return e.members[m]
}
