package api

import (
	"context"
	"encoding/json"
	"io/fs"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/fleet/account"
	"github.com/adit-mining/adit/fleet/backup"
	"github.com/adit-mining/adit/fleet/command"
	"github.com/adit-mining/adit/fleet/estimate"
	"github.com/adit-mining/adit/fleet/fee"
	"github.com/adit-mining/adit/fleet/inventory"
	"github.com/adit-mining/adit/fleet/journal"
	"github.com/adit-mining/adit/fleet/setting"
	"github.com/adit-mining/adit/fleet/sheet"
	"github.com/adit-mining/adit/fleet/telemetry"
	"github.com/adit-mining/adit/fleet/upload"
	"github.com/adit-mining/adit/internal/httpx"
)

// Options of the handler. The services are needed, but for those of the hub where there is none: an adit that only
// coordinates a crew has Account alone, and then the hub's operations answer 404 with the reason.
type Options struct {
	Account   *account.Service
	Inventory *inventory.Service
	Telemetry *telemetry.Service
	Command   *command.Service
	Journal   *journal.Service
	Sheet     *sheet.Service
	Setting   *setting.Service
	Estimate  *estimate.Service
	Backup    *backup.Service // nil = this adit makes none
	Fees      *fee.Service    // nil = this adit keeps no ledger of fees

	// Uploads keeps archives sent by a browser; nil = the agent is on another computer, so that none can be sent.
	Uploads *upload.Service

	// Coop is the running coordinator; nil, or a nil Source, = none runs now. It must be quick.
	Coop func() view.Source
	// CoopSwitch switches the coordinator on and off; nil = that cannot be done here.
	CoopSwitch view.Switch
	// Collectors are more metrics than those of the hub and of the handler itself, such as coop/metric.
	Collectors []prometheus.Collector

	// UI is the web app's files, index.html at its root; nil = there is none.
	UI fs.FS
	// Hosts are names a request's Host header may carry beside those of loopback.
	Hosts []string
	// Ready tells what adit still waits for beside database and agent; nil = nothing.
	Ready func(ctx context.Context) []string
	Log   *slog.Logger // nil = silent
}

// server holds the options and what is made of them.
type server struct {
	Options
	mux  *http.ServeMux
	api  huma.API
	doc  []byte // the OpenAPI document
	site *site

	counts counters
	events events
	pushes pushes

	loneFeed loneFeed // where there is no hub
}

// New makes the handler of everything adit serves to people and their programs.
func New(o Options) (http.Handler, error) {
	s, err := newServer(o)
	if err != nil {
		return nil, err
	}
	return s.counted(s.secure(s.present(s.mux))), nil
}

// Document is the OpenAPI document of this version.
func Document() ([]byte, error) {
	s, err := newServer(Options{})
	if err != nil {
		return nil, err
	}
	return s.doc, nil
}

func newServer(o Options) (*server, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	httpx.Install()
	s := &server{Options: o, mux: http.NewServeMux()}
	s.loneFeed.objects = s.crewObjects
	s.api = humago.New(s.mux, config())
	s.routes()
	withErrors(s.api.OpenAPI())
	var err error
	if s.doc, err = document(s.api); err != nil {
		return nil, err
	}
	s.mux.HandleFunc("GET /openapi.json", s.openAPI)
	if o.UI != nil {
		if s.site, err = newSite(o.UI); err != nil {
			return nil, err
		}
	}
	s.mux.HandleFunc("/", s.fallback)
	return s, nil
}

// config is huma without the pages it would serve by itself, JSON only.
func config() huma.Config {
	c := huma.DefaultConfig("adit", "1")
	c.Info.Description = "Everything adit's web app and CLI do. A null is unknown, never zero. Errors are problem+json and never repeat what was rejected."
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil // no $schema keys in bodies
	c.RejectUnknownQueryParameters = true
	c.Formats = map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}
	c.Components.Schemas = schemas()
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"cookie": {Type: "apiKey", In: "cookie", Name: cookieBase, Description: "set by POST /api/v1/session; the port follows the name, as in adit_session_8080"},
		"bearer": {Type: "http", Scheme: "bearer", Description: "the token of the token file"},
		"basic":  {Type: "http", Scheme: "basic", Description: "any user, the token as password"},
	}
	return c
}

// document writes the OpenAPI document, indented: it is committed and read in reviews.
func document(a huma.API) ([]byte, error) {
	b, err := json.MarshalIndent(a.OpenAPI(), "", "  ")
	return append(b, '\n'), err
}

// register is httpx.Register with this server's log.
func register[I, O any](s *server, op huma.Operation, scope adit.Scope, h func(context.Context, adit.Actor, *I) (*O, error)) {
	httpx.Register(s.api, s.Log, op, scope, h)
}

// none is the input of an operation that takes nothing.
type none struct{}

// answer is the output of an operation that has a body.
type answer[T any] struct{ Body T }

func give[T any](v T, err error) (*answer[T], error) {
	if err != nil {
		return nil, err
	}
	return &answer[T]{Body: v}, nil
}

func op(id, method, path, summary string, tags ...string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: tags}
}

// The tags of the document.
const (
	tagMining  = "mining"
	tagOwn     = "adit"
	tagSession = "session"
	tagHealth  = "health"
	tagProm    = "prometheus"
)

func (s *server) routes() {
	s.miningRoutes()
	s.minerRoutes()
	s.profileRoutes()
	s.settingRoutes()
	s.transferRoutes()
	s.stateRoutes()
	s.controlRoutes()
	s.deviceRoutes()
	s.journalRoutes()
	s.backupRoutes()
	s.trustRoutes()
	s.sessionRoutes()
	s.healthRoutes()
	s.liveRoute()
	s.historyRoutes()
	s.tokenRoutes()
	s.platformRoutes()
	s.streamRoute()
	s.eventRoute()
	s.metricsRoute()
	s.promRoutes()
	s.installRoutes()
	s.coopRoutes()
	s.aboutRoute()
}
