package journal

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
)

func insert(ctx context.Context, q sqldb.Q, e Entry) error {
	data, err := e.data()
	if err != nil {
		return err
	}
	_, err = q.Exec(ctx, `INSERT INTO journal_event (seq, at, kind, severity, subject, actor, text, data, prev_hash, hash)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		e.Seq, sqldb.Millis(e.At), e.Kind, e.Severity, e.Subject, e.Actor, e.Text, data, e.Prev, e.Hash)
	return err
}

func last(ctx context.Context, q sqldb.Q) (seq int64, hash string, err error) {
	err = q.QueryRow(ctx, `SELECT seq, hash FROM journal_event ORDER BY seq DESC LIMIT 1`).Scan(&seq, &hash)
	if adit.CodeOf(err) == adit.NotFound {
		return 0, "", nil
	}
	return seq, hash, err
}

func exists(ctx context.Context, q sqldb.Q, e Entry) (bool, error) {
	var n int
	err := q.QueryRow(ctx, `SELECT COUNT(*) FROM journal_event WHERE at = ? AND subject = ? AND kind = ? AND text = ?`,
		sqldb.Millis(e.At), e.Subject, e.Kind, e.Text).Scan(&n)
	return n > 0, err
}

func list(ctx context.Context, q sqldb.Q, after int64, limit int) ([]Entry, error) {
	return sqldb.All(ctx, q, scan, `SELECT seq, at, kind, severity, subject, actor, text, data, prev_hash, hash
		FROM journal_event WHERE seq > ? ORDER BY seq LIMIT ?`, after, limit)
}

func scan(r *sql.Rows) (e Entry, err error) {
	var data string
	if err := r.Scan(&e.Seq, sqldb.ScanTime(&e.At), &e.Kind, &e.Severity, &e.Subject, &e.Actor, &e.Text, &data, &e.Prev, &e.Hash); err != nil {
		return e, err
	}
	// What is not adit's JSON stays empty, and the chain shows that the entry was changed.
	_ = json.Unmarshal([]byte(data), &e.Data)
	return e, nil
}
