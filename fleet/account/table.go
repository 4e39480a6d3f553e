package account

import (
	"context"
	"database/sql"
	"time"

	"github.com/adit-mining/adit/store/sqldb"
)

// session is a row of account_session.
type session struct {
	ID, Hash         string
	Created, Expires time.Time
	Seen             *time.Time
	Agent            string
}

func insertSession(ctx context.Context, q sqldb.Q, s session) error {
	_, err := q.Exec(ctx, `INSERT INTO account_session (id, hash, created_at, expires_at, last_seen_at, user_agent) VALUES (?, ?, ?, ?, ?, ?)`,
		s.ID, s.Hash, sqldb.Millis(s.Created), sqldb.Millis(s.Expires), sqldb.MillisOrNull(s.Seen), s.Agent)
	return err
}

func sessionByHash(ctx context.Context, q sqldb.Q, hash string) (s session, err error) {
	err = s.scan(q.QueryRow(ctx, `SELECT `+sessionColumns+` FROM account_session WHERE hash = ?`, hash))
	return s, err
}

const sessionColumns = `id, hash, created_at, expires_at, last_seen_at, user_agent`

func (s *session) scan(r interface{ Scan(...any) error }) error {
	return r.Scan(&s.ID, &s.Hash, sqldb.ScanTime(&s.Created), sqldb.ScanTime(&s.Expires), sqldb.ScanTimeOrNil(&s.Seen), &s.Agent)
}

// openSessions lists the sessions that have not ended, the newest first.
func openSessions(ctx context.Context, q sqldb.Q, now time.Time) ([]session, error) {
	return sqldb.All(ctx, q, func(r *sql.Rows) (s session, err error) { err = s.scan(r); return s, err },
		`SELECT `+sessionColumns+` FROM account_session WHERE expires_at > ? ORDER BY created_at DESC, id`, sqldb.Millis(now))
}

// takeSession deletes a session and returns its hash.
func takeSession(ctx context.Context, q sqldb.Q, id string) (hash string, err error) {
	err = q.QueryRow(ctx, `DELETE FROM account_session WHERE id = ? RETURNING hash`, id).Scan(&hash)
	return hash, err
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
