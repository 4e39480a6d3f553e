package sqltest_test

import (
	"testing"

	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

func TestEachGivesAnEmptyMigratedDatabase(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		for range 2 { // a second one beside it is another
			var n int
			if err := db.QueryRow(t.Context(), `SELECT count(*) FROM account_token`).Scan(&n); err != nil || n != 0 {
				t.Fatalf("count = %d, %v; want 0", n, err)
			}
		}
	})
}
