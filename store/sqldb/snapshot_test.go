package sqldb_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

// TestCopyWhileWriting: a copy made while others write is whole, private, and holds what was committed before.
func TestCopyWhileWriting(t *testing.T) {
	db := sqltest.Open(t, sqltest.SQLite(t))
	if err := addToken(t.Context(), db, "before", time.Now(), nil); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var writer sync.WaitGroup
	writer.Go(func() {
		for ctx.Err() == nil {
			if err := addToken(ctx, db, adit.NewID(), time.Now(), nil); err != nil && ctx.Err() == nil {
				t.Error(err)
				return
			}
		}
	})
	dir := t.TempDir()
	for _, name := range []string{"a", "b", "c"} {
		to := filepath.Join(dir, name)
		if err := db.CopyTo(t.Context(), to); err != nil {
			t.Fatal(err)
		}
		if v, err := sqldb.Inspect(t.Context(), to); err != nil || v != sqldb.Version() {
			t.Errorf("schema %d, %v", v, err)
		}
		if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
	}
	stop()
	writer.Wait()
	if err := db.CopyTo(t.Context(), filepath.Join(dir, "a")); err == nil {
		t.Error("a file that is there was replaced")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 3 {
		t.Errorf("left behind: %v", left)
	}
}

func TestCopyOfAFileAtRest(t *testing.T) {
	path, to := sqltest.SQLite(t), filepath.Join(t.TempDir(), "copy")
	if err := sqldb.CopyFile(t.Context(), path, to); adit.CodeOf(err) != adit.NotFound {
		t.Errorf("of nothing: %v", err)
	}
	db, err := sqldb.Open(t.Context(), path, sqldb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	older(t, path)
	if err := sqldb.CopyFile(t.Context(), path, to); err != nil {
		t.Fatal(err)
	}
	if v, err := sqldb.Inspect(t.Context(), to); err != nil || v != 20261121120300 {
		t.Errorf("a copy brings nothing up to date: schema %d, %v", v, err)
	}
}

func TestCopyOfPostgreSQLSaysHow(t *testing.T) {
	db := sqltest.Open(t, sqltest.PostgreSQL(t))
	if err := db.CopyTo(t.Context(), filepath.Join(t.TempDir(), "x")); adit.CodeOf(err) != adit.Unsupported || !strings.Contains(err.Error(), "pg_dump") {
		t.Errorf("%v", err)
	}
}

func TestInspectRefuses(t *testing.T) {
	dir := t.TempDir()
	for name, tc := range map[string]struct {
		content string
		code    adit.Code
	}{
		"empty":   {"", adit.Invalid},
		"text":    {strings.Repeat("no database ", 1000), adit.Invalid},
		"damaged": {"SQLite format 3\x00" + strings.Repeat("junk", 5000), adit.Invalid},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(tc.content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := sqldb.Inspect(t.Context(), path); adit.CodeOf(err) != tc.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := sqldb.Inspect(t.Context(), filepath.Join(dir, "none")); adit.CodeOf(err) != adit.NotFound {
		t.Errorf("none: %v", err)
	}
	db, err := sqldb.Open(t.Context(), filepath.Join(dir, "newer"), sqldb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (29991231000000, TRUE)`); err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	if _, err := sqldb.Inspect(t.Context(), filepath.Join(dir, "newer")); adit.CodeOf(err) != adit.Conflict {
		t.Errorf("newer: %v", err)
	}
}
