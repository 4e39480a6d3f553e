package telemetry

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/tsdb"
)

// chart is one of the numbers that Chart draws.
type chart struct {
	series  string
	unit    string
	counter bool // what counts is how much it grew within a step
}

// charts are the numbers that can be drawn, by their name.
var charts = map[string]chart{
	"hashrate":        {series: seriesHashrate, unit: "H/s"},
	"accepted":        {series: seriesAccepted, unit: "shares", counter: true},
	"rejected":        {series: seriesRejected, unit: "shares", counter: true},
	"stale":           {series: seriesStale, unit: "shares", counter: true},
	"difficulty":      {series: "adit_difficulty", unit: ""},
	"temperature":     {series: "adit_temperature_celsius", unit: "°C"},
	"power":           {series: "adit_power_watts", unit: "W"},
	"cpuUsage":        {series: "adit_cpu_usage_ratio", unit: "ratio"},
	"memory":          {series: "adit_memory_rss_bytes", unit: "bytes"},
	"memoryAvailable": {series: "adit_memory_available_bytes", unit: "bytes"},
}

// ChartQuery asks for some numbers of one device, or of all.
type ChartQuery struct {
	Metrics []string
	Device  adit.DeviceID // "" = every device
	Span
	Step time.Duration // 0 = what suits the span; at least ten seconds
}

// Chart is numbers over time with one step for all.
type Chart struct {
	Span
	Step  time.Duration
	Lines []Line
}

// Line is one number of one device. A point is nil where nothing was measured. A count of shares is how many came within
// the step.
type Line struct {
	Metric string
	Unit   string
	Device adit.DeviceID
	Points []tsdb.Point
}

// Chart reads numbers over time.
func (s *Service) Chart(ctx context.Context, actor adit.Actor, q ChartQuery) (Chart, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return Chart{}, err
	}
	if err := q.fill(s.o.Now()); err != nil {
		return Chart{}, err
	}
	if q.Step == 0 {
		q.Step = stepOf(q.Until.Sub(q.Since))
	}
	if q.Step < bucket {
		return Chart{}, adit.InvalidField("step", "readings are kept every ten seconds: use at least 10")
	}
	q.Since = q.Since.Truncate(q.Step)
	out := Chart{Span: q.Span, Step: q.Step, Lines: []Line{}}
	for _, name := range q.Metrics {
		c, ok := charts[name]
		if !ok {
			return Chart{}, adit.InvalidField("metrics", "there is no such number: use %s", strings.Join(slices.Sorted(maps.Keys(charts)), ", "))
		}
		lines, err := s.lines(ctx, name, c, q)
		if err != nil {
			return Chart{}, err
		}
		out.Lines = append(out.Lines, lines...)
	}
	return out, nil
}

func (s *Service) lines(ctx context.Context, name string, c chart, q ChartQuery) (out []Line, err error) {
	ask := tsdb.HistoryQuery{Metric: c.series, From: q.Since, To: q.Until, Step: q.Step}
	if q.Device != "" {
		ask.Labels = map[string]string{"device": string(q.Device)}
	}
	if c.counter {
		ask.From, ask.Take = ask.From.Add(-q.Step), tsdb.Last // the step before is what the first is counted from
	}
	series, err := s.o.Series.History(ctx, ask)
	if err != nil {
		return nil, err
	}
	for _, x := range series {
		points := x.Points
		if c.counter {
			points = growth(points)[1:]
		}
		out = append(out, Line{Metric: name, Unit: c.unit, Device: adit.DeviceID(x.Labels["device"]), Points: points})
	}
	return out, nil
}

// growth is how much a counter grew until the end of each step since it was last read. One that is less than before
// began anew: all of it is growth.
func growth(points []tsdb.Point) []tsdb.Point {
	out := make([]tsdb.Point, len(points))
	var last *float64
	for i, p := range points {
		out[i].At = p.At
		if p.Value == nil {
			continue
		}
		if last != nil {
			grown := *p.Value - *last
			if grown < 0 {
				grown = *p.Value
			}
			out[i].Value = &grown
		}
		last = p.Value
	}
	return out
}

func nameIn(id adit.DeviceID) string {
	_, name, _ := strings.Cut(string(id), "/")
	return name
}
