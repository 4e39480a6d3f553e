package tsdb

import (
	"context"
	"math"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/adit-mining/adit"
)

// History implements DB. It reads samples without the PromQL engine: cheaper, and what was not measured stays a gap
// instead of the last value drawn on.
func (l *Local) History(ctx context.Context, q HistoryQuery) ([]Series, error) {
	if err := checkSpan(q.From, q.To, q.Step); err != nil {
		return nil, err
	}
	take, err := taker(q.Take)
	if err != nil {
		return nil, err
	}
	matchers, err := matchers(q)
	if err != nil {
		return nil, err
	}
	step := q.Step.Milliseconds()
	begin := q.From.UnixMilli()
	g := grid{begin: begin, step: step, n: int((q.To.UnixMilli() - begin + step - 1) / step)}
	db, done, err := l.reading()
	if err != nil {
		return nil, err
	}
	defer done()
	reader, err := db.Querier(begin, q.To.UnixMilli()-1)
	if err != nil {
		return nil, adit.Errorf(adit.Internal, "the time series cannot be read: %w", err)
	}
	defer func() { _ = reader.Close() }()
	return collect(reader.Select(ctx, true, nil, matchers...), g, take)
}

func matchers(q HistoryQuery) ([]*labels.Matcher, error) {
	if !metricRE.MatchString(q.Metric) {
		return nil, adit.InvalidField("metric", "%q is no metric name", q.Metric)
	}
	list := []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, labels.MetricName, q.Metric)}
	for name, value := range q.Labels {
		if !labelRE.MatchString(name) {
			return nil, adit.InvalidField("labels", "%q is no label name", name)
		}
		list = append(list, labels.MustNewMatcher(labels.MatchEqual, name, value))
	}
	return list, nil
}

func collect(set storage.SeriesSet, g grid, take func(*bucket) float64) ([]Series, error) {
	out := []Series{}
	var it chunkenc.Iterator
	for set.Next() {
		s := set.At()
		it = s.Iterator(it)
		points := g.points()
		if err := fillPoints(it, g, points, take); err != nil {
			return nil, adit.Errorf(adit.Internal, "the time series cannot be read: %w", err)
		}
		out = append(out, Series{Labels: s.Labels().Map(), Points: points})
	}
	if err := set.Err(); err != nil {
		return nil, queryError(err)
	}
	return out, nil
}

// fillPoints walks the samples, which come in order of time, and closes a bucket whenever the next step begins.
func fillPoints(it chunkenc.Iterator, g grid, points []Point, take func(*bucket) float64) error {
	var b bucket
	at := int64(-1)
	flush := func() {
		if b.n > 0 {
			v := take(&b)
			points[at].Value = &v
		}
	}
	for it.Next() != chunkenc.ValNone {
		t, v := it.At()
		i := (t - g.begin) / g.step
		if t < g.begin || i >= int64(len(points)) || !finite(v) {
			continue
		}
		if i != at {
			flush()
			b, at = bucket{min: v, max: v}, i
		}
		b.add(v)
	}
	flush()
	return it.Err()
}

// bucket gathers the samples of one step.
type bucket struct {
	n                   int
	sum, last, min, max float64
}

func (b *bucket) add(v float64) {
	b.n++
	b.sum += v
	b.last, b.min, b.max = v, min(b.min, v), max(b.max, v)
}

func taker(t Take) (func(*bucket) float64, error) {
	switch t {
	case Mean:
		return func(b *bucket) float64 { return b.sum / float64(b.n) }, nil
	case Last:
		return func(b *bucket) float64 { return b.last }, nil
	case Min:
		return func(b *bucket) float64 { return b.min }, nil
	case Max:
		return func(b *bucket) float64 { return b.max }, nil
	}
	return nil, adit.InvalidField("take", "%q is none of \"\" (mean), last, min, max", t)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
