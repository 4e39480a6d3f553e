package book

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/store/sqldb"
)

const maxReference = 200

// PaymentLine is one member's part of a payment with where it goes, as it is exported.
type PaymentLine struct {
	Member  string      `json:"member"`
	Name    string      `json:"name"`
	Address string      `json:"address" doc:"empty: the member gave none"`
	Amount  view.Atomic `json:"amount"`
	Text    string      `json:"text" doc:"the amount in coins"`
}

func scanPayment(rs *sql.Rows) (p view.Payment, err error) {
	return p, rs.Scan(&p.ID, sqldb.ScanTime(&p.At), &p.By, &p.State, &p.Reference, sqldb.ScanTimeOrNil(&p.MarkedAt))
}

// Payments are lists of amounts to be paid, the newest first.
func (s *Service) Payments(ctx context.Context, actor adit.Actor, q view.PageQuery) ([]view.Payment, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	list, err := sqldb.All(ctx, s.o.DB, scanPayment, `SELECT id, at, by_name, state, reference, marked_at FROM coop_payment
		WHERE coin = ? AND at < ? ORDER BY at DESC, id DESC LIMIT ?`, s.o.Coin.Symbol, bound(q.Before), q.Limit)
	for i := range list {
		if err == nil {
			err = s.fill(ctx, &list[i])
		}
	}
	return list, err
}

// Payment is one.
func (s *Service) Payment(ctx context.Context, actor adit.Actor, id string) (view.Payment, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return view.Payment{}, err
	}
	list, err := sqldb.All(ctx, s.o.DB, scanPayment, `SELECT id, at, by_name, state, reference, marked_at FROM coop_payment WHERE id = ?`, id)
	switch {
	case err != nil:
		return view.Payment{}, err
	case len(list) == 0:
		return view.Payment{}, adit.Errorf(adit.NotFound, "there is no payment %q", id)
	}
	return list[0], s.fill(ctx, &list[0])
}

func (s *Service) fill(ctx context.Context, p *view.Payment) error {
	lines, err := s.lines(ctx, p.ID)
	p.Items, p.Total = []view.PaymentItem{}, 0
	for _, l := range lines {
		if p.Total+l.Amount < p.Total {
			return adit.Errorf(adit.Internal, "payment %s does not fit 64 bits", p.ID)
		}
		p.Total += l.Amount
		p.Items = append(p.Items, view.PaymentItem{Member: l.Member, Name: l.Name, Address: l.Address, Amount: l.Amount})
	}
	return err
}

func (s *Service) lines(ctx context.Context, id string) ([]PaymentLine, error) {
	return sqldb.All(ctx, s.o.DB, func(rs *sql.Rows) (l PaymentLine, err error) {
		var amount uint64
		err = rs.Scan(&l.Member, &l.Address, &amount)
		l.Name, l.Amount = s.o.Name(coop.MemberID(l.Member)), view.Atomic(amount)
		l.Text = s.o.Coin.Text(l.Amount)
		return l, err
	}, `SELECT member, address, amount FROM coop_payitem WHERE payment = ? ORDER BY member`, id)
}

// PaymentLines are a payment's amounts with addresses, for whoever pays them.
func (s *Service) PaymentLines(ctx context.Context, actor adit.Actor, id string) ([]PaymentLine, error) {
	if err := actor.May(adit.ScopeOwner); err != nil {
		return nil, err
	}
	if _, err := s.Payment(ctx, actor, id); err != nil {
		return nil, err
	}
	return s.lines(ctx, id)
}

// NewPayment sets aside what is payable now: the balances that reach their least payout. The rest stays for the next one.
func (s *Service) NewPayment(ctx context.Context, actor adit.Actor) (view.Payment, error) {
	if err := actor.May(adit.ScopeOwner); err != nil {
		return view.Payment{}, err
	}
	id, items := adit.NewID(), 0
	err := s.o.DB.InTx(ctx, func(q sqldb.Q) error {
		if err := sqldb.Lock(ctx, q, "coop_payment"); err != nil {
			return err
		}
		list, err := s.payable(ctx, q)
		if err != nil {
			return err
		}
		if items = len(list); items == 0 {
			return adit.Errorf(adit.Conflict, "nothing is payable now: no balance reaches its least payout")
		}
		_, err = q.Exec(ctx, `INSERT INTO coop_payment (id, coin, at, by_name, state, reference, marked_at, marked_by) VALUES (?, ?, ?, ?, 'open', '', NULL, '')`,
			id, s.o.Coin.Symbol, sqldb.Millis(s.o.Now()), actor.Name)
		if err != nil {
			return err
		}
		return many(ctx, q, `INSERT INTO coop_payitem (payment, member, address, amount) VALUES `, items, func(i int) []any {
			return []any{id, list[i].Member, list[i].Address, uint64(list[i].Amount)}
		})
	})
	if err != nil {
		return view.Payment{}, err
	}
	s.note(ctx, actor, "coop.payment", "info", id, fmt.Sprintf("a payment to %d members was set aside", items))
	return s.Payment(ctx, actor, id)
}

func (s *Service) payable(ctx context.Context, q sqldb.Q) ([]PaymentLine, error) {
	list, err := accounts(ctx, q, s.o.Coin.Symbol, "")
	if err != nil {
		return nil, err
	}
	payees, err := payeesOf(ctx, q, s.o.Coin.Symbol)
	if err != nil {
		return nil, err
	}
	var out []PaymentLine
	for _, a := range list {
		owed, err := a.owed()
		if err != nil {
			return nil, err
		}
		if p := payees[a.member]; owed >= s.least(p) {
			out = append(out, PaymentLine{Member: string(a.member), Address: p.Address, Amount: view.Atomic(owed)})
		}
	}
	return out, nil
}

// MarkPaid books a payment as sent; reference is its transaction.
func (s *Service) MarkPaid(ctx context.Context, actor adit.Actor, id, reference string) (view.Payment, error) {
	if err := actor.May(adit.ScopeOwner); err != nil {
		return view.Payment{}, err
	}
	if len(reference) > maxReference {
		return view.Payment{}, adit.InvalidField("reference", "it has %d bytes, %d are the most", len(reference), maxReference)
	}
	return s.mark(ctx, actor, id, "paid", reference, "was marked as paid")
}

// CancelPayment gives its amounts back to the members' balances.
func (s *Service) CancelPayment(ctx context.Context, actor adit.Actor, id string) (view.Payment, error) {
	if err := actor.May(adit.ScopeOwner); err != nil {
		return view.Payment{}, err
	}
	return s.mark(ctx, actor, id, "cancelled", "", "was cancelled; its amounts are in the balances again")
}

// mark moves an open payment on.
func (s *Service) mark(ctx context.Context, actor adit.Actor, id, state, reference, words string) (view.Payment, error) {
	p, err := s.Payment(ctx, actor, id)
	if err != nil {
		return p, err
	}
	now := s.o.Now().Truncate(time.Millisecond)
	res, err := s.o.DB.Exec(ctx, `UPDATE coop_payment SET state = ?, reference = ?, marked_at = ?, marked_by = ? WHERE id = ? AND state = 'open'`,
		state, reference, sqldb.Millis(now), actor.Name, id)
	if err != nil {
		return p, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return p, or(err, adit.Errorf(adit.Conflict, "payment %s is %s already", id, p.State))
	}
	s.note(ctx, actor, "coop.payment", "info", id, "payment "+id+" "+words)
	return s.Payment(ctx, actor, id)
}
