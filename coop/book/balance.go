package book

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/store/sqldb"
)

// account is what one member has, in atomic units.
type account struct {
	member   coop.MemberID
	earned   uint64 // credited in all
	immature uint64
	paid     uint64
	open     uint64 // set aside in open payments
	paidAt   *time.Time
}

// owed is what may be paid.
func (a account) owed() (uint64, error) {
	if a.paid > a.earned || a.open > a.earned-a.paid {
		return 0, adit.Errorf(adit.Internal, "the books of %s do not agree: %d earned, %d paid, %d set aside. Nothing is paid to it until they do", a.member, a.earned, a.paid, a.open)
	}
	return a.earned - a.paid - a.open, nil
}

// accounts are all members' ("" = all), by id. A sum that does not fit is an error on both engines.
func accounts(ctx context.Context, q sqldb.Q, coin string, member coop.MemberID) ([]account, error) {
	return sqldb.All(ctx, q, func(rs *sql.Rows) (a account, err error) {
		var m string
		err = rs.Scan(&m, &a.earned, &a.immature, &a.paid, &a.open, sqldb.ScanTimeOrNil(&a.paidAt))
		a.member = coop.MemberID(m)
		return a, err
	}, `SELECT member, CAST(SUM(earned) AS BIGINT), CAST(SUM(immature) AS BIGINT), CAST(SUM(paid) AS BIGINT), CAST(SUM(open) AS BIGINT), MAX(paid_at) FROM (
			SELECT p.member AS member, CASE WHEN r.state = 'credited' THEN p.amount ELSE 0 END AS earned,
				CASE WHEN r.state = 'immature' THEN p.amount ELSE 0 END AS immature, 0 AS paid, 0 AS open, NULL AS paid_at
			FROM coop_payout p JOIN coop_round r ON r.id = p.round WHERE r.coin = ? AND r.state <> 'orphaned' AND (? = '' OR p.member = ?)
			UNION ALL
			SELECT i.member, 0, 0, CASE WHEN y.state = 'paid' THEN i.amount ELSE 0 END, CASE WHEN y.state = 'open' THEN i.amount ELSE 0 END,
				CASE WHEN y.state = 'paid' THEN y.marked_at END
			FROM coop_payitem i JOIN coop_payment y ON y.id = i.payment WHERE y.coin = ? AND y.state <> 'cancelled' AND (? = '' OR i.member = ?)
		) AS entries GROUP BY member ORDER BY member`, coin, string(member), string(member), coin, string(member), string(member))
}

// Balances are what all members have who ever earned.
func (s *Service) Balances(ctx context.Context, actor adit.Actor) ([]view.Balance, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	list, err := accounts(ctx, s.o.DB, s.o.Coin.Symbol, "")
	if err != nil {
		return nil, err
	}
	payees, err := payeesOf(ctx, s.o.DB, s.o.Coin.Symbol)
	if err != nil {
		return nil, err
	}
	out := make([]view.Balance, 0, len(list))
	for _, a := range list {
		owed, err := a.owed()
		if err != nil {
			return nil, err
		}
		out = append(out, view.Balance{Member: string(a.member), Name: s.o.Name(a.member), Owed: view.Atomic(owed), Immature: view.Atomic(a.immature),
			Paid: view.Atomic(a.paid), Payable: owed >= s.least(payees[a.member]), PaidAt: a.paidAt})
	}
	return out, nil
}

// Totals is the crew's money in all.
func (s *Service) Totals(ctx context.Context, actor adit.Actor) (owed, immature, paid view.Atomic, err error) {
	list, err := s.Balances(ctx, actor)
	for _, b := range list {
		for _, sum := range []struct {
			to  *view.Atomic
			add view.Atomic
		}{{&owed, b.Owed}, {&immature, b.Immature}, {&paid, b.Paid}} {
			if *sum.to+sum.add < *sum.to {
				return 0, 0, 0, adit.Errorf(adit.Internal, "the members' balances do not fit 64 bits together")
			}
			*sum.to += sum.add
		}
	}
	return owed, immature, paid, err
}

// entry is one movement of an account, before balances are worked out.
type entry struct {
	view.StatementLine
	amount uint64
}

// Statement is a member's account over a time: what was credited, and what was paid. What is set aside in an open payment
// is part of the balance until it is marked as paid.
func (s *Service) Statement(ctx context.Context, actor adit.Actor, q view.StatementQuery) (view.Statement, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return view.Statement{}, err
	}
	out := view.Statement{Member: q.Member, Name: s.o.Name(coop.MemberID(q.Member)), Coin: s.o.Coin, From: q.From, To: s.o.Now().UTC(), Lines: []view.StatementLine{}}
	if q.To != nil {
		out.To = q.To.UTC()
	}
	if q.From != nil && q.From.After(out.To) {
		return out, adit.InvalidField("from", "it is after the end")
	}
	earned, err := s.earned(ctx, coop.MemberID(q.Member))
	if err != nil {
		return out, err
	}
	paid, err := s.paid(ctx, coop.MemberID(q.Member))
	if err != nil {
		return out, err
	}
	lines := append(earned, paid...)
	slices.SortStableFunc(lines, func(a, b entry) int { return a.At.Compare(b.At) })
	balance := uint64(0)
	for _, l := range lines {
		if l.At.After(out.To) {
			break
		}
		if balance, err = moved(balance, l); err != nil {
			return out, err
		}
		if q.From != nil && l.At.Before(*q.From) {
			out.Opening = view.Atomic(balance)
			continue
		}
		l.Balance = view.Atomic(balance)
		out.Lines = append(out.Lines, l.StatementLine)
	}
	out.Closing = view.Atomic(balance)
	return out, nil
}

func moved(balance uint64, l entry) (uint64, error) {
	if l.In != nil {
		if balance+l.amount < balance {
			return 0, adit.Errorf(adit.Internal, "the account does not fit 64 bits")
		}
		return balance + l.amount, nil
	}
	if l.amount > balance {
		return 0, adit.Errorf(adit.Internal, "the account was overdrawn at %s: %s", l.At.Format(time.RFC3339), l.Text)
	}
	return balance - l.amount, nil
}

// earned are a member's parts of credited rounds.
func (s *Service) earned(ctx context.Context, member coop.MemberID) ([]entry, error) {
	return sqldb.All(ctx, s.o.DB, func(rs *sql.Rows) (e entry, err error) {
		var id, kind string
		var at time.Time
		var settled *time.Time
		var height *uint64
		if err := rs.Scan(&id, &kind, sqldb.ScanTime(&at), sqldb.ScanTimeOrNil(&settled), &height, &e.amount); err != nil {
			return e, err
		}
		e.At, e.Kind, e.Round = at, "earned", &id
		if settled != nil {
			e.At = *settled
		}
		in := view.Atomic(e.amount)
		e.In = &in
		e.Text = "part of what the pool paid until " + at.Format("2 Jan 2006 15:04 MST")
		if height != nil {
			e.Text = fmt.Sprintf("part of block %d", *height)
		}
		return e, nil
	}, `SELECT r.id, r.kind, r.at, r.settled_at, r.height, p.amount FROM coop_payout p JOIN coop_round r ON r.id = p.round
		WHERE p.member = ? AND r.coin = ? AND r.state = 'credited' AND p.amount > 0 ORDER BY r.settled_at, r.id`, string(member), s.o.Coin.Symbol)
}

// paid are a member's parts of payments that were marked as paid.
func (s *Service) paid(ctx context.Context, member coop.MemberID) ([]entry, error) {
	return sqldb.All(ctx, s.o.DB, func(rs *sql.Rows) (e entry, err error) {
		var reference string
		if err := rs.Scan(&reference, sqldb.ScanTime(&e.At), &e.amount); err != nil {
			return e, err
		}
		out := view.Atomic(e.amount)
		e.Kind, e.Out, e.Text = "paid", &out, "paid"
		if reference != "" {
			e.Text = "paid with " + reference
		}
		return e, nil
	}, `SELECT y.reference, y.marked_at, i.amount FROM coop_payitem i JOIN coop_payment y ON y.id = i.payment
		WHERE i.member = ? AND y.coin = ? AND y.state = 'paid' ORDER BY y.marked_at, y.id`, string(member), s.o.Coin.Symbol)
}
