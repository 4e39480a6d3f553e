package enrol

import (
	"context"
	"database/sql"
	"time"

	"github.com/adit-mining/adit/store/sqldb"
)

// invite is a row of coop_invite.
type invite struct {
	ID, Hash, Name, Host, By string
	Created, Expires         time.Time
	Uses, Used               int
	Revoked                  *time.Time
}

const inviteColumns = `id, hash, name, host, created_by, created_at, expires_at, uses, used, revoked_at`

func (i *invite) scan(r interface{ Scan(...any) error }) error {
	return r.Scan(&i.ID, &i.Hash, &i.Name, &i.Host, &i.By, sqldb.ScanTime(&i.Created), sqldb.ScanTime(&i.Expires), &i.Uses, &i.Used, sqldb.ScanTimeOrNil(&i.Revoked))
}

func insertInvite(ctx context.Context, q sqldb.Q, i invite) error {
	_, err := q.Exec(ctx, `INSERT INTO coop_invite (`+inviteColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		i.ID, i.Hash, i.Name, i.Host, i.By, sqldb.Millis(i.Created), sqldb.Millis(i.Expires), i.Uses, i.Used, sqldb.MillisOrNull(i.Revoked))
	return err
}

func inviteByHash(ctx context.Context, q sqldb.Q, hash string) (i invite, err error) {
	err = i.scan(q.QueryRow(ctx, `SELECT `+inviteColumns+` FROM coop_invite WHERE hash = ?`, hash))
	return i, err
}

// listInvites are the newest invitations first.
func listInvites(ctx context.Context, q sqldb.Q) ([]invite, error) {
	return sqldb.All(ctx, q, func(r *sql.Rows) (i invite, err error) { err = i.scan(r); return i, err },
		`SELECT `+inviteColumns+` FROM coop_invite ORDER BY created_at DESC, id`)
}

// takeUse counts one use, and says whether there was one left.
func takeUse(ctx context.Context, q sqldb.Q, id string) (bool, error) {
	r, err := q.Exec(ctx, `UPDATE coop_invite SET used = used + 1 WHERE id = ? AND used < uses`, id)
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n == 1, err
}

func giveUse(ctx context.Context, q sqldb.Q, id string) error {
	_, err := q.Exec(ctx, `UPDATE coop_invite SET used = used - 1 WHERE id = ? AND used > 0`, id)
	return err
}

func revokeInvite(ctx context.Context, q sqldb.Q, id string, at time.Time) (bool, error) {
	r, err := q.Exec(ctx, `UPDATE coop_invite SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL`, sqldb.Millis(at), id)
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n == 1, err
}

func inviteByID(ctx context.Context, q sqldb.Q, id string) (i invite, err error) {
	err = i.scan(q.QueryRow(ctx, `SELECT `+inviteColumns+` FROM coop_invite WHERE id = ?`, id))
	return i, err
}

// use is a row of coop_invite_use.
type use struct {
	Invite, KeyHash, Name, Serial, Remote, TermsHash, Terms string
	At                                                      time.Time
	Agreed                                                  *time.Time
}

const useColumns = `invite, key_hash, name, cert, remote, used_at, terms_hash, terms, agreed_at`

func (u *use) scan(r interface{ Scan(...any) error }) error {
	return r.Scan(&u.Invite, &u.KeyHash, &u.Name, &u.Serial, &u.Remote, sqldb.ScanTime(&u.At), &u.TermsHash, &u.Terms, sqldb.ScanTimeOrNil(&u.Agreed))
}

func insertUse(ctx context.Context, q sqldb.Q, u use) error {
	_, err := q.Exec(ctx, `INSERT INTO coop_invite_use (`+useColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		u.Invite, u.KeyHash, u.Name, u.Serial, u.Remote, sqldb.Millis(u.At), u.TermsHash, u.Terms, sqldb.MillisOrNull(u.Agreed))
	return err
}

func useByKey(ctx context.Context, q sqldb.Q, invite, keyHash string) (u use, err error) {
	err = u.scan(q.QueryRow(ctx, `SELECT `+useColumns+` FROM coop_invite_use WHERE invite = ? AND key_hash = ?`, invite, keyHash))
	return u, err
}

func setSerial(ctx context.Context, q sqldb.Q, invite, keyHash, serial string) error {
	_, err := q.Exec(ctx, `UPDATE coop_invite_use SET cert = ? WHERE invite = ? AND key_hash = ?`, serial, invite, keyHash)
	return err
}

func deleteUse(ctx context.Context, q sqldb.Q, invite, keyHash string) error {
	_, err := q.Exec(ctx, `DELETE FROM coop_invite_use WHERE invite = ? AND key_hash = ?`, invite, keyHash)
	return err
}

// listUses are all uses, the newest first.
func listUses(ctx context.Context, q sqldb.Q) ([]use, error) {
	return sqldb.All(ctx, q, func(r *sql.Rows) (u use, err error) { err = u.scan(r); return u, err },
		`SELECT `+useColumns+` FROM coop_invite_use ORDER BY used_at DESC, invite, key_hash`)
}
