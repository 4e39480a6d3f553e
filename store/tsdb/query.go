package tsdb

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/tsdb"

	"github.com/adit-mining/adit"
)

// maxPoints bounds the points of one series in an answer; Prometheus' own API has the same bound.
const maxPoints = 11_000

// promQL returns the engine, made at the first query: most of the time nobody asks.
func (l *Local) promQL() *promql.Engine {
	l.once.Do(func() {
		l.engine = promql.NewEngine(promql.EngineOpts{
			MaxSamples:           l.o.QuerySamples,
			Timeout:              l.o.QueryTimeout,
			LookbackDelta:        l.o.Gap,
			EnableAtModifier:     true,
			EnableNegativeOffset: true,
			Parser:               parser.NewParser(parser.Options{}),
		})
	})
	return l.engine
}

// Range implements DB.
func (l *Local) Range(ctx context.Context, query string, from, to time.Time, step time.Duration) ([]Series, error) {
	if err := checkSpan(from, to, step); err != nil {
		return nil, err
	}
	return l.evaluate(ctx, func(db *tsdb.DB) (promql.Query, error) {
		return l.promQL().NewRangeQuery(ctx, db, nil, query, from, to, step)
	}, grid{begin: from.UnixMilli(), step: step.Milliseconds(), n: int(to.Sub(from)/step) + 1})
}

// Instant implements DB.
func (l *Local) Instant(ctx context.Context, query string, at time.Time) ([]Series, error) {
	return l.evaluate(ctx, func(db *tsdb.DB) (promql.Query, error) {
		return l.promQL().NewInstantQuery(ctx, db, nil, query, at)
	}, grid{begin: at.UnixMilli(), step: 1, n: 1, instant: true})
}

func (l *Local) evaluate(ctx context.Context, ask func(*tsdb.DB) (promql.Query, error), g grid) ([]Series, error) {
	db, done, err := l.reading()
	if err != nil {
		return nil, err
	}
	defer done()
	q, err := ask(db)
	if err != nil {
		return nil, adit.InvalidField("query", "it is no valid PromQL: %v", err)
	}
	defer q.Close()
	res := q.Exec(ctx)
	if res.Err != nil {
		return nil, queryError(res.Err)
	}
	return g.series(res.Value)
}

func queryError(err error) error {
	var timeout promql.ErrQueryTimeout
	var tooMany promql.ErrTooManySamples
	var broken promql.ErrStorage
	switch {
	case errors.As(err, &timeout):
		return adit.Errorf(adit.Timeout, "the query took too long: ask for less time, fewer series or a longer step")
	case errors.As(err, &tooMany):
		return adit.InvalidField("query", "it needs too many samples at once: ask for less time, fewer series or a longer step")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &broken):
		return adit.Errorf(adit.Internal, "the time series cannot be read: %w", err)
	}
	return adit.InvalidField("query", "it cannot be answered: %v", err)
}

// checkSpan refuses spans that make no chart; From, To and Step are the fields' names for people.
func checkSpan(from, to time.Time, step time.Duration) error {
	switch {
	case step < time.Millisecond:
		return adit.InvalidField("step", "%s is too short: at least 1ms", step)
	case to.Before(from):
		return adit.InvalidField("to", "it lies before from")
	case to.Sub(from)/step >= maxPoints:
		return adit.InvalidField("step", "%s gives more than %d points: take a longer step or less time", step, maxPoints)
	}
	return nil
}

// grid is the times of an answer: n points from begin (ms) on, step (ms) apart.
type grid struct {
	begin, step int64
	n           int
	instant     bool // one time was asked for, not a span
}

// points returns the grid's points, all unknown.
func (g grid) points() []Point {
	list := make([]Point, g.n)
	for i := range list {
		list[i].At = time.UnixMilli(g.begin + int64(i)*g.step).UTC()
	}
	return list
}

// put sets the value at a time of the grid; others do not come from the engine.
func (g grid) put(points []Point, at int64, v float64) {
	if i := (at - g.begin) / g.step; i >= 0 && i < int64(len(points)) && finite(v) {
		points[i].Value = &v
	}
}

// series turns the engine's answer into ours.
func (g grid) series(v parser.Value) ([]Series, error) {
	out := []Series{}
	add := func(ls labels.Labels) []Point {
		s := Series{Labels: ls.Map(), Points: g.points()}
		out = append(out, s)
		return s.Points
	}
	switch v := v.(type) {
	case promql.Matrix:
		if g.instant {
			return nil, notNumbers(v)
		}
		for _, s := range v {
			points := add(s.Metric)
			for _, f := range s.Floats {
				g.put(points, f.T, f.F)
			}
		}
	case promql.Vector:
		for _, s := range v {
			g.put(add(s.Metric), s.T, s.F)
		}
	case promql.Scalar:
		g.put(add(labels.EmptyLabels()), v.T, v.V)
	default:
		return nil, notNumbers(v)
	}
	return out, nil
}

func notNumbers(v parser.Value) error {
	return adit.InvalidField("query", "it gives a %s: ask for numbers", v.Type())
}
