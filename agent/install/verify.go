package install

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/adit-mining/adit"
)

// Report is what is known of a file.
type Report struct {
	Path         string    `json:"path"`
	SHA256       string    `json:"sha256"`
	Kind         string    `json:"kind"` // "installed", "copy" of an installed file, "archive"
	Verdict      string    `json:"verdict"`
	Program      string    `json:"program"`
	Version      string    `json:"version"`
	Platform     string    `json:"platform"`
	Expected     string    `json:"expected"` // digest that it should have
	Vouched      string    `json:"vouched"`  // "catalogue" or "you"
	DigestSource string    `json:"digestSource"`
	URL          string    `json:"url"`
	Licence      string    `json:"licence"`
	Source       string    `json:"source"` // "open", "closed", "" = unknown
	FeePercent   *float64  `json:"feePercent"`
	InstalledAt  time.Time `json:"installedAt,omitzero"`
	Words        string    `json:"words"`
}

// The verdicts of a Report.
const (
	VerdictOK       = "ok"
	VerdictMismatch = "mismatch"
)

// Examine says what a file is: one that adit installed, a copy of one, or an archive of the catalogue. NotFound where
// neither knows it, or there is no such file. A file that should be another one has the verdict "mismatch".
func Examine(programs, path string, keys []string) (Report, error) {
	i, err := New(Options{Dir: programs, Keys: keys})
	if err != nil {
		return Report{}, err
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		real = path
	}
	if real, err = filepath.Abs(real); err != nil {
		return Report{}, adit.InvalidField("path", "it is no path: %v", err)
	}
	r := Report{Path: real}
	st, err := os.Stat(real)
	v, owned := i.ownerOf(real)
	switch {
	case errors.Is(err, fs.ErrNotExist) && owned:
		r.of(v.Manifest)
		r.Kind, r.Verdict, r.Words = "installed", VerdictMismatch, wordsOf(v.missing(v.Binary))
		return r, nil
	case errors.Is(err, fs.ErrNotExist):
		return r, adit.Errorf(adit.NotFound, "there is no file %s", path)
	case err != nil:
		return r, adit.Errorf(adit.Refused, "%s cannot be read: %w", path, cause(err))
	case !st.Mode().IsRegular():
		return r, adit.InvalidField("path", "%s is no file", path)
	}
	if r.SHA256, err = digestOf(real); err != nil {
		return r, adit.Errorf(adit.Refused, "%s cannot be read: %w", path, cause(err))
	}
	if owned {
		return i.installed(r, v)
	}
	return i.elsewhere(r)
}

// ownerOf finds the installation a file lies in, also where the folder of programs is reached over a link.
func (i *Installer) ownerOf(path string) (version, bool) {
	dirs := []string{i.o.Dir}
	if real, err := filepath.EvalSymlinks(i.o.Dir); err == nil {
		dirs = append(dirs, real)
	}
	for _, dir := range dirs {
		if abs, err := filepath.Abs(dir); err == nil {
			if v, err := OpenStore(abs, i.o.Now).owner(path); err == nil {
				return v, true
			}
		}
	}
	return version{}, false
}

func (r *Report) of(m Manifest) {
	r.Program, r.Version, r.Platform, r.Expected, r.Vouched, r.DigestSource = m.Program, m.Version, m.Platform, m.Digest, m.Vouched, m.DigestSource
	r.URL, r.Licence, r.Source, r.FeePercent, r.InstalledAt = m.URL, m.Licence, m.Source, m.FeePercent, m.InstalledAt
}

func (i *Installer) installed(r Report, v version) (Report, error) {
	r.Kind = "installed"
	if v.bad != nil {
		r.Program, r.Version, r.Verdict, r.Words = v.Program, v.Version, VerdictMismatch, "its manifest cannot be read: "+wordsOf(v.bad)
		return r, nil
	}
	r.of(v.Manifest)
	for _, f := range v.Files {
		if filepath.Join(v.dir, filesDir, filepath.FromSlash(f.Path)) == r.Path {
			r.Expected = f.SHA256
			r.Verdict = VerdictOK
			if f.SHA256 != r.SHA256 {
				r.Verdict, r.Words = VerdictMismatch, wordsOf(v.changed(f.Path, r.SHA256, f.SHA256))
			}
			return r, nil
		}
	}
	r.Expected, r.Verdict, r.Words = "", VerdictMismatch, "it lies in the folder of "+v.Program+" "+v.Version+", but was not part of what was installed"
	return r, nil
}

// elsewhere recognises a copy of an installed file, or an archive of the catalogue.
func (i *Installer) elsewhere(r Report) (Report, error) {
	names, err := i.store.programs()
	if err != nil {
		return r, err
	}
	for _, p := range names {
		all, err := i.store.versions(p)
		if err != nil {
			return r, err
		}
		for _, v := range all {
			if v.bad == nil && v.Digest == r.SHA256 {
				r.of(v.Manifest)
				r.Kind, r.Verdict = "copy", VerdictOK
				return r, nil
			}
		}
	}
	c := i.shelf.current()
	e, ok := c.byDigest(r.SHA256)
	r.Verdict = VerdictOK
	if !ok {
		if e, ok = c.byName(r.Path); !ok {
			return Report{}, adit.Errorf(adit.NotFound, "adit does not know %s (sha256 %s): it neither installed it nor is it an archive of the catalogue", r.Path, r.SHA256)
		}
		r.Verdict = VerdictMismatch
		r.Words = "it is called like the archive of " + e.Title + " " + e.Version + ", but it is another: it was damaged or changed"
	}
	r.Kind, r.Program, r.Version, r.Platform, r.Expected, r.Vouched = "archive", e.Program, e.Version, e.Platform, e.SHA256, vouchedCatalogue
	r.DigestSource, r.URL, r.Licence, r.Source, r.FeePercent = e.DigestSource, e.URL, e.Licence, e.Source, e.FeePercent
	return r, nil
}
