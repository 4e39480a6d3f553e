package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/fleet/account"
)

func (s *server) tokenRoutes() {
	register(s, op("tokens", http.MethodGet, "/api/v1/tokens", "The keys of programs, without their secrets", tagSession), adit.ScopeOwner, s.tokens)
	create := op("token-create", http.MethodPost, "/api/v1/tokens", "Make a key for a program; its secret is told this once", tagSession)
	create.DefaultStatus = http.StatusCreated
	register(s, create, adit.ScopeOwner, s.createToken)
	register(s, op("token-revoke", http.MethodDelete, "/api/v1/tokens/{id}", "End a key; what it has open ends at once", tagSession),
		adit.ScopeOwner, s.revokeToken)
	register(s, op("logins", http.MethodGet, "/api/v1/sessions", "The browsers that are signed in", tagSession), adit.ScopeOwner, s.logins)
	register(s, op("login-end", http.MethodDelete, "/api/v1/sessions/{id}", "Sign a browser out", tagSession), adit.ScopeOwner, s.endLogin)
	link := op("link-create", http.MethodPost, "/api/v1/links", "Make a one-time link that signs a browser in", tagSession)
	register(s, link, adit.ScopeOwner, s.newLink)
}

func tokenOf(t account.Token) body.Token {
	out := body.Token{ID: t.ID, Name: t.Name, Scopes: make([]string, 0, len(t.Scopes)), CreatedAt: t.CreatedAt, LastUsedAt: t.UsedAt, ExpiresAt: t.ExpiresAt}
	for _, x := range t.Scopes {
		out.Scopes = append(out.Scopes, string(x))
	}
	out.Expired = t.ExpiresAt != nil && !time.Now().Before(*t.ExpiresAt)
	return out
}

func (s *server) tokens(ctx context.Context, actor adit.Actor, _ *none) (*answer[[]body.Token], error) {
	list, err := s.Account.Tokens(ctx, actor)
	out := make([]body.Token, 0, len(list))
	for _, t := range list {
		out = append(out, tokenOf(t))
	}
	return give(out, err)
}

// tokenInput is the input of a new token.
type tokenInput struct{ Body body.TokenRequest }

func (s *server) createToken(ctx context.Context, actor adit.Actor, in *tokenInput) (*answer[body.NewToken], error) {
	w := account.TokenWish{Name: in.Body.Name}
	for _, x := range slices.Compact(in.Body.Scopes) {
		w.Scopes = append(w.Scopes, adit.Scope(x))
	}
	if in.Body.ExpiresIn != nil {
		w.Expires = time.Duration(*in.Body.ExpiresIn * float64(time.Second))
	}
	t, secret, err := s.Account.NewToken(ctx, actor, w)
	return give(body.NewToken{Token: tokenOf(t), Secret: secret}, err)
}

// idInput is the input of operations on one thing with an id.
type idInput struct {
	ID string `path:"id" maxLength:"64"`
}

func (s *server) revokeToken(ctx context.Context, actor adit.Actor, in *idInput) (*answer[body.Done], error) {
	return give(body.Done{Status: "revoked"}, s.Account.Revoke(ctx, actor, in.ID))
}

// loginsInput learns which of the logins is the one that asks.
type loginsInput struct{ cookie string }

// Resolve implements huma.Resolver.
func (in *loginsInput) Resolve(ctx huma.Context) []error {
	if c, err := huma.ReadCookie(ctx, cookieName(ctx.Host())); err == nil {
		in.cookie = c.Value
	}
	return nil
}

func (s *server) logins(ctx context.Context, actor adit.Actor, in *loginsInput) (*answer[[]body.Login], error) {
	list, err := s.Account.Logins(ctx, actor, account.Credentials{Cookie: in.cookie})
	out := make([]body.Login, 0, len(list))
	for _, l := range list {
		out = append(out, body.Login{ID: l.ID, CreatedAt: l.CreatedAt.UTC(), ExpiresAt: l.ExpiresAt.UTC(), LastSeenAt: l.SeenAt, UserAgent: l.Agent, Current: l.Current})
	}
	return give(out, err)
}

func (s *server) endLogin(ctx context.Context, actor adit.Actor, in *idInput) (*answer[body.Done], error) {
	return give(body.Done{Status: "signed out"}, s.Account.EndLogin(ctx, actor, in.ID))
}
