package tsdb

import (
	"context"
	"math"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"

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
	out := []Series{}
	err = walk(ctx, db, begin, q.To.UnixMilli()-1, matchers, func(ls labels.Labels) walker {
		out = append(out, Series{Labels: ls.Map(), Points: g.points()})
		return &filler{grid: g, points: out[len(out)-1].Points, take: take, at: -1}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// walker is told the samples of one series, which come in order of time, and that there are no more.
type walker interface {
	sample(t int64, v float64)
	end()
}

// walk reads the samples of series between two times, both in. It goes from chunk to chunk: the iterators over samples
// look at every sample several times.
func walk(ctx context.Context, db *tsdb.DB, from, to int64, m []*labels.Matcher, begin func(labels.Labels) walker) error {
	reader, err := db.ChunkQuerier(from, to)
	if err != nil {
		return adit.Errorf(adit.Internal, "the time series cannot be read: %w", err)
	}
	defer func() { _ = reader.Close() }()
	set := reader.Select(ctx, true, nil, m...)
	var list chunks.Iterator
	var it chunkenc.Iterator
	for set.Next() {
		s := set.At()
		w := begin(s.Labels())
		list = s.Iterator(list)
		for list.Next() {
			it = list.At().Chunk.Iterator(it)
			for it.Next() == chunkenc.ValFloat {
				if t, v := it.At(); t >= from && t <= to && finite(v) {
					w.sample(t, v)
				}
			}
			if err := it.Err(); err != nil {
				return adit.Errorf(adit.Internal, "the time series cannot be read: %w", err)
			}
		}
		if err := list.Err(); err != nil {
			return adit.Errorf(adit.Internal, "the time series cannot be read: %w", err)
		}
		w.end()
	}
	if err := set.Err(); err != nil {
		return queryError(err)
	}
	return nil
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

// filler makes points of samples: it closes a bucket whenever the next step begins.
type filler struct {
	grid
	points []Point
	take   func(*bucket) float64
	b      bucket
	at     int   // the point that b is of, -1 = none yet
	until  int64 // where its step ends
}

func (f *filler) sample(t int64, v float64) {
	if f.at < 0 || t >= f.until {
		f.end()
		f.at = int((t - f.begin) / f.step)
		f.until = f.begin + int64(f.at+1)*f.step
		f.b = bucket{min: v, max: v}
	}
	f.b.add(v)
}

func (f *filler) end() {
	if f.at >= 0 && f.at < len(f.points) && f.b.n > 0 {
		v := f.take(&f.b)
		f.points[f.at].Value = &v
	}
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
