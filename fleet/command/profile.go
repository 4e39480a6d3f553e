package command

import (
	"context"
	"encoding/json"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
)

// What fleet/sheet asks of this noun: the words are JSON, so that neither knows the other.

// CheckConfig reads a Config strictly, checks all of it as a start of the program would, and returns it in one form:
// known keys only, in one order. Nobody is asked, so what only the program knows stays unchecked: see RenderConfig.
func (s *Service) CheckConfig(ctx context.Context, actor adit.Actor, kind string, raw json.RawMessage) (json.RawMessage, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	c, err := CheckedConfig(kind, raw)
	if err != nil {
		return nil, err
	}
	return json.Marshal(c)
}

// CheckedConfig is the Config of a JSON object that a start of the program would accept.
func CheckedConfig(kind string, raw json.RawMessage) (Config, error) {
	c, err := ParseConfig(raw)
	if err != nil {
		return c, err
	}
	r, err := c.Request(kind)
	if err != nil {
		return c, err
	}
	_, err = r.args()
	return c, err
}

// RenderConfig is Check for a Config in JSON.
func (s *Service) RenderConfig(ctx context.Context, actor adit.Actor, kind string, raw json.RawMessage) (wire.Rendered, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return wire.Rendered{}, err
	}
	c, err := ParseConfig(raw)
	if err != nil {
		return wire.Rendered{}, err
	}
	return s.Check(ctx, actor, kind, c)
}

// StartProfile starts a program from a profile: named instance, with a Config in JSON. It returns the device's id.
func (s *Service) StartProfile(ctx context.Context, actor adit.Actor, profile, instance, kind string, raw json.RawMessage) (adit.DeviceID, error) {
	if err := actor.May(adit.ScopeControl); err != nil {
		return "", err
	}
	c, err := ParseConfig(raw)
	if err != nil {
		return "", err
	}
	r, err := c.Request(kind)
	if err != nil {
		return "", err
	}
	r.Name, r.Profile = instance, profile
	t, err := s.Start(ctx, actor, r)
	return t.Rig.Device(t.Name), err
}
