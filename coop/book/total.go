package book

import (
	"context"
	"database/sql"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/view"
)

// Rule is how money is divided now, without its words.
func (s *Service) Rule() view.Rule { return s.rule() }

// Fees is what the operator kept of the rounds that count.
func (s *Service) Fees(ctx context.Context, actor adit.Actor) (view.Atomic, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return 0, err
	}
	var sum sql.NullInt64
	err := s.o.DB.QueryRow(ctx, `SELECT CAST(SUM(fee) AS BIGINT) FROM coop_round WHERE coin = ? AND state = 'credited'`, s.o.Coin.Symbol).Scan(&sum)
	return view.Atomic(max(sum.Int64, 0)), err
}
