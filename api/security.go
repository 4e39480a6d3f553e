package api

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/account"
	"github.com/adit-mining/adit/internal/problem"
)

// cookieBase begins the name of the session cookie.
const cookieBase = "adit_session"

// cookieName is the session cookie of the address that the browser uses. A browser sends a cookie to every port of a
// host, so each port has a name of its own: two adits on one computer do not sign each other out.
func cookieName(host string) string {
	if _, port, err := net.SplitHostPort(host); err == nil && port != "" {
		return cookieBase + "_" + port
	}
	return cookieBase
}

// secure puts around all handlers what every request must pass: headers, host, origin, authentication.
func (s *server) secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.recovered(w, r)
		headers(w.Header(), r)
		switch {
		case !s.hostAllowed(r.Host):
			// A page elsewhere can make its own name point at 127.0.0.1; its Host header gives it away.
			problem.New(http.StatusMisdirectedRequest, "this adit does not answer to that host name: use 127.0.0.1 or localhost").Write(w)
		case !originAllowed(r):
			problem.New(http.StatusForbidden, "another web page may not do this: the request's origin is not this adit").Write(w)
		default:
			next.ServeHTTP(w, s.authenticated(r))
		}
	})
}

// recovered answers 500 where a handler panicked, and lets the process live.
func (s *server) recovered(w http.ResponseWriter, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(v)
	}
	s.Log.Error("a request panicked", "method", r.Method, "path", r.URL.Path, "panic", v, "stack", string(debug.Stack()))
	problem.New(http.StatusInternalServerError, "").Write(w)
}

var hostRE = regexp.MustCompile(`^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?$`)

// headers are those of every answer. Host is checked before it is used here.
func headers(h http.Header, r *http.Request) {
	connect := "'self'"
	if hostRE.MatchString(r.Host) {
		connect += " ws://" + r.Host + " wss://" + r.Host // 'self' does not cover WebSockets in older browsers
	}
	h.Set("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src "+connect+
		"; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if strings.HasPrefix(r.URL.Path, "/api/") {
		h.Set("Cache-Control", "no-store")
	}
}

func (s *server) hostAllowed(host string) bool {
	if !hostRE.MatchString(host) {
		return false
	}
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.Trim(name, "[]"))
	if ip := net.ParseIP(name); ip != nil && ip.IsLoopback() {
		return true
	}
	return name == "localhost" || slices.ContainsFunc(s.Hosts, func(h string) bool { return strings.EqualFold(h, name) })
}

// originAllowed refuses what a page of another origin asks for: browsers say where a request comes from, and programs
// that are no browsers say nothing. Plain reads pass, for their answers stay unreadable to other pages.
func originAllowed(r *http.Request) bool {
	upgrade := strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
	if !upgrade && (r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions) {
		return true
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
	}
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "" || site == "same-origin" || site == "none"
}

// authenticated puts who asks into the request's context; nobody where the credentials are absent or wrong.
func (s *server) authenticated(r *http.Request) *http.Request {
	c := credentials(r)
	if c == (account.Credentials{}) || s.Account == nil {
		return r
	}
	actor, err := s.Account.Authenticate(r.Context(), c)
	if err != nil {
		if adit.CodeOf(err) != adit.Unauthorized {
			s.Log.Error("a request could not be authenticated", "err", err)
		}
		return r
	}
	return r.WithContext(adit.WithActor(r.Context(), actor))
}

// credentials are those of the Authorization header, else of the cookie.
func credentials(r *http.Request) account.Credentials {
	if h := r.Header.Get("Authorization"); h != "" {
		if scheme, token, ok := strings.Cut(h, " "); ok && strings.EqualFold(scheme, "bearer") {
			return account.Credentials{Bearer: strings.TrimSpace(token)}
		}
		_, password, _ := r.BasicAuth()
		return account.Credentials{Password: password}
	}
	if c, err := r.Cookie(cookieName(r.Host)); err == nil {
		return account.Credentials{Cookie: c.Value}
	}
	return account.Credentials{}
}

// fallback answers what no operation does: a page or file of the web app, or that there is no such thing.
func (s *server) fallback(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/api" || strings.HasPrefix(r.URL.Path, "/api/") {
		s.noSuchOperation(w, r)
		return
	}
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		problem.New(http.StatusMethodNotAllowed, "this can only be read").Write(w)
	case s.site == nil:
		problem.New(http.StatusNotFound, "there is no such page").Write(w)
	default:
		s.site.ServeHTTP(w, r)
	}
}

func (s *server) noSuchOperation(w http.ResponseWriter, r *http.Request) {
	if err := adit.ActorFrom(r.Context()).May(adit.ScopeRead); err != nil {
		problem.Of(err).Write(w)
		return
	}
	var allow []string
	for _, m := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		probe := r.Clone(r.Context())
		probe.Method = m
		if _, pattern := s.mux.Handler(probe); pattern != "/" {
			allow = append(allow, m)
		}
	}
	if len(allow) > 0 {
		w.Header().Set("Allow", strings.Join(allow, ", "))
		problem.New(http.StatusMethodNotAllowed, "this takes "+strings.Join(allow, " or ")).Write(w)
		return
	}
	problem.New(http.StatusNotFound, "there is no such operation: GET /openapi.json lists them").Write(w)
}

// openAPI serves the document.
func (s *server) openAPI(w http.ResponseWriter, r *http.Request) {
	if err := adit.ActorFrom(r.Context()).May(adit.ScopeRead); err != nil {
		problem.Of(err).Write(w)
		return
	}
	w.Header().Set("Content-Type", "application/openapi+json")
	_, _ = w.Write(s.doc) // the client may be gone
}
