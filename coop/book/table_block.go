package book

import (
	"context"
	"database/sql"
	"math"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/payout"
	"github.com/adit-mining/adit/store/sqldb"
)

// States of a block.
const (
	found    = "found"
	mature   = "mature"
	orphaned = "orphaned"
)

// block is a row of coop_block.
type block struct {
	id            string
	coin          string
	height        uint64
	hash          string
	share         uint64
	member        coop.MemberID
	at            time.Time
	reward        *uint64
	effort        *float64
	state         string
	confirmations *uint64
	settled       *time.Time
	rule          payout.Rule
}

const blockColumns = `id, coin, height, hash, share, member, found_at, reward, effort, state, confirmations, settled_at, rule, window_ppm, fee_ppm`

func scanBlock(scan func(...any) error) (b block, err error) {
	var member, kind string
	err = scan(&b.id, &b.coin, &b.height, &b.hash, &b.share, &member, sqldb.ScanTime(&b.at), &b.reward, &b.effort, &b.state,
		&b.confirmations, sqldb.ScanTimeOrNil(&b.settled), &kind, &b.rule.WindowPPM, &b.rule.FeePPM)
	b.member, b.rule.Kind = coop.MemberID(member), payout.Kind(kind)
	return b, err
}

func listBlocks(ctx context.Context, q sqldb.Q, where string, args ...any) ([]block, error) {
	return sqldb.All(ctx, q, func(rs *sql.Rows) (block, error) { return scanBlock(rs.Scan) }, `SELECT `+blockColumns+` FROM coop_block `+where, args...)
}

// blocksBefore are the newest ones of a coin, the newest first.
func blocksBefore(ctx context.Context, q sqldb.Q, coin string, before *time.Time, limit int) ([]block, error) {
	return listBlocks(ctx, q, `WHERE coin = ? AND found_at < ? ORDER BY found_at DESC, share DESC LIMIT ?`, coin, bound(before), limit)
}

// bound is before as a number, the largest for nil.
func bound(before *time.Time) int64 {
	if before == nil {
		return math.MaxInt64
	}
	return sqldb.Millis(*before)
}

// unsettled are those of which the chain must be asked: not settled, or orphaned since a time, which a reorganisation may
// undo.
func unsettled(ctx context.Context, q sqldb.Q, coin string, since time.Time) ([]block, error) {
	return listBlocks(ctx, q, `WHERE coin = ? AND (state = 'found' OR state = 'orphaned' AND found_at >= ?) ORDER BY share`, coin, sqldb.Millis(since))
}

// undivided are mature blocks without a credited round.
func undivided(ctx context.Context, q sqldb.Q, coin string) ([]block, error) {
	return listBlocks(ctx, q, `WHERE coin = ? AND state = 'mature'
		AND NOT EXISTS (SELECT 1 FROM coop_round r WHERE r.id = coop_block.id AND r.state = 'credited') ORDER BY share`, coin)
}

// blockBefore is the newest block with a share before this one that is not orphaned; nil where there is none.
func blockBefore(ctx context.Context, q sqldb.Q, coin string, share uint64) (*block, error) {
	row := q.QueryRow(ctx, `SELECT `+blockColumns+` FROM coop_block WHERE coin = ? AND share < ? AND state <> 'orphaned' ORDER BY share DESC LIMIT 1`, coin, share)
	b, err := scanBlock(row.Scan)
	if adit.CodeOf(err) == adit.NotFound {
		return nil, nil
	}
	return &b, err
}

// insertBlock writes a new block; fresh is false where it is known.
func insertBlock(ctx context.Context, q sqldb.Q, b block) (fresh bool, err error) {
	res, err := q.Exec(ctx, `INSERT INTO coop_block (`+blockColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (coin, height, hash) DO NOTHING`, b.id, b.coin, b.height, b.hash, b.share, string(b.member), sqldb.Millis(b.at), b.reward, b.effort,
		b.state, b.confirmations, sqldb.MillisOrNull(b.settled), string(b.rule.Kind), b.rule.WindowPPM, b.rule.FeePPM)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

func updateBlock(ctx context.Context, q sqldb.Q, b block) error {
	_, err := q.Exec(ctx, `UPDATE coop_block SET reward = ?, effort = ?, state = ?, confirmations = ?, settled_at = ? WHERE id = ?`,
		b.reward, b.effort, b.state, b.confirmations, sqldb.MillisOrNull(b.settled), b.id)
	return err
}
