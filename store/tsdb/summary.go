package tsdb

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"

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
	var all []*summer
	err = walk(ctx, db, q.From.UnixMilli(), q.To.UnixMilli()-1, matchers, func(ls labels.Labels) walker {
		s := &summer{labels: ls.Map()}
		all = append(all, s)
		return s
	})
	if err != nil {
		return nil, err
	}
	out := []Summary{}
	for _, s := range all {
		if s.n > 0 {
			out = append(out, s.summary())
		}
	}
	return out, nil
}

// summer sums up the samples of a series.
type summer struct {
	bucket
	labels      map[string]string
	first, past int64
}

func (s *summer) sample(t int64, v float64) {
	if s.n == 0 {
		s.bucket, s.first = bucket{min: v, max: v}, t
	}
	s.add(v)
	s.past = t
}

func (s *summer) end() {}

func (s *summer) summary() Summary {
	return Summary{Labels: s.labels, Count: s.n, Mean: s.sum / float64(s.n), Min: s.min, Max: s.max,
		First: time.UnixMilli(s.first).UTC(), Last: time.UnixMilli(s.past).UTC()}
}

func sortedKeys(m map[string]struct{}) []string {
	list := slices.AppendSeq(make([]string, 0, len(m)), maps.Keys(m))
	slices.Sort(list)
	return list
}
