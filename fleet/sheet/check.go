package sheet

import (
	"context"
	"encoding/json"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
)

// Checked says whether a configuration would do.
type Checked struct {
	Err      error          // nil = it would; else Invalid, with the key at fault
	Rendered *wire.Rendered // nil = not known
	Why      string         // where all is well and Rendered is nil: why
}

// Check says what is wrong with a configuration, and how the program would be run. Nothing is written or started.
// profile is the id of the profile it is a change of, whose secrets count where they are left out; "" = none.
func (s *Service) Check(ctx context.Context, actor adit.Actor, kind string, config json.RawMessage, profile string) (Checked, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return Checked{}, err
	}
	stored := json.RawMessage(`{}`)
	if profile != "" {
		r, err := byID(ctx, s.o.DB, profile)
		if err != nil {
			return Checked{}, err
		}
		stored = r.Config
	}
	d := Draft{Name: "check", MinerType: kind, Config: config}
	if err := d.Validate(); err != nil {
		return Checked{Err: err}, nil
	}
	config, err := keep(stored, config)
	if err != nil {
		return Checked{Err: err}, nil
	}
	if config, err = s.form(ctx, actor, kind, config); err != nil {
		return wrong(err)
	}
	r, err := s.o.Checker.RenderConfig(ctx, actor, kind, config)
	switch adit.CodeOf(err) {
	case "":
		return Checked{Rendered: &r}, nil
	case adit.NotFound:
		return Checked{Err: adit.InvalidField("minerType", "there is no mining program of that name: `adit list --available` names those there are")}, nil
	case adit.Invalid:
		return wrong(err)
	}
	return Checked{Why: err.Error()}, nil
}

// wrong tells a configuration's fault from adit's.
func wrong(err error) (Checked, error) {
	if e, ok := adit.AsError(err); ok && (e.Code == adit.Invalid || e.Code == adit.NotFound) {
		return Checked{Err: err}, nil
	}
	return Checked{}, err
}

// checked asks what a configuration means; where the agent can be asked, the program itself too.
func (s *Service) checked(ctx context.Context, actor adit.Actor, kind string, config json.RawMessage) (json.RawMessage, error) {
	config, err := s.form(ctx, actor, kind, config)
	if err != nil {
		return nil, err
	}
	_, err = s.asked(ctx, actor, kind, config)
	return config, err
}

// form checks a configuration without asking anybody, and puts it into one form.
func (s *Service) form(ctx context.Context, actor adit.Actor, kind string, config json.RawMessage) (json.RawMessage, error) {
	o, err := parse(config)
	if err != nil {
		return nil, err
	}
	if v, ok := o["name"]; ok && !isEmpty(v) {
		return nil, adit.InvalidField("name", "a profile's program is called like the profile: leave name out of its config")
	}
	return s.o.Checker.CheckConfig(ctx, actor, kind, config)
}

// asked asks the agent whether the program would take a configuration. One that does not answer keeps nobody from
// writing a profile.
func (s *Service) asked(ctx context.Context, actor adit.Actor, kind string, config json.RawMessage) (answered bool, err error) {
	_, err = s.o.Checker.RenderConfig(ctx, actor, kind, config)
	switch adit.CodeOf(err) {
	case "":
		return true, nil
	case adit.NotFound:
		return true, adit.InvalidField("minerType", "there is no mining program of that name: `adit list --available` names those there are")
	case adit.Invalid:
		return true, err
	}
	s.o.Log.DebugContext(ctx, "the agent could not be asked about a configuration", "err", err)
	return false, nil
}
