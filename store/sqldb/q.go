package sqldb

import (
	"context"
	"database/sql"
	"errors"
)

// Q is what SQL is spoken to: a DB, or the transaction that InTx hands out. Placeholders are ?. Errors are adit errors.
type Q interface {
	// Exec runs a statement that returns no rows.
	Exec(ctx context.Context, query string, args ...any) (sql.Result, error)
	// Query runs a statement that returns rows; close them and check their Err (or use All).
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	// QueryRow runs a statement that returns one row; its Scan answers adit.NotFound where there is none.
	QueryRow(ctx context.Context, query string, args ...any) *Row
	// Engine tells the engine, for the rare statement that cannot be written once.
	Engine() Engine
}

// Row is one row, or why there is none.
type Row struct {
	row *sql.Row
	err error
}

// Scan copies the columns into dest.
func (r *Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	return mapped(r.row.Scan(dest...))
}

// All runs a query and collects what scan makes of each row; never nil, so that an empty list is [] in JSON.
func All[T any](ctx context.Context, q Q, scan func(*sql.Rows) (T, error), query string, args ...any) (list []T, err error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, mapped(rows.Close())) }()
	list = []T{}
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, mapped(err)
		}
		list = append(list, v)
	}
	return list, mapped(rows.Err())
}

// conn is what *sql.DB and *sql.Tx have in common.
type conn interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// speaker implements Q over a connection.
type speaker struct {
	c      conn
	engine Engine
}

// Engine implements Q.
func (s speaker) Engine() Engine { return s.engine }

// Exec implements Q.
func (s speaker) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	res, err := s.c.ExecContext(ctx, s.bind(query), args...)
	return res, mapped(err)
}

// Query implements Q.
func (s speaker) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := s.c.QueryContext(ctx, s.bind(query), args...) //nolint:sqlclosecheck // the caller closes
	return rows, mapped(err)
}

// QueryRow implements Q.
func (s speaker) QueryRow(ctx context.Context, query string, args ...any) *Row {
	return &Row{row: s.c.QueryRowContext(ctx, s.bind(query), args...)}
}

func (s speaker) bind(query string) string {
	if s.engine == PostgreSQL {
		return rebind(query)
	}
	return query
}
