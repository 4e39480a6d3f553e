package install

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/atomicfile"
	"github.com/adit-mining/adit/internal/wording"
	"github.com/adit-mining/adit/link/wire"
)

const (
	stateFile = "state.json"
	tmpDir    = ".tmp"
	fetchDir  = ".fetch"
)

// Store is the folder with the installed programs: <program>/<version>/{manifest.json, files/}, and <program>/state.json.
// Its methods may be called from several goroutines.
type Store struct {
	dir string
	now func() time.Time

	mu     sync.Mutex // one change at a time
	hashed hashes
}

// choice is the content of a program's state.json.
type choice struct {
	Current  string `json:"current"`            // the version that is started
	Previous string `json:"previous,omitempty"` // the one before
	Pin      string `json:"pin,omitempty"`      // the version the owner keeps
}

// version is one installed version as found on disk.
type version struct {
	Manifest
	dir string
	bad error // its manifest cannot be used
}

// OpenStore looks at a folder of programs; it touches nothing, and the folder need not exist.
func OpenStore(dir string, now func() time.Time) *Store {
	if now == nil {
		now = time.Now
	}
	return &Store{dir: dir, now: now}
}

// binary is the absolute path of a version's executable.
func (v version) binary() string {
	return filepath.Join(v.dir, filesDir, filepath.FromSlash(v.Binary))
}

// programs names the programs with a folder, by name.
func (s *Store) programs() ([]string, error) {
	list, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, adit.Errorf(adit.Internal, "the folder of programs cannot be read: %w", err)
	}
	var out []string
	for _, e := range list {
		if e.IsDir() && adit.ValidName(e.Name()) {
			out = append(out, e.Name())
		}
	}
	return out, nil
}

// versions are the installed versions of a program, newest first.
func (s *Store) versions(program string) ([]version, error) {
	list, err := os.ReadDir(filepath.Join(s.dir, program))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, adit.Errorf(adit.Internal, "the folder of %s cannot be read: %w", program, err)
	}
	var out []version
	for _, e := range list {
		if !e.IsDir() || !validVersion(e.Name()) {
			continue
		}
		v := version{dir: filepath.Join(s.dir, program, e.Name())}
		v.Manifest, v.bad = readManifest(v.dir)
		if v.bad != nil {
			v.Manifest = Manifest{Program: program, Version: e.Name()}
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b version) int { return compareVersions(b.Version, a.Version) })
	return out, nil
}

func (s *Store) choice(program string) (choice, error) {
	var c choice
	b, err := os.ReadFile(filepath.Join(s.dir, program, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil {
		return c, adit.Errorf(adit.Internal, "which version of %s is in use cannot be read: %w", program, err)
	}
	return c, nil
}

func (s *Store) choose(program string, c choice) error {
	if err := os.MkdirAll(filepath.Join(s.dir, program), 0o755); err != nil {
		return diskError("which version is in use", err)
	}
	if err := atomicfile.WriteJSON(filepath.Join(s.dir, program, stateFile), c, 0o644); err != nil {
		return diskError("which version is in use", err)
	}
	return nil
}

// current is the version of a program that is started: the chosen one, else the newest. NotFound where none is installed.
func (s *Store) current(program string) (version, error) {
	all, err := s.versions(program)
	if err != nil {
		return version{}, err
	}
	if len(all) == 0 {
		return version{}, adit.Errorf(adit.NotFound, "%s is not installed", program)
	}
	c, err := s.choice(program)
	if err != nil {
		return version{}, err
	}
	for _, v := range all {
		if v.Version == c.Current {
			return v, nil
		}
	}
	return all[0], nil
}

// named is an installed version of a program.
func (s *Store) named(program, name string) (version, error) {
	all, err := s.versions(program)
	if err != nil {
		return version{}, err
	}
	var have []string
	for _, v := range all {
		if v.Version == name {
			return v, nil
		}
		have = append(have, v.Version)
	}
	if len(have) == 0 {
		return version{}, adit.Errorf(adit.NotFound, "%s is not installed", program)
	}
	return version{}, adit.Errorf(adit.NotFound, "%s %s is not installed; there is %s", program, clip(name), strings.Join(have, ", "))
}

// Use makes an installed version the one that is started from now on.
func (s *Store) Use(program, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, err := s.named(program, name)
	if err != nil {
		return err
	}
	if err := s.quick(v); err != nil {
		return err
	}
	return s.makeCurrent(program, name)
}

// makeCurrent records a choice. The caller holds mu.
func (s *Store) makeCurrent(program, name string) error {
	c, err := s.choice(program)
	if err != nil {
		return err
	}
	if c.Current != name {
		c.Previous, c.Current = c.Current, name
	}
	return s.choose(program, c)
}

// Pin keeps a program at a version; "" lets it follow the catalogue again.
func (s *Store) Pin(program, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name != "" {
		if _, err := s.named(program, name); err != nil {
			return err
		}
	}
	c, err := s.choice(program)
	if err != nil || c.Pin == name {
		return err
	}
	c.Pin = name
	if name != "" && c.Current != name {
		c.Previous, c.Current = c.Current, name
	}
	return s.choose(program, c)
}

// Remove takes one version away, or all of them where name is ""; what is in use is refused by the caller.
func (s *Store) Remove(program, name string) (removed []string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := s.versions(program)
	if err != nil {
		return nil, err
	}
	if name != "" {
		v, err := s.named(program, name)
		if err != nil {
			return nil, err
		}
		all = []version{v}
	}
	if len(all) == 0 {
		return nil, adit.Errorf(adit.NotFound, "%s is not installed", program)
	}
	var away []string
	for _, v := range all { // one rename each makes it gone; the files follow
		to, err := s.moveAway(v.dir)
		if err != nil {
			return removed, err
		}
		away, removed = append(away, to), append(removed, v.Version)
	}
	if err := s.forget(program, name, removed); err != nil {
		return removed, err
	}
	for _, dir := range away {
		if err := os.RemoveAll(dir); err != nil { // the next start of the agent tries again
			return removed, adit.Errorf(adit.Internal, "%s is uninstalled, but its files cannot be removed: %w", program, err)
		}
	}
	return removed, nil
}

// forget drops removed versions from the choice; a program without versions has none.
func (s *Store) forget(program, name string, removed []string) error {
	if name == "" {
		if err := os.RemoveAll(filepath.Join(s.dir, program)); err != nil {
			return adit.Errorf(adit.Internal, "the folder of %s cannot be removed: %w", program, err)
		}
		return nil
	}
	c, err := s.choice(program)
	if err != nil {
		return err
	}
	gone := func(v string) bool { return slices.Contains(removed, v) }
	if gone(c.Pin) {
		c.Pin = ""
	}
	if gone(c.Previous) {
		c.Previous = ""
	}
	if gone(c.Current) { // back to the one before, else to the newest
		c.Current, c.Previous = c.Previous, ""
	}
	left, err := s.versions(program)
	if err == nil && len(left) == 0 {
		return s.forget(program, "", nil)
	}
	return errors.Join(err, s.choose(program, c))
}

// moveAway renames a folder into the temporary one.
func (s *Store) moveAway(dir string) (string, error) {
	tmp := filepath.Join(s.dir, tmpDir)
	if err := os.MkdirAll(tmp, 0o700); err != nil {
		return "", diskError("the temporary folder", err)
	}
	to := filepath.Join(tmp, "gone-"+adit.NewID())
	if err := os.Rename(dir, to); err != nil {
		return "", adit.Errorf(adit.Internal, "%s %s cannot be removed: %w", filepath.Base(filepath.Dir(dir)), filepath.Base(dir), err)
	}
	return to, nil
}

// place makes a prepared folder (manifest and files) an installation and the version in use.
func (s *Store) place(prepared string, m Manifest) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	parent := filepath.Join(s.dir, m.Program)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return diskError("the folder of "+m.Program, err)
	}
	to, old := filepath.Join(parent, m.Version), ""
	if _, err := os.Lstat(to); err == nil { // broken, or installed anew
		if old, err = s.moveAway(to); err != nil {
			return err
		}
	}
	if err := os.Rename(prepared, to); err != nil {
		err = diskError(m.Program, err)
		if old != "" {
			err = errors.Join(err, os.Rename(old, to))
		}
		return err
	}
	syncDir(parent)
	s.hashed.forget()
	if old != "" {
		_ = os.RemoveAll(old) // the next start of the agent tries again
	}
	return s.makeCurrent(m.Program, m.Version)
}

// syncDir makes a rename durable where the platform can.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}

// Sweep removes what an installation or removal left that was cut short, and downloads that nobody went on with for a
// week. It is for the start of an agent, when nothing is under way.
func (s *Store) Sweep() error {
	err := os.RemoveAll(filepath.Join(s.dir, tmpDir))
	list, rerr := os.ReadDir(filepath.Join(s.dir, fetchDir))
	if rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
		err = errors.Join(err, rerr)
	}
	for _, e := range list {
		if info, ierr := e.Info(); ierr == nil && s.now().Sub(info.ModTime()) > keepPartial {
			err = errors.Join(err, os.Remove(filepath.Join(s.dir, fetchDir, e.Name())))
		}
	}
	if err != nil {
		return adit.Errorf(adit.Internal, "what an earlier installation left cannot be removed: %w", err)
	}
	return nil
}

// keepPartial is how long a download that was cut short waits for the next try.
const keepPartial = 7 * 24 * time.Hour

// Installed lists all versions of all programs; words is what could not be read.
func (s *Store) Installed() (out []wire.Installed, pins []wire.Pin, words string) {
	names, err := s.programs()
	if err != nil {
		return nil, nil, err.Error()
	}
	var bad []string
	for _, p := range names {
		all, err := s.versions(p)
		cur, cerr := s.current(p)
		c, perr := s.choice(p)
		if err := errors.Join(err, perr); err != nil {
			bad = append(bad, err.Error())
		}
		if cerr == nil && c.Pin != "" {
			pins = append(pins, wire.Pin{Program: p, Version: c.Pin})
		}
		for _, v := range all {
			out = append(out, s.shown(v, cerr == nil && v.Version == cur.Version))
		}
	}
	return out, pins, strings.Join(bad, "; ")
}

// shown is a version as told to people; its files are checked, from memory where they have not changed since.
func (s *Store) shown(v version, current bool) wire.Installed {
	i := wire.Installed{Program: v.Program, Version: v.Version, Current: current, Path: v.dir, Digest: v.Digest, ArchiveDigest: v.ArchiveDigest,
		InstalledAt: v.InstalledAt, Vouched: v.Vouched, DigestSource: v.DigestSource, URL: v.URL, Licence: v.Licence, Source: v.Source,
		FeePercent: v.FeePercent, State: wire.InstallOK}
	if v.bad == nil {
		i.Binary = v.binary()
	}
	if err := s.look(v); err != nil {
		i.State, i.Words = stateOf(err), wordsOf(err)
	}
	return i
}

func wordsOf(err error) string {
	if err == nil {
		return "<nil>"
	}
	return wording.Reason(err)
}
