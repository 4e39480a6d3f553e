package api

import (
	"context"
	"math"
	"net/http"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/fleet/telemetry"
)

func (s *server) historyRoutes() {
	const base = mining + "/history"
	register(s, op("history-status", http.MethodGet, base+"/status", "What is kept over time", tagMining), adit.ScopeRead, s.historyStatus)
	register(s, op("history-miners", http.MethodGet, base+"/miners", "What was recorded of every miner", tagMining), adit.ScopeRead, s.historyMiners)
	register(s, op("history-miner", http.MethodGet, base+"/miners/{name}", "What was recorded of one miner", tagMining), adit.ScopeRead, s.historyMiner)
	rate := op("history-miner-hashrate", http.MethodGet, base+"/miners/{name}/hashrate", "A miner's hashrate over time", tagMining)
	rate.Description = "Ten seconds apart up to an hour, a minute up to a day, then 1440 points. Times without a reading are left out."
	register(s, rate, adit.ScopeRead, s.minerHashrate)
	register(s, op("history-sessions", http.MethodGet, "/api/v1/history/sessions", "Runs of mining programs, the newest first", tagOwn), adit.ScopeRead, s.sessions)
	register(s, op("history-chart", http.MethodGet, "/api/v1/history/chart", "Numbers of devices over time", tagOwn), adit.ScopeRead, s.chart)
}

func (s *server) historyStatus(ctx context.Context, actor adit.Actor, _ *none) (*answer[body.HistoryStatus], error) {
	h, err := s.Telemetry.HistoryStatus(ctx, actor)
	return give(body.HistoryStatus{
		Enabled: true, RetentionDays: h.Retention.Hours() / 24, Resolution: 10, Miners: h.Miners, FirstSeen: h.First,
	}, err)
}

func (s *server) historyMiners(ctx context.Context, actor adit.Actor, _ *none) (*answer[[]body.MinerHistory], error) {
	all, err := s.Telemetry.HistoryMiners(ctx, actor)
	out := make([]body.MinerHistory, 0, len(all))
	for _, m := range all {
		out = append(out, minerHistoryOf(m))
	}
	return give(out, err)
}

func (s *server) historyMiner(ctx context.Context, actor adit.Actor, in *Named) (*answer[body.MinerHistory], error) {
	m, err := s.Telemetry.HistoryMiner(ctx, actor, in.Name)
	return give(minerHistoryOf(m), err)
}

func minerHistoryOf(m telemetry.MinerSummary) body.MinerHistory {
	return body.MinerHistory{
		MinerName: m.Name, Device: string(m.Device), TotalPoints: m.Count, AverageRate: m.Mean, MaxRate: m.Max, MinRate: m.Min,
		FirstSeen: m.First, LastSeen: m.Last,
	}
}

// SpanInput is a stretch of time; exported, because huma passes over what is embedded under an unexported name.
type SpanInput struct {
	Since time.Time `query:"since" doc:"RFC 3339; absent: a day before until"`
	Until time.Time `query:"until" doc:"RFC 3339; absent: now"`
}

func (i SpanInput) span() telemetry.Span { return telemetry.Span{Since: i.Since, Until: i.Until} }

// rateInput is the input of one miner's hashrate.
type rateInput struct {
	Named
	SpanInput
}

func (s *server) minerHashrate(ctx context.Context, actor adit.Actor, in *rateInput) (*answer[[]body.HashratePoint], error) {
	points, err := s.Telemetry.MinerHashrate(ctx, actor, in.Name, in.span())
	out := make([]body.HashratePoint, 0, len(points))
	for _, p := range points {
		out = append(out, body.HashratePoint{Timestamp: p.At, Hashrate: int64(math.Round(*p.Value))})
	}
	return give(out, err)
}

// sessionsInput is the input of a list of sessions.
type sessionsInput struct {
	Device string    `query:"device" maxLength:"128" doc:"id; absent: all"`
	Since  time.Time `query:"since" doc:"RFC 3339; absent: as long as they are kept"`
	Until  time.Time `query:"until" doc:"RFC 3339; absent: now"`
	Limit  int       `query:"limit" minimum:"1" maximum:"1000" doc:"absent: 100"`
}

func (s *server) sessions(ctx context.Context, actor adit.Actor, in *sessionsInput) (*answer[[]body.MinerSession], error) {
	list, err := s.Telemetry.Sessions(ctx, actor, telemetry.SessionQuery{
		Device: adit.DeviceID(in.Device), Since: in.Since, Until: in.Until, Limit: in.Limit,
	})
	out := make([]body.MinerSession, 0, len(list))
	for _, x := range list {
		out = append(out, body.MinerSession{
			ID: x.ID, Rig: string(x.Rig), Device: string(x.Device), MinerName: x.Name, Program: x.Program,
			Algorithm: wordOrNil(x.Algorithm), Profile: wordOrNil(x.Profile), StartedAt: x.StartedAt, StoppedAt: x.StoppedAt,
			Accepted: x.Accepted, Rejected: x.Rejected, Stale: x.Stale, AverageHashrate: x.Average, LastSeenAt: x.SeenAt, Reason: x.Reason,
		})
	}
	return give(out, err)
}

func wordOrNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// chartInput is the input of a chart.
type chartInput struct {
	Metrics []string `query:"metrics" minItems:"1" maxItems:"10" required:"true" doc:"hashrate, accepted, rejected, stale, difficulty, temperature, power, cpuUsage, memory, memoryAvailable; with commas between them"`
	Device  string   `query:"device" maxLength:"128" doc:"id; absent: every device"`
	Step    float64  `query:"step" minimum:"10" maximum:"31622400" doc:"seconds; absent: ten up to an hour, a minute up to a day, then 1440 points"`
	SpanInput
}

func (s *server) chart(ctx context.Context, actor adit.Actor, in *chartInput) (*answer[body.Chart], error) {
	c, err := s.Telemetry.Chart(ctx, actor, telemetry.ChartQuery{
		Metrics: in.Metrics, Device: adit.DeviceID(in.Device), Span: in.span(), Step: time.Duration(in.Step * float64(time.Second)),
	})
	out := body.Chart{Since: c.Since.UTC(), Until: c.Until.UTC(), Step: c.Step.Seconds(), Lines: make([]body.ChartLine, 0, len(c.Lines))}
	for _, l := range c.Lines {
		line := body.ChartLine{Metric: l.Metric, Unit: l.Unit, Device: string(l.Device), Points: make([]body.ChartPoint, 0, len(l.Points))}
		for _, p := range l.Points {
			line.Points = append(line.Points, body.ChartPoint{T: p.At, Value: p.Value})
		}
		out.Lines = append(out.Lines, line)
	}
	return give(out, err)
}
