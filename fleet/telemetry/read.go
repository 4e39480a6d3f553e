package telemetry

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"sort"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/telemetry/view"
	"github.com/adit-mining/adit/store/tsdb"
)

// Subscribe listens to the live feed; the first frame is a snapshot of now.
func (s *Service) Subscribe(ctx context.Context, actor adit.Actor) (*Subscription, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	s.refreshNow()
	return s.feed.Subscribe()
}

// Snapshot is the whole live state as JSON: {"t":"snapshot","seq":…,"state":{…}}. The bytes are shared: do not change them.
func (s *Service) Snapshot(ctx context.Context, actor adit.Actor) (json.RawMessage, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	s.refreshNow()
	return s.feed.Current(), nil
}

// Consent is the home rig's recorded permission; Unreachable while its agent has not spoken.
func (s *Service) Consent(ctx context.Context, actor adit.Actor) (view.Consent, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return view.Consent{}, err
	}
	waiting := s.o.Waiting()
	s.mu.Lock()
	defer s.mu.Unlock()
	sc := s.scene(s.o.Now(), view.Practice{}, waiting, nil)
	if sc.consent == nil {
		return view.Consent{}, adit.Errorf(adit.Unreachable, "the agent on this computer has not spoken yet")
	}
	return *sc.consent, nil
}

// Host is the computer adit runs on; ok is false while its agent has not spoken.
func (s *Service) Host(ctx context.Context, actor adit.Actor) (h view.Host, ok bool, err error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return h, false, err
	}
	home, ok := s.o.Inventory.Home()
	if !ok {
		return h, false, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.devices {
		if d.rig == home.ID && d.known && !d.gone && d.isHost() {
			return host(home, d), true, nil
		}
	}
	return host(home, nil), true, nil
}

// Devices lists the devices but hosts, by id.
func (s *Service) Devices(ctx context.Context, actor adit.Actor) ([]view.Device, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	out := []view.Device{}
	rigs := s.o.Inventory.All()
	for _, d := range s.devices {
		if !d.known || d.gone || d.isHost() {
			continue
		}
		for _, r := range rigs {
			if r.ID == d.rig {
				out = append(out, d.view(r, look{online: r.Online, stale: d.stale(s.streams[d.rig], now)}, now))
			}
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out, nil
}

// Named finds a device by name: on the home rig, else on the only rig that has one of that name.
func (s *Service) Named(ctx context.Context, actor adit.Actor, name string) (view.Device, error) {
	all, err := s.Devices(ctx, actor)
	if err != nil {
		return view.Device{}, err
	}
	home, _ := s.o.Inventory.Home()
	var found []view.Device
	for _, d := range all {
		switch {
		case d.Name != name:
		case d.Rig == string(home.ID):
			return d, nil
		default:
			found = append(found, d)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return view.Device{}, adit.Errorf(adit.NotFound, "there is no miner of that name: `adit list` names those there are")
	}
	return view.Device{}, adit.Errorf(adit.Conflict, "%d computers have a miner of that name: name the computer too", len(found))
}

// History is a hashrate over time.
type History struct {
	Step      time.Duration
	Algorithm adit.Algorithm // "" for a single device
	Points    []tsdb.Point   // Value nil = no reading
}

// MaxMinutes bounds one History: a year, far more than the time series keep by default.
const MaxMinutes = 366 * 24 * 60

// maxPoints bounds the points of one History: more than a chart has pixels.
const maxPoints = 720

// Hashrate is the hashrate of the last minutes: of one device, or ("" ) of all devices of one algorithm together,
// "" being the one with the most readings.
func (s *Service) Hashrate(ctx context.Context, actor adit.Actor, minutes int, device adit.DeviceID, algorithm adit.Algorithm) (History, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return History{}, err
	}
	if minutes < 1 || minutes > MaxMinutes {
		return History{}, adit.InvalidField("minutes", "it must be 1 to %d", MaxMinutes)
	}
	span := time.Duration(minutes) * time.Minute
	step := max(bucket, (span/maxPoints).Truncate(bucket)+bucket)
	if span/bucket <= maxPoints {
		step = bucket
	}
	to := s.o.Now().Truncate(step).Add(step)
	q := tsdb.HistoryQuery{Metric: seriesRigHashrate, From: to.Add(-span), To: to, Step: step}
	if device != "" {
		q.Metric, q.Labels = seriesHashrate, map[string]string{"device": string(device)}
	}
	series, err := s.o.Series.History(ctx, q)
	if err != nil {
		return History{}, err
	}
	h := History{Step: step, Points: []tsdb.Point{}}
	if device == "" {
		h.Algorithm = algorithm
		if algorithm == "" {
			h.Algorithm = commonest(series)
		}
		series = slices.DeleteFunc(series, func(x tsdb.Series) bool { return x.Labels["algorithm"] != string(h.Algorithm) })
	}
	h.Points = sum(series, q)
	return h, nil
}

// commonest is the algorithm with the most readings.
func commonest(series []tsdb.Series) (best adit.Algorithm) {
	count := map[string]int{}
	for _, s := range series {
		for _, p := range s.Points {
			if p.Value != nil {
				count[s.Labels["algorithm"]]++
			}
		}
	}
	most := 0
	for _, s := range series {
		if a := s.Labels["algorithm"]; count[a] > most {
			most, best = count[a], adit.Algorithm(a)
		}
	}
	return best
}

// sum adds series point by point; a step without any reading stays unknown.
func sum(series []tsdb.Series, q tsdb.HistoryQuery) []tsdb.Point {
	n := int(q.To.Sub(q.From) / q.Step)
	out := make([]tsdb.Point, n)
	for i := range out {
		out[i].At = q.From.Add(time.Duration(i) * q.Step).UTC()
	}
	for _, s := range series {
		for i, p := range s.Points[:min(n, len(s.Points))] {
			if p.Value == nil || math.IsNaN(*p.Value) {
				continue
			}
			v := *p.Value
			if out[i].Value != nil {
				v += *out[i].Value
			}
			out[i].Value = &v
		}
	}
	return out
}
