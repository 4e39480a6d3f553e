package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/wording"
)

// Options for Open; the zero value is right.
type Options struct {
	// Log is told of migrations and copies; nil is silent.
	Log *slog.Logger
	// MaxConns bounds the pool; 0 means 4 for SQLite and 10 for PostgreSQL.
	MaxConns int
	// WriteWait is how long a write waits for the writer before it on SQLite; 0 means 10 s.
	WriteWait time.Duration
}

// DB is an open database with an up-to-date schema. It is a Q; its methods may be called from many goroutines.
type DB struct {
	speaker
	pool   *sql.DB
	path   string        // of the SQLite file, "" for PostgreSQL
	writer chan struct{} // holds the turn of SQLite's one writer; nil for PostgreSQL
	wait   time.Duration
}

// Open opens the database that dsn names (a file path, sqlite:PATH or postgres://…) and migrates it. A database of a
// newer adit is refused with adit.Conflict and not touched.
func Open(ctx context.Context, dsn string, o Options) (*DB, error) {
	engine, where, err := parseDSN(dsn)
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if engine == PostgreSQL {
		return openPostgreSQL(ctx, where, o)
	}
	return openSQLite(ctx, where, o)
}

func openSQLite(ctx context.Context, path string, o Options) (*DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := refuseNewerFile(ctx, path); err != nil {
		return nil, err
	}
	if err := ensureFile(path); err != nil {
		return nil, err
	}
	pool, err := sql.Open("sqlite", sqliteURI(path, writeParams()))
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(or(o.MaxConns, 4))
	pool.SetMaxIdleConns(2)
	db := &DB{speaker: speaker{pool, SQLite}, pool: pool, path: path, writer: make(chan struct{}, 1), wait: or(o.WriteWait, 10*time.Second)}
	return db.ready(ctx, o)
}

// ensureFile makes the file readable by its owner only before SQLite opens it; -wal and -shm inherit the mode.
func ensureFile(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return adit.InvalidField("database", "the file cannot be opened for writing: %v", err)
	}
	return errors.Join(f.Chmod(0o600), f.Close())
}

func openPostgreSQL(ctx context.Context, dsn string, o Options) (*DB, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil { // its text repeats the address
		return nil, adit.InvalidField("database", "it is no PostgreSQL address: write postgres://user:password@host:5432/name")
	}
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(max(2, or(o.MaxConns, 10))) // migrating holds one for the lock
	pool.SetMaxIdleConns(2)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	db := &DB{speaker: speaker{pool, PostgreSQL}, pool: pool}
	return db.ready(ctx, o)
}

// ready checks the connection and migrates; on failure nothing stays open.
func (d *DB) ready(ctx context.Context, o Options) (*DB, error) {
	if err := d.migrate(ctx, o.Log); err != nil {
		return nil, errors.Join(err, d.pool.Close())
	}
	return d, nil
}

// Close closes the database; SQLite folds its log into the file.
func (d *DB) Close() error { return mapped(d.pool.Close()) }

// Ping tells whether the database answers; for /ready.
func (d *DB) Ping(ctx context.Context) error { return mapped(d.pool.PingContext(ctx)) }

// Exec implements Q. On SQLite it waits for its turn to write.
func (d *DB) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	done, err := d.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	return d.speaker.Exec(ctx, query, args...)
}

// InTx runs fn in a transaction, which is committed when fn returns nil and rolled back otherwise. fn speaks to the
// transaction only: a write to the DB itself would wait for the transaction to end. On SQLite transactions run one
// after the other; on PostgreSQL at READ COMMITTED (see Lock for what must not interleave).
func (d *DB) InTx(ctx context.Context, fn func(q Q) error) (err error) {
	done, err := d.turn(ctx)
	if err != nil {
		return err
	}
	defer done()
	tx, err := d.pool.BeginTx(ctx, nil)
	if err != nil {
		return mapped(err)
	}
	committed := false
	defer func() {
		if !committed { // also when fn panics
			_ = tx.Rollback()
		}
	}()
	if err := fn(speaker{tx, d.engine}); err != nil {
		return mapped(err)
	}
	committed = true
	return mapped(tx.Commit())
}

// Lock makes transactions that lock the same name run one after the other, until the end of each. On SQLite all
// transactions do so anyway. q must be a transaction of InTx.
func Lock(ctx context.Context, q Q, name string) error {
	if q.Engine() != PostgreSQL {
		return nil
	}
	_, err := q.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.' || ?))`, name)
	return err
}

// turn waits until no other write of this process runs on SQLite and returns how to end the turn. Waiting here is fair
// and ends with ctx, which waiting inside SQLite is not.
func (d *DB) turn(ctx context.Context) (func(), error) {
	if d.writer == nil {
		return func() {}, nil
	}
	timer := time.NewTimer(d.wait)
	defer timer.Stop()
	select {
	case d.writer <- struct{}{}:
		return func() { <-d.writer }, nil
	case <-ctx.Done():
		return nil, mapped(context.Cause(ctx))
	case <-timer.C:
		return nil, adit.Errorf(adit.Timeout, "the database is busy: a write waited %s for the one before it", wording.Length(d.wait))
	}
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
