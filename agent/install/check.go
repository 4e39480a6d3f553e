package install

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/wording"
	"github.com/adit-mining/adit/link/wire"
)

// trouble is what is wrong with an installed version.
type trouble struct {
	state string
	words string
	fresh bool // it was not known before
}

// JustQuarantined reports whether an error of Ready put the program into quarantine: that is news.
func JustQuarantined(err error) bool {
	var t *trouble
	return errors.As(err, &t) && t.fresh
}

func (t *trouble) Error() string { return t.words }

func (t *trouble) coded() error {
	return adit.Errorf(adit.Refused, "%w", t) // its words once, and the trouble itself for errors.As
}

// stateOf is the state of a version whose check ended with err.
func stateOf(err error) string {
	var t *trouble
	if errors.As(err, &t) {
		return t.state
	}
	return wire.InstallChanged
}

func (v version) missing(file string) error {
	what := "the executable"
	if file != v.Binary {
		what = "the file " + file
	}
	return (&trouble{wire.InstallMissing, fmt.Sprintf(
		"%s of %s %s is gone, though nobody uninstalled it: it was likely removed by an antivirus, which takes mining programs for malware. "+
			"Allow just this folder there (%s), then install it again: adit install %s", what, v.Program, v.Version, v.dir, v.Program), false}).coded()
}

func (v version) changed(file, got, want string) error {
	return (&trouble{wire.InstallChanged, fmt.Sprintf(
		"%s of %s %s is not the file that was installed: its sha256 is %s, recorded was %s. It is not run; install it again: adit install %s",
		file, v.Program, v.Version, got, want, v.Program), false}).coded()
}

// quick checks what costs nothing: manifest, quarantine, and that the executable is there with its size.
func (s *Store) quick(v version) error {
	if v.bad != nil {
		words := "its manifest cannot be read: " + wordsOf(v.bad)
		return (&trouble{wire.InstallChanged, fmt.Sprintf("%s %s: %s. Install it again: adit install %s", v.Program, v.Version, words, v.Program), false}).coded()
	}
	if q, there := readQuarantine(v.dir); there {
		return (&trouble{wire.InstallQuarantined, q.Words, false}).coded()
	}
	st, err := os.Lstat(v.binary())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return v.missing(v.Binary)
	case err != nil:
		return adit.Errorf(adit.Refused, "the executable of %s %s cannot be looked at: %w", v.Program, v.Version, err)
	case !st.Mode().IsRegular():
		return v.changed(v.Binary, "that of no file", v.Digest)
	}
	return nil
}

// look checks every file, from memory where it has the size and times of the last check. For lists.
func (s *Store) look(v version) error { return s.verify(v, s.hashed.of) }

// check reads every file of a version anew and compares it with its manifest. What was changed is put into quarantine:
// it stays where it is, as evidence, and is not run any more.
func (s *Store) check(v version) error {
	err := s.verify(v, digestOf)
	if err == nil || stateOf(err) != wire.InstallChanged || v.bad != nil {
		return err
	}
	words := wordsOf(err)
	if werr := writeQuarantine(v.dir, quarantine{At: s.now().UTC(), Words: "in quarantine since " + wording.Time(s.now()) + ": " + words}); werr != nil {
		return errors.Join(err, adit.Errorf(adit.Internal, "its quarantine cannot be recorded: %w", werr))
	}
	return (&trouble{wire.InstallQuarantined, "put into quarantine: " + words, true}).coded()
}

func (s *Store) verify(v version, digest func(string) (string, error)) error {
	if err := s.quick(v); err != nil {
		return err
	}
	for _, f := range v.Files {
		path := filepath.Join(v.dir, filesDir, filepath.FromSlash(f.Path))
		st, err := os.Lstat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return v.missing(f.Path)
		case err != nil:
			return adit.Errorf(adit.Refused, "%s of %s %s cannot be looked at: %w", f.Path, v.Program, v.Version, err)
		case !st.Mode().IsRegular():
			return v.changed(f.Path, "that of no file", f.SHA256)
		}
		got, err := digest(path)
		if err != nil {
			return adit.Errorf(adit.Refused, "%s of %s %s cannot be read: %w", f.Path, v.Program, v.Version, err)
		}
		if got != f.SHA256 {
			return v.changed(f.Path, got, f.SHA256)
		}
	}
	return nil
}

// Program is an installed program that may be started.
type Program struct {
	Name    string
	Version string
	Binary  string // absolute path
	Digest  string // sha256 of Binary
	Fee     *float64
}

// Find returns the version of a program that is to be started, NotFound where adit installed none, Refused with words
// where it must not be run. It reads no file's content.
func (s *Store) Find(program string) (Program, error) {
	v, err := s.current(program)
	if err != nil {
		return Program{}, err
	}
	if err := s.quick(v); err != nil {
		return Program{}, err
	}
	return Program{v.Program, v.Version, v.binary(), v.Digest, v.FeePercent}, nil
}

// owner finds the installed version a path lies in; NotFound where it is none of adit's.
func (s *Store) owner(path string) (version, error) {
	rel, err := filepath.Rel(s.dir, path)
	parts := strings.Split(filepath.ToSlash(rel), "/")
	if err != nil || len(parts) < 4 || parts[2] != filesDir || !adit.ValidName(parts[0]) || !validVersion(parts[1]) {
		return version{}, adit.Errorf(adit.NotFound, "%s was not installed by adit", path)
	}
	v := version{dir: filepath.Join(s.dir, parts[0], parts[1])}
	if _, err := os.Stat(v.dir); errors.Is(err, fs.ErrNotExist) {
		return version{}, adit.Errorf(adit.NotFound, "%s %s is not installed", parts[0], parts[1])
	}
	v.Manifest, v.bad = readManifest(v.dir)
	if v.bad != nil {
		v.Manifest = Manifest{Program: parts[0], Version: parts[1]}
	}
	return v, nil
}

// Ready checks every file of the version an executable belongs to, right before it is started, and returns the recorded
// digest; "" where adit did not install it.
func (s *Store) Ready(path string) (digest string, err error) {
	v, err := s.owner(path)
	if adit.CodeOf(err) == adit.NotFound { // of an uninstalled version too: its shim finds the file gone
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if err := s.check(v); err != nil {
		return "", err
	}
	if v.binary() != path {
		return "", adit.Errorf(adit.Refused, "%s is not the executable of %s %s", path, v.Program, v.Version)
	}
	return v.Digest, nil
}

// Within reports whether a path lies in a program's installed version; version "" = in any.
func (s *Store) Within(path, program, name string) bool {
	v, err := s.owner(path)
	return err == nil && v.Program == program && (name == "" || v.Version == name)
}

func digestOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return digestFrom(f)
}

func digestFrom(r io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// hashes remembers digests by file, size and time of change, so that a list does not read everything each time. The
// check before a start never uses it.
type hashes struct {
	mu    sync.Mutex
	known map[string]hashed
}

type hashed struct {
	size   int64
	mod    time.Time
	sha256 string
}

const maxHashes = 20_000

func (h *hashes) of(path string) (string, error) {
	st, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	h.mu.Lock()
	k, ok := h.known[path]
	h.mu.Unlock()
	if ok && k.size == st.Size() && k.mod.Equal(st.ModTime()) {
		return k.sha256, nil
	}
	sum, err := digestOf(path)
	if err != nil {
		return "", err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.known == nil || len(h.known) > maxHashes {
		h.known = map[string]hashed{}
	}
	h.known[path] = hashed{st.Size(), st.ModTime(), sum}
	return sum, nil
}

func (h *hashes) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.known = nil
}
