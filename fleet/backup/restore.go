package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
)

// Restore puts a backup in place of what a data directory holds. Nobody may work on the directory: the caller holds its
// locks.
type Restore struct {
	Dir string // data directory (exists)
	// SameMachine brings back what belongs to one computer: consent, pause, the token and what should run.
	SameMachine bool
	// Finish opens each database of the backup, adit.db and coop.db, before it is put in place: it brings it up to date and
	// may refuse it.
	Finish func(ctx context.Context, path string, m Manifest) error // nil = nothing
	Root   string                                                   // where /etc/machine-id is; "" = "/"
	Now    func() time.Time                                         // nil = time.Now
}

// Report says what a restore did.
type Report struct {
	Manifest Manifest
	Restored []string // what was put in place, from the data directory
	LeftOut  []string // what is in the backup and belongs to another computer
	Aside    string   // folder with what was there before; "" = there was nothing
}

// staged begins the names of folders in which an archive is unpacked.
const staged = ".restore-"

// Run restores a backup. On an error the data directory is as it was.
func (r Restore) Run(ctx context.Context, file string) (rep Report, err error) {
	if r.Now == nil {
		r.Now = time.Now
	}
	if r.Root == "" {
		r.Root = "/"
	}
	if err := Recover(r.Dir); err != nil { // of a restore that was cut short
		return rep, err
	}
	stage, err := os.MkdirTemp(r.Dir, staged+"*")
	if err != nil {
		return rep, adit.Errorf(adit.Internal, "the backup cannot be unpacked: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(stage)) }()
	if rep.Manifest, err = r.unpack(ctx, file, stage); err != nil {
		return rep, err
	}
	for _, name := range rep.Manifest.databases() {
		if err := r.look(ctx, filepath.Join(stage, filepath.FromSlash(name)), rep.Manifest); err != nil {
			return rep, fmt.Errorf("the backup is not restored: %w", err)
		}
	}
	moves, out := r.moves(rep.Manifest)
	rep.LeftOut = out
	for _, m := range moves {
		if m.In {
			rep.Restored = append(rep.Restored, m.Name)
		}
	}
	rep.Aside, err = r.swap(stage, moves)
	return rep, err
}

// look reads a database of the backup and lets Finish bring it up to date.
func (r Restore) look(ctx context.Context, path string, m Manifest) error {
	if _, err := sqldb.Inspect(ctx, path); err != nil || r.Finish == nil {
		return err
	}
	return r.Finish(ctx, path, m)
}

// unpack writes the members into stage; names were checked against the list of those an archive may hold.
func (r Restore) unpack(ctx context.Context, file, stage string) (Manifest, error) {
	root, err := os.OpenRoot(stage)
	if err != nil {
		return Manifest{}, err
	}
	defer func() { _ = root.Close() }()
	return read(file, r.fits, func(w Member, src io.Reader) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		name := filepath.FromSlash(w.Name)
		if err := root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return unwritten(w, err)
		}
		f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return unwritten(w, err)
		}
		_, err = io.Copy(f, src)
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
			return unwritten(w, err)
		}
		return nil
	})
}

func unwritten(w Member, err error) error {
	return adit.Errorf(adit.Internal, "%s cannot be unpacked, nothing was restored: %w", w.Name, err)
}

// fits refuses to bring one computer's consent and token to another.
func (r Restore) fits(m Manifest) error {
	here := Machine(r.Root)
	if r.SameMachine && m.Machine != "" && here != "" && m.Machine != here {
		return adit.Errorf(adit.Forbidden, "the backup was made on another computer (%s): consent, token and what should run there do not come here; leave --same-machine out", m.Host)
	}
	return nil
}

// moves lists what changes: what the backup holds comes in, and what would contradict it goes.
func (r Restore) moves(m Manifest) (moves []move, out []string) {
	for _, f := range m.Members {
		switch {
		case strings.HasPrefix(f.Name, series+"/") || ofCrew(f.Name):
		case slices.Contains(local, f.Name) && !r.SameMachine:
			out = append(out, f.Name)
		default:
			moves = append(moves, move{Name: f.Name, In: true})
		}
	}
	if m.History {
		moves = append(moves, move{Name: series, In: true})
	}
	moves = append(moves, m.crewMoves()...)
	if !slices.Contains(m.databases(), database) {
		return moves, out
	}
	// SQLite's companions belong to the database that goes; the agent's buffer counts on from where that stood.
	for _, name := range []string{database + "-wal", database + "-shm", "agent/buffer"} {
		moves = append(moves, move{Name: name})
	}
	return moves, out
}
