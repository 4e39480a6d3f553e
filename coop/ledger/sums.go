package ledger

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/adit-mining/adit/coop"
)

// Sums are what all members have in the whole ledger, by id.
func (l *Ledger) Sums(ctx context.Context) ([]Sum, error) {
	by := map[coop.MemberID]Sum{}
	if l.o.DB != nil {
		rows, err := tallies(ctx, l.o.DB, l.ID())
		if err != nil {
			return nil, err
		}
		for _, s := range rows {
			by[s.Member] = s
		}
	}
	for _, s := range l.recent() {
		by[s.Member] = by[s.Member].plus(s)
	}
	return sorted(by), nil
}

// SumsBetween are what members have in the segments that hold shares of a time; a segment counts whole.
func (l *Ledger) SumsBetween(ctx context.Context, from, to time.Time) ([]Sum, error) {
	by := map[coop.MemberID]Sum{}
	if l.o.DB != nil {
		rows, err := segmentSums(ctx, l.o.DB, l.ID(), from, to)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			for _, s := range row {
				by[s.Member] = by[s.Member].plus(s)
			}
		}
	}
	for _, s := range l.recent() {
		if !s.LastAt.Before(from) && !s.FirstAt.After(to) {
			by[s.Member] = by[s.Member].plus(s)
		}
	}
	return sorted(by), nil
}

// recent are the sums that are not in the database: of the open segment, and of closed ones that wait for their row.
func (l *Ledger) recent() []Sum {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := []Sum{}
	for _, s := range l.segs {
		if l.o.DB == nil || !s.indexed {
			out = append(out, s.closed...)
		}
	}
	return append(out, l.live.earned()...)
}

func sorted(by map[coop.MemberID]Sum) []Sum {
	return slices.SortedFunc(maps.Values(by), func(a, b Sum) int { return cmp.Compare(a.Member, b.Member) })
}
