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
