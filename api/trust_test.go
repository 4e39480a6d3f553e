package api

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/httpx"
)

var paramRE = regexp.MustCompile(`\{[a-z]+\}`)

// TestNobodyAndReaders walks the document: nobody gets 401 on every operation that is not public, whatever the body;
// an actor without the operation's scope gets 403.
func TestNobodyAndReaders(t *testing.T) {
	h := openHub(t)
	for name, o := range operations(t) {
		method, path, _ := strings.Cut(name, " ")
		path = paramRE.ReplaceAllString(path, "x")
		for _, content := range []string{"", "{", strings.Repeat("x", 2<<20)} {
			if method == "get" && content != "" {
				continue
			}
			status, header, text := h.request(strings.ToUpper(method), path, content)
			if o[httpx.ScopeKey] == string(httpx.Public) {
				if status == http.StatusUnauthorized && path != "/api/v1/session" {
					t.Errorf("%s is public and answers %d", name, status)
				}
				continue
			}
			if status != http.StatusUnauthorized {
				t.Errorf("%s answers nobody with %d: %s", name, status, text)
				continue
			}
			if p := h.problem(status, header, text); p.Code != string(adit.Unauthorized) || header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s: %+v", name, p)
			}
		}
	}
	if n := len(h.agent.verbs()); n != 0 {
		t.Errorf("nobody ordered %d things", n)
	}
}

func TestOtherScopes(t *testing.T) {
	s, err := newServer(Options{})
	must(t, err)
	for name, o := range operations(t) {
		scope := adit.Scope(o[httpx.ScopeKey].(string))
		if scope == httpx.Public {
			continue
		}
		method, path, _ := strings.Cut(name, " ")
		req, err := http.NewRequest(strings.ToUpper(method), "http://127.0.0.1"+paramRE.ReplaceAllString(path, "x"), http.NoBody)
		must(t, err)
		weak := adit.Actor{ID: "w", Name: "w", Scopes: []adit.Scope{"another"}}
		if scope != adit.ScopeRead && scope != adit.ScopeMetrics { // metrics are part of read
			weak.Scopes = append(weak.Scopes, adit.ScopeRead)
		}
		if name == "get /api/v1/live" {
			continue // it asks the telemetry service, see TestLive
		}
		w := newRecorder()
		s.mux.ServeHTTP(w, req.WithContext(adit.WithActor(req.Context(), weak)))
		if w.status != http.StatusForbidden || !strings.Contains(w.body.String(), string(scope)) {
			t.Errorf("%s without %s: %d %s", name, scope, w.status, w.body.String())
		}
	}
}

// recorder is the least that is needed to see an answer.
type recorder struct {
	status int
	header http.Header
	body   strings.Builder
}

func newRecorder() *recorder                          { return &recorder{header: http.Header{}} }
func (r *recorder) Header() http.Header               { return r.header }
func (r *recorder) WriteHeader(status int)            { r.status = status }
func (r *recorder) Write(b []byte) (n int, err error) { return r.body.Write(b) }

// TestWaysIn: bearer, basic password and cookie open; a wrong one does not, and does not fall back to another.
func TestWaysIn(t *testing.T) {
	h := openHub(t)
	cookie := h.signIn()
	for name, c := range map[string]struct {
		set  func(*http.Request)
		want int
	}{
		"bearer":                     {h.asOwner, 200},
		"basic":                      {func(r *http.Request) { r.SetBasicAuth("anybody", h.token) }, 200},
		"cookie":                     {func(r *http.Request) { r.AddCookie(cookie) }, 200},
		"wrong bearer":               {func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, 401},
		"empty bearer":               {func(r *http.Request) { r.Header.Set("Authorization", "Bearer ") }, 401},
		"wrong password":             {func(r *http.Request) { r.SetBasicAuth(h.token, "x") }, 401},
		"wrong cookie":               {func(r *http.Request) { r.AddCookie(&http.Cookie{Name: cookie.Name, Value: "x"}) }, 401},
		"token in the query":         {func(r *http.Request) { r.URL.RawQuery = "token=" + h.token }, 401},
		"wrong bearer, right cookie": {func(r *http.Request) { r.Header.Set("Authorization", "Bearer x"); r.AddCookie(cookie) }, 401},
	} {
		if status, _, text := h.request("GET", "/api/v1/mining/miners", "", c.set); status != c.want {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
}

// signIn trades a one-time link for a cookie, as a browser does.
func (h *hub) signIn() *http.Cookie {
	h.t.Helper()
	link, _, err := h.account.NewLogin(h.t.Context(), adit.LocalOwner("terminal"))
	must(h.t, err)
	status, header, text := h.request("POST", "/api/v1/session", `{"token":"`+link+`"}`)
	if status != 200 {
		h.t.Fatalf("%d %s", status, text)
	}
	c, err := http.ParseSetCookie(header.Get("Set-Cookie"))
	must(h.t, err)
	return c
}

func TestSession(t *testing.T) {
	h := openHub(t)
	c := h.signIn()
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || !strings.HasPrefix(c.Name, "adit_session_") || c.Domain != "" {
		t.Errorf("cookie %+v", c)
	}
	status, header, text := h.request("POST", "/api/v1/session", `{"token":"s3cr3t"}`)
	if p := h.problem(status, header, text); status != 401 || strings.Contains(text, "s3cr3t") || p.Detail == "" {
		t.Errorf("%d %s", status, text)
	}
	with := func(r *http.Request) { r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value}) }
	if status, header, _ := h.request("DELETE", "/api/v1/session", "", with); status != 200 || !strings.Contains(header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("%d %s", status, header.Get("Set-Cookie"))
	}
	if status, _, _ := h.request("GET", "/api/v1/state", "", with); status != 401 {
		t.Errorf("a session after its logout: %d", status)
	}
	link, err := h.client.LoginLink(t.Context())
	if err != nil || !strings.HasPrefix(link.URL, h.url+"/#token=") {
		t.Errorf("%+v %v", link, err)
	}
}

func TestHostAndOrigin(t *testing.T) {
	h := openHub(t)
	host := func(v string) func(*http.Request) { return func(r *http.Request) { r.Host = v } }
	head := func(k, v string) func(*http.Request) { return func(r *http.Request) { r.Header.Set(k, v) } }
	for v, want := range map[string]int{
		"127.0.0.1:8080": 200, "localhost": 200, "LOCALHOST:1": 200, "[::1]:8080": 200, "127.9.9.9": 200,
		"evil.example": 421, "evil.example:8080": 421, "127.0.0.1.evil.example": 421, "localhost.evil.example": 421,
		"10.0.0.1": 421, "0.0.0.0": 421, "[::]": 421, "a b": 400, "127.0.0.1:8080; x": 400,
	} {
		if status, _, text := h.request("GET", "/health", "", host(v)); status != want && (want != 400 || status != 421) {
			t.Errorf("Host %q: %d %s", v, status, text)
		}
	}
	for _, c := range []struct {
		name string
		set  func(*http.Request)
		want int
	}{
		{"a program", func(*http.Request) {}, 200},
		{"this page", head("Origin", h.url), 200},
		{"another page", head("Origin", "http://evil.example"), 403},
		{"another port", head("Origin", "http://127.0.0.1:1"), 403},
		{"a page from a file", head("Origin", "null"), 403},
		{"another site, no origin", head("Sec-Fetch-Site", "cross-site"), 403},
		{"the same site, no origin", head("Sec-Fetch-Site", "same-site"), 403},
		{"this page, as browsers say", head("Sec-Fetch-Site", "same-origin"), 200},
	} {
		if status, _, text := h.request("POST", "/api/v1/resume", "{}", h.asOwner, c.set); status != c.want {
			t.Errorf("%s: %d %s", c.name, status, text)
		}
	}
	if n := len(h.agent.verbs()); n != 3 {
		t.Errorf("%d orders went out, want 3", n)
	}
}

func TestHeaders(t *testing.T) {
	h := openHub(t)
	for _, path := range []string{"/", "/health", "/api/v1/state", "/assets/app-1234.js"} {
		_, header, _ := h.request("GET", path, "")
		csp := header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'self'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "script-src") {
			t.Errorf("%s: CSP %q", path, csp)
		}
		if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Referrer-Policy") != "no-referrer" || header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %v", path, header)
		}
	}
	if _, header, _ := h.request("GET", "/api/v1/state", "", h.asOwner); header.Get("Cache-Control") != "no-store" {
		t.Errorf("state may be kept: %v", header)
	}
}
