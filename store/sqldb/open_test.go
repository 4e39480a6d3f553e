package sqldb_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

func TestFilesArePrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("file modes do not say who may read on Windows")
	}
	dir := t.TempDir()
	db := sqltest.Open(t, filepath.Join(dir, "a b%20?#.db"))
	if err := addToken(t.Context(), db, "a", time.Now(), nil); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 3 || files[0].Name() != "a b%20?#.db" {
		t.Fatalf("found %v (%v), want the file, -shm and -wal", files, err)
	}
	for _, f := range files {
		if info, _ := f.Info(); info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", f.Name(), info.Mode())
		}
	}
}

func TestReopenKeepsAndMigratesOnce(t *testing.T) {
	for name, dsn := range map[string]func(testing.TB) string{"sqlite": sqltest.SQLite, "postgresql": sqltest.PostgreSQL} {
		t.Run(name, func(t *testing.T) {
			where := dsn(t)
			for i := range 3 {
				db, err := sqldb.Open(t.Context(), where, sqldb.Options{})
				if err != nil {
					t.Fatal(err)
				}
				if n := countTokens(t, db); n != i {
					t.Errorf("opening %d found %d rows", i, n)
				}
				if err := addToken(t.Context(), db, fmt.Sprint(i), time.Now(), nil); err != nil {
					t.Fatal(err)
				}
				if err := db.Ping(t.Context()); err != nil {
					t.Error(err)
				}
				if err := db.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestManyHubsMigrateOnePostgreSQL(t *testing.T) {
	dsn := sqltest.PostgreSQL(t)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			db, err := sqldb.Open(t.Context(), dsn, sqldb.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// newer gives a database one migration more than this program knows.
func newer(t *testing.T, driver, dsn string) {
	t.Helper()
	raw, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	if _, err := raw.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (20991231235959, TRUE)`); err != nil {
		t.Fatal(err)
	}
}

// fingerprint is the name, mode and content of every file in a directory.
func fingerprint(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.Walk(dir, func(p string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		content, err := os.ReadFile(p)
		fmt.Fprintf(&b, "%s %v %v %x\n", info.Name(), info.Mode(), info.ModTime(), sha256.Sum256(content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestNewerFileIsRefusedAndUntouched(t *testing.T) {
	path := sqltest.SQLite(t)
	db, err := sqldb.Open(t.Context(), path, sqldb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	newer(t, "sqlite", path)
	before := fingerprint(t, filepath.Dir(path))
	db, err = sqldb.Open(t.Context(), path, sqldb.Options{})
	if err == nil {
		_ = db.Close()
		t.Fatal("a newer database was opened")
	}
	want := fmt.Sprintf("this data directory was written by a newer adit (schema 20991231235959, this program knows %d): upgrade adit or use another --data-dir", sqldb.Version())
	if adit.CodeOf(err) != adit.Conflict || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if after := fingerprint(t, filepath.Dir(path)); after != before {
		t.Errorf("the directory changed:\n%s\nwas\n%s", after, before)
	}
}

// TestNewerVersionOnlyInTheLogIsSeen is a newer adit that was killed: its schema stands in the -wal alone.
func TestNewerVersionOnlyInTheLogIsSeen(t *testing.T) {
	path := sqltest.SQLite(t)
	db, err := sqldb.Open(t.Context(), path, sqldb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }() // stays open, so that nothing folds the log into the file
	if _, err := db.Exec(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (20991231235959, TRUE)`); err != nil {
		t.Fatal(err)
	}
	killed := filepath.Join(t.TempDir(), "adit.db")
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if suffix == "" && bytes.Contains(b, []byte("20991231235959")) {
			t.Fatal("the file itself holds the version: this test shows nothing")
		}
		if err := os.WriteFile(killed+suffix, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := fingerprint(t, filepath.Dir(killed))
	if other, err := sqldb.Open(t.Context(), killed, sqldb.Options{}); adit.CodeOf(err) != adit.Conflict {
		t.Errorf("got %v", err)
		if err == nil {
			_ = other.Close()
		}
	}
	if after := fingerprint(t, filepath.Dir(killed)); after != before {
		t.Errorf("the directory changed:\n%s\nwas\n%s", after, before)
	}
}

func TestNewerPostgreSQLIsRefused(t *testing.T) {
	dsn := sqltest.PostgreSQL(t)
	db, err := sqldb.Open(t.Context(), dsn, sqldb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	newer(t, "pgx", dsn)
	if db, err = sqldb.Open(t.Context(), dsn, sqldb.Options{}); adit.CodeOf(err) != adit.Conflict || !strings.Contains(err.Error(), "newer adit") {
		t.Errorf("got %v", err)
	}
}

func TestBadInputIsExplained(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(dsn, want string, code adit.Code) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		db, err := sqldb.Open(ctx, dsn, sqldb.Options{})
		if err == nil {
			_ = db.Close()
			t.Errorf("%q was opened", dsn)
			return
		}
		if !strings.Contains(err.Error(), want) || adit.CodeOf(err) != code {
			t.Errorf("%q: %v (%s), want %q (%s)", dsn, err, adit.CodeOf(err), want, code)
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
	f("", "it is empty", adit.Invalid)
	f("sqlite:", "file path", adit.Invalid)
	f("mysql://root:hunter2@host/db", `"mysql" is not an engine`, adit.Invalid)
	f("postgres://adit:hunter2@host:notaport/db", "no PostgreSQL address", adit.Invalid)
	f("postgres://adit:hunter2@127.0.0.1:1/db?connect_timeout=2", "PostgreSQL does not answer", adit.Unreachable)
	f(dir, "is a directory", adit.Invalid)
	f(filepath.Join(dir, "missing", "adit.db"), "cannot be opened", adit.Invalid)
	f(garbage, "no SQLite database", adit.Internal)
	if b, _ := os.ReadFile(garbage); !bytes.HasPrefix(b, []byte("not a database")) {
		t.Error("the foreign file was changed")
	}
}

func TestWrongPasswordIsExplained(t *testing.T) {
	dsn := sqltest.PostgreSQL(t)
	i, j := strings.Index(dsn, "adit:"), strings.Index(dsn, "@")
	if i < 0 || j < 0 {
		t.Skip("the test server's address holds no password")
	}
	_, err := sqldb.Open(t.Context(), dsn[:i]+"adit:hunter2"+dsn[j:], sqldb.Options{})
	if adit.CodeOf(err) != adit.Unreachable || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "authentication failed") {
		t.Errorf("got %v", err)
	}
}

func TestFullDiskIsExplainedAndReadingGoesOn(t *testing.T) {
	db, err := sqldb.Open(t.Context(), sqltest.SQLite(t), sqldb.Options{MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := addToken(t.Context(), db, "a", time.Now(), nil); err != nil {
		t.Fatal(err)
	}
	var pages int // SQLite's own bound answers exactly as a full disk does
	if err := db.QueryRow(t.Context(), `PRAGMA max_page_count = 1`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(t.Context(), insertToken, "b", strings.Repeat("x", 1<<20), "b", 0, nil)
	if !errors.Is(err, sqldb.ErrFull) || !strings.Contains(err.Error(), "disk is full") {
		t.Errorf("got %v", err)
	}
	if n := countTokens(t, db); n != 1 {
		t.Errorf("%d rows", n)
	}
	if err := db.QueryRow(t.Context(), `PRAGMA max_page_count = 100000`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if err := addToken(t.Context(), db, "b", time.Now(), nil); err != nil {
		t.Errorf("with space again: %v", err)
	}
}
