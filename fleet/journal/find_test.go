package journal

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

func TestFind(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx, s := context.Background(), &Service{DB: db}
		start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		for i, e := range []Entry{
			{Kind: "miner.started", Severity: "info", Subject: "r1/a"},
			{Kind: "miner.held", Severity: "warn", Subject: "r1/a"},
			{Kind: "miner.quarantined", Severity: "crit", Subject: "r1/b"},
			{Kind: "rig.paused", Severity: "info", Subject: "r1"},
			{Kind: "miner.failed", Severity: "crit", Subject: "r10/a"},
		} {
			e.At, e.Text = start.Add(time.Duration(i)*time.Minute), fmt.Sprint("entry ", i+1)
			if err := s.Append(ctx, false, e); err != nil {
				t.Fatal(err)
			}
		}
		for name, c := range map[string]struct {
			f    Filter
			want string
		}{
			"all":              {Filter{}, "[1 2 3 4 5]"},
			"newest two":       {Filter{NewestFirst: true, Limit: 2}, "[5 4]"},
			"before":           {Filter{NewestFirst: true, Limit: 2, Before: 4}, "[3 2]"},
			"between":          {Filter{After: 1, Before: 4}, "[2 3]"},
			"at least warn":    {Filter{Severity: "warn"}, "[2 3 5]"},
			"crit":             {Filter{Severity: "crit"}, "[3 5]"},
			"one device":       {Filter{Subject: "r1/a"}, "[1 2]"},
			"a rig and its":    {Filter{Subject: "r1"}, "[1 2 3 4]"},
			"a kind":           {Filter{Kind: "miner."}, "[1 2 3 5]"},
			"no pattern":       {Filter{Kind: "%"}, "[]"},
			"since":            {Filter{Since: start.Add(3 * time.Minute)}, "[4 5]"},
			"all of it at one": {Filter{Since: start.Add(time.Minute), Severity: "warn", Subject: "r1", Kind: "miner.", NewestFirst: true}, "[3 2]"},
		} {
			list, err := s.Find(ctx, owner, c.f)
			got := []int64{}
			for _, e := range list {
				got = append(got, e.Seq)
			}
			if err != nil || fmt.Sprint(got) != c.want {
				t.Errorf("%s: %v %v, want %s", name, got, err, c.want)
			}
		}
		for _, f := range []Filter{{Limit: MaxList + 1}, {Limit: -1}, {Severity: "loud"}} {
			if _, err := s.Find(ctx, owner, f); adit.CodeOf(err) != adit.Invalid {
				t.Errorf("%+v: %v", f, err)
			}
		}
		if _, err := s.Find(ctx, adit.Actor{ID: "nobody"}, Filter{}); err == nil {
			t.Error("read without the scope")
		}
	})
}
