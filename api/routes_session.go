package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/internal/httpx"
)

func (s *server) sessionRoutes() {
	register(s, op("session-open", http.MethodPost, "/api/v1/session", "Trade the token of a one-time link for a cookie", tagSession),
		httpx.Public, s.openSession) // public: this is how one comes in
	register(s, op("session-close", http.MethodDelete, "/api/v1/session", "Sign this browser out", tagSession), adit.ScopeRead, s.closeSession)
	register(s, op("session-link", http.MethodPost, "/api/v1/session/link", "Make a one-time link that signs a browser in", tagSession),
		adit.ScopeOwner, s.newLink)
}

// openInput is the input of signing in; tls says whether the cookie may be sent without TLS.
type openInput struct {
	tls   bool
	host  string
	agent string
	Body  body.SessionRequest
}

// Resolve implements huma.Resolver.
func (in *openInput) Resolve(ctx huma.Context) []error {
	in.tls, in.host, in.agent = ctx.TLS() != nil, ctx.Host(), ctx.Header("User-Agent")
	return nil
}

// sessionOutput sets the cookie.
type sessionOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      body.Session
}

func (s *server) openSession(ctx context.Context, _ adit.Actor, in *openInput) (*sessionOutput, error) {
	value, expires, err := s.Account.Redeem(ctx, in.Body.Token, in.agent)
	if err != nil {
		return nil, err
	}
	c := sessionCookie(in.host, value, in.tls)
	c.Expires = expires
	return &sessionOutput{SetCookie: c, Body: body.Session{ExpiresAt: expires.UTC()}}, nil
}

func sessionCookie(host, value string, tls bool) http.Cookie {
	return http.Cookie{Name: cookieName(host), Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: tls}
}

// closeInput is the input of signing out.
type closeInput struct{ host, session string }

// Resolve implements huma.Resolver.
func (in *closeInput) Resolve(ctx huma.Context) []error {
	in.host = ctx.Host()
	if c, err := huma.ReadCookie(ctx, cookieName(in.host)); err == nil {
		in.session = c.Value
	}
	return nil
}

// doneOutput sets the cookie and says that it is done.
type doneOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      body.Done
}

func (s *server) closeSession(ctx context.Context, actor adit.Actor, in *closeInput) (*doneOutput, error) {
	if err := s.Account.Logout(ctx, actor, in.session); err != nil {
		return nil, err
	}
	c := sessionCookie(in.host, "", false)
	c.MaxAge = -1
	return &doneOutput{SetCookie: c, Body: body.Done{Status: "signed out"}}, nil
}

// linkInput learns under which address the asker reaches adit.
type linkInput struct{ base string }

// Resolve implements huma.Resolver.
func (in *linkInput) Resolve(ctx huma.Context) []error {
	in.base = "http://" + ctx.Host()
	if ctx.TLS() != nil {
		in.base = "https://" + ctx.Host()
	}
	return nil
}

func (s *server) newLink(ctx context.Context, actor adit.Actor, in *linkInput) (*answer[body.Link], error) {
	token, expires, err := s.Account.NewLogin(ctx, actor)
	return give(body.Link{URL: in.base + "/#token=" + token, ExpiresAt: expires.UTC()}, err)
}

func (s *server) healthRoutes() {
	register(s, op("health", http.MethodGet, "/health", "Whether adit runs", tagHealth), httpx.Public, s.health) // public: it says little else
	register(s, op("ready", http.MethodGet, "/ready", "Whether adit can work; 503 and what it waits for where not", tagHealth), httpx.Public, s.ready)
}

// watcher is who reads what /health tells of a crew: two numbers.
var watcher = adit.Actor{ID: "health", Name: "health", Via: "loop", Scopes: []adit.Scope{adit.ScopeRead}}

func (s *server) health(ctx context.Context, _ adit.Actor, _ *none) (*answer[body.Health], error) {
	out := body.Health{Status: "ok"}
	if c := s.source(); c != nil {
		if g, err := c.Glance(ctx, watcher); err == nil {
			connected := g.Connected()
			out.Status, out.Workers, out.PoolConnected = "healthy", &g.Members.Online, &connected
		}
	}
	return give(out, nil)
}

// readyOutput carries the status beside the body.
type readyOutput struct {
	Status int
	Body   body.Health
}

// readyWithin bounds how long the database may take to answer.
const readyWithin = 2 * time.Second

func (s *server) ready(ctx context.Context, _ adit.Actor, _ *none) (*readyOutput, error) {
	missing := s.missing(ctx)
	if len(missing) == 0 {
		return &readyOutput{Status: http.StatusOK, Body: body.Health{Status: "ready"}}, nil
	}
	return &readyOutput{Status: http.StatusServiceUnavailable, Body: body.Health{Status: "waiting", Missing: missing}}, nil
}

func (s *server) missing(ctx context.Context) (out []string) {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	if s.Inventory != nil {
		if err := s.Inventory.Ping(ctx); err != nil {
			s.Log.WarnContext(ctx, "the database does not answer", "err", err)
			out = append(out, "the database does not answer")
		}
		if home, ok := s.Inventory.Home(); !ok || !home.Online {
			out = append(out, "the agent on this computer has not spoken yet")
		}
	}
	if s.Ready != nil {
		out = append(out, s.Ready(ctx)...)
	}
	return out
}
