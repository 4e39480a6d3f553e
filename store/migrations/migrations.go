// Package migrations holds the SQL that makes adit's tables: <timestamp>_<noun>.sql in goose's format, run in the order
// of the timestamps on SQLite and on PostgreSQL alike. It imports nothing but embed. Start with any of the .sql files.
//
// The subset that means the same on both engines: TEXT, BIGINT, BOOLEAN, DOUBLE PRECISION and BYTEA; times are BIGINT
// milliseconds since 1970 UTC (NULL = unknown or never), structured values are JSON in TEXT; keys are TEXT ids made by
// the program or numbers it assigns; ON CONFLICT … DO UPDATE, RETURNING and row values are allowed; no triggers, no
// functions of one engine, no column default that calls a function. A file that was released is never edited: a change
// is a new file (docs/checklists/add-a-table.md).
package migrations

import "embed"

// FS holds the files.
//
//go:embed *.sql
var FS embed.FS
