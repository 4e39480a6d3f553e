package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/fleet/sheet"
)

const profiles = mining + "/profiles"

func (s *server) profileRoutes() {
	create := op("profile-create", http.MethodPost, profiles, "Save a way to run a mining program", tagMining)
	create.DefaultStatus = http.StatusCreated // as the Mining Platform answers
	register(s, create, adit.ScopeControl, s.createProfile)
	register(s, op("profiles", http.MethodGet, profiles, "The profiles", tagMining), adit.ScopeRead, s.listProfiles)
	register(s, op("profile", http.MethodGet, profiles+"/{id}", "One profile", tagMining), adit.ScopeRead, s.getProfile)
	register(s, op("profile-update", http.MethodPut, profiles+"/{id}", "Change a profile", tagMining), adit.ScopeControl, s.updateProfile)
	register(s, op("profile-delete", http.MethodDelete, profiles+"/{id}", "Delete a profile; a program that runs from it goes on", tagMining),
		adit.ScopeControl, s.deleteProfile)
	register(s, op("profile-start", http.MethodPost, profiles+"/{id}/start", "Start a program from a profile", tagMining), adit.ScopeControl, s.startProfile)
	register(s, op("profile-versions", http.MethodGet, profiles+"/{id}/versions", "The saved states of a profile, newest first", tagMining),
		adit.ScopeRead, s.profileVersions)
	register(s, op("profile-revert", http.MethodPost, profiles+"/{id}/revert", "Make an old version of a profile the newest", tagMining),
		adit.ScopeControl, s.revertProfile)
	register(s, op("profiles-last", http.MethodGet, "/api/v1/profiles/last", "The configuration each program was started with last", tagOwn),
		adit.ScopeRead, s.lastConfigs)
}

// ProfileID is the input of operations on one profile; exported, because huma passes over what is embedded under an
// unexported name.
type ProfileID struct {
	ID string `path:"id" maxLength:"64" doc:"of the profile"`
}

// profileInput is the input of a new profile. The raw body tells a secret that is "" from one that is left out.
type profileInput struct {
	RawBody []byte
	Body    body.ProfileRequest
}

// profileChange is the input of a changed one.
type profileChange struct {
	ProfileID
	RawBody []byte
	Body    body.ProfileRequest
}

func draftOf(b body.ProfileRequest, raw []byte) (sheet.Draft, error) {
	var given struct {
		Config json.RawMessage `json:"config"`
	}
	if err := json.Unmarshal(raw, &given); err != nil {
		return sheet.Draft{}, adit.InvalidField("config", "it is not the JSON object that is expected here")
	}
	return sheet.Draft{Name: b.Name, Description: b.Description, MinerType: b.MinerType, Config: given.Config,
		Autostart: b.Autostart, Version: b.Version}, nil
}

func (s *server) createProfile(ctx context.Context, actor adit.Actor, in *profileInput) (*answer[body.Profile], error) {
	d, err := draftOf(in.Body, in.RawBody)
	if err != nil {
		return nil, err
	}
	p, err := s.Sheet.Create(ctx, actor, d)
	if err != nil {
		return nil, err
	}
	return give(s.profileOf(ctx, actor, p))
}

func (s *server) listProfiles(ctx context.Context, actor adit.Actor, _ *none) (*answer[[]body.Profile], error) {
	list, err := s.Sheet.List(ctx, actor)
	if err != nil {
		return nil, err
	}
	out := make([]body.Profile, 0, len(list))
	for _, p := range list {
		b, err := s.profileOf(ctx, actor, p)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return give(out, nil)
}

func (s *server) getProfile(ctx context.Context, actor adit.Actor, in *ProfileID) (*answer[body.Profile], error) {
	p, err := s.Sheet.Get(ctx, actor, in.ID)
	if err != nil {
		return nil, err
	}
	return give(s.profileOf(ctx, actor, p))
}

func (s *server) updateProfile(ctx context.Context, actor adit.Actor, in *profileChange) (*answer[body.Profile], error) {
	d, err := draftOf(in.Body, in.RawBody)
	if err != nil {
		return nil, err
	}
	p, err := s.Sheet.Update(ctx, actor, in.ID, d)
	if err != nil {
		return nil, err
	}
	return give(s.profileOf(ctx, actor, p))
}

func (s *server) deleteProfile(ctx context.Context, actor adit.Actor, in *ProfileID) (*answer[body.Done], error) {
	return give(body.Done{Status: "profile deleted"}, s.Sheet.Delete(ctx, actor, in.ID))
}

func (s *server) startProfile(ctx context.Context, actor adit.Actor, in *ProfileID) (*answer[body.Miner], error) {
	st, err := s.Sheet.Start(ctx, actor, in.ID)
	if err != nil {
		return nil, err
	}
	return give(s.started(ctx, actor, st.Instance, st.MinerType, string(st.Device)), nil)
}

func (s *server) profileVersions(ctx context.Context, actor adit.Actor, in *ProfileID) (*answer[[]body.ProfileVersion], error) {
	list, err := s.Sheet.Versions(ctx, actor, in.ID)
	if err != nil {
		return nil, err
	}
	out := make([]body.ProfileVersion, 0, len(list))
	for _, v := range list {
		b := body.ProfileVersion{Version: v.Version, Name: v.Name, Description: v.Description, MinerType: v.MinerType,
			Secrets: v.Secrets, Autostart: v.Autostart, SavedAt: v.At, SavedBy: v.By, Reason: v.Reason, Changes: []body.ProfileChange{}}
		if b.Config, err = configOf(v.Config); err != nil {
			return nil, err
		}
		for _, c := range v.Changes {
			b.Changes = append(b.Changes, body.ProfileChange{Key: c.Key, Old: c.Old, New: c.New, Secret: c.Secret})
		}
		out = append(out, b)
	}
	return give(out, nil)
}

// revertInput is the input of going back.
type revertInput struct {
	ProfileID
	Body body.RevertRequest
}

func (s *server) revertProfile(ctx context.Context, actor adit.Actor, in *revertInput) (*answer[body.Profile], error) {
	p, err := s.Sheet.Revert(ctx, actor, in.ID, in.Body.Version, in.Body.Expected)
	if err != nil {
		return nil, err
	}
	return give(s.profileOf(ctx, actor, p))
}

func (s *server) lastConfigs(ctx context.Context, actor adit.Actor, _ *none) (*answer[[]body.LastConfig], error) {
	list, err := s.Sheet.Lasts(ctx, actor)
	if err != nil {
		return nil, err
	}
	out := make([]body.LastConfig, 0, len(list))
	for _, l := range list {
		b := body.LastConfig{MinerType: l.MinerType, Secrets: l.Secrets, Profile: l.Profile, At: l.At}
		if b.Config, err = configOf(l.Config); err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return give(out, nil)
}

// profileOf is a profile as people see it, and whether its program runs.
func (s *server) profileOf(ctx context.Context, actor adit.Actor, p sheet.Profile) (body.Profile, error) {
	out := body.Profile{ID: p.ID, Name: p.Name, Description: p.Description, MinerType: p.MinerType, CreatedAt: p.Created, UpdatedAt: p.Updated,
		Version: p.Version, Autostart: p.Autostart, Instance: p.Instance, Secrets: p.Secrets}
	if running, err := s.Sheet.Running(ctx, actor); err == nil {
		_, yes := running[p.ID]
		out.Running = &yes
	}
	var err error
	out.Config, err = configOf(p.Config)
	return out, err
}

func configOf(raw json.RawMessage) (c body.Config, err error) {
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, adit.Errorf(adit.Internal, "a configuration in the database cannot be read: %w", err)
	}
	return c, nil
}
