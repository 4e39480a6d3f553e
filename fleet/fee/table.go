package fee

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
)

// row is a row of fee_program.
type row struct {
	Now
	since  time.Time
	mined  time.Duration
	starts int
}

// roundRow is a row of fee_round; ended nil = it goes on.
type roundRow struct {
	device  string
	started time.Time
	ended   *time.Time
}

func programs(ctx context.Context, q sqldb.Q) ([]row, error) {
	return sqldb.All(ctx, q, func(rs *sql.Rows) (row, error) {
		var r row
		var ms int64
		err := rs.Scan(&r.Device, &r.Name, &r.Program, &r.Percent, &r.Shows, sqldb.ScanTime(&r.since), &ms, &r.starts)
		r.mined = time.Duration(ms) * time.Millisecond
		return r, err
	}, `SELECT device, name, program, percent, shows, since, mined_ms, starts FROM fee_program ORDER BY device`)
}

// saw notes a program and adds what it mined since it was last seen. What it once showed it can show.
func saw(ctx context.Context, q sqldb.Q, n Now, mined time.Duration, at time.Time) error {
	_, err := q.Exec(ctx, `INSERT INTO fee_program (device, name, program, percent, shows, since, mined_ms, starts)
		VALUES (?, ?, ?, ?, ?, ?, ?, 0)
		ON CONFLICT (device) DO UPDATE SET name = excluded.name, program = excluded.program, percent = excluded.percent,
			shows = (fee_program.shows OR excluded.shows), mined_ms = fee_program.mined_ms + excluded.mined_ms`,
		n.Device, n.Name, n.Program, n.Percent, n.Shows, sqldb.Millis(at), mined.Milliseconds())
	return err
}

// addStart counts a start; it may be told of before the program was seen.
func addStart(ctx context.Context, q sqldb.Q, device string, at time.Time) error {
	_, name, _ := strings.Cut(device, "/")
	_, err := q.Exec(ctx, `INSERT INTO fee_program (device, name, program, percent, shows, since, mined_ms, starts)
		VALUES (?, ?, '', NULL, ?, ?, 0, 1) ON CONFLICT (device) DO UPDATE SET starts = fee_program.starts + 1`,
		device, name, false, sqldb.Millis(at))
	return err
}

// begin opens a round; one that is open already, but began at another time, ended when this one began at the latest.
func begin(ctx context.Context, q sqldb.Q, device string, at time.Time) error {
	if _, err := q.Exec(ctx, `UPDATE fee_round SET ended_at = ? WHERE device = ? AND ended_at IS NULL AND started_at < ?`,
		sqldb.Millis(at), device, sqldb.Millis(at)); err != nil {
		return err
	}
	_, err := q.Exec(ctx, `INSERT INTO fee_round (device, started_at, ended_at) VALUES (?, ?, NULL)
		ON CONFLICT (device, started_at) DO NOTHING`, device, sqldb.Millis(at))
	return err
}

func end(ctx context.Context, q sqldb.Q, device string, at time.Time) error {
	_, err := q.Exec(ctx, `UPDATE fee_round SET ended_at = ? WHERE device = ? AND ended_at IS NULL AND started_at <= ?`,
		sqldb.Millis(at), device, sqldb.Millis(at))
	return err
}

func rounds(ctx context.Context, q sqldb.Q) ([]roundRow, error) {
	return sqldb.All(ctx, q, func(rs *sql.Rows) (roundRow, error) {
		var r roundRow
		return r, rs.Scan(&r.device, sqldb.ScanTime(&r.started), sqldb.ScanTimeOrNil(&r.ended))
	}, `SELECT device, started_at, ended_at FROM fee_round ORDER BY device, started_at`)
}

// cursor is the number of the last event that was taken in.
func cursor(ctx context.Context, q sqldb.Q) (int64, error) {
	var seq int64
	err := q.QueryRow(ctx, `SELECT seq FROM fee_cursor WHERE id = 'journal'`).Scan(&seq)
	if adit.CodeOf(err) == adit.NotFound {
		return 0, nil
	}
	return seq, err
}

func setCursor(ctx context.Context, q sqldb.Q, seq int64) error {
	_, err := q.Exec(ctx, `INSERT INTO fee_cursor (id, seq) VALUES ('journal', ?) ON CONFLICT (id) DO UPDATE SET seq = excluded.seq`, seq)
	return err
}
