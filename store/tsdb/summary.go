package tsdb

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/adit-mining/adit"
)

// Summary is what there is of one series between two times.
type Summary struct {
	Labels         map[string]string
	Count          int // samples; never 0
	Mean, Min, Max float64
	First, Last    time.Time // of its samples
}

// Summaries implements DB. Step and Take of q are not looked at.
func (l *Local) Summaries(ctx context.Context, q HistoryQuery) ([]Summary, error) {
	if q.To.Before(q.From) {
		return nil, adit.InvalidField("to", "it lies before from")
	}
	matchers, err := matchers(q)
	if err != nil {
		return nil, err
	}
	db, done, err := l.reading()
	if err != nil {
		return nil, err
	}
	defer done()
	from, to := q.From.UnixMilli(), q.To.UnixMilli()
	reader, err := db.Querier(from, to-1)
	if err != nil {
		return nil, adit.Errorf(adit.Internal, "the time series cannot be read: %w", err)
	}
	defer func() { _ = reader.Close() }()
	set := reader.Select(ctx, true, nil, matchers...)
	out := []Summary{}
	var it chunkenc.Iterator
	for set.Next() {
		s := set.At()
		it = s.Iterator(it)
		sum, err := summarize(it, from, to)
		if err != nil {
			return nil, adit.Errorf(adit.Internal, "the time series cannot be read: %w", err)
		}
		if sum.Count > 0 {
			sum.Labels = s.Labels().Map()
			out = append(out, sum)
		}
	}
	if err := set.Err(); err != nil {
		return nil, queryError(err)
	}
	return out, nil
}

func summarize(it chunkenc.Iterator, from, to int64) (s Summary, err error) {
	var b bucket
	var first, last int64
	for it.Next() != chunkenc.ValNone {
		t, v := it.At()
		if t < from || t >= to || !finite(v) {
			continue
		}
		if b.n == 0 {
			b, first = bucket{min: v, max: v}, t
		}
		b.add(v)
		last = t
	}
	if b.n == 0 {
		return s, it.Err()
	}
	return Summary{Count: b.n, Mean: b.sum / float64(b.n), Min: b.min, Max: b.max,
		First: time.UnixMilli(first).UTC(), Last: time.UnixMilli(last).UTC()}, it.Err()
}

func sortedKeys(m map[string]struct{}) []string {
	list := slices.AppendSeq(make([]string, 0, len(m)), maps.Keys(m))
	slices.Sort(list)
	return list
}
