package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/account"
	"github.com/adit-mining/adit/internal/httpx"
	"github.com/adit-mining/adit/link/wire"
)

// lasting are operations whose answer does not end by itself; live_test.go, stream_test.go and events_test.go ask them.
var lasting = map[string]bool{"live": true, "stream": true, "mining-events": true, "coopmine-events": true}

// operation is one of the document with where it is.
type operation struct {
	*huma.Operation
	scope adit.Scope
}

// contract is the document as the server itself holds it, sorted so that reading comes before changing, and what ends
// things comes last.
func contract(t *testing.T) (huma.Registry, []operation) {
	t.Helper()
	s, err := newServer(Options{})
	must(t, err)
	doc := s.api.OpenAPI()
	var out []operation
	for path, item := range doc.Paths {
		for method, o := range map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete} {
			if o == nil {
				continue
			}
			o.Method, o.Path = method, path
			out = append(out, operation{o, adit.Scope(o.Extensions[httpx.ScopeKey].(string))})
		}
	}
	rank := map[string]string{"GET": "0", "POST": "1", "PUT": "2", "PATCH": "3", "DELETE": "4"}
	slices.SortFunc(out, func(a, b operation) int { return strings.Compare(rank[a.Method]+a.Path, rank[b.Method]+b.Path) })
	return doc.Components.Schemas, out
}

func (o operation) name() string { return o.Method + " " + o.Path }

// address is the operation's path with values that are there, and what its query needs.
func (o operation) address() string {
	path := strings.NewReplacer("{rig}", "rig1", "{name}", "m", "{type}", "native", "{id}", "m").Replace(o.Path)
	if strings.HasPrefix(path, "/api/v1/label/") {
		path = "/api/v1/label/device/values"
	}
	q := url.Values{}
	for _, p := range o.Parameters {
		if p.In == "query" && p.Required {
			q.Set(p.Name, needed[p.Name])
		}
	}
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return path
}

// needed are good values of parameters and form fields that must be there.
var needed = map[string]string{
	"metrics": "hashrate,accepted", "query": "adit_hashrate", "match[]": "adit_hashrate", "step": "15s",
	"start": fmt.Sprint(time.Now().Add(-time.Hour).Unix()), "end": fmt.Sprint(time.Now().Unix()),
}

// samples are good bodies, by operation; all others are sent {}.
var samples = map[string]string{
	"POST /api/v1/tokens":                      `{"scopes":["metrics"],"name":"grafana","expiresIn":3600}`,
	"POST /api/v1/mining/miners/{name}/stdin":  `{"input":"h"}`,
	"POST /api/v1/pause":                       `{"forSeconds":60}`,
	"PUT /api/v1/devices/{rig}/{name}/pools":   `{"pools":[{"url":"h:1","user":"%s"}]}`,
	"POST /api/v1/mining/miners/{type}":        `{"pool":"h:1","wallet":"%s"}`,
	"PUT /api/v1/coop/config":                  `{"mode":"on","settings":{"pools":[{"address":"practice:"}]}}`,
	"PUT /api/v1/coop/members/{id}/suspension": `{"reason":"it lied"}`,
	"PUT /api/v1/coop/members/{id}/difficulty": `{"difficulty":50000}`,
	"PUT /api/v1/coop/members/{id}/policy":     `{"policy":"all"}`,
	"PUT /api/v1/coop/members/{id}/threads":    `{"threads":2}`,
	"POST /api/v1/coop/credits":                `{"amount":"250000000000"}`,
	"PUT /api/v1/coop/payments/{id}":           `{"state":"paid","reference":"tx"}`,
	"POST /api/v1/coop/invites":                `{"name":"attic"}`,
	"POST /api/v1/mining/profiles":             `{"name":"p","minerType":"native","config":{"pool":"h:1","wallet":"%s"}}`,
}

func (o operation) body(wallet string) (content, kind string) {
	if o.RequestBody == nil {
		return "", ""
	}
	if o.RequestBody.Content["application/x-www-form-urlencoded"] != nil {
		form := url.Values{}
		for _, name := range o.RequestBody.Content["application/x-www-form-urlencoded"].Schema.Required {
			form.Set(name, needed[name])
		}
		return form.Encode(), "application/x-www-form-urlencoded"
	}
	if s, ok := samples[o.name()]; ok {
		return strings.ReplaceAll(s, "%s", wallet), "application/json"
	}
	return "{}", "application/json"
}

// answering makes the agent say that it cannot what a test's agent does not know, as an older agent would.
func (h *hub) answering() {
	plain := map[string]string{
		"logs":   `[{"seq":41,"at":"2026-11-21T12:00:00Z","text":"one"}]`,
		"miners": `[{"name":"adit-miner","aliases":["native"],"path":"/opt/adit/adit-miner","version":"1"},{"name":"xmrig","why":"get it"}]`,
		"doctor": `[{"name":"huge pages","state":"warn","text":"none","fix":"sysctl"}]`,
	}
	h.agent.mu.Lock()
	defer h.agent.mu.Unlock()
	h.agent.answerTo = func(q wire.Query) wire.Answer {
		if text, ok := plain[q.Kind]; ok {
			return wire.Answer{Result: json.RawMessage(text)}
		}
		return wire.Answer{Code: adit.Unsupported, Reason: "this agent knows no such question"}
	}
	known := []wire.Verb{wire.VerbStart, wire.VerbStop, wire.VerbRestart, wire.VerbRelease, wire.VerbPause, wire.VerbResume, wire.VerbSetPools,
		wire.VerbConsentGrant, wire.VerbConsentRevoke, wire.VerbStdin}
	h.agent.outcome = func(o wire.Order) wire.Outcome {
		if !slices.Contains(known, o.Verb) {
			return wire.Outcome{ID: o.ID, Code: adit.Unsupported, Reason: "this agent knows no such order"}
		}
		out := wire.Outcome{ID: o.ID}
		if o.Verb == wire.VerbStart {
			out.Result, _ = json.Marshal(wire.StartResult{Device: rig.Device("m"), Name: "m"})
		}
		return out
	}
}

// TestContract asks every operation of a living house and checks the answer against the document.
func TestContract(t *testing.T) {
	h := openHub(t)
	h.answering()
	registry, all := contract(t)
	wallet := moneroAddress(t)
	good := 0
	for _, o := range all {
		if lasting[o.OperationID] {
			continue
		}
		content, kind := o.body(wallet)
		status, header, text := h.request(o.Method, o.address(), content, h.asOwner, func(r *http.Request) {
			if kind != "" {
				r.Header.Set("Content-Type", kind)
			}
		})
		if status >= 500 && status != http.StatusNotImplemented && o.OperationID != "ready" {
			t.Errorf("%s answers %d: %s", o.name(), status, text)
			continue
		}
		if status < 300 {
			good++
		}
		answer := o.Responses[fmt.Sprint(status)]
		if answer == nil {
			answer = o.Responses["default"]
		}
		if answer == nil {
			t.Errorf("%s answers %d, of which the document says nothing: %s", o.name(), status, text)
			continue
		}
		conforms(t, registry, o, answer, status, header, text)
	}
	if want := 75; good < want {
		t.Errorf("only %d of %d operations could do what they are for", good, len(all))
	}
}

// conforms checks a body against its schema.
func conforms(t *testing.T, registry huma.Registry, o operation, answer *huma.Response, status int, header http.Header, text string) {
	t.Helper()
	kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	must(t, err)
	media := answer.Content[kind]
	if media == nil {
		t.Errorf("%s answers %d as %s, which the document does not say (%v)", o.name(), status, kind, slices.Collect(maps.Keys(answer.Content)))
		return
	}
	if !strings.HasSuffix(kind, "json") || media.Schema == nil {
		return
	}
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Errorf("%s: %v", o.name(), err)
		return
	}
	res := &huma.ValidateResult{}
	huma.Validate(registry, media.Schema, huma.NewPathBuffer([]byte{}, 0), huma.ModeReadFromServer, v, res)
	for _, e := range res.Errors {
		t.Errorf("%s answers %d with what the document does not allow: %v\n%.300s", o.name(), status, e, text)
	}
}

// TestConformsFails: the check of the test before can fail.
func TestConformsFails(t *testing.T) {
	registry, all := contract(t)
	i := slices.IndexFunc(all, func(o operation) bool { return o.OperationID == "history-status" })
	schema := all[i].Responses["200"].Content["application/json"].Schema
	for _, bad := range []string{`{"enabled":"yes"}`, `{"enabled":true}`, `[]`, `{"enabled":true,"retentionDays":1,"resolution":1,"miners":1,"firstSeen":null,"more":1}`} {
		var v any
		must(t, json.Unmarshal([]byte(bad), &v))
		res := &huma.ValidateResult{}
		huma.Validate(registry, schema, huma.NewPathBuffer([]byte{}, 0), huma.ModeReadFromServer, v, res)
		if len(res.Errors) == 0 {
			t.Errorf("%s passes", bad)
		}
	}
}

// TestMetricsToken walks every operation with a token of the scope metrics: it reads numbers, and does nothing else.
func TestMetricsToken(t *testing.T) {
	h := openHub(t)
	h.answering()
	_, secret, err := h.account.NewToken(t.Context(), adit.LocalOwner("terminal"), account.TokenWish{Scopes: []adit.Scope{adit.ScopeMetrics}})
	must(t, err)
	_, all := contract(t)
	wallet := moneroAddress(t)
	before, err := h.client.Events(t.Context(), 0, 1000)
	must(t, err)
	numbers := 0
	for _, o := range all {
		content, kind := o.body(wallet)
		for _, as := range []func(*http.Request){
			func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+secret) },
			func(r *http.Request) { r.SetBasicAuth("grafana", secret) },
		} {
			status, header, text := h.request(o.Method, o.address(), content, as, func(r *http.Request) {
				if kind != "" {
					r.Header.Set("Content-Type", kind)
				}
			})
			switch o.scope {
			case httpx.Public:
			case adit.ScopeMetrics:
				numbers++
				if status != http.StatusOK {
					t.Errorf("%s: %d %s", o.name(), status, text)
				}
			default:
				if p := h.problem(status, header, text); status != http.StatusForbidden || p.Code != "forbidden" {
					t.Errorf("%s lets a metrics token pass: %d %s", o.name(), status, text)
				}
			}
		}
	}
	if numbers < 20 {
		t.Errorf("only %d questions for numbers were asked", numbers)
	}
	if v := h.agent.verbs(); len(v) != 0 {
		t.Errorf("a metrics token ordered %v", v)
	}
	after, err := h.client.Events(t.Context(), 0, 1000)
	must(t, err)
	if len(after) != len(before) {
		t.Errorf("a metrics token wrote into the journal: %+v", after[len(before):])
	}
}

// TestOtherMethods: every path refuses the methods it has not, and names those it has.
func TestOtherMethods(t *testing.T) {
	h := openHub(t)
	_, all := contract(t)
	has := map[string][]string{}
	for _, o := range all {
		path := paramRE.ReplaceAllString(o.Path, "{}")
		has[path] = append(has[path], o.Method)
	}
	for path, methods := range has {
		for _, m := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			address := strings.ReplaceAll(path, "{}", "m")
			if slices.Contains(methods, m) || anyOther(has, m, address) {
				continue
			}
			status, header, text := h.request(m, address, "", h.asOwner)
			h.problem(status, header, text)
			if status != http.StatusMethodNotAllowed || header.Get("Allow") == "" {
				t.Errorf("%s %s: %d %s", m, address, status, text)
			}
		}
	}
}

// anyOther reports whether another path of the document takes the address.
func anyOther(has map[string][]string, method, address string) bool {
	for path, methods := range has {
		if slices.Contains(methods, method) && strings.Count(path, "/") == strings.Count(address, "/") && matches(path, address) {
			return true
		}
	}
	return false
}

func matches(path, address string) bool {
	a, b := strings.Split(path, "/"), strings.Split(address, "/")
	for i := range a {
		if a[i] != b[i] && a[i] != "{}" {
			return false
		}
	}
	return true
}

// raw are operations whose body is not JSON of ours: an archive, or a file that was written elsewhere.
var raw = map[string]string{
	"POST /api/v1/archives": "an archive",
}

// TestGarbage: every operation with a body refuses what is no JSON and, unless it reads what others wrote, a key it does not
// know; every number in a query refuses words. The answer names the place and repeats nothing.
func TestGarbage(t *testing.T) {
	h := openHub(t)
	h.answering()
	const secret = "hunter2secret"
	_, all := contract(t)
	for _, o := range all {
		if lasting[o.OperationID] || strings.HasPrefix(o.OperationID, "prom-") || raw[o.name()] != "" {
			continue // TestPromRefuses
		}
		if o.RequestBody != nil {
			for _, content := range []string{secret, `{"` + secret + `":`, `[1,2`} {
				status, header, text := h.request(o.Method, o.address(), content, h.asOwner)
				h.problem(status, header, text)
				if status != http.StatusBadRequest || strings.Contains(text, secret) {
					t.Errorf("%s with garbage: %d %s", o.name(), status, text)
				}
			}
		}
		for _, p := range o.Parameters {
			if p.In != "query" || p.Schema.Type != "integer" && p.Schema.Type != "number" && p.Schema.Type != "boolean" && p.Schema.Format != "date-time" {
				continue
			}
			status, header, text := h.request(o.Method, strings.Split(o.address(), "?")[0]+"?"+p.Name+"="+secret, "", h.asOwner)
			got := h.problem(status, header, text)
			if status != http.StatusBadRequest || strings.Contains(text, secret) || len(got.Fields) == 0 || !strings.Contains(text, "query."+p.Name) {
				t.Errorf("%s with %s=garbage: %d %s", o.name(), p.Name, status, text)
			}
		}
		if o.OperationID == "metrics" {
			continue // Prometheus may send parameters that others read
		}
		status, header, text := h.request(o.Method, strings.Split(o.address(), "?")[0]+"?nonsense="+secret, "", h.asOwner)
		if o.scope == httpx.Public && status == http.StatusBadRequest {
			continue
		}
		h.problem(status, header, text)
		if status != http.StatusBadRequest || strings.Contains(text, secret) {
			t.Errorf("%s with an unknown parameter: %d %s", o.name(), status, text)
		}
	}
	if v := h.agent.verbs(); len(v) != 0 {
		t.Errorf("garbage became orders: %v", v)
	}
}

// kept are the routes of the Mining Platform that this adit has, from the list of facts; peers, nodes, remote computers,
// the web component and MCP come later.
var kept = strings.Fields(`
GET/health GET/ready
GET/api/v1/mining/info GET/api/v1/mining/metrics POST/api/v1/mining/doctor POST/api/v1/mining/update
GET/api/v1/mining/miners GET/api/v1/mining/miners/available POST/api/v1/mining/miners/{}/install DELETE/api/v1/mining/miners/{}/uninstall
DELETE/api/v1/mining/miners/{} GET/api/v1/mining/miners/{}/stats GET/api/v1/mining/miners/{}/hashrate-history GET/api/v1/mining/miners/{}/logs
POST/api/v1/mining/miners/{}/stdin POST/api/v1/mining/miners/{}
GET/api/v1/mining/history/status GET/api/v1/mining/history/miners GET/api/v1/mining/history/miners/{} GET/api/v1/mining/history/miners/{}/hashrate
GET/api/v1/mining/profiles POST/api/v1/mining/profiles GET/api/v1/mining/profiles/{} PUT/api/v1/mining/profiles/{} DELETE/api/v1/mining/profiles/{}
POST/api/v1/mining/profiles/{}/start
GET/api/v1/mining/ws/events
GET/api/stats GET/api/workers GET/api/workers/{} GET/api/jobs GET/api/shares GET/ws`)

func TestKeptRoutes(t *testing.T) {
	_, all := contract(t)
	has := map[string]bool{}
	for _, o := range all {
		has[o.Method+paramRE.ReplaceAllString(o.Path, "{}")] = true
	}
	for _, want := range kept {
		if !has[want] {
			t.Errorf("%s is missing", want)
		}
	}
}
