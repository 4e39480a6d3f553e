package book

import (
	"context"
	"database/sql"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/store/sqldb"
)

// payeesOf are all payees of a coin.
func payeesOf(ctx context.Context, q sqldb.Q, coin string) (map[coop.MemberID]view.Payee, error) {
	list, err := sqldb.All(ctx, q, func(rs *sql.Rows) (p view.Payee, err error) {
		var least *uint64
		err = rs.Scan(&p.Member, &p.Address, &least, sqldb.ScanTimeOrNil(&p.UpdatedAt), &p.By)
		p.MinPayout = (*view.Atomic)(least)
		return p, err
	}, `SELECT member, address, min_payout, updated_at, by_name FROM coop_payee WHERE coin = ? ORDER BY member`, coin)
	out := make(map[coop.MemberID]view.Payee, len(list))
	for _, p := range list {
		out[coop.MemberID(p.Member)] = p
	}
	return out, err
}

// Payee is where a member is paid to; one that was never set has no address.
func (s *Service) Payee(ctx context.Context, actor adit.Actor, member string) (view.Payee, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return view.Payee{}, err
	}
	all, err := payeesOf(ctx, s.o.DB, s.o.Coin.Symbol)
	p := all[coop.MemberID(member)]
	p.Member, p.Name = member, s.o.Name(coop.MemberID(member))
	return p, err
}

// SetPayee says where a member is paid to. The address is checked first: a wrong letter is money gone.
func (s *Service) SetPayee(ctx context.Context, actor adit.Actor, member string, r view.PayeeRequest) (view.Payee, error) {
	if err := actor.May(adit.ScopeOwner); err != nil {
		return view.Payee{}, err
	}
	switch {
	case member == "":
		return view.Payee{}, adit.InvalidField("member", "its id is missing")
	case r.Address != "" && s.o.Address == nil:
		return view.Payee{}, adit.InvalidField("address", "addresses of %s cannot be checked here, so none is taken", s.o.Coin.Symbol)
	case r.Address != "":
		if err := s.o.Address(s.o.Coin.Symbol, r.Address); err != nil {
			return view.Payee{}, err
		}
	}
	var least any
	if r.MinPayout != nil {
		n, err := money("minPayout", uint64(*r.MinPayout))
		if err != nil {
			return view.Payee{}, err
		}
		least = n
	}
	now := s.o.Now().UTC().Truncate(time.Millisecond)
	p := view.Payee{Member: member, Name: s.o.Name(coop.MemberID(member)), Address: r.Address, MinPayout: r.MinPayout, UpdatedAt: &now, By: actor.Name}
	_, err := s.o.DB.Exec(ctx, `INSERT INTO coop_payee (coin, member, address, min_payout, updated_at, by_name) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (coin, member) DO UPDATE SET address = excluded.address, min_payout = excluded.min_payout, updated_at = excluded.updated_at,
			by_name = excluded.by_name`, s.o.Coin.Symbol, member, r.Address, least, sqldb.Millis(now), p.By)
	if err == nil {
		s.note(ctx, actor, "coop.payee", "warn", member, "the payout address or the least payout of "+s.o.Name(coop.MemberID(member))+" was changed")
	}
	return p, err
}

// least is the smallest amount that is paid to a member; never 0, so that nobody is paid nothing.
func (s *Service) least(p view.Payee) uint64 {
	if p.MinPayout != nil {
		return max(1, uint64(*p.MinPayout))
	}
	return max(1, s.o.MinPayout)
}
