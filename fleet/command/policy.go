package command

import (
	"context"
	"encoding/json"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
)

// Policy is what the owner lets mining do on the home rig, and what that means now.
func (s *Service) Policy(ctx context.Context, actor adit.Actor) (wire.PolicyState, error) {
	return askHome[wire.PolicyState](ctx, s, actor, wire.QueryPolicy)
}

// policyNeed is the right a change takes. As whom programs run is the owner's to say: as another person they could read
// what is that person's.
func policyNeed(c wire.PolicyChange) adit.Scope {
	if c.User != nil {
		return adit.ScopeOwner
	}
	return adit.ScopeControl
}

// SetPolicy changes the home rig's policy and returns what holds then.
func (s *Service) SetPolicy(ctx context.Context, actor adit.Actor, c wire.PolicyChange) (out wire.PolicyState, err error) {
	if err := actor.May(policyNeed(c)); err != nil {
		return out, err
	}
	if c == (wire.PolicyChange{}) {
		return out, adit.InvalidField("body", "name at least one thing to change: use, idle, battery, thermal, cpu or user")
	}
	t, err := s.home()
	if err != nil {
		return out, err
	}
	raw, err := s.carry(ctx, actor, order{verb: wire.VerbPolicy, target: t, args: c, within: orderWithin})
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return out, adit.Errorf(adit.Internal, "the agent's answer cannot be read: is it of this version of adit?")
	}
	return out, nil
}

// Security looks at what could be misused on the home rig; each finding with its fix.
func (s *Service) Security(ctx context.Context, actor adit.Actor) ([]wire.Finding, error) {
	return askHome[[]wire.Finding](ctx, s, actor, wire.QuerySecurity)
}

// Connections lists what adit and its programs on the home rig are connected to outside that computer.
func (s *Service) Connections(ctx context.Context, actor adit.Actor) (wire.Connections, error) {
	return askHome[wire.Connections](ctx, s, actor, wire.QueryConnections)
}

// askHome puts a question that needs nothing but its kind to the home rig's agent.
func askHome[T any](ctx context.Context, s *Service, actor adit.Actor, kind string) (out T, err error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return out, err
	}
	t, err := s.home()
	if err != nil {
		return out, err
	}
	return ask[T](ctx, s, t, wire.Query{Kind: kind})
}
