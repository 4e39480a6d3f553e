package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/coop/view"
)

// coopBase is the base of the routes of the crew.
const coopBase = "/api/v1/coop"

// tagCoop and tagCoopMine are tags of the document: adit's own routes of the crew, and CoopMine's.
const (
	tagCoop     = "coop"
	tagCoopMine = "coopmine"
)

func (s *server) coopRoutes() {
	register(s, op("coop", http.MethodGet, coopBase, "The crew at a glance, or how to have one", tagCoop), adit.ScopeRead, s.coopStatus)
	register(s, op("coop-config", http.MethodGet, coopBase+"/config", "Whether a crew is coordinated here, and how; without secrets", tagCoop),
		adit.ScopeRead, s.coopConfig)
	register(s, op("coop-configure", http.MethodPut, coopBase+"/config", "Switch the coordinator on or off, or give it other settings", tagCoop),
		adit.ScopeOwner, s.setCoopConfig)
	s.coopMemberRoutes()
	s.coopWorkRoutes()
	s.coopMoneyRoutes()
	s.coopLedgerRoutes()
	s.coopInviteRoutes()
	s.coopMineRoutes()
}

// howToSwitch says how a crew comes about here.
func (s *server) howToSwitch() string {
	if s.CoopSwitch != nil {
		return "this adit coordinates no crew: switch it on on the page Coop, or with PUT /api/v1/coop/config"
	}
	return "this adit coordinates no crew: start `adit coordinator`, or `adit up` and switch it on on the page Coop"
}

// source is the running coordinator, nil where there is none.
func (s *server) source() view.Source {
	if s.Coop == nil {
		return nil
	}
	return s.Coop()
}

// crew is the running coordinator, or why there is none.
func (s *server) crew() (view.Source, error) {
	if c := s.source(); c != nil {
		return c, nil
	}
	return nil, adit.Errorf(adit.Conflict, "%s", s.howToSwitch())
}

// asked is one answer of the running coordinator.
func asked[T any](s *server, ask func(view.Source) (T, error)) (*answer[T], error) {
	c, err := s.crew()
	if err != nil {
		return nil, err
	}
	return give(ask(c))
}

// ordered is an order to the running coordinator.
func ordered(s *server, status, name string, order func(view.Source) error) (*answer[body.Done], error) {
	c, err := s.crew()
	if err != nil {
		return nil, err
	}
	return give(body.Done{Status: status, Name: name}, order(c))
}

func (s *server) coopStatus(ctx context.Context, actor adit.Actor, _ *none) (*answer[body.CoopStatus], error) {
	out := body.CoopStatus{Switchable: s.CoopSwitch != nil}
	c := s.source()
	if c == nil {
		out.Why = s.howToSwitch()
		return give(out, nil)
	}
	g, err := c.Glance(ctx, actor)
	if err != nil {
		return nil, err
	}
	g.Tell()
	out.Running, out.Glance = true, &g
	return give(out, nil)
}

func noSwitch() error {
	return adit.Errorf(adit.Unsupported, "this adit cannot be switched: its command line and configuration file say what it is")
}

func (s *server) coopConfig(ctx context.Context, actor adit.Actor, _ *none) (*answer[view.Config], error) {
	if s.CoopSwitch == nil {
		return nil, noSwitch()
	}
	return give(s.CoopSwitch.Config(ctx, actor))
}

// coopConfigInput is the input of the switch.
type coopConfigInput struct{ Body view.ConfigRequest }

func (s *server) setCoopConfig(ctx context.Context, actor adit.Actor, in *coopConfigInput) (*answer[view.Config], error) {
	if s.CoopSwitch == nil {
		return nil, noSwitch()
	}
	if in.Body.Mode == "on" && in.Body.Settings == nil {
		now, err := s.CoopSwitch.Config(ctx, actor)
		if err == nil && len(now.Settings.Pools) == 0 {
			return nil, adit.InvalidField("settings", "say where the work comes from: at least one of settings.pools, such as {\"address\":\"practice:\"}")
		}
	}
	return give(s.CoopSwitch.SetConfig(ctx, actor, in.Body))
}

// CoopPage is the input of a list that is read page by page; exported, because huma passes over what is embedded under an
// unexported name.
type CoopPage struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"10000" doc:"absent: 100"`
	Before string `query:"before" format:"date-time" doc:"only what is older, RFC 3339"`
}

// coopLimit is how much of a list is given where nobody says.
const coopLimit = 100

func (p CoopPage) query() (view.PageQuery, error) {
	q := view.PageQuery{Limit: p.Limit}
	if q.Limit == 0 {
		q.Limit = coopLimit
	}
	if p.Before == "" {
		return q, nil
	}
	at, err := coopTime("before", p.Before)
	q.Before = at
	return q, err
}

// CoopFormat is the input of a list that is also a file.
type CoopFormat struct {
	Format string `query:"format" enum:"json,csv" doc:"absent: json"`
}

// asFile adds to an operation that it also answers as CSV; T is the type of its JSON.
func asFile[T any](s *server, o huma.Operation) huma.Operation {
	schema := s.api.OpenAPI().Components.Schemas.Schema(typeOf[T](), true, "")
	o.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
		"application/json": {Schema: schema}, "text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}}}}
	return o
}
