package sqldb_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

// BenchmarkOpen is what a first start pays: a new file with all tables.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	for i := 0; b.Loop(); i++ {
		db, err := sqldb.Open(b.Context(), filepath.Join(dir, fmt.Sprint(i)), sqldb.Options{})
		if err != nil {
			b.Fatal(err)
		}
		_ = db.Close()
	}
}

// BenchmarkReopen is what every later start pays.
func BenchmarkReopen(b *testing.B) {
	path := sqltest.SQLite(b)
	for b.Loop() {
		db, err := sqldb.Open(b.Context(), path, sqldb.Options{})
		if err != nil {
			b.Fatal(err)
		}
		_ = db.Close()
	}
}

// BenchmarkCommit is one row in a transaction of its own, on the disk before it returns.
func BenchmarkCommit(b *testing.B) {
	db := sqltest.Open(b, sqltest.SQLite(b))
	for i := 0; b.Loop(); i++ {
		if err := addToken(b.Context(), db, fmt.Sprint(i), time.Now(), nil); err != nil {
			b.Fatal(err)
		}
	}
}
