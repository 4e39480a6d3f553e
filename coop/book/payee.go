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

// Payee is where a member is paid to, and from which amount on.
type Payee struct {
	Member    string       `json:"member"`
	Address   string       `json:"address" doc:"empty: none was given"`
	MinPayout *view.Atomic `json:"minPayout" doc:"null: the crew's"`
	UpdatedAt time.Time    `json:"updatedAt"`
	By        string       `json:"by" doc:"who set it"`
}

// PayeeRequest changes a payee.
type PayeeRequest struct {
	Address   string       `json:"address" maxLength:"256" doc:"payout address; empty: none"`
	MinPayout *view.Atomic `json:"minPayout,omitempty" nullable:"true" doc:"atomic units; absent: the crew's"`
}

// payeesOf are all payees of a coin.
func payeesOf(ctx context.Context, q sqldb.Q, coin string) (map[coop.MemberID]Payee, error) {
	list, err := sqldb.All(ctx, q, func(rs *sql.Rows) (p Payee, err error) {
		var least *uint64
		err = rs.Scan(&p.Member, &p.Address, &least, sqldb.ScanTime(&p.UpdatedAt), &p.By)
		p.MinPayout = (*view.Atomic)(least)
		return p, err
	}, `SELECT member, address, min_payout, updated_at, by_name FROM coop_payee WHERE coin = ? ORDER BY member`, coin)
	out := make(map[coop.MemberID]Payee, len(list))
	for _, p := range list {
		out[coop.MemberID(p.Member)] = p
	}
	return out, err
}

// Payee is where a member is paid to.
func (s *Service) Payee(ctx context.Context, actor adit.Actor, member string) (Payee, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return Payee{}, err
	}
	all, err := payeesOf(ctx, s.o.DB, s.o.Coin.Symbol)
	p, ok := all[coop.MemberID(member)]
	if err == nil && !ok {
		err = adit.Errorf(adit.NotFound, "no payout address was given for %s", member)
	}
	return p, err
}

// SetPayee says where a member is paid to. The address is checked first: a wrong letter is money gone.
func (s *Service) SetPayee(ctx context.Context, actor adit.Actor, member string, r PayeeRequest) (Payee, error) {
	if err := actor.May(adit.ScopeOwner); err != nil {
		return Payee{}, err
	}
	switch {
	case member == "":
		return Payee{}, adit.InvalidField("member", "its id is missing")
	case r.Address != "" && s.o.Address == nil:
		return Payee{}, adit.InvalidField("address", "addresses of %s cannot be checked here, so none is taken", s.o.Coin.Symbol)
	case r.Address != "":
		if err := s.o.Address(s.o.Coin.Symbol, r.Address); err != nil {
			return Payee{}, err
		}
	}
	var least any
	if r.MinPayout != nil {
		n, err := money("minPayout", uint64(*r.MinPayout))
		if err != nil {
			return Payee{}, err
		}
		least = n
	}
	p := Payee{Member: member, Address: r.Address, MinPayout: r.MinPayout, UpdatedAt: s.o.Now().UTC(), By: actor.Name}
	_, err := s.o.DB.Exec(ctx, `INSERT INTO coop_payee (coin, member, address, min_payout, updated_at, by_name) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (coin, member) DO UPDATE SET address = excluded.address, min_payout = excluded.min_payout, updated_at = excluded.updated_at,
			by_name = excluded.by_name`, s.o.Coin.Symbol, member, r.Address, least, sqldb.Millis(p.UpdatedAt), p.By)
	if err == nil {
		s.note(ctx, actor, "coop.payee", "warn", member, "the payout address or the least payout of "+s.o.Name(coop.MemberID(member))+" was changed")
	}
	return p, err
}

// least is the smallest amount that is paid to a member; never 0, so that nobody is paid nothing.
func (s *Service) least(p Payee) uint64 {
	if p.MinPayout != nil {
		return max(1, uint64(*p.MinPayout))
	}
	return max(1, s.o.MinPayout)
}
