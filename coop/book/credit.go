package book

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/payout"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/store/sqldb"
)

const maxNote = 200

// credit is a row of coop_credit.
type credit struct {
	id       string
	coin     string
	at       time.Time
	by       string
	since    *time.Time
	until    time.Time
	first    uint64
	last     uint64
	amount   uint64
	note     string
	upstream payout.Weight
	carryIn  payout.Weight
	carryOut payout.Weight
}

const creditColumns = `id, coin, at, by_name, since, until, first_seq, last_seq, amount, note, upstream, carry_in, carry_out`

func listCredits(ctx context.Context, q sqldb.Q, where string, args ...any) ([]credit, error) {
	return sqldb.All(ctx, q, func(rs *sql.Rows) (c credit, err error) {
		var up, in, out string
		err = rs.Scan(&c.id, &c.coin, sqldb.ScanTime(&c.at), &c.by, sqldb.ScanTimeOrNil(&c.since), sqldb.ScanTime(&c.until), &c.first, &c.last,
			&c.amount, &c.note, &up, &in, &out)
		for text, to := range map[string]*payout.Weight{up: &c.upstream, in: &c.carryIn, out: &c.carryOut} {
			if err == nil {
				*to, err = payout.ParseWeight(text)
			}
		}
		return c, err
	}, `SELECT `+creditColumns+` FROM coop_credit `+where, args...)
}

// lastCredit is the credit of the newest period, nil where there is none.
func lastCredit(ctx context.Context, q sqldb.Q, coin string) (*credit, error) {
	list, err := listCredits(ctx, q, `WHERE coin = ? ORDER BY until DESC, last_seq DESC LIMIT 1`, coin)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

func insertCredit(ctx context.Context, q sqldb.Q, c credit) error {
	_, err := q.Exec(ctx, `INSERT INTO coop_credit (`+creditColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, c.id, c.coin, sqldb.Millis(c.at), c.by,
		sqldb.MillisOrNull(c.since), sqldb.Millis(c.until), c.first, c.last, c.amount, c.note, c.upstream.String(), c.carryIn.String(), c.carryOut.String())
	return err
}

func (c *credit) view() view.Credit {
	return view.Credit{ID: c.id, At: c.at, By: c.by, Since: c.since, Until: c.until, Amount: view.Atomic(c.amount), Note: c.note, Round: &c.id}
}

// Credits are what a pool paid, as it was entered, the newest first.
func (s *Service) Credits(ctx context.Context, actor adit.Actor, q view.PageQuery) ([]view.Credit, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	list, err := listCredits(ctx, s.o.DB, `WHERE coin = ? AND at < ? ORDER BY at DESC LIMIT ?`, s.o.Coin.Symbol, bound(q.Before), q.Limit)
	out := make([]view.Credit, 0, len(list))
	for _, c := range list {
		out = append(out, c.view())
	}
	return out, err
}

// Credit enters what a pool paid for a period and divides it at once. Periods do not overlap.
func (s *Service) Credit(ctx context.Context, actor adit.Actor, r view.CreditRequest) (view.Credit, error) {
	if err := actor.May(adit.ScopeOwner); err != nil {
		return view.Credit{}, err
	}
	last, err := lastCredit(ctx, s.o.DB, s.o.Coin.Symbol)
	if err != nil {
		return view.Credit{}, err
	}
	c, err := s.period(ctx, r, last)
	if err != nil {
		return view.Credit{}, err
	}
	c.by = actor.Name
	basis, err := s.basisOfCredit(ctx, &c)
	if err != nil {
		return view.Credit{}, err
	}
	row := round{id: c.id, kind: "credit", coin: c.coin, at: c.until, since: c.since, state: credited, settled: &c.at, rule: s.o.Rule, reward: c.amount}
	payouts, err := s.workOut(ctx, &row, basis)
	if err != nil {
		return view.Credit{}, err
	}
	err = s.o.DB.InTx(ctx, func(q sqldb.Q) error {
		if err := sqldb.Lock(ctx, q, "coop_credit"); err != nil {
			return err
		}
		if now, err := lastCredit(ctx, q, c.coin); err != nil || id(now) != id(last) {
			return or(err, adit.Errorf(adit.Conflict, "another credit was entered meanwhile: look at the list and try again"))
		}
		if err := insertCredit(ctx, q, c); err != nil {
			return err
		}
		return putRound(ctx, q, row, payouts)
	})
	if err != nil {
		return view.Credit{}, err
	}
	s.note(ctx, actor, "coop.credit", "info", c.id, fmt.Sprintf("%s %s were credited for the work until %s and divided among %d members",
		s.o.Coin.Text(r.Amount), c.coin, c.until.UTC().Format(time.RFC3339), row.members))
	return c.view(), nil
}

func id(c *credit) string {
	if c == nil {
		return ""
	}
	return c.id
}

func or(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// period checks a request and finds the shares of its period.
func (s *Service) period(ctx context.Context, r view.CreditRequest, last *credit) (credit, error) {
	now := s.o.Now().UTC()
	c := credit{id: adit.NewID(), coin: s.o.Coin.Symbol, at: now, until: now, since: r.Since, amount: uint64(r.Amount), note: r.Note, first: 1}
	if r.Until != nil {
		c.until = r.Until.UTC()
	}
	if _, err := money("amount", c.amount); err != nil {
		return c, err
	}
	switch {
	case c.amount == 0:
		return c, adit.InvalidField("amount", "there is nothing to divide: give what the pool paid, in atomic units")
	case len(c.note) > maxNote:
		return c, adit.InvalidField("note", "it has %d bytes, %d are the most", len(c.note), maxNote)
	case c.until.After(now.Add(time.Minute)):
		return c, adit.InvalidField("until", "%s has not come yet", c.until.Format(time.RFC3339))
	}
	if last != nil {
		c.first = last.last + 1
		if c.since == nil {
			c.since = &last.until
		}
		if c.since.Before(last.until) {
			return c, adit.InvalidField("since", "the period until %s is credited already: begin there, or leave since out", last.until.Format(time.RFC3339))
		}
	}
	if c.since != nil && !c.since.Before(c.until) {
		return c, adit.InvalidField("until", "the period must end after %s, where it begins", c.since.UTC().Format(time.RFC3339))
	}
	if r.Since != nil {
		before, err := s.o.Ledger.Until(ctx, *r.Since)
		if err != nil {
			return c, err
		}
		c.first = max(c.first, before+1)
	}
	var err error
	if c.last, err = s.o.Ledger.Until(ctx, c.until); err == nil && c.last < c.first {
		err = adit.Errorf(adit.Conflict, "no share was accepted in that period: there is nobody to divide it among. Give the period in which the pool earned it")
	}
	if last != nil {
		c.carryIn = last.carryOut
	}
	return c, err
}

// basisOfCredit weighs the shares for a credit (payout.Behind).
func (s *Service) basisOfCredit(ctx context.Context, c *credit) (basis, error) {
	var err error
	if c.upstream, _, err = s.o.Ledger.Upstream(ctx, c.first, c.last); err != nil {
		return basis{}, err
	}
	if s.o.Rule.Kind == payout.PROP {
		t, err := s.o.Ledger.Tally(ctx, payout.ByHashes, c.first, c.last)
		c.carryOut = c.carryIn
		return basis{payout.ByHashes, t, nil}, whole(err, t, c.last)
	}
	limit, err := payout.Behind(c.upstream, c.carryIn)
	if err != nil {
		return basis{}, err
	}
	if limit.IsZero() {
		return basis{}, adit.Errorf(adit.Conflict, "the pool accepted no share of the crew in that period, so nobody has a part of it: give the period in which the pool earned it")
	}
	t, err := s.windowAt(ctx, limit, payout.ByHashes, c.last)
	c.carryOut = t.Carry(limit)
	return basis{payout.ByHashes, t, &limit}, whole(err, t, c.last)
}
