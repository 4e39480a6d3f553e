package viewtest

import (
	"context"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/view"
)

// may checks the scope, then Err.
func (s *Source) may(a adit.Actor, scope adit.Scope) error {
	if err := a.May(scope); err != nil {
		return err
	}
	return s.Err
}

// see is an answer to who may read.
func see[T any](s *Source, a adit.Actor, v func() T) (out T, err error) {
	s.Lock()
	defer s.Unlock()
	if err := s.may(a, adit.ScopeRead); err != nil {
		return out, err
	}
	return v(), nil
}

// Glance implements view.Source.
func (s *Source) Glance(_ context.Context, a adit.Actor) (view.Glance, error) {
	return see(s, a, func() view.Glance { return s.G })
}

// Members implements view.Source.
func (s *Source) Members(_ context.Context, a adit.Actor) ([]view.Member, error) {
	return see(s, a, func() []view.Member {
		out := make([]view.Member, 0, len(s.M))
		for _, m := range s.M {
			out = append(out, m.Member)
		}
		return out
	})
}

// Member implements view.Source.
func (s *Source) Member(_ context.Context, a adit.Actor, id string) (out view.MemberDetail, err error) {
	s.Lock()
	defer s.Unlock()
	if err := s.may(a, adit.ScopeRead); err != nil {
		return out, err
	}
	m, err := s.member(id)
	if err == nil {
		out = *m
	}
	return out, err
}

func (s *Source) member(id string) (*view.MemberDetail, error) {
	for i := range s.M {
		if s.M[i].ID == id {
			return &s.M[i], nil
		}
	}
	return nil, adit.Errorf(adit.NotFound, "nobody of that name ever joined")
}

// Jobs implements view.Source.
func (s *Source) Jobs(_ context.Context, a adit.Actor, limit int) ([]view.Job, error) {
	return see(s, a, func() []view.Job { return s.J[:min(limit, len(s.J))] })
}

// Shares implements view.Source.
func (s *Source) Shares(_ context.Context, a adit.Actor, q view.ShareQuery) ([]view.Share, error) {
	return see(s, a, func() []view.Share {
		out := []view.Share{}
		for _, x := range s.S {
			ok := adit.ShareOutcome(x.Outcome).Accepted()
			if len(out) < q.Limit && (q.Member == "" || q.Member == x.Member) && (q.Outcome == "" || q.Outcome == x.Outcome || q.Outcome == "rejected" && !ok) && (!q.Upstream || x.Up != nil) {
				out = append(out, x)
			}
		}
		return out
	})
}

// Blocks implements view.Source.
func (s *Source) Blocks(_ context.Context, a adit.Actor, q view.PageQuery) ([]view.Block, error) {
	return see(s, a, func() []view.Block {
		return page(s.B, q, func(b view.Block) time.Time { return b.At })
	})
}

func page[T any](list []T, q view.PageQuery, at func(T) time.Time) []T {
	out := []T{}
	for _, x := range list {
		if len(out) < q.Limit && (q.Before == nil || at(x).Before(*q.Before)) {
			out = append(out, x)
		}
	}
	return out
}

// Rounds implements view.Source.
func (s *Source) Rounds(_ context.Context, a adit.Actor, q view.PageQuery) ([]view.Round, error) {
	return see(s, a, func() []view.Round {
		out := []view.Round{}
		for _, r := range page(s.R, q, func(r view.RoundDetail) time.Time { return r.At }) {
			out = append(out, r.Round)
		}
		return out
	})
}

// Round implements view.Source.
func (s *Source) Round(_ context.Context, a adit.Actor, id string) (out view.RoundDetail, err error) {
	s.Lock()
	defer s.Unlock()
	if err := s.may(a, adit.ScopeRead); err != nil {
		return out, err
	}
	for _, r := range s.R {
		if r.ID == id {
			return r, nil
		}
	}
	return out, adit.Errorf(adit.NotFound, "there is no such round")
}

// Window implements view.Source.
func (s *Source) Window(_ context.Context, a adit.Actor) (view.Window, error) {
	return see(s, a, func() view.Window { return s.W })
}

// Balances implements view.Source.
func (s *Source) Balances(_ context.Context, a adit.Actor) ([]view.Balance, error) {
	return see(s, a, func() []view.Balance {
		out := []view.Balance{}
		for _, m := range s.M {
			out = append(out, view.Balance{Member: m.ID, Name: m.Name, Owed: m.Owed, Immature: m.Immature, Paid: m.Paid, Payable: m.Owed >= *rule.MinPayout})
		}
		return out
	})
}

// Statement implements view.Source.
func (s *Source) Statement(_ context.Context, a adit.Actor, q view.StatementQuery) (out view.Statement, err error) {
	s.Lock()
	defer s.Unlock()
	if err := s.may(a, adit.ScopeRead); err != nil {
		return out, err
	}
	m, err := s.member(q.Member)
	if err != nil {
		return out, err
	}
	out = view.Statement{Member: m.ID, Name: m.Name, Coin: coin, From: q.From, To: At, Closing: 1_000_000_000, Lines: []view.StatementLine{
		{At: At.Add(-24 * time.Hour), Kind: "earned", Text: "block 3299290", Round: ptr("m"), In: ptr(view.Atomic(3_000_000_000)), Balance: 3_000_000_000},
		{At: At.Add(-time.Hour), Kind: "paid", Text: "payment m", Out: ptr(view.Atomic(2_000_000_000)), Balance: 1_000_000_000},
	}}
	if q.To != nil {
		out.To = *q.To
	}
	return out, nil
}

// Verify implements view.Source.
func (s *Source) Verify(_ context.Context, a adit.Actor) (view.Check, error) {
	return see(s, a, func() view.Check { return s.Check })
}

// Records implements view.Source.
func (s *Source) Records(_ context.Context, a adit.Actor, q view.RecordQuery, yield func(view.Record) error) error {
	s.Lock()
	recs, half, err := s.Recs, s.RecsErr, s.may(a, adit.ScopeRead)
	s.Unlock()
	if err != nil {
		return err
	}
	for i, r := range recs {
		if half != nil && i >= len(recs)/2 {
			return half
		}
		if r.Seq < q.FromSeq || q.ToSeq != 0 && r.Seq > q.ToSeq || q.Member != "" && q.Member != r.Member {
			continue
		}
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}

// Orders are the orders so far, one a line.
func (s *Source) Orders() string {
	s.Lock()
	defer s.Unlock()
	return strings.Join(s.Told, "\n")
}
