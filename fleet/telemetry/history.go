package telemetry

import (
	"context"
	"sort"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/tsdb"
)

// HistoryStatus says what is kept over time.
type HistoryStatus struct {
	Retention time.Duration
	Miners    int        // with samples now
	First     *time.Time // oldest sample; nil = none yet
}

// MinerSummary is what there is of one device's hashrate.
type MinerSummary struct {
	Name   string
	Device adit.DeviceID
	tsdb.Summary
}

// HistoryStatus tells what is kept.
func (s *Service) HistoryStatus(ctx context.Context, actor adit.Actor) (HistoryStatus, error) {
	all, err := s.HistoryMiners(ctx, actor)
	if err != nil {
		return HistoryStatus{}, err
	}
	out := HistoryStatus{Retention: s.o.Retention, Miners: len(all)}
	for _, m := range all {
		if out.First == nil || m.First.Before(*out.First) {
			out.First = &m.First
		}
	}
	return out, nil
}

// HistoryMiners summarizes the hashrate of every device that has one in the time series, also of those that are no more.
func (s *Service) HistoryMiners(ctx context.Context, actor adit.Actor) ([]MinerSummary, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	return s.summaries(ctx, nil)
}

func (s *Service) summaries(ctx context.Context, labels map[string]string) ([]MinerSummary, error) {
	now := s.o.Now()
	list, err := s.o.Series.Summaries(ctx, tsdb.HistoryQuery{Metric: seriesHashrate, Labels: labels, From: now.Add(-s.o.Retention), To: now.Add(time.Minute)})
	if err != nil {
		return nil, err
	}
	out := make([]MinerSummary, 0, len(list))
	for _, x := range list {
		_, name, _ := strings.Cut(x.Labels["device"], "/")
		out = append(out, MinerSummary{Name: name, Device: adit.DeviceID(x.Labels["device"]), Summary: x})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Device < out[j].Device })
	return out, nil
}

// HistoryMiner is one of HistoryMiners by its name: on the home rig, else on the only rig that has one of that name.
func (s *Service) HistoryMiner(ctx context.Context, actor adit.Actor, name string) (MinerSummary, error) {
	id, err := s.once(ctx, actor, name)
	if err != nil {
		return MinerSummary{}, err
	}
	list, err := s.summaries(ctx, map[string]string{"device": string(id)})
	if err == nil && len(list) == 0 {
		err = noHistory()
	}
	if err != nil {
		return MinerSummary{}, err
	}
	return list[0], nil
}

func noHistory() error {
	return adit.Errorf(adit.NotFound, "nothing was recorded of a miner of that name: `adit history` names those there are")
}

// once finds the device that is, or was, called name. That is told by its series, so that a device that was removed
// keeps its history.
func (s *Service) once(ctx context.Context, actor adit.Actor, name string) (adit.DeviceID, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return "", err
	}
	if !adit.ValidName(name) {
		return "", noHistory()
	}
	now := s.o.Now()
	ids, err := s.o.Series.LabelValues(ctx, "device", tsdb.Selection{
		Match: []string{seriesHashrate}, From: now.Add(-s.o.Retention), To: now.Add(time.Minute),
	})
	if err != nil {
		return "", err
	}
	home, _ := s.o.Inventory.Home()
	var found []adit.DeviceID
	for _, id := range ids {
		rig, n, _ := strings.Cut(id, "/")
		switch {
		case n != name:
		case rig == string(home.ID):
			return adit.DeviceID(id), nil
		default:
			found = append(found, adit.DeviceID(id))
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", noHistory()
	}
	return "", adit.Errorf(adit.Conflict, "%d computers have a miner of that name: name the computer too", len(found))
}

// Span is a stretch of time; zero values mean: until now, a day long.
type Span struct{ Since, Until time.Time }

// fill gives a span its defaults and refuses one that is none.
func (p *Span) fill(now time.Time) error {
	if p.Until.IsZero() {
		p.Until = now
	}
	if p.Since.IsZero() {
		p.Since = p.Until.Add(-24 * time.Hour)
	}
	if !p.Since.Before(p.Until) {
		return adit.InvalidField("since", "it must lie before until")
	}
	return nil
}

// stepOf is the time between two points of a span: ten seconds up to an hour, a minute up to a day, then so that a span
// has as many points as a day.
func stepOf(span time.Duration) time.Duration {
	switch {
	case span <= time.Hour:
		return bucket
	case span <= 24*time.Hour:
		return time.Minute
	}
	return (span/(24*60) + time.Minute - 1).Truncate(time.Minute)
}

// MinerHashrate is the hashrate of a device over a span; times without a reading are left out.
func (s *Service) MinerHashrate(ctx context.Context, actor adit.Actor, name string, p Span) ([]tsdb.Point, error) {
	id, err := s.once(ctx, actor, name)
	if err != nil {
		return nil, err
	}
	if err := p.fill(s.o.Now()); err != nil {
		return nil, err
	}
	step := stepOf(p.Until.Sub(p.Since))
	return s.measured(ctx, id, tsdb.HistoryQuery{From: p.Since.Truncate(step), To: p.Until, Step: step})
}

// measured reads a device's hashrate and leaves out what was not measured.
func (s *Service) measured(ctx context.Context, id adit.DeviceID, q tsdb.HistoryQuery) ([]tsdb.Point, error) {
	q.Metric, q.Labels = seriesHashrate, map[string]string{"device": string(id)}
	series, err := s.o.Series.History(ctx, q)
	if err != nil {
		return nil, err
	}
	out := []tsdb.Point{}
	for _, x := range series {
		for _, p := range x.Points {
			if p.Value != nil {
				out = append(out, p)
			}
		}
	}
	return out, nil
}

// MinerHistory is a device's hashrate as the Mining Platform gives it: the last day by the minute, the last five minutes
// by ten seconds; times without a reading are left out.
func (s *Service) MinerHistory(ctx context.Context, actor adit.Actor, device adit.DeviceID) ([]tsdb.Point, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	now := s.o.Now()
	border := now.Add(-5 * time.Minute).Truncate(time.Minute)
	out, err := s.measured(ctx, device, tsdb.HistoryQuery{From: border.Add(-24 * time.Hour), To: border, Step: time.Minute})
	if err != nil {
		return nil, err
	}
	last, err := s.measured(ctx, device, tsdb.HistoryQuery{From: border, To: now.Truncate(bucket).Add(bucket), Step: bucket})
	return append(out, last...), err
}

// prune forgets sessions older than what the time series keep.
func (s *Service) prune(ctx context.Context) {
	err := s.o.DB.InTx(ctx, func(q sqldb.Q) error { return deleteRuns(ctx, q, s.o.Now().Add(-s.o.Retention)) })
	if err != nil && ctx.Err() == nil {
		s.o.Log.WarnContext(ctx, "old sessions were not removed", "err", err)
	}
}
