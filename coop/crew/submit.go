package crew

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/upstream"
)

// found is a share on its way: from the checks under the lane's lock over hashing and the ledger to its reply, and up.
type found struct {
	seat  *seat
	m     *member
	w     *work
	up    upstream.Solution // Work is nil where it does not go up
	rec   coop.ShareRecord
	hash  string // of the block, "" = not known
	claim [32]byte
	extra uint32 // the slot, where that is an extra nonce
	came  int64  // on the crew's clock
	reply func(coop.Verdict)

	verified, sent bool
	written        func(seq uint64, err error) // f.done, made once

	// Where it goes up: the ledger's number and the upstream's word meet.
	parts   int32         // atomic
	both    chan struct{} // of a block, closed when both are there
	seq     uint64
	place   uint64 // in the ring, 0 = none
	lost    bool   // not in the ledger
	outcome adit.ShareOutcome
	text    string
}

func newFound() any {
	f := new(found)
	f.written = f.done
	return f
}

// Submit implements coop.Seat.
func (s *seat) Submit(sub coop.Submission, reply func(coop.Verdict)) {
	c := s.crew
	now := c.now()
	m := s.member.Load()
	if m == nil || s.left.Load() {
		c.refuse(s, m, &sub, now, refusal{adit.ShareUnauthorized, ""}, reply)
		return
	}
	if no := m.allowed(now); no.why() {
		c.refuse(s, m, &sub, now, no, reply)
		return
	}
	f := c.founds.Get().(*found)
	f.seat, f.m, f.came, f.reply = s, m, now, reply
	no, change := s.judge(f, &sub, now)
	if no.why() {
		f.free()
		c.refuse(s, m, &sub, now, no, reply)
		return
	}
	if change {
		s.gate.Refresh(s)
	}
	f.route()
}

// refusal is why a share does not count. The zero value is that nothing speaks against it.
type refusal struct {
	outcome adit.ShareOutcome // "" = not judged
	reason  string            // "" = the outcome's own words
}

func (r refusal) why() bool { return r != refusal{} }

// allowed is the first check: the member may hand in shares.
func (m *member) allowed(now int64) refusal {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ban > now || m.card.Suspended != "" {
		return refusal{adit.ShareUnauthorized, "Suspended"}
	}
	if m.slow > now {
		if m.token > now {
			return refusal{"", "Too many wrong shares: one a second is looked at"}
		}
		m.token = now + slowEach
	}
	return refusal{}
}

// judge makes the checks that need no hashing of RandomX, in the order of coop.Seat, and fills f. change says that the
// seat's difficulty changed.
func (s *seat) judge(f *found, sub *coop.Submission, now int64) (no refusal, change bool) {
	var g given
	l := s.hold()
	if no = s.known(&g, sub.JobID); !no.why() {
		no = g.check(f, sub, now)
	}
	if !no.why() {
		g.w.seen.add(f.rec.Key)
		if g.w.Blob != nil {
			change = s.counts(l, &g, now)
		}
	}
	l.mu.Unlock()
	if no.why() {
		if g.w != nil && no.outcome == adit.ShareStale {
			s.late(&g, f, sub)
		}
		return no, false
	}
	if g.w.Bitcoin != nil { // hashed here, outside of the lock
		if no = g.hashed(f, sub); no.why() {
			return no, false
		}
		s.lock(func(l *lane) { change = s.counts(l, &g, now) })
	}
	g.fill(f, sub)
	return refusal{}, change
}

// counts tells the pace of a share that met its target. It reports whether the seat is to get another difficulty.
func (s *seat) counts(l *lane, g *given, now int64) bool {
	s.counted[0]++
	s.lastPart = now
	changed := s.pace.Share(&s.crew.pace, now, g.diff.Float())
	return (s.loosen(now) || changed) && s.differs(l)
}

// loosen raises a fixed difficulty at which more shares come than Rules.MostRate. It is called with the lane's mu held.
func (s *seat) loosen(now int64) bool {
	most := s.crew.o.Rules.MostRate
	if s.fixed == 0 || most == 0 || s.counted[0] < enoughShares {
		return false
	}
	rate, _ := s.pace.Rate(&s.crew.pace, now)
	if rate <= most*s.fixed {
		return false
	}
	s.fixed = max(2*s.fixed, math.Ceil(rate/most))
	return true
}

// enoughShares are as many as tell how fast a seat is.
const enoughShares = 16

// known finds the assignment of a job id. It is called with the lane's mu held.
func (s *seat) known(g *given, id string) refusal {
	oldest := s.crew.seq.Load() + 1
	for i := range s.given {
		if s.given[i].is(id) {
			*g = s.given[i]
			return refusal{}
		}
		if w := s.given[i].w; w != nil {
			oldest = min(oldest, w.Seq)
		}
	}
	// What was forgotten is late; what never was this seat's is not known. Numbers below all of ours are those of a
	// coordinator before this one.
	base, _, _ := strings.Cut(id, ".")
	seq, err := strconv.ParseUint(base, 36, 64)
	if err == nil && (seq < oldest && seq > s.crew.first>>2 || s.had(seq, id)) {
		return refusal{adit.ShareStale, ""}
	}
	return refusal{adit.ShareUnknownJob, ""}
}

// had reports whether id is an earlier assignment of a work that the seat has, at a difficulty since changed.
func (s *seat) had(seq uint64, id string) bool {
	for i := range s.given {
		g := &s.given[i]
		if g.w == nil || g.w.Seq != seq {
			continue
		}
		_, n, _ := strings.Cut(id, ".")
		before, err := strconv.ParseUint(n, 10, 16)
		return g.n > 0 && (n == "" && id == g.w.ID || err == nil && uint16(before) < g.n)
	}
	return false
}

// check is fresh, not duplicate, nonce in slice, and for blobs the target. It is called with the lane's mu held.
func (g *given) check(f *found, sub *coop.Submission, now int64) refusal {
	w := g.w
	f.rec.Key = g.key(sub)
	switch {
	case now > w.until:
		return refusal{adit.ShareStale, ""}
	case w.seen.has(f.rec.Key):
		return refusal{adit.ShareDuplicate, ""}
	case w.Bitcoin != nil:
		outcome, words := g.bit.job.Check(sub.Share)
		return refusal{outcome, words}
	case sub.Algo != "" && sub.Algo != w.Algorithm:
		return refusal{adit.ShareMalformed, "the job is of " + string(w.Algorithm)}
	case w.shape.cut == cutByte && sub.Nonce>>24 != g.slot, w.shape.cut == cutFixed && byte(sub.Nonce>>24) != w.fixed():
		return refusal{adit.ShareMalformed, "Invalid nonce: it lies outside of the slice of this connection"}
	case !stratum.Meets(sub.Result, g.target):
		return refusal{adit.ShareLowDifficulty, ""}
	}
	return refusal{}
}

// fixed is the nonce byte that belongs to the upstream.
func (w *work) fixed() byte { return w.Blob.Bytes[w.Blob.NonceOffset+w.Blob.NonceWidth-1] }

// key is the fingerprint of a solution within its work: for blobs the numbers themselves, for Bitcoin FNV-1a over all
// that is searched.
func (g *given) key(sub *coop.Submission) uint64 {
	if g.w.Blob != nil {
		if g.w.shape.cut == cutExtra {
			return uint64(g.slot)<<32 | uint64(sub.Nonce)
		}
		return uint64(sub.Nonce)
	}
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	var b [16]byte
	binary.LittleEndian.PutUint32(b[0:], g.slot)
	binary.LittleEndian.PutUint32(b[4:], sub.Share.Time)
	binary.LittleEndian.PutUint32(b[8:], sub.Share.Nonce)
	binary.LittleEndian.PutUint32(b[12:], g.bit.job.RolledVersion(sub.Share))
	for _, x := range b {
		h = (h ^ uint64(x)) * prime
	}
	for _, x := range sub.Share.Extranonce2 {
		h = (h ^ uint64(x)) * prime
	}
	return h
}

// hashed is target and hash of Bitcoin work.
func (g *given) hashed(f *found, sub *coop.Submission) refusal {
	h := g.bit.job.Hash(sub.Share)
	if !g.bit.target.Met(h) {
		return refusal{adit.ShareLowDifficulty, ""}
	}
	f.verified = true
	f.up.Result = h
	return refusal{}
}

// fill writes down what is known of a share that passed.
func (g *given) fill(f *found, sub *coop.Submission) {
	w := g.w
	f.w, f.claim, f.extra = w, sub.Result, g.slot
	key := f.rec.Key
	f.rec = coop.ShareRecord{
		At: sub.At, Member: f.m.id, WorkSeq: w.Seq, Difficulty: g.diff, Network: w.Share, Key: key,
	}
	if w.Height != nil {
		f.rec.Height = *w.Height
	}
	if w.solo && w.Network != nil {
		f.rec.Network = *w.Network
	}
	g.solution(f, sub)
}

// solution says whether a share goes up, and as what.
func (g *given) solution(f *found, sub *coop.Submission) {
	w := g.w
	if w.Bitcoin != nil {
		hash := f.up.Result
		f.rec.Up, f.rec.Block = w.share.Met(hash), w.Bitcoin.Solves(hash)
	} else {
		f.rec.Up = stratum.Meets(sub.Result, w.Blob.Target)
		f.rec.Block = f.rec.Up && w.solo
		if w.Network != nil && w.Network.Hi == 0 && stratum.HashDifficulty(sub.Result) >= w.Network.Lo {
			f.rec.Block = true
		}
	}
	f.rec.Up = f.rec.Up || f.rec.Block
	if !f.rec.Up {
		return
	}
	f.up.Work, f.up.Block = w.Work.Work, f.rec.Block
	if w.Bitcoin != nil {
		f.up.Share = w.Bitcoin.Widen(w.shape.bytes(g.slot), sub.Share)
	} else {
		f.up.Nonce, f.up.Result = sub.Nonce, sub.Result
	}
	if w.shape.cut == cutExtra {
		f.up.Extra = g.slot
	}
	if f.rec.Block {
		f.hash = f.up.BlockHash()
	}
}

// late sends a block up that came late: it does not count, but the chain may still take it. Once.
func (s *seat) late(g *given, f *found, sub *coop.Submission) {
	w := g.w
	if w.Bitcoin != nil {
		if o, _ := g.bit.job.Check(sub.Share); o != "" || g.hashed(f, sub).why() {
			return
		}
	} else if w.Network == nil && !w.solo || w.shape.cut == cutByte && sub.Nonce>>24 != g.slot || !stratum.Meets(sub.Result, g.target) {
		return
	}
	g.fill(f, sub)
	again := true
	s.lock(func(*lane) {
		if again = w.seen.has(f.rec.Key); !again && f.rec.Block && w.seen.len() < mostLate {
			w.seen.add(f.rec.Key)
		}
	})
	if again || !f.rec.Block {
		return
	}
	l := *f
	late := &found{seat: l.seat, m: l.m, w: l.w, up: l.up, rec: l.rec, hash: l.hash, lost: true}
	late.parts = 1 // it is in no ledger
	w.lane.up.send(late)
}

// mostLate bounds the late blocks remembered of one work.
const mostLate = 1024

// free gives f back. It must not be used any more.
func (f *found) free() {
	c, w := f.seat.crew, f.written
	*f = found{written: w}
	c.founds.Put(f)
}
