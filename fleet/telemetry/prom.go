package telemetry

import (
	"context"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/tsdb"
)

// PromQuery is a question as Prometheus's own HTTP API takes it.
type PromQuery = tsdb.PromQuery

// PromResult is an answer in Prometheus's words.
type PromResult = tsdb.PromResult

// Selection asks which series there are.
type Selection = tsdb.Selection

// Query evaluates PromQL for who may read metrics.
func (s *Service) Query(ctx context.Context, actor adit.Actor, q PromQuery) (PromResult, error) {
	if err := actor.May(adit.ScopeMetrics); err != nil {
		return PromResult{}, err
	}
	return s.o.Series.Prom(ctx, q)
}

// LabelNames lists the labels of series.
func (s *Service) LabelNames(ctx context.Context, actor adit.Actor, sel Selection) ([]string, error) {
	if err := actor.May(adit.ScopeMetrics); err != nil {
		return nil, err
	}
	return s.o.Series.LabelNames(ctx, sel)
}

// LabelValues lists the values of one label.
func (s *Service) LabelValues(ctx context.Context, actor adit.Actor, name string, sel Selection) ([]string, error) {
	if err := actor.May(adit.ScopeMetrics); err != nil {
		return nil, err
	}
	return s.o.Series.LabelValues(ctx, name, sel)
}

// SeriesLabels lists series.
func (s *Service) SeriesLabels(ctx context.Context, actor adit.Actor, sel Selection) ([]map[string]string, error) {
	if err := actor.May(adit.ScopeMetrics); err != nil {
		return nil, err
	}
	return s.o.Series.SeriesLabels(ctx, sel)
}
