package account

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
)

const tokenColumns = `id, name, scopes, created_at, last_used_at, expires_at`

func (t *Token) scan(r interface{ Scan(...any) error }) error {
	var scopes string
	err := r.Scan(&t.ID, &t.Name, &scopes, sqldb.ScanTime(&t.CreatedAt), sqldb.ScanTimeOrNil(&t.UsedAt), sqldb.ScanTimeOrNil(&t.ExpiresAt))
	for _, s := range strings.Fields(scopes) {
		t.Scopes = append(t.Scopes, adit.Scope(s))
	}
	return err
}

func insertToken(ctx context.Context, q sqldb.Q, t Token, hash string) error {
	scopes := strings.ReplaceAll(words(t.Scopes), ",", "")
	_, err := q.Exec(ctx, `INSERT INTO account_token (id, name, hash, scopes, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)`,
		t.ID, t.Name, hash, scopes, sqldb.Millis(t.CreatedAt), sqldb.MillisOrNull(t.ExpiresAt))
	return err
}

func listTokens(ctx context.Context, q sqldb.Q) ([]Token, error) {
	return sqldb.All(ctx, q, func(r *sql.Rows) (t Token, err error) { err = t.scan(r); return t, err },
		`SELECT `+tokenColumns+` FROM account_token ORDER BY created_at DESC, id`)
}

func tokenByHash(ctx context.Context, q sqldb.Q, hash string) (t Token, err error) {
	err = t.scan(q.QueryRow(ctx, `SELECT `+tokenColumns+` FROM account_token WHERE hash = ?`, hash))
	return t, err
}

func countTokens(ctx context.Context, q sqldb.Q) (n int, err error) {
	err = q.QueryRow(ctx, `SELECT COUNT(*) FROM account_token`).Scan(&n)
	return n, err
}

// takeToken deletes a token and returns its name and hash.
func takeToken(ctx context.Context, q sqldb.Q, id string) (name, hash string, err error) {
	err = q.QueryRow(ctx, `DELETE FROM account_token WHERE id = ? RETURNING name, hash`, id).Scan(&name, &hash)
	return name, hash, err
}

func markUsed(ctx context.Context, q sqldb.Q, id string, at time.Time) error {
	_, err := q.Exec(ctx, `UPDATE account_token SET last_used_at = ? WHERE id = ?`, sqldb.Millis(at), id)
	return err
}

// deleteExpiredTokens forgets tokens that ended more than a week ago: until then people can see that, and when, they did.
func deleteExpiredTokens(ctx context.Context, q sqldb.Q, now time.Time) error {
	_, err := q.Exec(ctx, `DELETE FROM account_token WHERE expires_at <= ?`, sqldb.Millis(now.Add(-7*24*time.Hour)))
	return err
}
