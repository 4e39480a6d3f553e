// Package store is the cellar: where adit keeps what must outlive the process.
//
//   - sqldb: relational state in SQLite (nothing to install) or PostgreSQL, one set of queries and migrations for both.
//   - tsdb: measurements over time, in an embedded Prometheus database, asked in PromQL.
//   - migrations: the SQL files that make the tables, one noun per file.
//
// It may import the root package and internal/ only. Tables belong to the nouns in fleet/ and coop/, which write their
// SQL themselves (table.go of each noun); store knows no noun. Telemetry never goes into SQL.
//
// Start reading at sqldb/db.go and tsdb/tsdb.go; docs/checklists/add-a-table.md says how a table comes into the world.
package store
