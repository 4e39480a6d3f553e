package telemetry

import (
	"context"

	"github.com/adit-mining/adit"
)

// RunningProfiles are the ids of the profiles whose program is meant to run on the home rig, with its instance name.
func (s *Service) RunningProfiles(ctx context.Context, actor adit.Actor) (map[string]string, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	home, _ := s.o.Inventory.Home()
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]string{}
	for _, d := range s.devices {
		if d.rig == home.ID && d.known && !d.gone && d.facts.Profile != "" && d.facts.Desired != "stopped" {
			out[d.facts.Profile] = d.name()
		}
	}
	return out, nil
}

// MayMine reports whether the home rig's agent can be heard and its owner allowed mining there.
func (s *Service) MayMine(ctx context.Context, actor adit.Actor) (bool, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return false, err
	}
	home, ok := s.o.Inventory.Home()
	if !ok || !home.Online {
		return false, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.streams[home.ID]
	return st != nil && st.known && st.facts.Consent.Granted, nil
}
