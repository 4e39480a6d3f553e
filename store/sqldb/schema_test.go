package sqldb_test

import (
	"database/sql"
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/adit-mining/adit/store/migrations"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

var (
	nameRE  = regexp.MustCompile(`^(2\d{13})_([a-z]+)(?:_[a-z0-9_]+)?\.sql$`)
	tableRE = regexp.MustCompile(`(?im)^\s*(?:CREATE|ALTER|DROP) TABLE (?:IF (?:NOT )?EXISTS )?(\w+)`)
	indexRE = regexp.MustCompile(`(?im)^\s*CREATE (?:UNIQUE )?INDEX (\w+) ON (\w+)`)
	// foreign names what does not mean the same on both engines.
	foreignRE = regexp.MustCompile(`(?i)\b(AUTOINCREMENT|SERIAL|IDENTITY|JSONB?|TIMESTAMPTZ?|TIMESTAMP|DATETIME|DATE|BLOB|REAL|INTEGER|INT|VARCHAR|NOW\(\)|CURRENT_TIMESTAMP|TRIGGER|WITHOUT ROWID)\b`)
)

// TestMigrationNames guards the rules of store/migrations: the name, whose tables, which types, a way back.
func TestMigrationNames(t *testing.T) {
	names, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil || len(names) < 5 {
		t.Fatalf("found %v (%v)", names, err)
	}
	seen := map[string]string{}
	for _, name := range names {
		m := nameRE.FindStringSubmatch(name)
		if m == nil {
			t.Errorf("%s is not <yyyymmddhhmmss>_<noun>[_what].sql", name)
			continue
		}
		if other := seen[m[1]]; other != "" {
			t.Errorf("%s and %s have one timestamp", name, other)
		}
		seen[m[1]] = name
		checkMigration(t, name, m[2])
	}
}

func checkMigration(t *testing.T, name, noun string) {
	t.Helper()
	b, err := fs.ReadFile(migrations.FS, name)
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`(?m)(^|\s)--[^\n]*`).ReplaceAllString(string(b), "")
	if !strings.Contains(string(b), "-- +goose Up") || !strings.Contains(string(b), "-- +goose Down") {
		t.Errorf("%s lacks its Up or its Down", name)
	}
	for _, m := range tableRE.FindAllStringSubmatch(text, -1) {
		if !strings.HasPrefix(m[1], noun+"_") {
			t.Errorf("%s: table %s does not begin with its noun", name, m[1])
		}
	}
	for _, m := range indexRE.FindAllStringSubmatch(text, -1) {
		if !strings.HasPrefix(m[1], m[2]+"_") {
			t.Errorf("%s: index %s does not begin with its table %s", name, m[1], m[2])
		}
	}
	if bad := foreignRE.FindString(text); bad != "" {
		t.Errorf("%s: %s does not mean the same on both engines", name, bad)
	}
}

func TestMigrationsGoDownAndUpAgain(t *testing.T) {
	for _, e := range []struct {
		name, driver string
		dialect      goose.Dialect
		dsn          func(testing.TB) string
	}{{"sqlite", "sqlite", goose.DialectSQLite3, sqltest.SQLite}, {"postgresql", "pgx", goose.DialectPostgres, sqltest.PostgreSQL}} {
		t.Run(e.name, func(t *testing.T) {
			raw, err := sql.Open(e.driver, e.dsn(t))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = raw.Close() }()
			p, err := goose.NewProvider(e.dialect, raw, migrations.FS, goose.WithDisableGlobalRegistry(true))
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if _, err := p.Up(t.Context()); err != nil {
					t.Fatal(err)
				}
				if _, err := p.DownTo(t.Context(), 0); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
