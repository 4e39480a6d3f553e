package journal

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var owner = adit.LocalOwner("test")

func fill(t *testing.T, s *Service, n int) {
	t.Helper()
	for i := range n {
		if err := s.Note(context.Background(), owner, "order.start", "info", "rig1/m", fmt.Sprint("entry ", i), map[string]string{"b": "2", "a": "1"}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestChain(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx, s := context.Background(), &Service{DB: db}
		if c, err := s.Verify(ctx, owner); err != nil || !c.Whole || c.Checked != 0 {
			t.Errorf("an empty journal: %+v %v", c, err)
		}
		fill(t, s, 5)
		if c, err := s.Verify(ctx, owner); err != nil || !c.Whole || c.Checked != 5 {
			t.Errorf("%+v %v", c, err)
		}
		list, err := s.List(ctx, owner, 2, 2)
		if err != nil || len(list) != 2 || list[0].Seq != 3 || list[1].Prev != list[0].Hash || list[0].Actor != "owner" {
			t.Errorf("%+v %v", list, err)
		}
		if n, err := s.Newest(ctx, owner); err != nil || n != 5 {
			t.Errorf("newest %d, %v", n, err)
		}
	})
}

// TestTampering: each way to change the past shows, and where.
func TestTampering(t *testing.T) {
	for statement, words := range map[string]string{
		`UPDATE journal_event SET text = 'nothing happened' WHERE seq = 3`: "entry 3 was changed",
		`UPDATE journal_event SET actor = 'somebody' WHERE seq = 2`:        "entry 2 was changed",
		`UPDATE journal_event SET data = '{}' WHERE seq = 2`:               "entry 2 was changed",
		`UPDATE journal_event SET at = at + 1 WHERE seq = 1`:               "entry 1 was changed",
		`DELETE FROM journal_event WHERE seq = 4`:                          "entry 4 is missing",
		`DELETE FROM journal_event WHERE seq = 1`:                          "entry 1 is missing",
		`UPDATE journal_event SET prev_hash = '' WHERE seq = 5`:            "entry 5 does not follow entry 4",
	} {
		sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
			ctx, s := context.Background(), &Service{DB: db}
			fill(t, s, 5)
			if _, err := db.Exec(ctx, statement); err != nil {
				t.Fatal(err)
			}
			if c, err := s.Verify(ctx, owner); err != nil || c.Whole || c.Words != words {
				t.Errorf("%s: %+v %v", statement, c, err)
			}
		})
	}
}

// TestManyWriters: entries of several goroutines make one chain.
func TestManyWriters(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx, s := context.Background(), &Service{DB: db}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 5 {
					if err := s.Note(ctx, owner, "k", "info", "", "t", nil); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if c, err := s.Verify(ctx, owner); err != nil || !c.Whole || c.Checked != 20 {
			t.Errorf("%+v %v", c, err)
		}
	})
}

func TestReportsComeTwice(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx, s := context.Background(), &Service{DB: db}
		at := time.Date(2026, 11, 21, 12, 0, 0, 123456789, time.UTC)
		events := []wire.Event{{At: at, Device: "rig1/m", Kind: "miner.started", Text: "m started."}, {At: at, Kind: "consent.granted", Severity: "warn", Text: "Consent."}}
		for range 2 {
			if err := s.Record(ctx, "rig1", events); err != nil {
				t.Fatal(err)
			}
		}
		list, err := s.List(ctx, owner, 0, 0)
		if err != nil || len(list) != 2 || list[0].Severity != "info" || list[1].Subject != "rig1" || !list[0].At.Equal(at.Truncate(time.Millisecond)) {
			t.Errorf("%+v %v", list, err)
		}
		if c, _ := s.Verify(ctx, owner); !c.Whole {
			t.Errorf("%+v", c)
		}
	})
}

func TestNobodyReads(t *testing.T) {
	s := &Service{DB: sqltest.Open(t, sqltest.SQLite(t))}
	ctx := context.Background()
	if _, err := s.List(ctx, adit.Actor{}, 0, 1); adit.CodeOf(err) != adit.Unauthorized {
		t.Error(err)
	}
	if _, err := s.Verify(ctx, adit.Actor{}); adit.CodeOf(err) != adit.Unauthorized {
		t.Error(err)
	}
	if _, err := s.List(ctx, owner, 0, MaxList+1); adit.CodeOf(err) != adit.Invalid || !strings.Contains(err.Error(), "limit") {
		t.Error(err)
	}
}
