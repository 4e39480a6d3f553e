package sqldb_test

import (
	"bytes"
	"database/sql"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/adit-mining/adit/store/migrations"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

// older takes all migrations since the journal's back, as if an older adit had written the file.
func older(t *testing.T, path string) {
	t.Helper()
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	p, err := goose.NewProvider(goose.DialectSQLite3, raw, migrations.FS, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.DownTo(t.Context(), 20261121120300); err != nil {
		t.Fatal(err)
	}
}

func TestOlderFileIsCopiedThenUpgraded(t *testing.T) {
	path := sqltest.SQLite(t)
	db, err := sqldb.Open(t.Context(), path, sqldb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := addToken(t.Context(), db, "kept", time.Now(), nil); err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	older(t, path)
	for _, name := range []string{".before-20200101000000", ".before-20200201000000", ".before-20200301000000", ".before-notes"} {
		if err := os.WriteFile(path+name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer
	db, err = sqldb.Open(t.Context(), path, sqldb.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(t.Context(), `INSERT INTO telemetry_cursor (agent, epoch, seq) VALUES ('a', 'e', 1)`); err != nil || countTokens(t, db) != 1 {
		t.Errorf("after the upgrade: %v, %d rows", err, countTokens(t, db))
	}
	checkCopies(t, path)
	if !strings.Contains(log.String(), "copied before its upgrade") {
		t.Errorf("the copy was not logged: %q", log.String())
	}
}

func checkCopies(t *testing.T, path string) {
	t.Helper()
	names, _ := filepath.Glob(path + ".before-*")
	want := []string{path + ".before-20200201000000", path + ".before-20200301000000", path + ".before-20261121120300", path + ".before-notes"}
	if strings.Join(names, " ") != strings.Join(want, " ") {
		t.Fatalf("copies are %v, want %v", names, want)
	}
	if info, err := os.Stat(want[2]); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the copy's mode is %v (%v)", info.Mode(), err)
	}
	raw, err := sql.Open("sqlite", want[2])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	var tokens, tables int
	err = raw.QueryRow(`SELECT (SELECT count(*) FROM account_token), (SELECT count(*) FROM sqlite_master WHERE name LIKE 'telemetry%')`).Scan(&tokens, &tables)
	if err != nil || tokens != 1 || tables != 0 {
		t.Errorf("the copy holds %d tokens and %d new tables (%v)", tokens, tables, err)
	}
}

func TestWithoutTheCopyThereIsNoUpgrade(t *testing.T) {
	path := sqltest.SQLite(t)
	db, err := sqldb.Open(t.Context(), path, sqldb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	older(t, path)
	if err := os.MkdirAll(path+".before-20261121120300.part/in the way", 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := sqldb.Open(t.Context(), path, sqldb.Options{}); err == nil {
		t.Fatal("it was upgraded without a copy")
	}
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	var n int
	if err := raw.QueryRow(`SELECT count(*) FROM sqlite_master WHERE name LIKE 'telemetry%'`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d new tables (%v)", n, err)
	}
}

// TestFailedUpgradeLeavesTheOldDatabase: a migration that fails is rolled back, the copy from before is there and whole,
// and the database works again once what was in the way is gone.
func TestFailedUpgradeLeavesTheOldDatabase(t *testing.T) {
	path := sqltest.SQLite(t)
	db, err := sqldb.Open(t.Context(), path, sqldb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := addToken(t.Context(), db, "kept", time.Now(), nil); err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	older(t, path)
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	if _, err := raw.Exec(`CREATE TABLE telemetry_cursor (in_the_way TEXT)`); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second try finds the copy and does not replace it
		if _, err := sqldb.Open(t.Context(), path, sqldb.Options{}); err == nil || !strings.Contains(err.Error(), "could not be brought up to date") {
			t.Fatalf("the failing migration: %v", err)
		}
	}
	if v, err := sqldb.Inspect(t.Context(), path+".before-20261121120300"); err != nil || v != 20261121120300 {
		t.Errorf("the copy: schema %d, %v", v, err)
	}
	var version int64
	if err := raw.QueryRow(`SELECT max(version_id) FROM goose_db_version WHERE is_applied`).Scan(&version); err != nil || version != 20261121120300 {
		t.Errorf("the database is at %d, %v", version, err)
	}
	if _, err := raw.Exec(`DROP TABLE telemetry_cursor`); err != nil {
		t.Fatal(err)
	}
	if db, err = sqldb.Open(t.Context(), path, sqldb.Options{}); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if n := countTokens(t, db); n != 1 {
		t.Errorf("%d tokens after all", n)
	}
}
