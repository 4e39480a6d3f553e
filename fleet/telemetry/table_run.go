package telemetry

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/adit-mining/adit/store/sqldb"
)

const runColumns = `device, rig, program, algorithm, profile, started_at, ended_at, accepted, rejected, stale, avg_hashrate, seen_at, reason`

// saveRun writes what is known of a run; one that has ended is not changed any more.
func saveRun(ctx context.Context, q sqldb.Q, r run) error {
	_, err := q.Exec(ctx, `INSERT INTO telemetry_session (id, `+runColumns+`)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
		program = excluded.program, algorithm = excluded.algorithm, profile = excluded.profile,
		ended_at = excluded.ended_at, accepted = excluded.accepted, rejected = excluded.rejected, stale = excluded.stale,
		avg_hashrate = excluded.avg_hashrate, seen_at = excluded.seen_at, reason = excluded.reason
		WHERE telemetry_session.ended_at IS NULL`,
		r.id(), string(r.device), string(r.rig), r.program, r.algorithm, sql.NullString{String: r.profile, Valid: r.profile != ""},
		sqldb.Millis(r.started), sqldb.MillisOrNull(r.ended), orNull(r.accepted), orNull(r.rejected), orNull(r.stale),
		orNullF(r.average), sqldb.MillisOrNull(r.seen), r.reason)
	return err
}

func scanRun(rows *sql.Rows) (r run, err error) {
	var profile sql.NullString
	var accepted, rejected, stale sql.NullInt64
	var average sql.NullFloat64
	err = rows.Scan(&r.device, &r.rig, &r.program, &r.algorithm, &profile, sqldb.ScanTime(&r.started), sqldb.ScanTimeOrNil(&r.ended),
		&accepted, &rejected, &stale, &average, sqldb.ScanTimeOrNil(&r.seen), &r.reason)
	r.profile = profile.String
	r.accepted, r.rejected, r.stale = orNil(accepted), orNil(rejected), orNil(stale)
	if average.Valid {
		r.average = &average.Float64
	}
	return r, err
}

func orNil(n sql.NullInt64) *uint64 {
	if !n.Valid || n.Int64 < 0 {
		return nil
	}
	v := uint64(n.Int64)
	return &v
}

// openRuns lists the runs that have not ended.
func openRuns(ctx context.Context, q sqldb.Q) ([]run, error) {
	return sqldb.All(ctx, q, scanRun, `SELECT `+runColumns+` FROM telemetry_session WHERE ended_at IS NULL ORDER BY started_at`)
}

// listRuns lists runs that were going on at some time from since until until, the newest first; device "" = all.
func listRuns(ctx context.Context, q sqldb.Q, device string, since, until time.Time, limit int) ([]run, error) {
	where, args := []string{`started_at < ?`, `(ended_at IS NULL OR ended_at >= ?)`}, []any{sqldb.Millis(until), sqldb.Millis(since)}
	if device != "" {
		where, args = append(where, `device = ?`), append(args, device)
	}
	return sqldb.All(ctx, q, scanRun, `SELECT `+runColumns+` FROM telemetry_session WHERE `+strings.Join(where, ` AND `)+
		` ORDER BY started_at DESC, id LIMIT ?`, append(args, limit)...)
}

// deleteRuns forgets the runs that ended before a time.
func deleteRuns(ctx context.Context, q sqldb.Q, before time.Time) error {
	_, err := q.Exec(ctx, `DELETE FROM telemetry_session WHERE ended_at < ?`, sqldb.Millis(before))
	return err
}
