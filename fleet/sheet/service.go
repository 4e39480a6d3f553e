package sheet

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
)

// Options of a Service. All but Now and Log are needed.
type Options struct {
	DB      *sqldb.DB
	Checker Checker
	Starter Starter
	Watcher Watcher
	Journal Journal
	Now     func() time.Time // nil = time.Now
	Log     *slog.Logger     // nil = silent
}

// Service is the noun. Its methods may be called from several goroutines.
type Service struct {
	o Options

	mu      sync.Mutex
	settled map[string]bool // profiles whose autostart is over with, see Run
}

// New makes the service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{o: o, settled: map[string]bool{}}
}

func (s *Service) now() time.Time { return s.o.Now().UTC().Truncate(time.Millisecond) }

// List returns the profiles, by name.
func (s *Service) List(ctx context.Context, actor adit.Actor) ([]Profile, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	rows, err := all(ctx, s.o.DB)
	out := make([]Profile, 0, len(rows))
	for _, r := range rows {
		p, err := r.shown()
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, err
}

// Get returns one profile.
func (s *Service) Get(ctx context.Context, actor adit.Actor, id string) (Profile, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return Profile{}, err
	}
	r, err := byID(ctx, s.o.DB, id)
	if err != nil {
		return Profile{}, err
	}
	return r.shown()
}

// Running tells which profiles' programs are meant to run, with their instance names.
func (s *Service) Running(ctx context.Context, actor adit.Actor) (map[string]string, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	return s.o.Watcher.RunningProfiles(ctx, actor)
}

func (r row) shown() (Profile, error) {
	config, kept, err := hide(r.Config)
	return Profile{
		ID: r.ID, Name: r.Name, Description: r.Description, MinerType: r.MinerType, Instance: r.Instance,
		Config: config, Secrets: kept, Version: r.Version, Autostart: r.Autostart, Created: r.Created, Updated: r.Updated,
	}, err
}

// Create saves a new profile.
func (s *Service) Create(ctx context.Context, actor adit.Actor, d Draft) (Profile, error) {
	if err := actor.May(adit.ScopeControl); err != nil {
		return Profile{}, err
	}
	r, err := s.fresh(ctx, actor, d)
	if err != nil {
		return Profile{}, err
	}
	err = s.o.DB.InTx(ctx, func(q sqldb.Q) error {
		if err := sqldb.Lock(ctx, q, "profile_entry"); err != nil {
			return err
		}
		return s.add(ctx, q, actor, r, "created")
	})
	if err != nil {
		return Profile{}, err
	}
	s.note(ctx, actor, "profile.created", r.ID, "the profile "+r.Name+" was made", nil)
	return r.shown()
}

// fresh is the row of a new profile; everything of it was checked.
func (s *Service) fresh(ctx context.Context, actor adit.Actor, d Draft) (row, error) {
	if err := d.Validate(); err != nil {
		return row{}, err
	}
	config, err := keep(json.RawMessage(`{}`), d.Config)
	if err != nil {
		return row{}, err
	}
	if config, err = s.checked(ctx, actor, d.MinerType, config); err != nil {
		return row{}, err
	}
	id, now := adit.NewID(), s.now()
	return row{
		ID: id, Name: d.Name, Instance: instanceOf(d.Name, id), Description: d.Description, MinerType: d.MinerType, Config: config,
		Version: 1, Autostart: d.Autostart != nil && *d.Autostart, Created: now, Updated: now,
	}, nil
}

// add inserts a row whose names must be free.
func (s *Service) add(ctx context.Context, q sqldb.Q, actor adit.Actor, r row, reason string) error {
	others, err := all(ctx, q)
	if err != nil {
		return err
	}
	if len(others) >= MaxProfiles {
		return adit.Errorf(adit.Conflict, "there are %d profiles already: delete one first", MaxProfiles)
	}
	if err := free(r, others); err != nil {
		return err
	}
	if err := insert(ctx, q, r); err != nil {
		return err
	}
	return insertVersion(ctx, q, saved{row: r, At: r.Updated, By: actor.ID, Reason: reason})
}

// free reports a name that another profile has.
func free(r row, others []row) error {
	for _, o := range others {
		switch {
		case o.ID == r.ID:
		case nameKey(o.Name) == nameKey(r.Name):
			return &adit.Error{Code: adit.Conflict, Field: "name", Msg: "name: there is a profile of that name already: use another name"}
		case o.Instance == r.Instance:
			return &adit.Error{Code: adit.Conflict, Field: "name",
				Msg: "name: its program would be called " + r.Instance + ", as that of another profile: use another name"}
		}
	}
	return nil
}

// Update replaces a profile; a secret that the draft leaves out stays. Conflict where somebody changed it since Version.
func (s *Service) Update(ctx context.Context, actor adit.Actor, id string, d Draft) (Profile, error) {
	if err := actor.May(adit.ScopeControl); err != nil {
		return Profile{}, err
	}
	if err := d.Validate(); err != nil {
		return Profile{}, err
	}
	was, err := byID(ctx, s.o.DB, id)
	if err != nil {
		return Profile{}, err
	}
	config, err := keep(was.Config, d.Config)
	if err != nil {
		return Profile{}, err
	}
	if config, err = s.checked(ctx, actor, d.MinerType, config); err != nil {
		return Profile{}, err
	}
	if d.Version == nil {
		d.Version = &was.Version // what was read a moment ago; a change in between is a conflict all the same
	}
	next := was
	next.Name, next.Description, next.MinerType, next.Config = d.Name, d.Description, d.MinerType, config
	if d.Autostart != nil {
		next.Autostart = *d.Autostart
	}
	return s.save(ctx, actor, next, *d.Version, "changed")
}

// save writes the next version of a profile over the expected one.
func (s *Service) save(ctx context.Context, actor adit.Actor, next row, expected int64, reason string) (Profile, error) {
	var changes []Change
	err := s.o.DB.InTx(ctx, func(q sqldb.Q) error {
		if err := sqldb.Lock(ctx, q, "profile_entry"); err != nil {
			return err
		}
		was, err := byID(ctx, q, next.ID)
		if err != nil {
			return err
		}
		if changes, err = diff(was, next); err != nil {
			return err
		}
		next, err = s.replaced(ctx, q, actor, next, expected, reason)
		return err
	})
	if err != nil {
		return Profile{}, err
	}
	s.note(ctx, actor, "profile.changed", next.ID, "the profile "+next.Name+" was changed: "+words(changes), nil)
	return next.shown()
}

// replaced writes the next version of a profile in a transaction that holds the lock, and returns it as it was written.
func (s *Service) replaced(ctx context.Context, q sqldb.Q, actor adit.Actor, next row, expected int64, reason string) (row, error) {
	others, err := all(ctx, q)
	if err != nil {
		return next, err
	}
	was, err := byID(ctx, q, next.ID)
	if err != nil {
		return next, err
	}
	if was.Version != expected {
		return next, adit.Errorf(adit.Conflict, "somebody changed the profile meanwhile: it is at version %d, you changed version %d; read it again", was.Version, expected)
	}
	next.Instance = instanceOf(next.Name, next.ID)
	if err := free(next, others); err != nil {
		return next, err
	}
	next.Version, next.Updated = was.Version+1, s.now()
	if err := update(ctx, q, next); err != nil {
		return next, err
	}
	if err := insertVersion(ctx, q, saved{row: next, At: next.Updated, By: actor.ID, Reason: reason}); err != nil {
		return next, err
	}
	return next, trim(ctx, q, next.ID, next.Version)
}

func words(changes []Change) string {
	if len(changes) == 0 {
		return "nothing"
	}
	var keys []string
	for _, c := range changes {
		keys = append(keys, c.Key)
	}
	return strings.Join(keys, ", ")
}

// Delete removes a profile and its versions. A program that runs from it goes on.
func (s *Service) Delete(ctx context.Context, actor adit.Actor, id string) error {
	if err := actor.May(adit.ScopeControl); err != nil {
		return err
	}
	var was row
	err := s.o.DB.InTx(ctx, func(q sqldb.Q) (err error) {
		if was, err = byID(ctx, q, id); err != nil {
			return err
		}
		if err := forgetProfile(ctx, q, id); err != nil {
			return err
		}
		return remove(ctx, q, id)
	})
	if err == nil {
		s.note(ctx, actor, "profile.deleted", id, "the profile "+was.Name+" was deleted", nil)
	}
	return err
}

// note writes a change into the journal. The change stands whatever happens here, so a failure is logged only.
func (s *Service) note(ctx context.Context, actor adit.Actor, kind, id, text string, data map[string]string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := s.o.Journal.Note(ctx, actor, kind, "info", "profile/"+id, text, data); err != nil {
		s.o.Log.ErrorContext(ctx, "a change of a profile was not written into the journal", "profile", id, "err", err)
	}
}
