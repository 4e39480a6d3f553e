package api

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/common/model"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/telemetry"
	"github.com/adit-mining/adit/internal/httpx"
	"github.com/adit-mining/adit/internal/problem"
)

// Prometheus's own HTTP API (prometheus.io/docs/prometheus/latest/querying/api): what promtool, Grafana and Prometheus's
// clients ask. Parameters, envelope and statuses are Prometheus's, so these are no huma operations.

// promVersion is the Prometheus whose engine answers; Grafana looks at it to know what may be asked.
const promVersion = "3.11.3"

// Bounds of a query.
const (
	promPoints = 11_000
	promBody   = 1 << 20
)

// promRoute is one of its operations. do returns what goes under "data".
type promRoute struct {
	id, path, summary string
	post              bool
	params            []string // as in its documentation; the first are needed
	needed            int
	do                func(*server, *http.Request) (promData, error)
}

// promData is an answer's data and what there is to say about it.
type promData struct {
	Data     any
	Warnings []string
	Infos    []string
}

var promTable = []promRoute{
	{"prom-query", "/api/v1/query", "PromQL at one time", true, []string{"query", "time", "timeout", "limit", "lookback_delta"}, 1, (*server).promQuery},
	{"prom-query-range", "/api/v1/query_range", "PromQL over a span", true,
		[]string{"query", "start", "end", "step", "timeout", "limit", "lookback_delta"}, 4, (*server).promRange},
	{"prom-labels", "/api/v1/labels", "Names of labels", true, []string{"match[]", "start", "end", "limit"}, 0, (*server).promLabels},
	{"prom-label-values", "/api/v1/label/{name}/values", "Values of a label", false, []string{"match[]", "start", "end", "limit"}, 0, (*server).promValues},
	{"prom-series", "/api/v1/series", "Labels of series", true, []string{"match[]", "start", "end", "limit"}, 1, (*server).promSeries},
	{"prom-metadata", "/api/v1/metadata", "What metrics mean", false, []string{"metric", "limit"}, 0, (*server).promMetadata},
	{"prom-buildinfo", "/api/v1/status/buildinfo", "Which Prometheus this speaks as", false, nil, 0, (*server).promBuild},
}

func (s *server) promRoutes() {
	for _, p := range promTable {
		s.promRoute(p, http.MethodGet)
		if p.post {
			s.promRoute(p, http.MethodPost)
		}
	}
}

func (s *server) promRoute(p promRoute, method string) {
	id, in := p.id, "query"
	if method == http.MethodPost {
		id += "-form"
	}
	o := op(id, method, p.path, p.summary+", as Prometheus answers", tagProm)
	o.Description = "Prometheus's HTTP API: its parameters, envelope and statuses. Times are unix seconds or RFC 3339, lengths seconds or 15s."
	fields := map[string]*huma.Schema{}
	for i, name := range p.params {
		schema := &huma.Schema{Type: "string"}
		if name == "match[]" {
			schema = &huma.Schema{Type: "array", Items: &huma.Schema{Type: "string"}}
		}
		fields[name] = schema
		if method == http.MethodGet {
			o.Parameters = append(o.Parameters, &huma.Param{Name: name, In: in, Schema: schema, Required: i < p.needed})
		}
	}
	if method == http.MethodPost {
		form := &huma.Schema{Type: "object", Properties: fields, Required: p.params[:p.needed]}
		o.RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{"application/x-www-form-urlencoded": {Schema: form}}}
	}
	if p.id == "prom-label-values" {
		o.Parameters = append(o.Parameters, &huma.Param{Name: "name", In: "path", Required: true, Schema: &huma.Schema{Type: "string"}})
	}
	o.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{"application/json": {Schema: promSchema()}}}}
	httpx.Describe(&o, adit.ScopeMetrics)
	s.api.OpenAPI().AddOperation(&o)
	s.mux.HandleFunc(method+" "+p.path, func(w http.ResponseWriter, r *http.Request) { s.promAnswer(w, r, p) })
}

func promSchema() *huma.Schema {
	list := &huma.Schema{Type: "array", Items: &huma.Schema{Type: "string"}}
	return &huma.Schema{Type: "object", Required: []string{"status"}, Properties: map[string]*huma.Schema{
		"status": {Type: "string", Enum: []any{"success", "error"}}, "data": {}, "errorType": {Type: "string"}, "error": {Type: "string"},
		"warnings": list, "infos": list,
	}}
}

// promEnvelope is what every answer is wrapped in.
type promEnvelope struct {
	Status    string   `json:"status"`
	Data      any      `json:"data,omitempty"`
	ErrorType string   `json:"errorType,omitempty"`
	Error     string   `json:"error,omitempty"`
	Warnings  []string `json:"warnings,omitempty"`
	Infos     []string `json:"infos,omitempty"`
}

// promErrors are the words and statuses of Prometheus for our codes; all others are "internal".
var promErrors = map[adit.Code]struct {
	kind   string
	status int
}{
	adit.Invalid:  {"bad_data", http.StatusBadRequest},
	adit.Refused:  {"execution", http.StatusUnprocessableEntity},
	adit.Timeout:  {"timeout", http.StatusServiceUnavailable},
	adit.NotFound: {"not_found", http.StatusNotFound},
}

func (s *server) promAnswer(w http.ResponseWriter, r *http.Request, p promRoute) {
	if err := adit.ActorFrom(r.Context()).May(adit.ScopeMetrics); err != nil {
		problem.Of(err).Write(w)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, promBody)
	status, e := http.StatusOK, promEnvelope{Status: "success"}
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(time.Now().Add(formWait)) // a connection without deadlines waits
	d, err := promData{}, r.ParseForm()
	_ = c.SetReadDeadline(time.Time{})
	if err != nil {
		err = adit.InvalidField("body", "send the parameters as a form of at most 1 MiB")
	} else {
		d, err = p.do(s, r)
	}
	if err != nil {
		known, ok := promErrors[adit.CodeOf(err)]
		if !ok {
			known.kind, known.status = "internal", http.StatusInternalServerError
			s.Log.ErrorContext(r.Context(), "a query failed", "path", r.URL.Path, "err", err)
			err = errors.New("something went wrong inside adit; its log says what")
		}
		status, e = known.status, promEnvelope{Status: "error", ErrorType: known.kind, Error: err.Error()}
	} else {
		e.Data, e.Warnings, e.Infos = d.Data, d.Warnings, d.Infos
	}
	text, err := json.Marshal(e)
	if err != nil {
		s.Log.ErrorContext(r.Context(), "an answer cannot be written", "path", r.URL.Path, "err", err)
		problem.New(http.StatusInternalServerError, "").Write(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text) // the client may be gone
}

// promQueryParams are those of both kinds of query.
func promQueryParams(f url.Values) (q telemetry.PromQuery, err error) {
	q.Query = f.Get("query")
	if q.Query == "" {
		return q, adit.InvalidField("query", "it is missing")
	}
	if q.Timeout, err = promLength(f, "timeout"); err != nil {
		return q, err
	}
	if q.Lookback, err = promLength(f, "lookback_delta"); err != nil {
		return q, err
	}
	q.Limit, err = promLimit(f)
	return q, err
}

func (s *server) promQuery(r *http.Request) (promData, error) {
	q, err := promQueryParams(r.Form)
	if err != nil {
		return promData{}, err
	}
	if q.From, err = promTime(r.Form, "time", time.Now()); err != nil {
		return promData{}, err
	}
	return s.promEvaluate(r, q)
}

func (s *server) promRange(r *http.Request) (promData, error) {
	q, err := promQueryParams(r.Form)
	if err != nil {
		return promData{}, err
	}
	for name, to := range map[string]*time.Time{"start": &q.From, "end": &q.To} {
		if r.Form.Get(name) == "" {
			return promData{}, adit.InvalidField(name, "it is missing")
		}
		if *to, err = promTime(r.Form, name, time.Time{}); err != nil {
			return promData{}, err
		}
	}
	if q.Step, err = promLength(r.Form, "step"); err != nil {
		return promData{}, err
	}
	switch {
	case q.Step < time.Millisecond:
		return promData{}, adit.InvalidField("step", "it must be greater than 0")
	case q.To.Before(q.From):
		return promData{}, adit.InvalidField("end", "it lies before start")
	case q.To.Sub(q.From)/q.Step > promPoints:
		return promData{}, adit.InvalidField("step", "it gives more than %d points of each series: take a longer step or less time", promPoints)
	}
	return s.promEvaluate(r, q)
}

func (s *server) promEvaluate(r *http.Request, q telemetry.PromQuery) (promData, error) {
	res, err := s.Telemetry.Query(r.Context(), adit.ActorFrom(r.Context()), q)
	return promData{Data: map[string]any{"resultType": res.Type, "result": res.Value}, Warnings: res.Warnings, Infos: res.Infos}, err
}

// promSelection reads what the questions about labels have in common.
func promSelection(f url.Values) (sel telemetry.Selection, err error) {
	sel.Match = f["match[]"]
	if sel.From, err = promTime(f, "start", time.Unix(0, 0)); err != nil {
		return sel, err
	}
	if sel.To, err = promTime(f, "end", time.Now().Add(time.Hour)); err != nil {
		return sel, err
	}
	sel.Limit, err = promLimit(f)
	return sel, err
}

func (s *server) promLabels(r *http.Request) (promData, error) {
	sel, err := promSelection(r.Form)
	if err != nil {
		return promData{}, err
	}
	list, err := s.Telemetry.LabelNames(r.Context(), adit.ActorFrom(r.Context()), sel)
	return promData{Data: list}, err
}

func (s *server) promValues(r *http.Request) (promData, error) {
	sel, err := promSelection(r.Form)
	if err != nil {
		return promData{}, err
	}
	list, err := s.Telemetry.LabelValues(r.Context(), adit.ActorFrom(r.Context()), r.PathValue("name"), sel)
	return promData{Data: list}, err
}

func (s *server) promSeries(r *http.Request) (promData, error) {
	sel, err := promSelection(r.Form)
	if err != nil {
		return promData{}, err
	}
	list, err := s.Telemetry.SeriesLabels(r.Context(), adit.ActorFrom(r.Context()), sel)
	return promData{Data: list}, err
}

func (s *server) promMetadata(r *http.Request) (promData, error) {
	type meta struct {
		Type string `json:"type"`
		Help string `json:"help"`
		Unit string `json:"unit"`
	}
	limit, err := promLimit(r.Form)
	if err != nil {
		return promData{}, err
	}
	out := map[string][]meta{}
	for _, i := range telemetry.Catalog() {
		if only := r.Form.Get("metric"); only != "" && only != i.Name || limit > 0 && len(out) >= limit {
			continue
		}
		kind := "gauge"
		if i.Counter {
			kind = "counter"
		}
		out[i.Name] = []meta{{Type: kind, Help: i.Help}}
	}
	return promData{Data: out}, nil
}

func (s *server) promBuild(*http.Request) (promData, error) {
	return promData{Data: map[string]string{
		"version": promVersion, "revision": adit.Version, "branch": "adit", "buildUser": "", "buildDate": "", "goVersion": "",
	}}, nil
}

// promTime reads unix seconds or RFC 3339.
func promTime(f url.Values, name string, otherwise time.Time) (time.Time, error) {
	text := f.Get(name)
	if text == "" {
		return otherwise, nil
	}
	if v, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(v) < 1e11 {
		return time.UnixMilli(int64(math.Round(v * 1000))).UTC(), nil
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil && t.Year() >= 0 && t.Year() < 10000 {
		return t, nil
	}
	if edge, ok := promEdges[text]; ok {
		return edge, nil
	}
	return time.Time{}, adit.InvalidField(name, "write unix seconds or a time such as 2026-01-31T12:00:00Z")
}

// promEdges are the words of Prometheus's clients for "ever".
var promEdges = map[string]time.Time{
	"-292273086-05-16T16:47:06Z":          time.Unix(0, 0),
	"292277025-08-18T07:12:54.999999999Z": time.Unix(1<<33, 0),
}

// promLength reads seconds or Prometheus's 1h30m; absent is 0.
func promLength(f url.Values, name string) (time.Duration, error) {
	text := f.Get(name)
	if text == "" {
		return 0, nil
	}
	if v, err := strconv.ParseFloat(text, 64); err == nil {
		if d := v * float64(time.Second); d >= 0 && d < math.MaxInt64 {
			return time.Duration(d), nil
		}
	} else if d, err := model.ParseDuration(text); err == nil {
		return time.Duration(d), nil
	}
	return 0, adit.InvalidField(name, "write seconds, or a length such as 15s")
}

func promLimit(f url.Values) (int, error) {
	text := f.Get("limit")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, adit.InvalidField("limit", "it must be a number from 0, which is no limit")
	}
	return n, nil
}
