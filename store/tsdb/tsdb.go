package tsdb

import (
	"context"
	"time"
)

// Sample is one measurement of one series. NaN and infinities are not numbers a device can have: they are skipped.
type Sample struct {
	Key   *Key
	At    time.Time
	Value float64
}

// Appended says what became of the samples of one Append.
type Appended struct {
	Stored  int // taken over; a repetition of a stored sample counts as stored
	Late    int // skipped: older than the window for late samples
	Early   int // skipped: further in the future than clocks may differ
	Clash   int // skipped: another value is stored for that series and time
	Unknown int // skipped: NaN or infinite
}

// Point is a value at a time; nil means unknown.
type Point struct {
	At    time.Time `json:"at"`
	Value *float64  `json:"value"`
}

// Series is what a query returns: labels (with "__name__" where the result has one) and points in order of time.
type Series struct {
	Labels map[string]string `json:"labels"`
	Points []Point           `json:"points"`
}

// HistoryQuery asks for the series of one metric that carry all the given labels, usually one device's.
type HistoryQuery struct {
	Metric   string
	Labels   map[string]string
	From, To time.Time     // From is in, To is out
	Step     time.Duration // a point per step; at least a millisecond
	Take     Take          // which of the samples within a step
}

// Take says how the samples within a step become one point.
type Take string

// The ways to take a point.
const (
	Mean Take = ""     // their mean: hashrates, watts, temperatures
	Last Take = "last" // the last: counters, states
	Min  Take = "min"  // the least
	Max  Take = "max"  // the greatest
)

// DB is a store of measurements.
type DB interface {
	// Append stores samples; many in one call are much cheaper than one by one. What cannot be taken over is counted,
	// not an error. An error means that none of the samples is promised to be stored: send them again, repetitions do
	// no harm.
	Append(ctx context.Context, samples []Sample) (Appended, error)
	// Range evaluates PromQL at from, from+step, … up to and with to. Every series has a point for every step.
	Range(ctx context.Context, query string, from, to time.Time, step time.Duration) ([]Series, error)
	// Instant evaluates PromQL at one time; each series has one point.
	Instant(ctx context.Context, query string, at time.Time) ([]Series, error)
	// History reads stored samples as a chart needs them: a point for each step, labelled with the step's begin, nil
	// where nothing was measured.
	History(ctx context.Context, q HistoryQuery) ([]Series, error)
	// Summaries says what there is of each series between From and To, without reading it into memory.
	Summaries(ctx context.Context, q HistoryQuery) ([]Summary, error)
	// Prom evaluates PromQL and answers in Prometheus's own words.
	Prom(ctx context.Context, p PromQuery) (PromResult, error)
	// LabelNames, LabelValues and SeriesLabels tell which series there are.
	LabelNames(ctx context.Context, s Selection) ([]string, error)
	LabelValues(ctx context.Context, name string, s Selection) ([]string, error)
	SeriesLabels(ctx context.Context, s Selection) ([]map[string]string, error)
	// Close writes what is in memory and ends; no call may follow.
	Close() error
}

// Empty is a DB that stores nothing and finds nothing, for an adit without time series.
type Empty struct{}

var _ DB = Empty{}

// Append implements DB.
func (Empty) Append(context.Context, []Sample) (Appended, error) { return Appended{}, nil }

// Range implements DB.
func (Empty) Range(context.Context, string, time.Time, time.Time, time.Duration) ([]Series, error) {
	return []Series{}, nil
}

// Instant implements DB.
func (Empty) Instant(context.Context, string, time.Time) ([]Series, error) { return []Series{}, nil }

// History implements DB.
func (Empty) History(context.Context, HistoryQuery) ([]Series, error) { return []Series{}, nil }

// Summaries implements DB.
func (Empty) Summaries(context.Context, HistoryQuery) ([]Summary, error) { return []Summary{}, nil }

// Prom implements DB.
func (Empty) Prom(context.Context, PromQuery) (PromResult, error) {
	return PromResult{Type: "vector", Value: []struct{}{}}, nil
}

// LabelNames implements DB.
func (Empty) LabelNames(context.Context, Selection) ([]string, error) { return []string{}, nil }

// LabelValues implements DB.
func (Empty) LabelValues(context.Context, string, Selection) ([]string, error) {
	return []string{}, nil
}

// SeriesLabels implements DB.
func (Empty) SeriesLabels(context.Context, Selection) ([]map[string]string, error) {
	return []map[string]string{}, nil
}

// Close implements DB.
func (Empty) Close() error { return nil }
