package sheet

import (
	"context"
	"encoding/json"
	"time"

	"github.com/adit-mining/adit"
)

// Started is what a start of a profile made.
type Started struct {
	Device    adit.DeviceID
	Instance  string
	MinerType string
}

// Start starts a program from a profile. Conflict where it runs already.
func (s *Service) Start(ctx context.Context, actor adit.Actor, id string) (Started, error) {
	if err := actor.May(adit.ScopeControl); err != nil {
		return Started{}, err
	}
	r, err := byID(ctx, s.o.DB, id)
	if err != nil {
		return Started{}, err
	}
	running, err := s.o.Watcher.RunningProfiles(ctx, actor)
	if err != nil {
		return Started{}, err
	}
	if name, ok := running[id]; ok {
		return Started{}, adit.Errorf(adit.Conflict, "the profile runs already, as %s: stop that first, or make a second profile", name)
	}
	device, err := s.o.Starter.StartProfile(ctx, actor, r.ID, r.Instance, r.MinerType, r.Config)
	if err != nil {
		return Started{}, err
	}
	s.used(ctx, lastRow{MinerType: r.MinerType, Config: r.Config, Profile: &r.ID, At: s.now()})
	return Started{Device: device, Instance: r.Instance, MinerType: r.MinerType}, nil
}

// Last is the configuration a program was started with last.
type Last struct {
	MinerType string
	Config    json.RawMessage // without secrets
	Secrets   []string        // keys of those that were given
	Profile   *string         // nil = it was started without one, or it is gone
	At        time.Time
}

// Remember notes a configuration a program was started with outside of profiles.
func (s *Service) Remember(ctx context.Context, actor adit.Actor, kind string, config json.RawMessage) error {
	if err := actor.May(adit.ScopeControl); err != nil {
		return err
	}
	if !adit.ValidName(kind) || len(config) > maxConfig {
		return adit.InvalidField("config", "it is longer than %d KiB", maxConfig>>10)
	}
	if _, err := parse(config); err != nil {
		return err
	}
	s.used(ctx, lastRow{MinerType: kind, Config: config, At: s.now()})
	return nil
}

// used writes down what was started. The program runs whatever happens here, so a failure is logged only.
func (s *Service) used(ctx context.Context, l lastRow) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := remember(ctx, s.o.DB, l); err != nil {
		s.o.Log.ErrorContext(ctx, "the configuration used last was not written down", "program", l.MinerType, "err", err)
	}
}

// Lasts lists the configurations used last, one for each program, newest first.
func (s *Service) Lasts(ctx context.Context, actor adit.Actor) ([]Last, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	rows, err := lasts(ctx, s.o.DB)
	out := make([]Last, 0, len(rows))
	for _, r := range rows {
		config, kept, err := hide(r.Config)
		if err != nil {
			return nil, err
		}
		out = append(out, Last{MinerType: r.MinerType, Config: config, Secrets: kept, Profile: r.Profile, At: r.At})
	}
	return out, err
}

// ProfileConfig is a profile's program and configuration, without secrets; fleet/estimate asks for it.
func (s *Service) ProfileConfig(ctx context.Context, actor adit.Actor, id string) (kind string, config json.RawMessage, err error) {
	p, err := s.Get(ctx, actor, id)
	return p.MinerType, p.Config, err
}
