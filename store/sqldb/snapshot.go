package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"

	"github.com/adit-mining/adit"
)

// CopyTo writes the database as it is at this moment into a new file (0600), while others read and write. PostgreSQL
// answers Unsupported: it has tools of its own for that.
func (d *DB) CopyTo(ctx context.Context, to string) error {
	if d.engine != SQLite {
		return adit.Errorf(adit.Unsupported, "the database is PostgreSQL's, which adit does not copy: run pg_dump --format=custom with the same address, and pg_restore to put it back")
	}
	return copyInto(ctx, d.speaker, to)
}

// CopyFile writes the database in a SQLite file into a new file (0600). It brings nothing up to date; nobody may have
// the file open.
func CopyFile(ctx context.Context, from, to string) error {
	if _, err := os.Stat(from); err != nil {
		return adit.Errorf(adit.NotFound, "there is no database to copy: %w", cause(err))
	}
	pool, err := sql.Open("sqlite", sqliteURI(from, url.Values{"mode": {"rw"}, "_pragma": {"busy_timeout(10000)"}}))
	if err != nil {
		return err
	}
	return errors.Join(copyInto(ctx, speaker{pool, SQLite}, to), mapped(pool.Close()))
}

func copyInto(ctx context.Context, q Q, to string) error {
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // VACUUM INTO keeps the mode of an empty file
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if _, err := q.Exec(ctx, `VACUUM INTO ?`, to); err != nil {
		return errors.Join(fmt.Errorf("the database could not be copied: %w", err), os.Remove(to))
	}
	return nil
}

// Inspect looks whether a SQLite file is a whole database of adit that this program can read, without changing it, and
// returns its schema version. A newer one is Conflict, a damaged or foreign one Invalid. Nobody may have the file open.
func Inspect(ctx context.Context, path string) (version int64, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, adit.Errorf(adit.NotFound, "there is no database: %w", cause(err))
	}
	if info.Size() == 0 {
		return 0, adit.Errorf(adit.Invalid, "the database is empty")
	}
	pool, err := sql.Open("sqlite", sqliteURI(path, url.Values{"mode": {"ro"}, "immutable": {"1"}}))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, mapped(pool.Close())) }()
	var words string
	if err := pool.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&words); err != nil {
		return 0, adit.Errorf(adit.Invalid, "it is damaged, or no SQLite database: %w", mapped(err))
	}
	if words != "ok" {
		return 0, adit.Errorf(adit.Invalid, "the database is damaged")
	}
	versions, err := applied(ctx, pool, SQLite)
	switch {
	case err != nil:
		return 0, err
	case len(versions) == 0:
		return 0, adit.Errorf(adit.Invalid, "the database is not adit's")
	}
	return versions[len(versions)-1], refuseNewer(SQLite, versions)
}

func cause(err error) error {
	if pe, ok := errors.AsType[*os.PathError](err); ok {
		return pe.Err
	}
	return err
}
