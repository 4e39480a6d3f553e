package api

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	coopview "github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/fleet/telemetry/view"
)

func (s *server) stateRoutes() {
	state := op("state", http.MethodGet, "/api/v1/state", "The whole live state, as the feed's first frame", tagOwn)
	schema := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[stateFrame](), true, "")
	state.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}}
	register(s, state, adit.ScopeRead, s.state)
	register(s, op("hashrate-history", http.MethodGet, "/api/v1/history/hashrate",
		"The hashrate of the last minutes, of one device or of all of one algorithm", tagOwn), adit.ScopeRead, s.history)
	register(s, op("doctor", http.MethodGet, "/api/v1/doctor", "Look at this computer and say what could be better", tagOwn), adit.ScopeRead, s.doctor)
}

// stateFrame describes the answer of /state.
type stateFrame struct {
	T     string    `json:"t" enum:"snapshot"`
	Seq   uint64    `json:"seq"`
	State liveState `json:"state"`
}

// liveState describes the keys with a fixed name; "rig/<id>" hold a Host each, "device/<id>" a Device.
type liveState struct {
	_        struct{}       `additionalProperties:"true"`
	Overview *view.Overview `json:"overview,omitempty"`
	Consent  *view.Consent  `json:"consent,omitempty"`
	Pause    *view.Pause    `json:"pause,omitempty"`
	Policy   *view.Policy   `json:"policy,omitempty"`
	Practice *view.Practice `json:"practice,omitempty"`
	Host     *view.Host     `json:"host,omitempty"`
	Example  *view.Device   `json:"device/<id>,omitempty"`
	Install  *view.Install  `json:"install/<rig>/<program>,omitempty"`

	Coop       *coopview.Glance `json:"coop,omitempty"`
	CoopShares []coopview.Share `json:"coop/shares,omitempty"`
}

// stateOutput is JSON that was made once for all who ask.
type stateOutput struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (s *server) state(ctx context.Context, actor adit.Actor, _ *none) (*stateOutput, error) {
	ask := s.loneFeed.snapshot
	if s.Telemetry != nil {
		ask = s.Telemetry.Snapshot
	}
	raw, err := ask(ctx, actor)
	if err != nil {
		return nil, err
	}
	return &stateOutput{ContentType: "application/json", Body: raw}, nil
}

// historyInput is the input of a chart.
type historyInput struct {
	Minutes   int    `query:"minutes" default:"60" minimum:"1" maximum:"527040"`
	Device    string `query:"device" maxLength:"128" doc:"id; absent: all of one algorithm"`
	Algorithm string `query:"algorithm" maxLength:"64" doc:"absent: the one with the most readings"`
}

func (s *server) history(ctx context.Context, actor adit.Actor, in *historyInput) (*answer[body.History], error) {
	h, err := s.Telemetry.Hashrate(ctx, actor, in.Minutes, adit.DeviceID(in.Device), adit.Algorithm(in.Algorithm))
	if err != nil {
		return nil, err
	}
	out := body.History{Step: h.Step.Seconds(), Algorithm: string(h.Algorithm), Points: make([]body.HistoryPoint, 0, len(h.Points))}
	for _, p := range h.Points {
		out.Points = append(out.Points, body.HistoryPoint{T: p.At, Hashrate: p.Value})
	}
	return give(out, nil)
}

func (s *server) doctor(ctx context.Context, actor adit.Actor, _ *none) (*answer[[]body.Finding], error) {
	list, err := s.Command.Doctor(ctx, actor)
	out := make([]body.Finding, 0, len(list))
	for _, f := range list {
		out = append(out, body.Finding{Name: f.Name, State: f.State, Text: f.Text, Fix: f.Fix, Group: f.Group, Command: f.Command})
	}
	return give(out, err)
}

func (s *server) controlRoutes() {
	register(s, op("consent", http.MethodGet, "/api/v1/consent", "The recorded permission to mine on this computer", tagOwn), adit.ScopeRead,
		func(ctx context.Context, actor adit.Actor, _ *none) (*answer[view.Consent], error) {
			return give(s.Telemetry.Consent(ctx, actor))
		})
	register(s, op("consent-grant", http.MethodPost, "/api/v1/consent", "Allow mining on this computer", tagOwn), adit.ScopeConsent,
		s.grantConsent)
	register(s, op("consent-revoke", http.MethodDelete, "/api/v1/consent", "Forbid mining on this computer; what runs is stopped", tagOwn), adit.ScopeConsent,
		func(ctx context.Context, actor adit.Actor, _ *none) (*answer[body.Done], error) {
			return give(body.Done{Status: "revoked"}, s.Command.RevokeConsent(ctx, actor))
		})
	register(s, op("pause", http.MethodPost, "/api/v1/pause", "Pause all mining on this computer", tagOwn), adit.ScopeControl, s.pause)
	register(s, op("resume", http.MethodPost, "/api/v1/resume", "End a pause", tagOwn), adit.ScopeControl,
		func(ctx context.Context, actor adit.Actor, _ *none) (*answer[body.Done], error) {
			return give(body.Done{Status: "resumed"}, s.Command.Resume(ctx, actor))
		})
	register(s, op("practice-start", http.MethodPost, "/api/v1/practice", "Start practice and a miner on it", tagOwn), adit.ScopeControl, s.startPractice)
	register(s, op("practice-stop", http.MethodDelete, "/api/v1/practice", "Stop the miner on practice, and practice", tagOwn), adit.ScopeControl,
		func(ctx context.Context, actor adit.Actor, _ *none) (*answer[body.Done], error) {
			return give(body.Done{Status: "stopped"}, s.Command.StopPractice(ctx, actor))
		})
}

// consentInput is the input of a permission; the body may be left out.
type consentInput struct{ Body *body.ConsentRequest }

func (s *server) grantConsent(ctx context.Context, actor adit.Actor, in *consentInput) (*answer[body.Done], error) {
	if in.Body != nil && in.Body.Via != "" && actor.Via == "token" {
		actor.Via = in.Body.Via
	}
	return give(body.Done{Status: "granted"}, s.Command.GrantConsent(ctx, actor))
}

// pauseInput is the input of a pause; without a body it lasts until resumed.
type pauseInput struct{ Body *body.PauseRequest }

func (s *server) pause(ctx context.Context, actor adit.Actor, in *pauseInput) (*answer[body.Done], error) {
	var d time.Duration
	if in.Body != nil && in.Body.ForSeconds != nil {
		d = time.Duration(*in.Body.ForSeconds * float64(time.Second))
	}
	return give(body.Done{Status: "paused"}, s.Command.Pause(ctx, actor, d))
}

// practiceInput is the input of a start of practice; the body may be left out.
type practiceInput struct{ Body *body.PracticeRequest }

func (s *server) startPractice(ctx context.Context, actor adit.Actor, in *practiceInput) (*answer[body.Done], error) {
	var threads *int
	if in.Body != nil {
		threads = in.Body.Threads
	}
	t, err := s.Command.StartPractice(ctx, actor, threads)
	return give(body.Done{Status: "started", Name: t.Name}, err)
}

var _ json.Marshaler = view.State{} // the client reads what is written here
