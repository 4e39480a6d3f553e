package sqldb

import (
	"net/url"
	"strings"

	"github.com/adit-mining/adit"
)

// Engine is the program behind a database.
type Engine string

// The engines.
const (
	SQLite     Engine = "sqlite"
	PostgreSQL Engine = "postgresql"
)

// parseDSN says which engine a DSN means, and its file path (SQLite) or connection string (PostgreSQL).
// Errors never repeat the DSN: it may hold a password.
func parseDSN(dsn string) (Engine, string, error) {
	scheme, rest, found := strings.Cut(dsn, ":")
	switch {
	case dsn == "":
		return "", "", adit.InvalidField("database", "it is empty: give a file path, or postgres://user@host/name")
	case found && (scheme == "postgres" || scheme == "postgresql"):
		return PostgreSQL, dsn, nil
	case found && scheme == "sqlite":
		rest = strings.TrimPrefix(rest, "//")
		if rest == "" {
			return "", "", adit.InvalidField("database", "sqlite: needs a file path after it")
		}
		return SQLite, rest, nil
	case strings.Contains(dsn, "://"):
		return "", "", adit.InvalidField("database", "%q is not an engine adit knows: use a file path, sqlite:PATH or postgres://…", scheme)
	}
	return SQLite, dsn, nil
}

// sqliteURI writes a file path as SQLite's URI with query parameters; '?', '#' and '%' of the path are escaped.
func sqliteURI(path string, params url.Values) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: params.Encode()}
	return u.String()
}

// writeParams are the settings of every connection that may write: readers and the writer do not block one another
// (WAL), each commit survives a power cut (FULL), a transaction takes the write lock at its begin, so that what it read
// is still true when it writes.
func writeParams() url.Values {
	return url.Values{
		"_txlock": {"immediate"},
		"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "cache_size(-1024)"},
	}
}
