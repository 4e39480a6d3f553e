package book

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/payout"
	"github.com/adit-mining/adit/coop/view"
)

// windowFor is how long an answer is good: what a page asks for often is worked out once.
const windowFor = 5 * time.Second

// Window is the payout window as it is now: who would get what of a block found now, or of what the pool has credited
// since the last time.
func (s *Service) Window(ctx context.Context, actor adit.Actor) (view.Window, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return view.Window{}, err
	}
	c := &s.window
	c.mu.Lock()
	defer c.mu.Unlock()
	now := s.o.Now()
	if c.view != nil && now.Sub(c.at) < windowFor && !now.Before(c.at) {
		return *c.view, nil
	}
	t, limit, from, to, err := s.current(ctx)
	if err != nil {
		c.drop()
		return view.Window{}, err
	}
	out, err := s.drawn(t, limit)
	if err != nil {
		return out, err
	}
	out.At = now
	if t.Shares > 0 {
		out.From, out.To, out.FromSeq, out.ToSeq = &from, &to, &t.From, &t.To
	}
	out.Tell()
	c.view, c.at = &out, now
	return out, nil
}

func (c *windowCache) drop() {
	if c.w != nil {
		c.w.Close()
	}
	c.w, c.key, c.view = nil, "", nil
}

// current moves the window to the newest share. limit is nil where it has no bound.
func (s *Service) current(ctx context.Context) (t payout.Tally, limit *payout.Weight, from, to time.Time, err error) {
	last := s.o.Ledger.Last()
	switch {
	case s.o.Solo() && s.o.Rule.Kind == payout.PPLNS:
		w := payout.Windows(s.o.Rule.WindowPPM)
		limit = &w
		s.window.hold("solo", func() { s.window.w = s.o.Ledger.Window(w, payout.ByScore, last) })
	case s.o.Solo():
		before, err := blockBefore(ctx, s.o.DB, s.o.Coin.Symbol, last+1)
		if err != nil {
			return t, nil, from, to, err
		}
		first := uint64(1)
		if before != nil {
			first = before.share + 1
		}
		s.window.hold(fmt.Sprint("prop ", first), func() { s.window.w = s.o.Ledger.Since(payout.ByHashes, first) })
	default:
		if limit, err = s.behind(ctx, last); err != nil {
			return t, nil, from, to, err
		}
	}
	if err := s.window.w.Advance(ctx, last); err != nil {
		return t, limit, from, to, err
	}
	t, from, to = s.window.w.Tally()
	return t, limit, from, to, nil
}

// behind holds the window that a credit entered now would have.
func (s *Service) behind(ctx context.Context, last uint64) (*payout.Weight, error) {
	credit, err := lastCredit(ctx, s.o.DB, s.o.Coin.Symbol)
	if err != nil {
		return nil, err
	}
	first, carry := uint64(1), payout.Weight{}
	if credit != nil {
		first, carry = credit.last+1, credit.carryOut
	}
	if s.o.Rule.Kind == payout.PROP {
		s.window.hold(fmt.Sprint("credit ", first), func() { s.window.w = s.o.Ledger.Since(payout.ByHashes, first) })
		return nil, nil
	}
	upstream, _, err := s.o.Ledger.Upstream(ctx, first, last)
	if err != nil {
		return nil, err
	}
	limit, err := payout.Behind(upstream, carry)
	if err != nil {
		return nil, err
	}
	if limit.IsZero() { // the pool has taken nothing yet: show who works towards it
		s.window.hold(fmt.Sprint("none ", first), func() { s.window.w = s.o.Ledger.Since(payout.ByHashes, first) })
		return nil, nil
	}
	s.window.hold(fmt.Sprint("behind ", first, limit), func() { s.window.w = s.o.Ledger.Window(limit, payout.ByHashes, last) })
	return &limit, nil
}

// hold keeps the window that is there, or makes it anew where it is of something else.
func (c *windowCache) hold(key string, open func()) {
	if c.w != nil && c.key == key {
		return
	}
	c.drop()
	open()
	c.key = key
}

// drawn turns a tally into what people see.
func (s *Service) drawn(t payout.Tally, limit *payout.Weight) (view.Window, error) {
	out := view.Window{Coin: s.o.Coin, Rule: s.rule(), Shares: t.Shares, Weight: t.Total.String(), Parts: []view.WindowPart{}, Example: []string{}}
	if limit != nil {
		filled := min(1, t.Total.Float()/limit.Float())
		out.Filled = &filled
	}
	lines := t.Lines()
	var amounts []payout.Payout
	if reward := s.o.Reward(); reward != nil && s.o.Solo() {
		r := view.Atomic(*reward)
		out.Reward = &r
		if !t.Total.IsZero() {
			d, err := payout.Divide(*reward, s.o.Rule.FeePPM, t)
			if err != nil {
				return out, err
			}
			amounts = d.Payouts // in the order of lines
		}
	}
	for i, l := range lines {
		p := view.WindowPart{Member: string(l.Member), Name: s.o.Name(l.Member), Weight: l.Weight.String(), Percent: percent(l.Weight, t.Total), Shares: l.Shares}
		if amounts != nil {
			a := view.Atomic(amounts[i].Amount)
			p.Amount = &a
		}
		out.Parts = append(out.Parts, p)
	}
	slices.SortStableFunc(out.Parts, func(a, b view.WindowPart) int { return cmp.Compare(b.Percent, a.Percent) })
	return out, nil
}
