package sqldb_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

const insertToken = `INSERT INTO account_token (id, name, hash, scopes, created_at, expires_at) VALUES (?, ?, ?, 'read', ?, ?)`

func addToken(ctx context.Context, q sqldb.Q, id string, created time.Time, expires *time.Time) error {
	_, err := q.Exec(ctx, insertToken, id, "name of "+id, "hash of "+id, sqldb.Millis(created), sqldb.MillisOrNull(expires))
	return err
}

func countTokens(t *testing.T, q sqldb.Q) (n int) {
	t.Helper()
	if err := q.QueryRow(t.Context(), `SELECT count(*) FROM account_token`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTimesSurvive(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		created := time.Date(2026, 11, 21, 12, 0, 0, 123e6, time.UTC)
		expires := created.Add(time.Hour)
		for id, e := range map[string]*time.Time{"a": &expires, "b": nil} {
			if err := addToken(t.Context(), db, id, created, e); err != nil {
				t.Fatal(err)
			}
			var got time.Time
			gotExpires := new(time.Time)
			err := db.QueryRow(t.Context(), `SELECT created_at, expires_at FROM account_token WHERE id = ?`, id).
				Scan(sqldb.ScanTime(&got), sqldb.ScanTimeOrNil(&gotExpires))
			if err != nil || !got.Equal(created) || (e == nil) != (gotExpires == nil) || e != nil && !gotExpires.Equal(*e) {
				t.Errorf("%s: read %v and %v (%v), wrote %v and %v", id, got, gotExpires, err, created, e)
			}
		}
		var never time.Time
		if err := db.QueryRow(t.Context(), `SELECT expires_at FROM account_token WHERE id = 'b'`).Scan(sqldb.ScanTime(&never)); err == nil {
			t.Error("NULL was read into a time that must be known")
		}
	})
}

func TestErrorsAreTheSameOnBothEngines(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx, now := t.Context(), time.Now()
		if err := addToken(ctx, db, "a", now, nil); err != nil {
			t.Fatal(err)
		}
		check := func(what string, err error, code adit.Code) {
			t.Helper()
			if adit.CodeOf(err) != code {
				t.Errorf("%s: %v has code %q, want %q", what, err, adit.CodeOf(err), code)
			}
			if err != nil && strings.Contains(err.Error(), "hash of a") {
				t.Errorf("%s: the message shows what was written: %v", what, err)
			}
		}
		check("primary key", addToken(ctx, db, "a", now, nil), adit.Conflict)
		_, err := db.Exec(ctx, insertToken, "b", "", "hash of a", 0, nil)
		check("unique column", err, adit.Conflict)
		_, err = db.Exec(ctx, `INSERT INTO inventory_device (id, rig_id, name, kind, driver, first_seen, last_seen) VALUES ('d', 'none', 'n', 'k', 'd', 0, 0)`)
		check("foreign key", err, adit.Conflict)
		var s string
		err = db.QueryRow(ctx, `SELECT name FROM account_token WHERE id = ?`, "nobody").Scan(&s)
		check("missing row", err, adit.NotFound)
		if !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("missing row: the cause is lost: %v", err)
		}
		_, err = db.Exec(ctx, `INSERT INTO account_token (id, name, hash, scopes, created_at) VALUES ('c', NULL, 'c', '', 0)`)
		check("not null", err, adit.Internal)
		ended, cancel := context.WithCancel(ctx)
		cancel()
		_, err = db.Exec(ended, `DELETE FROM account_token`)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("ended context: %v", err)
		}
		late, cancel := context.WithDeadline(ctx, now.Add(-time.Second))
		defer cancel()
		_, err = db.Query(late, `SELECT 1`) //nolint:sqlclosecheck // it fails
		check("deadline", err, adit.Timeout)
	})
}

func TestAll(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		scan := func(rows *sql.Rows) (id string, err error) { return id, rows.Scan(&id) }
		const query = `SELECT id FROM account_token WHERE (name, id) > (?, ?) ORDER BY name, id`
		list, err := sqldb.All(t.Context(), db, scan, query, "", "")
		if err != nil || list == nil || len(list) != 0 {
			t.Fatalf("empty table: %v, %v; want an empty list", list, err)
		}
		for _, id := range []string{"c", "a", "b"} {
			if err := addToken(t.Context(), db, id, time.Now(), nil); err != nil {
				t.Fatal(err)
			}
		}
		list, err = sqldb.All(t.Context(), db, scan, query, "name of a", "a")
		if fmt.Sprint(list) != "[b c]" || err != nil {
			t.Errorf("after a: %v, %v", list, err)
		}
		_, err = sqldb.All(t.Context(), db, func(*sql.Rows) (int, error) { return 0, errors.New("scan fails") }, query, "", "")
		if err == nil {
			t.Error("a failing scan was not reported")
		}
	})
}

func TestTypesAndUpsertMeanTheSame(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx := t.Context()
		if _, err := db.Exec(ctx, `CREATE TABLE sample (id TEXT PRIMARY KEY, yes BOOLEAN, raw BYTEA, rate DOUBLE PRECISION, n BIGINT)`); err != nil {
			t.Fatal(err)
		}
		const upsert = `INSERT INTO sample (id, yes, raw, rate, n) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET n = sample.n + excluded.n RETURNING n`
		var n int64
		for i := range 2 {
			err := db.QueryRow(ctx, upsert, "a", true, []byte{0, 255}, 0.1, int64(1)<<40).Scan(&n)
			if err != nil || n != int64(i+1)<<40 {
				t.Fatalf("upsert %d: %d, %v", i, n, err)
			}
		}
		var yes *bool
		var raw []byte
		var rate float64
		if err := db.QueryRow(ctx, `SELECT yes, raw, rate FROM sample`).Scan(&yes, &raw, &rate); err != nil {
			t.Fatal(err)
		}
		if yes == nil || !*yes || string(raw) != "\x00\xff" || rate != 0.1 {
			t.Errorf("read %v %v %v", yes, raw, rate)
		}
	})
}

func TestTransactions(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx := t.Context()
		own := adit.Errorf(adit.Refused, "the rule says no")
		err := db.InTx(ctx, func(q sqldb.Q) error {
			return errors.Join(addToken(ctx, q, "a", time.Now(), nil), own)
		})
		if adit.CodeOf(err) != adit.Refused || countTokens(t, db) != 0 {
			t.Errorf("a failed transaction left %d rows and said %v", countTokens(t, db), err)
		}
		func() {
			defer func() { _ = recover() }()
			_ = db.InTx(ctx, func(q sqldb.Q) error {
				_ = addToken(ctx, q, "b", time.Now(), nil)
				panic("in the middle")
			})
		}()
		if n := countTokens(t, db); n != 0 {
			t.Errorf("a panic left %d rows", n)
		}
		if err := db.InTx(ctx, func(q sqldb.Q) error { return addToken(ctx, q, "c", time.Now(), nil) }); err != nil || countTokens(t, db) != 1 {
			t.Errorf("a good transaction: %v, %d rows", err, countTokens(t, db))
		}
	})
}

// TestLockedTransactionsCountWithoutHoles is the journal's way to number its rows: last + 1 under a lock.
func TestLockedTransactionsCountWithoutHoles(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx := t.Context()
		var wg sync.WaitGroup
		errs := make(chan error, 8)
		for w := range 8 {
			wg.Go(func() {
				for i := range 5 {
					errs <- db.InTx(ctx, func(q sqldb.Q) error {
						if err := sqldb.Lock(ctx, q, "journal"); err != nil {
							return err
						}
						var last int64
						if err := q.QueryRow(ctx, `SELECT COALESCE(MAX(seq), 0) FROM journal_event`).Scan(&last); err != nil {
							return err
						}
						_, err := q.Exec(ctx, `INSERT INTO journal_event (seq, at, kind, severity, text, prev_hash, hash) VALUES (?, 0, 'k', 'info', 't', '', ?)`,
							last+1, fmt.Sprint(w, i))
						return err
					})
				}
			})
		}
		go func() { wg.Wait(); close(errs) }()
		for err := range errs {
			if err != nil {
				t.Error(err)
			}
		}
		var n, last int64
		if err := db.QueryRow(ctx, `SELECT count(*), MAX(seq) FROM journal_event`).Scan(&n, &last); err != nil || n != 40 || last != 40 {
			t.Errorf("%d rows up to %d (%v), want 40 up to 40", n, last, err)
		}
	})
}

func TestReadersDoNotWaitForTheWriter(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		err := db.InTx(t.Context(), func(q sqldb.Q) error {
			if err := addToken(t.Context(), q, "a", time.Now(), nil); err != nil {
				return err
			}
			if n := countTokens(t, db); n != 0 {
				t.Errorf("a reader sees %d rows that are not committed", n)
			}
			return nil
		})
		if err != nil || countTokens(t, db) != 1 {
			t.Errorf("%v, %d rows", err, countTokens(t, db))
		}
	})
}

func TestWriteInsideATransactionOfItsOwnEndsInWords(t *testing.T) {
	db, err := sqldb.Open(t.Context(), sqltest.SQLite(t), sqldb.Options{WriteWait: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	err = db.InTx(t.Context(), func(sqldb.Q) error { return addToken(t.Context(), db, "a", time.Now(), nil) })
	if adit.CodeOf(err) != adit.Timeout || !strings.Contains(err.Error(), "busy") {
		t.Errorf("got %v, want a busy database instead of waiting for ever", err)
	}
}
