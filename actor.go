package adit

import (
	"context"
	"slices"
)

// Scope is a right an actor holds and an operation needs.
type Scope string

// The scopes so far. Owner holds them all.
const (
	ScopeRead    Scope = "read"    // see state, history, logs
	ScopeControl Scope = "control" // start, stop, pause, resume
	ScopeConsent Scope = "consent" // allow or forbid mining on this computer
	ScopeOwner   Scope = "owner"   // accounts, tokens, settings
	ScopeMetrics Scope = "metrics" // read numbers as metrics, nothing else; part of read
)

// Actor is who asks. Every service method takes one and checks it first.
type Actor struct {
	ID     string  // stable id: "owner", later a user's or key's id
	Name   string  // as shown in journals
	Via    string  // how it came: "cookie", "token", "terminal", "loop"
	Scopes []Scope // what it may do
}

// LocalOwner is the person whose computer this is.
func LocalOwner(via string) Actor {
	return Actor{ID: "owner", Name: "owner", Via: via, Scopes: []Scope{ScopeRead, ScopeControl, ScopeConsent, ScopeOwner}}
}

// May returns nil where the actor holds the scope, else an Unauthorized (nobody) or Forbidden error.
func (a Actor) May(s Scope) error {
	switch {
	case a.ID == "":
		return Errorf(Unauthorized, "sign in first: open the link that adit printed at start, or use the token file")
	case slices.Contains(a.Scopes, s), slices.Contains(a.Scopes, ScopeOwner):
		return nil
	case s == ScopeMetrics && slices.Contains(a.Scopes, ScopeRead):
		return nil
	}
	return Errorf(Forbidden, "%s may not do this: it needs the scope %q", a.Name, s)
}

type actorKey struct{}

// WithActor puts the actor of a request into its context; only the API's authentication calls it.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorFrom returns the actor of a request, the zero Actor (who may nothing) where there is none.
func ActorFrom(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}
