package command

import (
	"context"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
)

// MaxLines bounds one Logs.
const MaxLines = 5000

// Logs returns lines of a program's output with a number greater than after, oldest first; limit 0 = 500.
func (s *Service) Logs(ctx context.Context, actor adit.Actor, t Target, after uint64, limit int) ([]wire.LogLine, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	if limit < 0 || limit > MaxLines {
		return nil, adit.InvalidField("limit", "it must be 1 to %d", MaxLines)
	}
	return ask[[]wire.LogLine](ctx, s, t, wire.Query{Kind: "logs", After: after, Limit: limit})
}

// Available lists the mining programs the home rig's agent knows.
func (s *Service) Available(ctx context.Context, actor adit.Actor) ([]wire.Available, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	t, err := s.home()
	if err != nil {
		return nil, err
	}
	return ask[[]wire.Available](ctx, s, t, wire.Query{Kind: "miners"})
}

// Doctor asks the home rig's agent to look at its computer.
func (s *Service) Doctor(ctx context.Context, actor adit.Actor) ([]wire.Finding, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	t, err := s.home()
	if err != nil {
		return nil, err
	}
	return ask[[]wire.Finding](ctx, s, t, wire.Query{Kind: "doctor"})
}

// Check checks a Config as a start would, and returns how the home rig's agent would run the program; nothing is started.
func (s *Service) Check(ctx context.Context, actor adit.Actor, kind string, c Config) (wire.Rendered, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return wire.Rendered{}, err
	}
	r, err := c.Request(kind)
	if err != nil {
		return wire.Rendered{}, err
	}
	args, err := r.args()
	if err != nil {
		return wire.Rendered{}, err
	}
	t, err := s.home()
	if err != nil {
		return wire.Rendered{}, err
	}
	args.Pools, args.Settings = withoutSecrets(args.Pools), args.Settings.StandIn()
	raw, err := rawOrNil(args)
	if err != nil {
		return wire.Rendered{}, err
	}
	return ask[wire.Rendered](ctx, s, t, wire.Query{Kind: "render", Args: raw})
}
