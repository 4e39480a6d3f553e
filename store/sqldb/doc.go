// Package sqldb opens adit's relational database, SQLite or PostgreSQL, brings its schema up to date and lets every
// noun speak one subset of SQL to both. It may import the root package, store/migrations and internal/ only.
//
// A noun's table.go holds small functions over Q, which a DB and a transaction both are:
//
//	func insert(ctx context.Context, q sqldb.Q, r Rule) error {
//		_, err := q.Exec(ctx, `INSERT INTO alert_rule (id, name, created_at) VALUES (?, ?, ?)`,
//			r.ID, r.Name, sqldb.Millis(r.Created))
//		return err
//	}
//
// Conventions: placeholders are ?, for both engines. Times are BIGINT milliseconds since 1970 UTC: write them with
// Millis or MillisOrNull, read them with ScanTime or ScanTimeOrNil; NULL is "unknown" or "never". JSON is TEXT. Errors
// are adit errors: a row that exists already is adit.Conflict, a missing one adit.NotFound, on both engines.
//
// Start reading at db.go, then schema.go (migrations and the refusal of newer databases).
package sqldb
