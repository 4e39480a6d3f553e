package viewtest

import (
	"context"
	"fmt"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/view"
)

// order is an order to a member.
func (s *Source) order(a adit.Actor, member, words string, do func(*view.MemberDetail) error) error {
	s.Lock()
	defer s.Unlock()
	if err := s.may(a, adit.ScopeControl); err != nil {
		return err
	}
	m, err := s.member(member)
	if err != nil {
		return err
	}
	if err := do(m); err != nil {
		return err
	}
	s.Told = append(s.Told, member+" "+words)
	return nil
}

// Suspend implements view.Source.
func (s *Source) Suspend(_ context.Context, a adit.Actor, member, reason string) error {
	return s.order(a, member, "suspend: "+reason, func(m *view.MemberDetail) error {
		m.Status, m.Why = view.Suspended, reason
		return nil
	})
}

// Unsuspend implements view.Source.
func (s *Source) Unsuspend(_ context.Context, a adit.Actor, member string) error {
	return s.order(a, member, "unsuspend", func(m *view.MemberDetail) error {
		if m.Status != view.Suspended {
			return adit.Errorf(adit.Conflict, "%s is not suspended", m.Name)
		}
		m.Status, m.Why = view.Offline, ""
		return nil
	})
}

// SetDifficulty implements view.Source.
func (s *Source) SetDifficulty(_ context.Context, a adit.Actor, member string, d *adit.Hashes) error {
	words := "difficulty by itself"
	if d != nil {
		words = "difficulty " + d.String()
	}
	return s.order(a, member, words, func(m *view.MemberDetail) error {
		m.FixedDifficulty = nil
		if d != nil {
			m.FixedDifficulty = ptr(d.Float())
		}
		return nil
	})
}

// SetPolicy implements view.Source.
func (s *Source) SetPolicy(_ context.Context, a adit.Actor, member, policy string) error {
	return s.order(a, member, "policy "+policy, func(m *view.MemberDetail) error { m.Policy = policy; return nil })
}

func workersOnly(m *view.MemberDetail) error {
	if m.Via != "grpc" {
		return adit.Errorf(adit.Unsupported, "%s mines over Stratum, which knows no such order", m.Name)
	}
	return nil
}

// Pause implements view.Source.
func (s *Source) Pause(_ context.Context, a adit.Actor, member string) error {
	return s.order(a, member, "pause", func(m *view.MemberDetail) error { m.Paused = m.Via == "grpc"; return workersOnly(m) })
}

// Resume implements view.Source.
func (s *Source) Resume(_ context.Context, a adit.Actor, member string) error {
	return s.order(a, member, "resume", func(m *view.MemberDetail) error { m.Paused = false; return workersOnly(m) })
}

// SetThreads implements view.Source.
func (s *Source) SetThreads(_ context.Context, a adit.Actor, member string, n int) error {
	return s.order(a, member, fmt.Sprint("threads ", n), workersOnly)
}

// Credits implements view.Source.
func (s *Source) Credits(_ context.Context, a adit.Actor, q view.PageQuery) ([]view.Credit, error) {
	return see(s, a, func() []view.Credit { return page(s.C, q, func(c view.Credit) time.Time { return c.At }) })
}

// own is what only an owner may do.
func own[T any](s *Source, a adit.Actor, do func() (T, error)) (out T, err error) {
	s.Lock()
	defer s.Unlock()
	if err := s.may(a, adit.ScopeOwner); err != nil {
		return out, err
	}
	return do()
}

// Credit implements view.Source.
func (s *Source) Credit(_ context.Context, a adit.Actor, r view.CreditRequest) (view.Credit, error) {
	return own(s, a, func() (view.Credit, error) {
		c := view.Credit{ID: fmt.Sprint(len(s.C) + 1), At: At, By: a.Name, Since: r.Since, Until: At, Amount: r.Amount, Note: r.Note}
		if r.Until != nil {
			c.Until = *r.Until
		}
		s.C = append([]view.Credit{c}, s.C...)
		s.Told = append(s.Told, fmt.Sprintf("credit %d", r.Amount))
		return c, nil
	})
}

// Payments implements view.Source.
func (s *Source) Payments(_ context.Context, a adit.Actor, q view.PageQuery) ([]view.Payment, error) {
	return see(s, a, func() []view.Payment { return page(s.P, q, func(p view.Payment) time.Time { return p.At }) })
}

// Payment implements view.Source.
func (s *Source) Payment(_ context.Context, a adit.Actor, id string) (out view.Payment, err error) {
	s.Lock()
	defer s.Unlock()
	if err := s.may(a, adit.ScopeRead); err != nil {
		return out, err
	}
	p, err := s.payment(id)
	if err == nil {
		out = *p
	}
	return out, err
}

func (s *Source) payment(id string) (*view.Payment, error) {
	for i := range s.P {
		if s.P[i].ID == id {
			return &s.P[i], nil
		}
	}
	return nil, adit.Errorf(adit.NotFound, "there is no such payment")
}

// NewPayment implements view.Source.
func (s *Source) NewPayment(_ context.Context, a adit.Actor) (view.Payment, error) {
	return own(s, a, func() (view.Payment, error) {
		p := view.Payment{ID: fmt.Sprint(len(s.P) + 1), At: At, By: a.Name, State: "open", Items: []view.PaymentItem{}}
		for _, m := range s.M[:2] {
			p.Items, p.Total = append(p.Items, view.PaymentItem{Member: m.ID, Name: m.Name, Amount: m.Owed}), p.Total+m.Owed
		}
		s.P = append([]view.Payment{p}, s.P...)
		return p, nil
	})
}

// MarkPaid implements view.Source.
func (s *Source) MarkPaid(_ context.Context, a adit.Actor, id, reference string) (view.Payment, error) {
	return s.mark(a, id, "paid", reference)
}

// CancelPayment implements view.Source.
func (s *Source) CancelPayment(_ context.Context, a adit.Actor, id string) (view.Payment, error) {
	return s.mark(a, id, "cancelled", "")
}

func (s *Source) mark(a adit.Actor, id, state, reference string) (view.Payment, error) {
	return own(s, a, func() (view.Payment, error) {
		p, err := s.payment(id)
		if err != nil {
			return view.Payment{}, err
		}
		if p.State != "open" {
			return view.Payment{}, adit.Errorf(adit.Conflict, "it is %s already", p.State)
		}
		p.State, p.Reference, p.MarkedAt = state, reference, ptr(At)
		return *p, nil
	})
}

// Invites implements view.Source.
func (s *Source) Invites(_ context.Context, a adit.Actor) ([]view.Invite, error) {
	return see(s, a, func() []view.Invite { return append([]view.Invite{}, s.I...) })
}

// Invite implements view.Source.
func (s *Source) Invite(_ context.Context, a adit.Actor, r view.InviteRequest) (view.NewInvite, error) {
	return own(s, a, func() (view.NewInvite, error) {
		i := view.Invite{ID: fmt.Sprint(len(s.I) + 1), Name: r.Name, By: a.Name, CreatedAt: At, ExpiresAt: At.Add(24 * time.Hour), State: "open"}
		if r.Seconds != nil {
			i.ExpiresAt = At.Add(time.Duration(*r.Seconds) * time.Second)
		}
		s.I = append(s.I, i)
		return view.NewInvite{Invite: i, Code: "7F3K-Q9TD", Command: "adit coop join 7F3K-Q9TD"}, nil
	})
}

// RevokeInvite implements view.Source.
func (s *Source) RevokeInvite(_ context.Context, a adit.Actor, id string) error {
	_, err := own(s, a, func() (struct{}, error) {
		for i := range s.I {
			if s.I[i].ID == id {
				s.I[i].State = "revoked"
				return struct{}{}, nil
			}
		}
		return struct{}{}, adit.Errorf(adit.NotFound, "there is no such invitation")
	})
	return err
}

// Switch is a switch that keeps what it is told.
type Switch struct{ C view.Config }

// Config implements view.Switch.
func (s *Switch) Config(_ context.Context, a adit.Actor) (view.Config, error) {
	if s.C.Mode == "" {
		s.C = view.Config{Mode: "off", Settings: view.Settings{Coin: "XMR", Pools: []view.PoolSetting{}, Stratum: view.DoorSetting{Listen: "127.0.0.1:3333"}, Payout: view.PayoutSetting{Scheme: "pplns", Window: 2}}}
	}
	return s.C, a.May(adit.ScopeRead)
}

// SetConfig implements view.Switch.
func (s *Switch) SetConfig(ctx context.Context, a adit.Actor, r view.ConfigRequest) (view.Config, error) {
	if err := a.May(adit.ScopeOwner); err != nil {
		return view.Config{}, err
	}
	c, err := s.Config(ctx, a)
	if err != nil {
		return c, err
	}
	c.Mode, c.Running = r.Mode, r.Mode == "on"
	if w := r.Settings; w != nil {
		c.Settings.Cluster, c.Settings.Pools = w.Cluster, []view.PoolSetting{}
		for _, p := range w.Pools {
			c.Settings.Pools = append(c.Settings.Pools, view.PoolSetting{Address: p.Address, Wallet: p.Wallet, HasPassword: p.Password != nil && *p.Password != "", Fingerprint: p.Fingerprint})
		}
	}
	s.C = c
	return c, nil
}
