package command

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
)

const (
	watchEvery    = 250 * time.Millisecond // between two looks at an installation that is waited for
	removeWithin  = time.Minute
	maxArchive    = 4096 // bytes of a path
	maxVersion    = 64
	unansweredMax = 20 // looks in a row that may fail before waiting ends
)

var versionRE = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z._+-]*$`)

// InstallRequest is what a person wants installed.
type InstallRequest struct {
	Program string
	Version string // "" = pinned or newest
	Archive string // path on the home rig's computer; "" = download
	SHA256  string // digest the person vouches for; "" = the catalogue's
}

// need is the right an installation takes: a digest that only the person vouches for lets any program in.
func (r InstallRequest) need() adit.Scope {
	if r.SHA256 != "" {
		return adit.ScopeOwner
	}
	return adit.ScopeControl
}

func (r InstallRequest) args() (wire.InstallArgs, error) {
	a := wire.InstallArgs{Program: r.Program, Version: strings.TrimPrefix(r.Version, "v"), Archive: r.Archive, SHA256: strings.ToLower(r.SHA256)}
	if err := checkProgram(r.Program); err != nil {
		return a, err
	}
	if err := checkVersion(a.Version); err != nil {
		return a, err
	}
	switch raw, err := hex.DecodeString(a.SHA256); {
	case len(a.Archive) > maxArchive || hasControl(a.Archive):
		return a, adit.InvalidField("archive", "it is no path of a file")
	case a.SHA256 != "" && (err != nil || len(raw) != 32):
		return a, adit.InvalidField("sha256", "it must be 64 hex digits")
	case a.SHA256 != "" && a.Archive == "":
		return a, adit.InvalidField("sha256", "it goes with an archive of yours: name that too")
	}
	return a, nil
}

func checkProgram(name string) error {
	if !adit.ValidName(name) {
		return adit.Errorf(adit.NotFound, "there is no mining program of that name: `adit catalogue` names those there are")
	}
	return nil
}

func checkVersion(v string) error {
	if v != "" && (len(v) > maxVersion || !versionRE.MatchString(v) || strings.Contains(v, "..")) {
		return adit.InvalidField("version", "write it like 6.26.0")
	}
	return nil
}

// Install begins an installation on the home rig and returns its job at once.
func (s *Service) Install(ctx context.Context, actor adit.Actor, r InstallRequest) (wire.Job, error) {
	if err := actor.May(r.need()); err != nil {
		return wire.Job{}, err
	}
	args, err := r.args()
	if err != nil {
		return wire.Job{}, err
	}
	return carryHome[wire.Job](ctx, s, actor, wire.VerbInstall, args, orderWithin)
}

// Installation is how far a job is.
func (s *Service) Installation(ctx context.Context, actor adit.Actor, id string) (wire.Job, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return wire.Job{}, err
	}
	raw, err := rawOrNil(wire.JobArgs{ID: id})
	if err != nil {
		return wire.Job{}, err
	}
	return inquire[wire.Job](ctx, s, actor, wire.Query{Kind: wire.QueryJob, Args: raw})
}

// AwaitInstall waits until a job has ended, and returns its error where it failed. each, which may be nil, hears of
// every look. The job goes on where ctx ends.
func (s *Service) AwaitInstall(ctx context.Context, actor adit.Actor, j wire.Job, each func(wire.Job)) (wire.Job, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return j, err
	}
	t := time.NewTicker(watchEvery)
	defer t.Stop()
	for missed := 0; !j.Ended(); {
		select {
		case <-ctx.Done():
			return j, adit.Errorf(adit.Timeout, "the installation of %s goes on; `adit install` or the page shows how far it is", j.Program)
		case <-t.C:
		}
		now, err := s.Installation(ctx, actor, j.ID)
		switch {
		case err == nil:
			j, missed = now, 0
		case adit.CodeOf(err) == adit.NotFound, missed >= unansweredMax:
			return j, err
		default:
			missed++
		}
		if each != nil {
			each(j)
		}
	}
	return j, j.Err()
}

// CancelInstall ends a job; what was downloaded is kept, so that the next try goes on from there.
func (s *Service) CancelInstall(ctx context.Context, actor adit.Actor, id string) error {
	if err := actor.May(adit.ScopeControl); err != nil {
		return err
	}
	_, err := carryHome[json.RawMessage](ctx, s, actor, wire.VerbInstallCancel, wire.JobArgs{ID: id}, orderWithin)
	return err
}

// Uninstall removes one version of a program from the home rig, or all of them; refused while it runs.
func (s *Service) Uninstall(ctx context.Context, actor adit.Actor, program, version string) (wire.Uninstalled, error) {
	args, err := programArgs(actor, program, version)
	if err != nil {
		return wire.Uninstalled{}, err
	}
	return carryHome[wire.Uninstalled](ctx, s, actor, wire.VerbUninstall, args, removeWithin)
}

// Pin keeps a program at a version; "" lets it follow the catalogue again.
func (s *Service) Pin(ctx context.Context, actor adit.Actor, program, version string) error {
	args, err := programArgs(actor, program, version)
	if err != nil {
		return err
	}
	_, err = carryHome[json.RawMessage](ctx, s, actor, wire.VerbPin, args, orderWithin)
	return err
}

// Use makes an installed version the one that is started; a running program goes on with the old one until its restart.
func (s *Service) Use(ctx context.Context, actor adit.Actor, program, version string) error {
	args, err := programArgs(actor, program, version)
	if err != nil {
		return err
	}
	if version == "" {
		return adit.InvalidField("version", "say which version: `adit catalogue` and GET /api/v1/installs name those there are")
	}
	_, err = carryHome[json.RawMessage](ctx, s, actor, wire.VerbUse, args, orderWithin)
	return err
}

func programArgs(actor adit.Actor, program, version string) (wire.ProgramArgs, error) {
	a := wire.ProgramArgs{Program: program, Version: strings.TrimPrefix(version, "v")}
	if err := actor.May(adit.ScopeControl); err != nil {
		return a, err
	}
	if err := checkProgram(program); err != nil {
		return a, err
	}
	return a, checkVersion(a.Version)
}

// AddCatalogue gives the home rig's agent a signed catalogue; it accepts one only of a key it was built with.
func (s *Service) AddCatalogue(ctx context.Context, actor adit.Actor, catalogue, signature []byte) (wire.Catalogue, error) {
	if err := actor.May(adit.ScopeOwner); err != nil {
		return wire.Catalogue{}, err
	}
	t, err := s.home()
	if err != nil {
		return wire.Catalogue{}, err
	}
	raw, err := s.carry(ctx, actor, order{verb: wire.VerbCatalogue, target: t, within: orderWithin,
		args: wire.CatalogueArgs{Catalogue: catalogue, Signature: signature}, shown: map[string]int{"bytes": len(catalogue)}})
	if err != nil {
		return wire.Catalogue{}, err
	}
	return decoded[wire.Catalogue](raw)
}

// Installs tells what is installed on the home rig and what is being installed.
func (s *Service) Installs(ctx context.Context, actor adit.Actor) (wire.Installs, error) {
	return inquire[wire.Installs](ctx, s, actor, wire.Query{Kind: wire.QueryInstalls})
}

// Catalogue tells what the home rig's agent knows where to get.
func (s *Service) Catalogue(ctx context.Context, actor adit.Actor) (wire.Catalogue, error) {
	return inquire[wire.Catalogue](ctx, s, actor, wire.Query{Kind: wire.QueryCatalogue})
}

// carryHome sends an order to the home rig and decodes what it answers. The actor was checked before.
func carryHome[T any](ctx context.Context, s *Service, actor adit.Actor, verb wire.Verb, args any, within time.Duration) (out T, err error) {
	t, err := s.home()
	if err != nil {
		return out, err
	}
	raw, err := s.carry(ctx, actor, order{verb: verb, target: t, args: args, within: within})
	if err != nil {
		return out, err
	}
	return decoded[T](raw)
}

func decoded[T any](raw json.RawMessage) (out T, err error) {
	if len(raw) == 0 {
		return out, nil
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return out, adit.Errorf(adit.Internal, "the agent's answer cannot be read: is it of this version of adit?")
	}
	return out, nil
}

// inquire puts a question to the home rig's agent.
func inquire[T any](ctx context.Context, s *Service, actor adit.Actor, q wire.Query) (out T, err error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return out, err
	}
	t, err := s.home()
	if err != nil {
		return out, err
	}
	return ask[T](ctx, s, t, q)
}
