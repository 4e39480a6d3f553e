package viewtest

import (
	"context"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/view"
)

// Payee implements view.Source.
func (s *Source) Payee(_ context.Context, a adit.Actor, member string) (view.Payee, error) {
	s.Lock()
	defer s.Unlock()
	if err := s.may(a, adit.ScopeRead); err != nil {
		return view.Payee{}, err
	}
	return view.Payee{Member: member, Name: member, Address: s.Addresses[member]}, nil
}

// SetPayee implements view.Source. Only the address "good" is one.
func (s *Source) SetPayee(_ context.Context, a adit.Actor, member string, r view.PayeeRequest) (view.Payee, error) {
	return own(s, a, func() (view.Payee, error) {
		if r.Address != "" && r.Address != "good" {
			return view.Payee{}, adit.InvalidField("address", "it is mistyped")
		}
		if s.Addresses == nil {
			s.Addresses = map[string]string{}
		}
		s.Addresses[member] = r.Address
		return view.Payee{Member: member, Name: member, Address: r.Address, MinPayout: r.MinPayout, UpdatedAt: ptr(At), By: a.Name}, nil
	})
}
