package account

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/adit-mining/adit"
)

// Bounds of tokens.
const (
	maxTokens   = 100
	maxName     = 64
	maxLife     = 10 * 366 * 24 * time.Hour
	minLife     = time.Minute
	tokenPrefix = "adit_" // so that people and secret scanners know one when they see it
)

// Token is a key for a program. Its secret is told once, when it is made.
type Token struct {
	ID        string
	Name      string
	Scopes    []adit.Scope // what it may do, implied scopes with it
	CreatedAt time.Time
	UsedAt    *time.Time // to about five minutes; nil = never
	ExpiresAt *time.Time // nil = it does not expire
}

// TokenWish is what a new token shall be.
type TokenWish struct {
	Name    string        // "" = named after its scopes
	Scopes  []adit.Scope  // at least one
	Expires time.Duration // 0 = it does not expire
}

// implied is what a scope brings with it: nobody controls blindly. Metrics are part of read (adit.Actor.May).
var implied = map[adit.Scope][]adit.Scope{
	adit.ScopeMetrics: nil,
	adit.ScopeRead:    nil,
	adit.ScopeControl: {adit.ScopeRead},
	adit.ScopeConsent: {adit.ScopeRead},
	adit.ScopeOwner:   {adit.ScopeRead, adit.ScopeControl, adit.ScopeConsent},
}

func (w *TokenWish) check() error {
	if len(w.Scopes) == 0 {
		return adit.InvalidField("scopes", "say what the token may do: metrics, read, control, consent or owner")
	}
	var all []adit.Scope
	for _, s := range w.Scopes {
		more, ok := implied[s]
		if !ok {
			return adit.InvalidField("scopes", "there is no such scope: use metrics, read, control, consent or owner")
		}
		all = append(append(all, s), more...)
	}
	slices.Sort(all)
	w.Scopes = slices.Compact(all)
	if w.Name = strings.TrimSpace(w.Name); w.Name == "" {
		w.Name = words(w.Scopes) + " token"
	}
	if w.Name != plain(w.Name, maxName) {
		return adit.InvalidField("name", "use at most %d characters that can be shown", maxName)
	}
	if w.Expires != 0 && (w.Expires < minLife || w.Expires > maxLife) {
		return adit.InvalidField("expiresIn", "use at least a minute and at most ten years, or leave it out for a token that does not expire")
	}
	return nil
}

// NewToken makes a token and tells its secret, this once.
func (s *Service) NewToken(ctx context.Context, actor adit.Actor, w TokenWish) (t Token, secret string, err error) {
	if err := actor.May(adit.ScopeOwner); err != nil {
		return t, "", err
	}
	if err := w.check(); err != nil {
		return t, "", err
	}
	now := s.o.Now()
	if err := deleteExpiredTokens(ctx, s.o.DB, now); err != nil {
		return t, "", err
	}
	n, err := countTokens(ctx, s.o.DB)
	switch {
	case err != nil:
		return t, "", err
	case n >= maxTokens:
		return t, "", adit.Errorf(adit.Conflict, "there are %d tokens already: revoke one that is not used any more", n)
	}
	secret = tokenPrefix + newSecret()
	t = Token{ID: adit.NewID(), Name: w.Name, Scopes: w.Scopes, CreatedAt: now.UTC()}
	if w.Expires > 0 {
		until := now.Add(w.Expires).UTC()
		t.ExpiresAt = &until
	}
	if err := insertToken(ctx, s.o.DB, t, s.hash("token", secret)); err != nil {
		return Token{}, "", err
	}
	return t, secret, s.note(ctx, actor, "token.created", t.ID, fmt.Sprintf("the token %q was made, with the scopes %s", t.Name, words(t.Scopes)))
}

// Tokens lists the tokens, the newest first.
func (s *Service) Tokens(ctx context.Context, actor adit.Actor) ([]Token, error) {
	if err := actor.May(adit.ScopeOwner); err != nil {
		return nil, err
	}
	return listTokens(ctx, s.o.DB)
}

// Revoke ends a token; what it has open ends at once.
func (s *Service) Revoke(ctx context.Context, actor adit.Actor, id string) error {
	if err := actor.May(adit.ScopeOwner); err != nil {
		return err
	}
	name, hash, err := takeToken(ctx, s.o.DB, id)
	switch {
	case adit.CodeOf(err) == adit.NotFound:
		return adit.Errorf(adit.NotFound, "there is no token of that id: `adit token list` shows those there are")
	case err != nil:
		return err
	}
	s.watchers.end(hash)
	return s.note(ctx, actor, "token.revoked", id, fmt.Sprintf("the token %q was revoked", name))
}

// checkToken tells who carries a token of a program.
func (s *Service) checkToken(ctx context.Context, secret string) (adit.Actor, error) {
	if !strings.HasPrefix(secret, tokenPrefix) || len(secret) > maxSecret {
		return adit.Actor{}, noEntry()
	}
	t, err := tokenByHash(ctx, s.o.DB, s.hash("token", secret))
	switch {
	case adit.CodeOf(err) == adit.NotFound:
		return adit.Actor{}, noEntry()
	case err != nil:
		return adit.Actor{}, err
	}
	now := s.o.Now()
	if t.ExpiresAt != nil && !now.Before(*t.ExpiresAt) {
		return adit.Actor{}, noEntry()
	}
	if t.UsedAt == nil || now.Sub(*t.UsedAt) > seenEvery {
		_ = markUsed(ctx, s.o.DB, t.ID, now) // on a full disk the token still opens
	}
	return adit.Actor{ID: "token:" + t.ID, Name: t.Name, Via: "token", Scopes: t.Scopes}, nil
}

// words writes "read, control".
func words(scopes []adit.Scope) string {
	list := make([]string, len(scopes))
	for i, s := range scopes {
		list[i] = string(s)
	}
	return strings.Join(list, ", ")
}
