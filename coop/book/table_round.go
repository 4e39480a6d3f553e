package book

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/payout"
	"github.com/adit-mining/adit/store/sqldb"
)

// States of a round besides orphaned.
const (
	immature = "immature"
	credited = "credited"
)

// round is a row of coop_round.
type round struct {
	id      string
	kind    string // block, credit
	coin    string
	at      time.Time
	since   *time.Time
	state   string
	settled *time.Time
	rule    payout.Rule
	reward  uint64
	fee     uint64
	paid    uint64
	from    uint64
	to      uint64
	cut     payout.Weight
	shares  uint64
	members int
	weight  payout.Weight
	bound   *payout.Weight
	height  *uint64
	block   *string
	digest  string
	hash    string
}

const roundColumns = `id, kind, coin, at, since, state, settled_at, rule, window_ppm, fee_ppm, reward, fee, paid, from_seq, to_seq, cut, shares, members,
	weight, bound, height, block, digest, hash`

func scanRound(scan func(...any) error) (r round, err error) {
	var kind, cut, weight string
	var bound *string
	err = scan(&r.id, &r.kind, &r.coin, sqldb.ScanTime(&r.at), sqldb.ScanTimeOrNil(&r.since), &r.state, sqldb.ScanTimeOrNil(&r.settled), &kind,
		&r.rule.WindowPPM, &r.rule.FeePPM, &r.reward, &r.fee, &r.paid, &r.from, &r.to, &cut, &r.shares, &r.members, &weight, &bound,
		&r.height, &r.block, &r.digest, &r.hash)
	if err != nil {
		return r, err
	}
	r.rule.Kind = payout.Kind(kind)
	if r.cut, err = payout.ParseWeight(cut); err != nil {
		return r, err
	}
	if bound != nil {
		w, err := payout.ParseWeight(*bound)
		if err != nil {
			return r, err
		}
		r.bound = &w
	}
	r.weight, err = payout.ParseWeight(weight)
	return r, err
}

func listRounds(ctx context.Context, q sqldb.Q, where string, args ...any) ([]round, error) {
	return sqldb.All(ctx, q, func(rs *sql.Rows) (round, error) { return scanRound(rs.Scan) }, `SELECT `+roundColumns+` FROM coop_round `+where, args...)
}

func roundsBefore(ctx context.Context, q sqldb.Q, coin string, before *time.Time, limit int) ([]round, error) {
	return listRounds(ctx, q, `WHERE coin = ? AND at < ? ORDER BY at DESC, to_seq DESC LIMIT ?`, coin, bound(before), limit)
}

func oneRound(ctx context.Context, q sqldb.Q, id string) (round, error) {
	return scanRound(q.QueryRow(ctx, `SELECT `+roundColumns+` FROM coop_round WHERE id = ?`, id).Scan)
}

// putRound writes a round and its payouts in place of what stood there.
func putRound(ctx context.Context, q sqldb.Q, r round, payouts []payout.Payout) error {
	var bound any
	if r.bound != nil {
		bound = r.bound.String()
	}
	if err := deleteRound(ctx, q, r.id); err != nil {
		return err
	}
	_, err := q.Exec(ctx, `INSERT INTO coop_round (`+roundColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.id, r.kind, r.coin, sqldb.Millis(r.at), sqldb.MillisOrNull(r.since), r.state, sqldb.MillisOrNull(r.settled), string(r.rule.Kind), r.rule.WindowPPM,
		r.rule.FeePPM, r.reward, r.fee, r.paid, r.from, r.to, r.cut.String(), r.shares, r.members, r.weight.String(), bound, r.height, r.block, r.digest, r.hash)
	if err != nil {
		return err
	}
	return insertPayouts(ctx, q, r.id, payouts)
}

// insertPayouts writes a round's payouts.
func insertPayouts(ctx context.Context, q sqldb.Q, id string, list []payout.Payout) error {
	return many(ctx, q, `INSERT INTO coop_payout (round, member, weight, shares, amount) VALUES `, len(list), func(i int) []any {
		p := list[i]
		return []any{id, string(p.Member), p.Weight.String(), p.Shares, p.Amount}
	})
}

// many inserts n rows, many a statement: a crew may have ten thousand members.
func many(ctx context.Context, q sqldb.Q, insert string, n int, row func(i int) []any) error {
	const most = 500
	for at := 0; at < n; at += most {
		var query strings.Builder
		query.WriteString(insert)
		var args []any
		for i := at; i < min(at+most, n); i++ {
			if i > at {
				query.WriteString(", ")
			}
			r := row(i)
			query.WriteString("(?" + strings.Repeat(", ?", len(r)-1) + ")")
			args = append(args, r...)
		}
		if _, err := q.Exec(ctx, query.String(), args...); err != nil {
			return err
		}
	}
	return nil
}

// deleteRound takes away a round that was not credited.
func deleteRound(ctx context.Context, q sqldb.Q, id string) error {
	if _, err := q.Exec(ctx, `DELETE FROM coop_payout WHERE round = ?`, id); err != nil {
		return err
	}
	_, err := q.Exec(ctx, `DELETE FROM coop_round WHERE id = ?`, id)
	return err
}

func setRoundState(ctx context.Context, q sqldb.Q, id, state string, at *time.Time) error {
	_, err := q.Exec(ctx, `UPDATE coop_round SET state = ?, settled_at = ? WHERE id = ? AND state <> 'credited'`, state, sqldb.MillisOrNull(at), id)
	return err
}

// payouts of a round by member.
func payoutsOf(ctx context.Context, q sqldb.Q, id string) ([]payout.Payout, error) {
	return sqldb.All(ctx, q, func(rs *sql.Rows) (p payout.Payout, err error) {
		var member, weight string
		if err := rs.Scan(&member, &weight, &p.Shares, &p.Amount); err != nil {
			return p, err
		}
		p.Member = coop.MemberID(member)
		p.Weight, err = payout.ParseWeight(weight)
		return p, err
	}, `SELECT member, weight, shares, amount FROM coop_payout WHERE round = ? ORDER BY member`, id)
}
