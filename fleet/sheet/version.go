package sheet

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/adit-mining/adit"
)

// Version is a saved state of a profile.
type Version struct {
	Version     int64
	Name        string
	Description string
	MinerType   string
	Config      json.RawMessage // without secrets
	Secrets     []string        // keys of the secrets it holds
	Autostart   bool
	At          time.Time
	By          string // who saved it
	Reason      string // "created", "changed", "reverted to version 3", "imported"
	Changes     []Change
}

// Change is one key that differs from the version before. A value that is absent is nil; a secret's is never told.
type Change struct {
	Key    string // "name", "config.pool"
	Old    json.RawMessage
	New    json.RawMessage
	Secret bool
}

// Versions lists the saved states of a profile, newest first, each with what changed.
func (s *Service) Versions(ctx context.Context, actor adit.Actor, id string) ([]Version, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	if _, err := byID(ctx, s.o.DB, id); err != nil {
		return nil, err
	}
	list, err := versionsOf(ctx, s.o.DB, id)
	if err != nil {
		return nil, err
	}
	out := make([]Version, 0, len(list))
	for i, v := range list {
		shown, err := v.shown()
		if err != nil {
			return nil, err
		}
		if i+1 < len(list) {
			if shown.Changes, err = diff(list[i+1].row, v.row); err != nil {
				return nil, err
			}
		}
		out = append(out, shown)
	}
	return out, nil
}

func (v saved) shown() (Version, error) {
	config, kept, err := hide(v.Config)
	return Version{
		Version: v.Version, Name: v.Name, Description: v.Description, MinerType: v.MinerType, Config: config, Secrets: kept,
		Autostart: v.Autostart, At: v.At, By: v.By, Reason: v.Reason, Changes: []Change{},
	}, err
}

// Revert makes an old version the newest, secrets too. expected is the version that was looked at, nil = whatever is
// there now.
func (s *Service) Revert(ctx context.Context, actor adit.Actor, id string, version int64, expected *int64) (Profile, error) {
	if err := actor.May(adit.ScopeControl); err != nil {
		return Profile{}, err
	}
	was, err := byID(ctx, s.o.DB, id)
	if err != nil {
		return Profile{}, err
	}
	old, err := versionOf(ctx, s.o.DB, id, version)
	if err != nil {
		return Profile{}, err
	}
	config, err := s.checked(ctx, actor, old.MinerType, old.Config)
	if err != nil {
		return Profile{}, err
	}
	if expected == nil {
		expected = &was.Version
	}
	next := was
	next.Name, next.Description, next.MinerType, next.Config, next.Autostart = old.Name, old.Description, old.MinerType, config, old.Autostart
	return s.save(ctx, actor, next, *expected, "reverted to version "+strconv.FormatInt(version, 10))
}

// diff is what changed from one state to the next, by key. Values of secrets stay out: only that they changed.
func diff(was, now row) ([]Change, error) {
	out := []Change{}
	add := func(key string, a, b any) error {
		old, err := json.Marshal(a)
		if err != nil {
			return err
		}
		next, err := json.Marshal(b)
		if err == nil && !bytes.Equal(old, next) {
			out = append(out, Change{Key: key, Old: old, New: next})
		}
		return err
	}
	for _, c := range []struct {
		key  string
		a, b any
	}{
		{"name", was.Name, now.Name}, {"description", was.Description, now.Description}, {"minerType", was.MinerType, now.MinerType},
		{"autostart", was.Autostart, now.Autostart},
	} {
		if err := add(c.key, c.a, c.b); err != nil {
			return nil, err
		}
	}
	config, err := diffConfig(was.Config, now.Config)
	return append(out, config...), err
}

func diffConfig(was, now json.RawMessage) ([]Change, error) {
	a, err := flat(was)
	if err != nil {
		return nil, err
	}
	b, err := flat(now)
	if err != nil {
		return nil, err
	}
	keys := maps.Clone(a)
	maps.Copy(keys, b)
	var out []Change
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if bytes.Equal(a[k], b[k]) {
			continue
		}
		c := Change{Key: "config." + k, Old: a[k], New: b[k], Secret: secretPath(k)}
		if c.Secret {
			c.Old, c.New = nil, nil
		}
		out = append(out, c)
	}
	return out, nil
}

// flat is a configuration key by key, further pools as "pools[0].pool".
func flat(config json.RawMessage) (object, error) {
	o, err := parse(config)
	if err != nil {
		return nil, err
	}
	out := object{}
	for k, v := range o {
		if k != "pools" {
			out[k] = v
		}
	}
	for i, p := range o.pools() {
		for k, v := range p {
			out["pools["+strconv.Itoa(i)+"]."+k] = v
		}
	}
	return out, nil
}

func secretPath(key string) bool {
	if i := bytes.LastIndexByte([]byte(key), '.'); i >= 0 {
		key = key[i+1:]
	}
	return slices.Contains(SecretKeys, key)
}
