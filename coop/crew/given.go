package crew

import (
	"strconv"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/bitcoin"
)

// given is an assignment as it is remembered.
type given struct {
	w      *work // nil = none
	diff   adit.Hashes
	target uint64 // Blob
	bit    *narrowed
	slot   uint32
	n      uint16 // how often difficulty or slot changed on this work
}

// narrowed is Bitcoin work as one slot has it.
type narrowed struct {
	job    *bitcoin.Job
	target bitcoin.Target
}

// Assign implements coop.Seat.
func (s *seat) Assign(w *coop.Work) (a coop.Assignment, ok bool) {
	l := s.hold()
	a, ok = s.assign(l, w)
	l.mu.Unlock()
	return a, ok
}

// assign is called with the lane's mu held.
func (s *seat) assign(l *lane, cw *coop.Work) (a coop.Assignment, ok bool) {
	w := l.find(cw)
	if w == nil || !s.placed || s.left.Load() || w.shape != l.shape {
		return a, false
	}
	diff := s.difficulty(w)
	g := given{w: w, diff: diff, slot: s.slot}
	if last := &s.given[0]; last.w == w { // another id, so that a share says which of the two it is for
		if last.slot == s.slot && last.diff == diff {
			return last.assignment(), true
		}
		g.n = last.n + 1
		if last.slot == s.slot {
			g.bit = last.bit
		}
	}
	g.aim()
	stranger := s.member.Load() == nil
	if !stranger {
		copy(s.given[1:], s.given[:mostGiven-1])
		s.given[0] = g
		s.used = true
	}
	return g.assignment(), true
}

// difficulty is what the seat gets of this work: never above the upstream's, so that all that it wants is found; with a
// node that is the network's.
func (s *seat) difficulty(w *work) adit.Hashes {
	d := s.pace.Difficulty()
	if s.fixed > 0 {
		d = s.fixed
	}
	h := adit.HashesFloat(max(d, 1))
	if least := s.who.Load().h.LeastDiff; h.Cmp(least) < 0 {
		h = least
	}
	if w.Bitcoin != nil {
		h = bitcoin.Whole(h)
	}
	most := w.Share
	if w.solo && w.Network != nil {
		most = *w.Network
	}
	if h.Cmp(most) > 0 && !most.IsZero() {
		return most
	}
	return h
}

// differs reports whether the seat's difficulty for the newest work is another than it was given: only then may the gate
// be asked to hand it out again, for a miner hangs up on a job it has. It is called with the lane's mu held.
func (s *seat) differs(l *lane) bool {
	g := &s.given[0]
	return l.newest != nil && g.w == l.newest && g.diff != s.difficulty(l.newest)
}

// aim sets the target of the difficulty.
func (g *given) aim() {
	w := g.w
	if w.Blob != nil {
		switch {
		case g.diff == w.Share: // rounded in exactly the upstream's way
			g.target = w.Blob.Target
		case g.diff.Hi > 0:
			g.target = 1
		default:
			g.target = stratum.TargetOf(g.diff.Lo)
		}
		return
	}
	job := (*bitcoin.Job)(nil)
	if g.bit != nil {
		job = g.bit.job
	} else {
		job = w.Bitcoin.Narrow(w.shape.bytes(g.slot))
	}
	t := w.share
	if g.diff != w.Share {
		t = bitcoin.TargetOf(g.diff)
	}
	g.bit = &narrowed{job, t}
}

// assignment is what the gate is told.
func (g *given) assignment() coop.Assignment {
	a := coop.Assignment{
		JobID: g.w.ID, Slice: g.w.shape.slice(g.w.Work.Work, g.slot), Difficulty: g.diff, Target: g.target, Plain: g.n == 0,
	}
	if g.bit != nil {
		a.Slice.Extranonce1, a.Slice.Extranonce2Size = g.bit.job.Extranonce1, g.bit.job.Extranonce2Size
	}
	if g.n > 0 {
		a.JobID += "." + strconv.Itoa(int(g.n))
	}
	return a
}

// is reports whether a job id names this assignment.
func (g *given) is(id string) bool {
	if g.w == nil {
		return false
	}
	if g.n == 0 {
		return g.w.ID == id
	}
	n := len(g.w.ID)
	return len(id) > n+1 && id[:n] == g.w.ID && id[n] == '.' && id[n+1:] == strconv.Itoa(int(g.n))
}
