package api

import (
	"context"
	"encoding/base64"
	"math"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/fleet/telemetry/view"
)

// mining is the base of the routes that the Mining Platform has too.
const mining = "/api/v1/mining"

// Named is the input of operations on one miner; exported, because huma passes over what is embedded under an unexported
// name.
type Named struct {
	Name string `path:"name" maxLength:"64" doc:"instance name"`
}

func (s *server) miningRoutes() {
	register(s, op("mining-info", http.MethodGet, mining+"/info", "The computer adit runs on", tagMining), adit.ScopeRead, s.info)
	register(s, op("miners", http.MethodGet, mining+"/miners", "The mining programs, running or not", tagMining), adit.ScopeRead, s.miners)
	register(s, op("miners-available", http.MethodGet, mining+"/miners/available", "The programs adit could run", tagMining), adit.ScopeRead, s.available)
	register(s, op("miner", http.MethodGet, mining+"/miners/{name}", "One mining program", tagMining), adit.ScopeRead, s.miner)
	register(s, op("miner-stats", http.MethodGet, mining+"/miners/{name}/stats", "A miner's numbers", tagMining), adit.ScopeRead, s.stats)
	register(s, op("miner-hashrate-history", http.MethodGet, mining+"/miners/{name}/hashrate-history",
		"A miner's hashrate: a day by the minute, the last five minutes by ten seconds", tagMining), adit.ScopeRead, s.minerHistory)
	register(s, op("miner-logs", http.MethodGet, mining+"/miners/{name}/logs", "A miner's output, each line in base64", tagMining), adit.ScopeRead, s.minerLogs)
}

func (s *server) info(ctx context.Context, actor adit.Actor, _ *none) (*answer[body.SystemInfo], error) {
	h, ok, err := s.Telemetry.Host(ctx, actor)
	if err != nil {
		return nil, err
	}
	out := body.SystemInfo{
		Timestamp: time.Now().UTC(), OS: runtime.GOOS, Architecture: runtime.GOARCH, GoVersion: runtime.Version(),
		InstalledMinersInfo: []body.InstallationDetails{},
	}
	if ok {
		out.AvailableCPUCores = h.CPU.Threads
		if h.Memory.Total != nil {
			gib := *h.Memory.Total / (1 << 30)
			out.TotalSystemRAMGB = &gib
		}
	}
	list, err := s.Command.Available(ctx, actor)
	if err != nil {
		out.InstalledMinersReason = err.Error()
		return give(out, nil)
	}
	for _, a := range list {
		d := body.InstallationDetails{Name: a.Name, IsInstalled: a.Path != "", Version: a.Version}
		if a.Path != "" {
			d.Path, d.MinerBinary = filepath.Dir(a.Path), a.Path
		}
		out.InstalledMinersInfo = append(out.InstalledMinersInfo, d)
	}
	return give(out, nil)
}

func (s *server) miners(ctx context.Context, actor adit.Actor, _ *none) (*answer[[]body.Miner], error) {
	all, err := s.Telemetry.Devices(ctx, actor)
	out := make([]body.Miner, 0, len(all))
	for _, d := range all {
		out = append(out, minerOf(d))
	}
	return give(out, err)
}

func (s *server) available(ctx context.Context, actor adit.Actor, _ *none) (*answer[[]body.AvailableMiner], error) {
	list, err := s.Command.Available(ctx, actor)
	out := make([]body.AvailableMiner, 0, len(list))
	for _, a := range list {
		m := body.AvailableMiner{Name: a.Name, Description: a.Description, Aliases: a.Aliases, Installed: a.Path != "",
			Path: a.Path, Version: a.Version, Why: a.Why, FeePercent: a.FeePercent,
			Managed: a.Managed, State: a.State, SHA256: a.Digest, Installable: a.Installable, Licence: a.Licence, Source: a.Source,
			DigestSource: a.DigestSource, Newest: a.Newest, Update: a.Update, Pinned: a.Pinned, Versions: a.Versions}
		if m.Aliases == nil {
			m.Aliases = []string{}
		}
		if m.Versions == nil {
			m.Versions = []string{}
		}
		out = append(out, m)
	}
	return give(out, err)
}

func (s *server) miner(ctx context.Context, actor adit.Actor, in *Named) (*answer[body.Miner], error) {
	d, err := s.Telemetry.Named(ctx, actor, in.Name)
	return give(minerOf(d), err)
}

func (s *server) stats(ctx context.Context, actor adit.Actor, in *Named) (*answer[body.MinerStats], error) {
	d, err := s.Telemetry.Named(ctx, actor, in.Name)
	return give(statsOf(d), err)
}

func (s *server) minerHistory(ctx context.Context, actor adit.Actor, in *Named) (*answer[[]body.HashratePoint], error) {
	d, err := s.Telemetry.Named(ctx, actor, in.Name)
	if err != nil {
		return nil, err
	}
	points, err := s.Telemetry.MinerHistory(ctx, actor, adit.DeviceID(d.ID))
	out := make([]body.HashratePoint, 0, len(points))
	for _, p := range points {
		out = append(out, body.HashratePoint{Timestamp: p.At, Hashrate: int64(math.Round(*p.Value))})
	}
	return give(out, err)
}

// logsInput is the input of a miner's output.
type logsInput struct {
	Named
	After uint64 `query:"after" doc:"only lines with a greater number"`
	Limit int    `query:"limit" minimum:"1" maximum:"5000" doc:"the newest so many of them; absent: 500"`
}

// minerLogsOutput carries the number to ask with next beside the Mining Platform's array.
type minerLogsOutput struct {
	Next uint64 `header:"X-Adit-Next" doc:"ask again with after = this"`
	Body []string
}

func (s *server) minerLogs(ctx context.Context, actor adit.Actor, in *logsInput) (*minerLogsOutput, error) {
	d, err := s.Telemetry.Named(ctx, actor, in.Name)
	if err != nil {
		return nil, err
	}
	lines, err := s.Command.Logs(ctx, actor, target(d), in.After, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &minerLogsOutput{Next: in.After, Body: make([]string, 0, len(lines))}
	for _, l := range lines {
		out.Body = append(out.Body, base64.StdEncoding.EncodeToString([]byte(l.Text)))
		out.Next = max(out.Next, l.Seq)
	}
	return out, nil
}

// minerOf is a device as the Mining Platform and `adit list` see it.
func minerOf(d view.Device) body.Miner {
	m := body.Miner{
		Name: d.Name, Type: d.Driver, Running: d.PID != nil, Hashrate: d.Hashrate, Shares: d.Accepted, Rejected: d.Rejected,
		Uptime: d.Uptime, Device: d.ID, State: d.Headline.State, Why: d.Headline.Why, Algorithm: d.Algorithm,
		Version: d.Version, PID: d.PID, Practice: d.Practice,
	}
	if d.Pool != nil {
		m.Pool = &d.Pool.URL
	}
	return m
}

func statsOf(d view.Device) body.MinerStats {
	out := body.MinerStats{
		Hashrate: whole(d.Hashrate), Shares: signed(d.Accepted), Rejected: signed(d.Rejected), Uptime: whole(d.Uptime),
		Algorithm: d.Algorithm, DiffCurrent: whole(d.Difficulty), ExtraData: map[string]any{},
	}
	if d.LastShareAt != nil {
		at := d.LastShareAt.Unix()
		out.LastShare = &at
	}
	for name, v := range map[string]*float64{
		"hashrate60s": d.Hashrate60s, "hashrate15m": d.Hashrate15m, "hashrateHighest": d.HashrateHighest,
		"temperature": d.Temperature, "power": d.Power, "datasetProgress": d.DatasetProgress,
	} {
		if v != nil {
			out.ExtraData[name] = *v
		}
	}
	if d.StaleShares != nil {
		out.ExtraData["stale"] = *d.StaleShares
	}
	if d.Mode != nil {
		out.ExtraData["mode"] = *d.Mode
	}
	out.ExtraData["state"] = strings.TrimSpace(d.Headline.State + " " + d.Headline.Why)
	return out
}

// whole rounds, and leaves unknown unknown.
func whole(v *float64) *int64 {
	if v == nil || math.Abs(*v) > math.MaxInt64/2 {
		return nil
	}
	n := int64(math.Round(*v))
	return &n
}

func signed(v *uint64) *int64 {
	if v == nil || *v > math.MaxInt64 {
		return nil
	}
	n := int64(*v)
	return &n
}
