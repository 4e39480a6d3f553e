package tsdb

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/util/annotations"

	"github.com/adit-mining/adit"
)

// PromQuery is a question as Prometheus's own HTTP API takes it. Step 0 asks for one time, From.
type PromQuery struct {
	Query    string
	From, To time.Time
	Step     time.Duration
	Timeout  time.Duration // 0 = the database's own, which a longer one does not exceed
	Lookback time.Duration // how long a value is taken as still true; 0 = the database's own
	Limit    int           // series in the answer; 0 = all
}

// PromResult is an answer in Prometheus's words: Value marshals to the JSON of its HTTP API.
type PromResult struct {
	Type     string // "vector", "matrix", "scalar", "string"
	Value    any
	Warnings []string
	Infos    []string
}

// Selection asks for labels: of the series that match one of the selectors ('adit_hashrate{rig="x"}'; none = all) and have
// samples between From and To.
type Selection struct {
	Match    []string
	From, To time.Time
	Limit    int // values or series in the answer; 0 = all
}

// Prom implements DB. A query that cannot be read is adit.Invalid, one that fails adit.Refused, one that takes too long
// adit.Timeout.
func (l *Local) Prom(ctx context.Context, p PromQuery) (PromResult, error) {
	if p.Step != 0 && (p.Step < time.Millisecond || p.To.Before(p.From) || p.To.Sub(p.From)/p.Step > maxPoints) {
		return PromResult{}, adit.InvalidField("step", "it gives more than %d points: take a longer step or less time", maxPoints)
	}
	if len(p.Query) > maxQuery {
		return PromResult{}, adit.InvalidField("query", "it is longer than %d KiB: ask a shorter question", maxQuery>>10)
	}
	limit := l.o.QueryTimeout
	if p.Timeout > 0 {
		limit = min(limit, p.Timeout)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := l.enter(ctx); err != nil {
		return PromResult{}, err
	}
	defer l.leave()
	db, done, err := l.reading()
	if err != nil {
		return PromResult{}, err
	}
	defer done()
	q, err := l.promQuery(ctx, db, p)
	if err != nil {
		return PromResult{}, adit.InvalidField("query", "it is no valid PromQL: %v", err)
	}
	defer q.Close()
	res := q.Exec(ctx)
	if res.Err != nil {
		return PromResult{}, promError(res.Err)
	}
	warnings, infos := res.Warnings.AsStrings(p.Query, 10, 10)
	value := cut(res.Value, p.Limit)
	if value.Type() == parser.ValueTypeMatrix && value.(promql.Matrix) == nil {
		value = promql.Matrix{}
	}
	// The engine takes its memory back at Close: what is returned must be the caller's own.
	return PromResult{Type: string(value.Type()), Value: own(value), Warnings: warnings, Infos: infos}, nil
}

func (l *Local) promQuery(ctx context.Context, db *tsdb.DB, p PromQuery) (promql.Query, error) {
	opts := promql.NewPrometheusQueryOpts(false, p.Lookback)
	if p.Step == 0 {
		return l.promQL().NewInstantQuery(ctx, db, opts, p.Query, p.From)
	}
	return l.promQL().NewRangeQuery(ctx, db, opts, p.Query, p.From, p.To, p.Step)
}

func cut(v parser.Value, limit int) parser.Value {
	if limit <= 0 {
		return v
	}
	switch v := v.(type) {
	case promql.Vector:
		return v[:min(limit, len(v))]
	case promql.Matrix:
		return v[:min(limit, len(v))]
	}
	return v
}

// own copies what an answer points to.
func own(v parser.Value) parser.Value {
	switch v := v.(type) {
	case promql.Vector:
		return append(promql.Vector{}, v...)
	case promql.Matrix:
		out := make(promql.Matrix, 0, len(v))
		for _, s := range v {
			s.Floats = append([]promql.FPoint(nil), s.Floats...)
			out = append(out, s)
		}
		return out
	}
	return v
}

func promError(err error) error {
	var timeout promql.ErrQueryTimeout
	var canceled promql.ErrQueryCanceled
	var broken promql.ErrStorage
	switch {
	case errors.As(err, &timeout), errors.Is(err, context.DeadlineExceeded):
		return adit.Errorf(adit.Timeout, "the query took too long: ask for less time, fewer series or a longer step")
	case errors.As(err, &canceled), errors.Is(err, context.Canceled):
		return adit.Errorf(adit.Timeout, "the query was given up")
	case errors.As(err, &broken):
		return adit.Errorf(adit.Internal, "the time series cannot be read: %w", err)
	}
	return &adit.Error{Code: adit.Refused, Msg: err.Error()}
}

// matchesAll reports whether a selector would match a series without labels, so every series.
func matchesAll(set []*labels.Matcher) bool {
	return !slices.ContainsFunc(set, func(m *labels.Matcher) bool { return !m.Matches("") })
}

// maxQueries bounds how many PromQL queries run at once; maxQuery how long one is in bytes: the time to read one grows with
// the square of how deep it is nested, and nothing ends that.
const (
	maxQueries = 8
	maxQuery   = 16 << 10
)

func (l *Local) enter(ctx context.Context) error {
	select {
	case l.gate <- struct{}{}:
		return nil
	default:
	}
	select {
	case l.gate <- struct{}{}:
		return nil
	case <-ctx.Done():
		return adit.Errorf(adit.Timeout, "too many queries run at once: try again")
	}
}

func (l *Local) leave() { <-l.gate }

// LabelNames implements DB.
func (l *Local) LabelNames(ctx context.Context, s Selection) ([]string, error) {
	return l.labels(ctx, s, func(q storage.Querier, h *storage.LabelHints, m []*labels.Matcher) ([]string, annotations.Annotations, error) {
		return q.LabelNames(ctx, h, m...)
	})
}

// LabelValues implements DB.
func (l *Local) LabelValues(ctx context.Context, name string, s Selection) ([]string, error) {
	if !labelRE.MatchString(name) {
		return nil, adit.InvalidField("name", "it is no label name")
	}
	return l.labels(ctx, s, func(q storage.Querier, h *storage.LabelHints, m []*labels.Matcher) ([]string, annotations.Annotations, error) {
		return q.LabelValues(ctx, name, h, m...)
	})
}

type labelReader func(storage.Querier, *storage.LabelHints, []*labels.Matcher) ([]string, annotations.Annotations, error)

func (l *Local) labels(ctx context.Context, s Selection, read labelReader) ([]string, error) {
	seen := map[string]struct{}{}
	// The engine finds labels of samples that came late only where the newest hours are asked for too.
	if now := l.o.Now(); s.To.Before(now) {
		s.To = now
	}
	err := l.selecting(ctx, s, func(q storage.Querier, m []*labels.Matcher) error {
		list, _, err := read(q, &storage.LabelHints{}, m)
		for _, v := range list {
			seen[string([]byte(v))] = struct{}{} // the querier's own bytes go with it
		}
		return err
	})
	out := sortedKeys(seen)
	if s.Limit > 0 {
		out = out[:min(s.Limit, len(out))]
	}
	return out, err
}

// SeriesLabels implements DB.
func (l *Local) SeriesLabels(ctx context.Context, s Selection) ([]map[string]string, error) {
	if len(s.Match) == 0 {
		return nil, adit.InvalidField("match[]", "name at least one selector, such as adit_hashrate")
	}
	out, seen := []map[string]string{}, map[string]struct{}{}
	err := l.selecting(ctx, s, func(q storage.Querier, m []*labels.Matcher) error {
		set := q.Select(ctx, true, &storage.SelectHints{Start: s.From.UnixMilli(), End: s.To.UnixMilli(), Func: "series"}, m...)
		for set.Next() {
			ls := set.At().Labels()
			if _, twice := seen[ls.String()]; twice || s.Limit > 0 && len(out) >= s.Limit {
				continue
			}
			seen[ls.String()] = struct{}{}
			out = append(out, ls.Copy().Map())
		}
		return set.Err()
	})
	return out, err
}

// selecting calls read for every selector, or once without matchers where there is none.
func (l *Local) selecting(ctx context.Context, s Selection, read func(storage.Querier, []*labels.Matcher) error) error {
	if s.To.Before(s.From) {
		return adit.InvalidField("end", "it lies before start")
	}
	sets := [][]*labels.Matcher{nil}
	if len(s.Match) > 0 {
		var err error
		if sets, err = parser.NewParser(parser.Options{}).ParseMetricSelectors(s.Match); err != nil {
			return adit.InvalidField("match[]", "it is no series selector: %v", err)
		}
		if slices.ContainsFunc(sets, matchesAll) {
			return adit.InvalidField("match[]", "it would match every series: name a metric or a label")
		}
	}
	ctx, cancel := context.WithTimeout(ctx, l.o.QueryTimeout)
	defer cancel()
	if err := l.enter(ctx); err != nil {
		return err
	}
	defer l.leave()
	db, done, err := l.reading()
	if err != nil {
		return err
	}
	defer done()
	q, err := db.Querier(s.From.UnixMilli(), s.To.UnixMilli())
	if err != nil {
		return adit.Errorf(adit.Internal, "the time series cannot be read: %w", err)
	}
	defer func() { _ = q.Close() }()
	for _, m := range sets {
		err := ctx.Err()
		if err == nil {
			err = read(q, m)
		}
		if err != nil {
			return promError(err)
		}
	}
	return nil
}
