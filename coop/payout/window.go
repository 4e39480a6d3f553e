package payout

import (
	"cmp"
	"iter"
	"slices"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
)

// Tally is who has which weight in a range of shares.
type Tally struct {
	Members map[coop.MemberID]Part
	Total   Weight
	Shares  uint64
	From    uint64 // seq of the oldest share that counts, 0 = none does
	To      uint64 // seq of the newest
	Cut     Weight // what the oldest share has beyond the window and does not count
}

// Part is one member's.
type Part struct {
	Weight Weight
	Shares uint64
}

// NewTally makes an empty one.
func NewTally() Tally { return Tally{Members: map[coop.MemberID]Part{}} }

// Line is a member's part, for ordered output.
type Line struct {
	Member coop.MemberID
	Part
}

// Lines are the members in the order of their ids.
func (t Tally) Lines() []Line {
	out := make([]Line, 0, len(t.Members))
	for m, p := range t.Members {
		out = append(out, Line{m, p})
	}
	slices.SortFunc(out, func(a, b Line) int { return cmp.Compare(a.Member, b.Member) })
	return out
}

// Add counts a share, newest last.
func (t *Tally) Add(seq uint64, member coop.MemberID, w Weight) error {
	total, ok := t.Total.Add(w)
	if !ok {
		return adit.Errorf(adit.Internal, "the weights of shares %d to %d do not fit 128 bits: make the window smaller", t.From, seq)
	}
	p := t.Members[member]
	p.Weight, _ = p.Weight.Add(w)
	p.Shares++
	t.Members[member] = p
	t.Total, t.To = total, seq
	if t.Shares++; t.Shares == 1 {
		t.From = seq
	}
	return nil
}

// Drop takes the oldest share out again; next is the one after it.
func (t *Tally) Drop(member coop.MemberID, w Weight, next uint64) {
	p := t.Members[member]
	p.Weight = p.Weight.Sub(w)
	if p.Shares--; p.Shares == 0 {
		delete(t.Members, member)
	} else {
		t.Members[member] = p
	}
	t.Total, t.From = t.Total.Sub(w), next
	t.Shares--
}

// CutOldest lets only what is over w count of the oldest share, which is member's.
func (t *Tally) CutOldest(member coop.MemberID, w Weight) {
	p := t.Members[member]
	p.Weight = p.Weight.Sub(w)
	t.Members[member] = p
	t.Total, t.Cut = t.Total.Sub(w), w
}

// Walk is the window's definition: from the newest share backwards, each counts min(S, limit − taken), until the window
// is full. A history that ends first is a young crew's: its total is then the window (W').
func Walk(limit Weight, m Measure, newestFirst iter.Seq[Share]) (Tally, error) {
	t := NewTally()
	if limit.IsZero() {
		return t, nil
	}
	newest := uint64(0)
	for s := range newestFirst {
		w, left := m.Of(s), limit.Sub(t.Total)
		if w.Cmp(left) >= 0 {
			t.Cut = w.Sub(left)
			w = left
		}
		if err := t.Add(s.Seq, s.Member, w); err != nil {
			return t, err
		}
		newest, t.From = max(newest, s.Seq), s.Seq
		if t.Total == limit {
			break
		}
	}
	t.To = newest
	return t, nil
}

// Behind is the window of a credit behind a pool, weighed ByHashes. Nobody there sees a block: what the pool credits is
// the work of the shares it took in that period, so upstream is their sum, each with the pool's share difficulty of its
// time as so many expected hashes. The pool's difficulty unit D is the same for all shares of a window, so it cancels,
// and a pool that changes the difficulty of its shares meanwhile favours nobody. carry is what earlier windows could not
// place because history was too short.
func Behind(upstream, carry Weight) (limit Weight, err error) {
	limit, ok := upstream.Add(carry)
	if !ok {
		return limit, adit.Errorf(adit.Internal, "the work that the pool took does not fit 128 bits: credit shorter periods")
	}
	return limit, nil
}

// Carry is what a window of this limit could not place.
func (t Tally) Carry(limit Weight) Weight { return limit.Sub(t.Total) }
