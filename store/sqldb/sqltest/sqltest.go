// Package sqltest gives tests a fresh, migrated database of each engine. It is for tests only and imports what sqldb may.
// Start reading at Each.
package sqltest

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
)

// Env names the variable that holds the DSN of a PostgreSQL server for tests; `go run ./tools/withpg -- COMMAND` sets it.
const Env = "ADIT_TEST_POSTGRES"

// Each runs a test on SQLite and, where ADIT_TEST_POSTGRES holds a DSN, on PostgreSQL.
func Each(t *testing.T, test func(t *testing.T, db *sqldb.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, Open(t, SQLite(t))) })
	t.Run("postgresql", func(t *testing.T) { test(t, Open(t, PostgreSQL(t))) })
}

// Open opens a database and closes it when the test ends.
func Open(t testing.TB, dsn string) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(context.Background(), dsn, sqldb.Options{})
	if err != nil {
		t.Fatalf("the test's database does not open: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("closing the database: %v", err)
		}
	})
	return db
}

// SQLite returns the path of a database file that does not exist yet, in a directory of the test.
func SQLite(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "adit.db")
}

// PostgreSQL returns the DSN of an empty schema of its own, dropped when the test ends; without ADIT_TEST_POSTGRES the
// test is skipped.
func PostgreSQL(t testing.TB) string {
	t.Helper()
	dsn := os.Getenv(Env)
	if dsn == "" {
		t.Skipf("%s is not set: the PostgreSQL half is skipped (go run ./tools/withpg -- go test …)", Env)
	}
	server, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatalf("%s holds no PostgreSQL address", Env)
	}
	t.Cleanup(func() { _ = server.Close() })
	schema := "test_" + strings.ToLower(adit.NewID())
	if _, err := server.ExecContext(context.Background(), `CREATE SCHEMA `+schema); err != nil {
		t.Fatalf("no schema could be made on the PostgreSQL of %s: %v", Env, err)
	}
	t.Cleanup(func() {
		if _, err := server.ExecContext(context.Background(), `DROP SCHEMA `+schema+` CASCADE`); err != nil {
			t.Errorf("dropping the test's schema: %v", err)
		}
	})
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatalf("%s must be a URL: postgres://user:password@host/name", Env)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}
