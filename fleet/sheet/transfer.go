package sheet

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
)

// Document is what an export holds and an import reads.
type Document struct {
	Adit     string     `json:"adit"` // "profiles"
	Format   int        `json:"format"`
	At       time.Time  `json:"exportedAt"`
	Secrets  bool       `json:"secrets"` // passwords are in it
	Profiles []Portable `json:"profiles"`
	Complete bool       `json:"complete"` // stands last: a file that was cut off lacks it
}

// Portable is a profile outside of adit.
type Portable struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	MinerType   string          `json:"minerType"`
	Autostart   bool            `json:"autostart"`
	Config      json.RawMessage `json:"config"`
}

const (
	documentKind   = "profiles"
	documentFormat = 1
)

// Export is all profiles, or those of the given ids; with secrets only for the owner.
func (s *Service) Export(ctx context.Context, actor adit.Actor, secrets bool, ids ...string) (Document, error) {
	if err := actor.May(exportScope(secrets)); err != nil {
		return Document{}, err
	}
	for _, id := range ids {
		if _, err := byID(ctx, s.o.DB, id); err != nil {
			return Document{}, err
		}
	}
	rows, err := all(ctx, s.o.DB)
	if err != nil {
		return Document{}, err
	}
	d := Document{Adit: documentKind, Format: documentFormat, At: s.now(), Secrets: secrets, Profiles: []Portable{}, Complete: true}
	for _, r := range rows {
		if len(ids) > 0 && !slices.Contains(ids, r.ID) {
			continue
		}
		config := r.Config
		if !secrets {
			if config, _, err = hide(config); err != nil {
				return Document{}, err
			}
		}
		d.Profiles = append(d.Profiles, Portable{Name: r.Name, Description: r.Description, MinerType: r.MinerType, Autostart: r.Autostart, Config: config})
	}
	if secrets {
		s.note(ctx, actor, "profile.exported", "all", "the profiles were exported with their secrets", nil)
	}
	return d, nil
}

func exportScope(secrets bool) adit.Scope {
	if secrets {
		return adit.ScopeOwner
	}
	return adit.ScopeRead
}

// ImportOptions say how to import.
type ImportOptions struct {
	DryRun  bool // say what would be made, write nothing
	Replace bool // a profile of the same name becomes what the file says, as a new version
	YAML    bool // read as YAML whatever it looks like
}

// What becomes of an entry of a file.
const (
	ActionCreate = "create"
	ActionUpdate = "update"
	ActionSame   = "same"   // it is there already, just so
	ActionRefuse = "refuse" // Reason says why
)

// Entry is what became, or would become, of one entry of a file.
type Entry struct {
	Source    string // where in the file: "profiles[0]"
	Name      string
	MinerType string
	Action    string
	Field     string   // where it was refused: the key at fault, "" = none
	Reason    string   // why it was refused
	Notes     []string // what was left behind or changed on the way
	Profile   string   // id of the profile, "" = none (yet)
}

// Import is what became of a file.
type Import struct {
	Kind    string // what the file was taken for
	DryRun  bool
	Entries []Entry
	Notes   []string // keys of the file that are no profiles and were left behind
}

// Import reads profiles from a file: adit's own export as JSON or YAML, the Mining Platform's mining_profiles.json,
// mining_config.json, or its autostart file miners/config.json. An entry that a start would refuse is refused by name
// and the others are made; a file that cannot be read whole is refused whole. Everything is written at once or nothing.
func (s *Service) Import(ctx context.Context, actor adit.Actor, raw []byte, o ImportOptions) (Import, error) {
	if err := actor.May(adit.ScopeControl); err != nil {
		return Import{}, err
	}
	f, err := read(raw, o.YAML)
	if err != nil {
		return Import{}, err
	}
	out := Import{Kind: f.kind, DryRun: o.DryRun, Entries: []Entry{}, Notes: f.notes}
	rows, err := all(ctx, s.o.DB)
	if err != nil {
		return Import{}, err
	}
	im := importer{s: s, actor: actor, o: o, rows: rows, ask: true, seen: map[string]bool{}}
	for _, x := range f.entries {
		e, err := im.take(ctx, x)
		if err != nil {
			return Import{}, err
		}
		out.Entries = append(out.Entries, e)
	}
	if o.DryRun {
		for i := range out.Entries {
			if out.Entries[i].Action == ActionCreate {
				out.Entries[i].Profile = "" // it gets another when it is made
			}
		}
		return out, nil
	}
	return out, im.write(ctx)
}

// importer goes through the entries of one file.
type importer struct {
	s       *Service
	actor   adit.Actor
	o       ImportOptions
	rows    []row           // as they will be once this is written
	seen    map[string]bool // names in the file so far
	fresh   []row
	changed []row
	ask     bool // the agent answers, so that it is worth asking what the program says
}

// take decides about one entry. An error is a failure of adit's, not of the entry.
func (im *importer) take(ctx context.Context, x fileEntry) (Entry, error) {
	e := Entry{Source: x.source, Name: clipped(x.draft.Name), MinerType: clipped(x.draft.MinerType), Notes: x.notes}
	if e.Notes == nil {
		e.Notes = []string{}
	}
	err := x.err
	if err == nil {
		err = im.decide(ctx, x.draft, &e)
	}
	if err == nil {
		return e, nil
	}
	a, ok := adit.AsError(err)
	if !ok || a.Code != adit.Invalid && a.Code != adit.Conflict {
		return e, err
	}
	e.Action, e.Field, e.Reason = ActionRefuse, a.Field, a.Msg
	return e, nil
}

func (im *importer) decide(ctx context.Context, d Draft, e *Entry) error {
	if err := d.Validate(); err != nil {
		return err
	}
	key := nameKey(d.Name)
	if im.seen[key] {
		return adit.InvalidField("name", "it stands twice in the file")
	}
	im.seen[key] = true
	for i, was := range im.rows {
		if nameKey(was.Name) == key {
			return im.replace(ctx, i, d, e)
		}
	}
	config, err := keep(json.RawMessage(`{}`), d.Config)
	if err != nil {
		return err
	}
	if config, err = im.checked(ctx, d.MinerType, config); err != nil {
		return err
	}
	if len(im.rows) >= MaxProfiles {
		return adit.Errorf(adit.Conflict, "there are %d profiles already: delete one first", MaxProfiles)
	}
	id, now := adit.NewID(), im.s.now()
	r := row{ID: id, Name: d.Name, Instance: instanceOf(d.Name, id), Description: d.Description, MinerType: d.MinerType, Config: config,
		Version: 1, Autostart: d.Autostart != nil && *d.Autostart, Created: now, Updated: now}
	if err := free(r, im.rows); err != nil {
		return err
	}
	im.rows, im.fresh = append(im.rows, r), append(im.fresh, r)
	e.Action, e.Profile = ActionCreate, id
	return nil
}

// replace decides about an entry whose name a profile has.
func (im *importer) replace(ctx context.Context, i int, d Draft, e *Entry) error {
	was := im.rows[i]
	config, err := keep(was.Config, d.Config)
	if err != nil {
		return err
	}
	if config, err = im.checked(ctx, d.MinerType, config); err != nil {
		return err
	}
	next := was
	next.Name, next.Description, next.MinerType, next.Config = d.Name, d.Description, d.MinerType, config
	if d.Autostart != nil {
		next.Autostart = *d.Autostart
	}
	changes, err := diff(was, next)
	if err != nil {
		return err
	}
	e.Profile = was.ID
	switch {
	case len(changes) == 0:
		e.Action = ActionSame
	case !im.o.Replace:
		return &adit.Error{Code: adit.Conflict, Field: "name", Msg: "name: there is a profile of that name that is not the same: rename it in the file, or import with replace"}
	default:
		e.Action = ActionUpdate
		im.rows[i] = next
		im.changed = append(im.changed, next)
	}
	return nil
}

// checked is the service's, which stops asking an agent that does not answer: a file may have many entries.
func (im *importer) checked(ctx context.Context, kind string, config json.RawMessage) (json.RawMessage, error) {
	config, err := im.s.form(ctx, im.actor, kind, config)
	if err != nil || !im.ask {
		return config, err
	}
	answered, err := im.s.asked(ctx, im.actor, kind, config)
	im.ask = answered
	return config, err
}

// write makes everything that was decided, or nothing.
func (im *importer) write(ctx context.Context) error {
	if len(im.fresh)+len(im.changed) == 0 {
		return nil
	}
	err := im.s.o.DB.InTx(ctx, func(q sqldb.Q) error {
		if err := sqldb.Lock(ctx, q, "profile_entry"); err != nil {
			return err
		}
		for _, r := range im.changed {
			if _, err := im.s.replaced(ctx, q, im.actor, r, r.Version, "imported"); err != nil {
				return err
			}
		}
		for _, r := range im.fresh {
			if err := im.s.add(ctx, q, im.actor, r, "imported"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range append(im.fresh, im.changed...) {
		im.s.note(ctx, im.actor, "profile.imported", r.ID, "the profile "+r.Name+" was imported", nil)
	}
	return nil
}

// clipped bounds what is repeated of a file.
func clipped(s string) string {
	r := []rune(s)
	if len(r) > maxName {
		r = append(r[:maxName], '…')
	}
	return string(r)
}
