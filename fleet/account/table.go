package account

import (
	"context"
	"time"

	"github.com/adit-mining/adit/store/sqldb"
)

// session is a row of account_session.
type session struct {
	ID, Hash         string
	Created, Expires time.Time
	Seen             *time.Time
}

func insertSession(ctx context.Context, q sqldb.Q, s session) error {
	_, err := q.Exec(ctx, `INSERT INTO account_session (id, hash, created_at, expires_at, last_seen_at) VALUES (?, ?, ?, ?, ?)`,
		s.ID, s.Hash, sqldb.Millis(s.Created), sqldb.Millis(s.Expires), sqldb.MillisOrNull(s.Seen))
	return err
}

func sessionByHash(ctx context.Context, q sqldb.Q, hash string) (s session, err error) {
	err = q.QueryRow(ctx, `SELECT id, hash, created_at, expires_at, last_seen_at FROM account_session WHERE hash = ?`, hash).
		Scan(&s.ID, &s.Hash, sqldb.ScanTime(&s.Created), sqldb.ScanTime(&s.Expires), sqldb.ScanTimeOrNil(&s.Seen))
	return s, err
}

func markSeen(ctx context.Context, q sqldb.Q, hash string, at time.Time) error {
	_, err := q.Exec(ctx, `UPDATE account_session SET last_seen_at = ? WHERE hash = ?`, sqldb.Millis(at), hash)
	return err
}

func deleteSession(ctx context.Context, q sqldb.Q, hash string) error {
	_, err := q.Exec(ctx, `DELETE FROM account_session WHERE hash = ?`, hash)
	return err
}

func deleteExpired(ctx context.Context, q sqldb.Q, now time.Time) error {
	_, err := q.Exec(ctx, `DELETE FROM account_session WHERE expires_at <= ?`, sqldb.Millis(now))
	return err
}
