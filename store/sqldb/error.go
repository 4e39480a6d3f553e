package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/adit-mining/adit"
)

// ErrFull is in the chain of errors that mean: the disk (or the quota) is full. Reading still works.
var ErrFull error = fullError{}

type fullError struct{}

func (fullError) Error() string { return "the disk that holds the database is full" }

// DiskFull tells people's interfaces to say it.
func (fullError) DiskFull() bool { return true }

// mapped turns an engine's error into one of adit's; values of rows never enter the message.
func mapped(err error) error {
	var coded *adit.Error
	var lite *sqlite.Error
	var pg *pgconn.PgError
	var connect *pgconn.ConnectError
	switch {
	case err == nil, errors.As(err, &coded), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return coded1(adit.Timeout, "the database did not answer in time", err)
	case errors.Is(err, sql.ErrNoRows):
		return coded1(adit.NotFound, "there is no such row", err)
	case errors.As(err, &lite):
		return fromSQLite(lite)
	case errors.As(err, &pg):
		return fromPostgreSQL(pg)
	case errors.As(err, &connect), errors.Is(err, sql.ErrConnDone), pgconn.SafeToRetry(err):
		return coded1(adit.Unreachable, "PostgreSQL does not answer: check that it runs and that adit may reach it", err)
	}
	return err
}

// coded1 makes an error whose message does not repeat the cause: a driver's text may show what was written.
func coded1(code adit.Code, msg string, cause error) error {
	return adit.Errorf(code, "%w", &quiet{msg: msg, err: cause})
}

// quiet is a cause that shows other words.
type quiet struct {
	msg string
	err error
}

func (q *quiet) Error() string { return q.msg }
func (q *quiet) Unwrap() error { return q.err }

func fromSQLite(err *sqlite.Error) error {
	switch err.Code() {
	case lib.SQLITE_CONSTRAINT_UNIQUE, lib.SQLITE_CONSTRAINT_PRIMARYKEY, lib.SQLITE_CONSTRAINT_ROWID:
		return coded1(adit.Conflict, "it exists already ("+constraint(err.Error())+")", err)
	case lib.SQLITE_CONSTRAINT_FOREIGNKEY:
		return coded1(adit.Conflict, "what it refers to does not exist, or is still in use", err)
	}
	switch err.Code() & 0xff {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return coded1(adit.Timeout, "the database is busy: another program holds it", err)
	case lib.SQLITE_FULL:
		return coded1(adit.Internal, "the disk is full: free space where the data directory lies", errors.Join(ErrFull, err))
	case lib.SQLITE_READONLY, lib.SQLITE_CANTOPEN, lib.SQLITE_PERM:
		return coded1(adit.Internal, "the database file cannot be written: check its owner, its mode and its file system", err)
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return coded1(adit.Internal, "the database file is damaged or is no SQLite database: restore a copy (adit.db.before-…)", err)
	case lib.SQLITE_INTERRUPT:
		return coded1(adit.Timeout, "the query was interrupted", errors.Join(context.Canceled, err))
	}
	return err
}

// constraint cuts "table.column" out of SQLite's "… constraint failed: table.column (2067)".
func constraint(msg string) string {
	_, name, _ := strings.Cut(msg, "failed: ")
	if i := strings.LastIndex(name, " ("); i >= 0 {
		name = name[:i]
	}
	return name
}

// fromPostgreSQL maps by SQLSTATE; see PostgreSQL's appendix A.
func fromPostgreSQL(err *pgconn.PgError) error {
	switch err.Code {
	case "23505":
		return coded1(adit.Conflict, "it exists already ("+err.ConstraintName+")", err)
	case "23503":
		return coded1(adit.Conflict, "what it refers to does not exist, or is still in use", err)
	case "40001", "40P01":
		return coded1(adit.Conflict, "another change came first: try again", err)
	case "53100":
		return coded1(adit.Internal, "the disk of the PostgreSQL server is full", errors.Join(ErrFull, err))
	case "57014":
		return coded1(adit.Timeout, "the query was interrupted", errors.Join(context.Canceled, err))
	case "28000", "28P01", "3D000", "42501":
		return coded1(adit.Unreachable, "PostgreSQL refuses: "+err.Message, err)
	}
	switch {
	case strings.HasPrefix(err.Code, "08"), strings.HasPrefix(err.Code, "57P"), strings.HasPrefix(err.Code, "53"):
		return coded1(adit.Unreachable, "PostgreSQL is not available: "+err.Message, err)
	}
	return err
}
