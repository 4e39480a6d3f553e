package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/payout"
)

// Window is a payout window over the ledger that moves forward with it: what payout.Walk finds by walking back from the
// newest share, without keeping the shares in memory. It is for one goroutine; Close lets go of its files.
type Window struct {
	limit   payout.Weight
	measure payout.Measure
	head    *Cursor
	tail    *Cursor
	t       payout.Tally
	oldest  counted
	from    time.Time
	to      time.Time
	ahead   *counted // head has read it, and it lies beyond what was asked for
	first   uint64   // older ones are never part of it
}

// counted is a share with its weight.
type counted struct {
	seq    uint64
	member coop.MemberID
	w      payout.Weight
	at     time.Time
}

// Window makes a window whose newest share will be end or a later one. It begins where the sums of whole segments say
// that it must.
func (l *Ledger) Window(limit payout.Weight, m payout.Measure, end uint64) *Window {
	from := uint64(0)
	l.mu.Lock()
	sum, i := payout.Weight{}, len(l.segs)-1
	for ; i >= 0 && l.segs[i].First > end; i-- { // after the end
	}
	for i--; i >= 0 && sum.Cmp(limit) < 0; i-- { // the end's own segment counts in part, so not at all
		s := l.segs[i]
		if !s.known {
			i = 0 // nothing is known of it: from the beginning
		}
		part := s.Score
		if m == payout.ByHashes {
			part = s.Hashes
		}
		sum, _ = sum.Add(part)
		from = l.segs[i].First
	}
	if sum.Cmp(limit) < 0 {
		from = 0
	}
	l.mu.Unlock()
	return &Window{limit: limit, measure: m, head: l.cursor(from), tail: l.cursor(from), t: payout.NewTally()}
}

// Since makes a window without bound that begins with share first.
func (l *Ledger) Since(m payout.Measure, first uint64) *Window {
	return &Window{limit: payout.Heaviest, measure: m, head: l.cursor(first), tail: l.cursor(first), t: payout.NewTally(), first: first}
}

// Close lets go of its files.
func (w *Window) Close() {
	w.head.Close()
	w.tail.Close()
}

// Advance moves the window forward, so that share to is its newest, or the newest there is.
func (w *Window) Advance(ctx context.Context, to uint64) error {
	for n := 0; w.t.To < to; n++ {
		if n&0xfff == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		s, err := w.ahead, error(nil)
		if s == nil {
			if s, err = nextShare(w.head, w.measure, w.first); errors.Is(err, io.EOF) {
				return nil
			}
		}
		if err != nil {
			return err
		}
		if w.ahead = nil; s.seq > to {
			w.ahead = s
			return nil
		}
		if err := w.add(s); err != nil {
			return err
		}
	}
	return nil
}

func (w *Window) add(s *counted) error {
	if err := w.t.Add(s.seq, s.member, s.w); err != nil {
		return err
	}
	w.to = s.at
	if w.t.Shares == 1 {
		if err := w.next(); err != nil {
			return err
		}
	}
	for w.t.Total.Sub(w.oldest.w).Cmp(w.limit) >= 0 && w.t.Shares > 1 {
		old := w.oldest
		if err := w.next(); err != nil {
			return err
		}
		w.t.Drop(old.member, old.w, w.oldest.seq)
	}
	return nil
}

// next makes the share after the oldest one the oldest.
func (w *Window) next() error {
	s, err := nextShare(w.tail, w.measure, w.first)
	if err != nil {
		return err
	}
	w.oldest, w.from = *s, s.at
	return nil
}

func nextShare(c *Cursor, m payout.Measure, first uint64) (*counted, error) {
	var e Entry
	for {
		if err := c.Next(&e); err != nil {
			return nil, err
		}
		if e.Kind == KindShare && e.Share.Seq >= first {
			return &counted{e.Share.Seq, e.Share.Member, weigh(m, &e.Share), e.Share.At}, nil
		}
	}
}

func weigh(m payout.Measure, r *coop.ShareRecord) payout.Weight {
	return m.Of(payout.Share{Seq: r.Seq, Member: r.Member, Difficulty: r.Difficulty, Network: r.Network})
}

// Tally is who has which weight in the window now, and the times of its oldest and newest share.
func (w *Window) Tally() (t payout.Tally, from, to time.Time) {
	t = w.t
	t.Members = make(map[coop.MemberID]payout.Part, len(w.t.Members))
	for m, p := range w.t.Members {
		t.Members[m] = p
	}
	if t.Total.Cmp(w.limit) > 0 {
		t.CutOldest(w.oldest.member, t.Total.Sub(w.limit))
	}
	return t, w.from, w.to
}

// Tally adds up shares from..to, both included.
func (l *Ledger) Tally(ctx context.Context, m payout.Measure, from, to uint64) (payout.Tally, error) {
	t := payout.NewTally()
	if to < from {
		return t, nil
	}
	err := l.Scan(ctx, from, to, func(e *Entry) error {
		if e.Kind != KindShare {
			return nil
		}
		return t.Add(e.Share.Seq, e.Share.Member, weigh(m, &e.Share))
	})
	return t, err
}

// Digest is the SHA-256 over the shares of a tally, a line `seq "member" weight` each, the oldest without its cut.
func (l *Ledger) Digest(ctx context.Context, m payout.Measure, t payout.Tally) (d [32]byte, err error) {
	sum := sha256.New()
	if t.Shares > 0 {
		var line []byte
		err = l.Scan(ctx, t.From, t.To, func(e *Entry) error {
			if e.Kind != KindShare {
				return nil
			}
			w := weigh(m, &e.Share)
			if e.Share.Seq == t.From {
				w = w.Sub(t.Cut)
			}
			line = strconv.AppendUint(line[:0], e.Share.Seq, 10)
			line = strconv.AppendQuote(append(line, ' '), string(e.Share.Member))
			line = append(appendWeight(append(line, ' '), w), '\n')
			sum.Write(line)
			return nil
		})
	}
	sum.Sum(d[:0])
	return d, err
}

func appendWeight(b []byte, w payout.Weight) []byte {
	if w.Hi == 0 {
		return strconv.AppendUint(b, w.Lo, 10)
	}
	return append(b, w.String()...)
}

// verdictsWithin is how much later than a share its upstream's verdict is looked for.
const verdictsWithin = 10 * time.Minute

var errEnough = errors.New("enough")

// Upstream adds up what the upstream took of shares from..to: the difficulty that it asked for each, as expected hashes.
func (l *Ledger) Upstream(ctx context.Context, from, to uint64) (sum payout.Weight, shares uint64, err error) {
	if to < from {
		return sum, 0, nil
	}
	open := map[uint64]payout.Weight{}
	var until time.Time
	err = l.Scan(ctx, from, 0, func(e *Entry) error {
		switch {
		case e.Kind == KindShare && e.Share.Seq <= to:
			if e.Share.Up {
				open[e.Share.Seq] = payout.Weight(e.Share.Network)
			}
			until = e.Share.At.Add(verdictsWithin)
		case e.Kind == KindShare && (len(open) == 0 || e.Share.At.After(until)):
			return errEnough
		case e.Kind == KindVerdict:
			d, went := open[e.Verdict.Share]
			if delete(open, e.Verdict.Share); !went || !e.Verdict.Outcome.Accepted() {
				return nil
			}
			var ok bool
			if sum, ok = sum.Add(d); !ok {
				return fmt.Errorf("the work that the upstream took of shares %d to %d does not fit 128 bits", from, to)
			}
			shares++
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return sum, shares, err
}

// Until is the newest share that is not later than a time, 0 where there is none. Clocks may jump: the newest counts.
func (l *Ledger) Until(ctx context.Context, at time.Time) (uint64, error) {
	for _, s := range reversed(l.Segments()) {
		if s.MaxAt.IsZero() && s.SHA256 != "" && s.Shares == 0 && s.Last < s.First {
			continue
		}
		if !s.MaxAt.IsZero() && !s.MaxAt.After(at) {
			return s.Last, nil
		}
		if !s.MinAt.IsZero() && s.MinAt.After(at) {
			continue
		}
		last := uint64(0)
		err := l.Scan(ctx, s.First, max(s.Last, s.First), func(e *Entry) error {
			if e.Kind == KindShare && !e.Share.At.After(at) {
				last = e.Share.Seq
			}
			return nil
		})
		if err != nil || last > 0 {
			return last, err
		}
	}
	return 0, nil
}

func reversed[T any](list []T) []T {
	out := make([]T, 0, len(list))
	for i := range list {
		out = append(out, list[len(list)-1-i])
	}
	return out
}
