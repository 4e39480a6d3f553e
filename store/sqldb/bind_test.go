package sqldb

import (
	"strings"
	"testing"
)

func TestRebind(t *testing.T) {
	f := func(query, want string) {
		t.Helper()
		if got := rebind(query); got != want {
			t.Errorf("rebind(%q)\n got %q\nwant %q", query, got, want)
		}
	}
	f(`SELECT 1`, `SELECT 1`)
	f(`SELECT ?, ?`, `SELECT $1, $2`)
	f(`a=?AND b IN (?,?)`, `a=$1AND b IN ($2,$3)`)
	f(`SELECT '?', ?`, `SELECT '?', $1`)
	f(`SELECT 'it''s ?', ?`, `SELECT 'it''s ?', $1`)
	f(`SELECT 'back\', ?`, `SELECT 'back\', $1`)
	f(`SELECT E'quote\' ?', ?`, `SELECT E'quote\' ?', $1`)
	f(`SELECT e'two'' ?', ?`, `SELECT e'two'' ?', $1`)
	f(`SELECT type'?\', ?`, `SELECT type'?\', $1`)
	f(`SELECT "who?", ?`, `SELECT "who?", $1`)
	f(`SELECT "a""?", ?`, `SELECT "a""?", $1`)
	f("SELECT ? -- why?\n, ?", "SELECT $1 -- why?\n, $2")
	f(`SELECT ? /* a? /* b? */ c? */, ?`, `SELECT $1 /* a? /* b? */ c? */, $2`)
	f(`DO $$ ? $$, ?`, `DO $$ ? $$, $1`)
	f(`DO $a$ ? $$ ? $a$, ?`, `DO $a$ ? $$ ? $a$, $1`)
	f(`SELECT $1, a$?`, `SELECT $1, a$$1`)
	f(`SELECT ?::text, 'ünï?'||?`, `SELECT $1::text, 'ünï?'||$2`)
	f(`'open ?`, `'open ?`)
	f(`/* open ?`, `/* open ?`)
}

func FuzzRebind(f *testing.F) {
	f.Add(`SELECT '?', "?", ? -- ?` + "\n" + `/*?*/ $$?$$ E'\'?' ?`)
	f.Fuzz(func(t *testing.T, query string) {
		got := rebind(query) // must end, and change placeholders only
		if !strings.Contains(query, "?") && got != query {
			t.Fatalf("changed %q", query)
		}
		if strings.Count(got, "?") > strings.Count(query, "?") || len(got) < len(query) {
			t.Fatalf("%q became %q", query, got)
		}
	})
}
