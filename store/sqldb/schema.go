package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"log/slog"
	"path"
	"slices"

	"github.com/pressly/goose/v3"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/migrations"
)

// versionTable is goose's own table; each row names a migration that was applied.
const versionTable = "goose_db_version"

// Version is the schema version this program knows: the timestamp of its newest migration.
func Version() int64 { return slices.Max(known()) }

// known lists the versions of the embedded migrations.
func known() []int64 {
	names, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		panic(err) // a fixed, valid pattern
	}
	list := make([]int64, 0, len(names))
	for _, name := range names {
		v, err := goose.NumericComponent(path.Base(name))
		if err != nil {
			panic(err) // the files are compiled in; TestMigrationNames guards them
		}
		list = append(list, v)
	}
	return list
}

// applied lists the migrations a database has seen; empty for one without adit's schema.
func applied(ctx context.Context, db conn, engine Engine) ([]int64, error) {
	exists := `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = '` + versionTable + `'`
	if engine == PostgreSQL {
		exists = `SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = '` + versionTable + `'`
	}
	q := speaker{db, engine}
	var n int
	if err := q.QueryRow(ctx, exists).Scan(&n); err != nil || n == 0 {
		return nil, err
	}
	return All(ctx, q, func(rows *sql.Rows) (v int64, err error) { return v, rows.Scan(&v) },
		`SELECT version_id FROM `+versionTable+` WHERE is_applied AND version_id > 0 ORDER BY version_id`)
}

// refuseNewer answers Conflict when a migration was applied that this program does not know.
func refuseNewer(engine Engine, versions []int64) error {
	ours := known()
	for _, v := range slices.Backward(versions) {
		if !slices.Contains(ours, v) {
			what, instead := "data directory", "--data-dir"
			if engine == PostgreSQL {
				what, instead = "database", "database"
			}
			return adit.Errorf(adit.Conflict, "this %s was written by a newer adit (schema %d, this program knows %d): "+
				"upgrade adit or use another %s", what, v, slices.Max(ours), instead)
		}
	}
	return nil
}

// migrate refuses a newer schema, then applies what is missing; a SQLite file that holds data is copied first.
func (d *DB) migrate(ctx context.Context, log *slog.Logger) error {
	unlock, err := d.lockSchema(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	have, err := applied(ctx, d.pool, d.engine)
	if err != nil {
		return err
	}
	if err := refuseNewer(d.engine, have); err != nil {
		return err
	}
	missing := slices.DeleteFunc(known(), func(v int64) bool { return slices.Contains(have, v) })
	if len(missing) == 0 {
		return nil
	}
	if d.engine == SQLite && len(have) > 0 {
		if err := d.copyBefore(ctx, slices.Max(have), log); err != nil {
			return err
		}
	}
	return d.apply(ctx, log)
}

func (d *DB) apply(ctx context.Context, log *slog.Logger) error {
	dialect := goose.DialectSQLite3
	if d.engine == PostgreSQL {
		dialect = goose.DialectPostgres
	}
	// Out of order is allowed: two branches may add migrations and meet in either order.
	p, err := goose.NewProvider(dialect, d.pool, migrations.FS, goose.WithDisableGlobalRegistry(true), goose.WithAllowOutofOrder(true))
	if err != nil {
		return err
	}
	results, err := p.Up(ctx)
	if err != nil {
		return adit.Errorf(adit.Internal, "the database could not be brought up to date: %w", mapped(err))
	}
	for _, r := range results {
		log.DebugContext(ctx, "migrated", "version", r.Source.Version, "took", r.Duration)
	}
	return nil
}

// lockSchema lets one process at a time migrate a PostgreSQL schema. SQLite needs none: one adit owns the data directory.
func (d *DB) lockSchema(ctx context.Context) (func(), error) {
	if d.engine != PostgreSQL {
		return func() {}, nil
	}
	c, err := d.pool.Conn(ctx)
	if err != nil {
		return nil, mapped(err)
	}
	if _, err := c.ExecContext(ctx, `SELECT pg_advisory_lock(hashtext(current_schema() || '.schema'))`); err != nil {
		return nil, errors.Join(mapped(err), c.Close())
	}
	return func() {
		// Its own context: the lock must go also when ctx has ended. A dead connection has lost the lock already.
		_, _ = c.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock(hashtext(current_schema() || '.schema'))`)
		_ = c.Close()
	}, nil
}
