package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"time"

	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/payout"
	"github.com/adit-mining/adit/store/sqldb"
)

const segmentColumns = `number, file, first_seq, last_seq, shares, blocks, bytes, min_at, max_at, sha256, score, hashes`

func scanSegment(rs *sql.Rows) (Segment, error) {
	var s Segment
	var min, max *time.Time
	var score, hashes string
	err := rs.Scan(&s.Number, &s.File, &s.First, &s.Last, &s.Shares, &s.Blocks, &s.Bytes, sqldb.ScanTimeOrNil(&min),
		sqldb.ScanTimeOrNil(&max), &s.SHA256, &score, &hashes)
	if err != nil {
		return s, err
	}
	if min != nil && max != nil {
		s.MinAt, s.MaxAt = *min, *max
	}
	if s.Score, err = payout.ParseWeight(score); err == nil {
		s.Hashes, err = payout.ParseWeight(hashes)
	}
	return s, err
}

// segments are the closed ones of a ledger that were indexed, in order.
func segments(ctx context.Context, q sqldb.Q, ledger string) ([]Segment, error) {
	return sqldb.All(ctx, q, scanSegment, `SELECT `+segmentColumns+` FROM coop_segment WHERE ledger = ? ORDER BY number`, ledger)
}

// segmentSums are the members' sums of the segments that hold shares of a time, widened to whole segments.
func segmentSums(ctx context.Context, q sqldb.Q, ledger string, from, to time.Time) ([][]Sum, error) {
	return sqldb.All(ctx, q, func(rs *sql.Rows) (sums []Sum, err error) {
		var raw string
		if err := rs.Scan(&raw); err != nil {
			return nil, err
		}
		return sums, json.Unmarshal([]byte(raw), &sums)
	}, `SELECT sums FROM coop_segment WHERE ledger = ? AND max_at >= ? AND min_at <= ? ORDER BY number`, ledger, sqldb.Millis(from), sqldb.Millis(to))
}

// allSums are the members' sums of all indexed segments.
func allSums(ctx context.Context, q sqldb.Q, ledger string) ([][]Sum, error) {
	return segmentSums(ctx, q, ledger, time.UnixMilli(0), time.UnixMilli(1<<53))
}

// putSegment writes a segment's row; again it changes nothing. fresh is false where it was there.
func putSegment(ctx context.Context, q sqldb.Q, ledger string, s Segment, sums []Sum) (fresh bool, err error) {
	raw, err := json.Marshal(sums)
	if err != nil {
		return false, err
	}
	var min, max any
	if s.Shares > 0 {
		min, max = sqldb.Millis(s.MinAt), sqldb.Millis(s.MaxAt.Add(999*time.Microsecond)) // rounded away from its shares
	}
	res, err := q.Exec(ctx, `INSERT INTO coop_segment (ledger, `+segmentColumns+`, sums)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (ledger, number) DO NOTHING`, ledger, s.Number, s.File, s.First, s.Last,
		s.Shares, s.Blocks, s.Bytes, min, max, s.SHA256, s.Score.String(), s.Hashes.String(), string(raw))
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// dropSegment forgets a segment's row: it was mended and is counted anew.
func dropSegment(ctx context.Context, q sqldb.Q, ledger string, number uint64) error {
	_, err := q.Exec(ctx, `DELETE FROM coop_segment WHERE ledger = ? AND number = ?`, ledger, number)
	return err
}

func setFile(ctx context.Context, q sqldb.Q, ledger string, number uint64, file string) error {
	_, err := q.Exec(ctx, `UPDATE coop_segment SET file = ? WHERE ledger = ? AND number = ?`, file, ledger, number)
	return err
}

const tallyColumns = `member, shares, hashes, score, first_at, last_at`

func scanTally(rs *sql.Rows) (Sum, error) {
	var s Sum
	var member, hashes, score string
	err := rs.Scan(&member, &s.Shares, &hashes, &score, sqldb.ScanTime(&s.FirstAt), sqldb.ScanTime(&s.LastAt))
	if err != nil {
		return s, err
	}
	s.Member = coop.MemberID(member)
	if s.Hashes, err = payout.ParseWeight(hashes); err == nil {
		s.Score, err = payout.ParseWeight(score)
	}
	return s, err
}

// tallies are what all members have in closed segments.
func tallies(ctx context.Context, q sqldb.Q, ledger string) ([]Sum, error) {
	return sqldb.All(ctx, q, scanTally, `SELECT `+tallyColumns+` FROM coop_tally WHERE ledger = ? ORDER BY member`, ledger)
}

// putTallies writes what members have now, many rows a statement: a crew may have ten thousand.
func putTallies(ctx context.Context, q sqldb.Q, ledger string, list []Sum) error {
	const most = 500
	for len(list) > 0 {
		part := list[:min(most, len(list))]
		list = list[len(part):]
		var query strings.Builder
		query.WriteString(`INSERT INTO coop_tally (ledger, ` + tallyColumns + `) VALUES `)
		args := make([]any, 0, 7*len(part))
		for i, s := range part {
			if i > 0 {
				query.WriteString(", ")
			}
			query.WriteString("(?, ?, ?, ?, ?, ?, ?)")
			args = append(args, ledger, string(s.Member), s.Shares, s.Hashes.String(), s.Score.String(), sqldb.Millis(s.FirstAt), sqldb.Millis(s.LastAt))
		}
		query.WriteString(` ON CONFLICT (ledger, member) DO UPDATE SET shares = excluded.shares, hashes = excluded.hashes, score = excluded.score,
			first_at = excluded.first_at, last_at = excluded.last_at`)
		if _, err := q.Exec(ctx, query.String(), args...); err != nil {
			return err
		}
	}
	return nil
}

// clearTallies empties a ledger's tallies, to build them anew.
func clearTallies(ctx context.Context, q sqldb.Q, ledger string) error {
	_, err := q.Exec(ctx, `DELETE FROM coop_tally WHERE ledger = ?`, ledger)
	return err
}
