package install

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
)

// plan is what a job is to do.
type plan struct {
	program string
	version string // "" = told by the archive
	entry   *Entry // nil = the owner vouches
	archive string // "" = download
	sha256  string // that the owner vouches for, "" = none
}

// plan says what is wrong with a wish before anything is fetched.
func (i *Installer) plan(a wire.InstallArgs) (plan, error) {
	p := plan{program: a.Program, version: a.Version, archive: a.Archive, sha256: strings.ToLower(a.SHA256)}
	c := i.shelf.current()
	switch {
	case !adit.ValidName(p.program):
		return p, adit.InvalidField("program", "it cannot name a program")
	case p.version != "" && !validVersion(p.version):
		return p, adit.InvalidField("version", "write it like 6.26.0")
	case p.sha256 != "" && !digestRE.MatchString(p.sha256):
		return p, adit.InvalidField("sha256", "it must be 64 hex digits")
	case p.sha256 != "" && p.archive == "":
		return p, adit.InvalidField("sha256", "it goes with an archive of yours: name that too")
	case !slices.Contains(c.programs(), p.program) && !i.o.Known(p.program):
		return p, adit.Errorf(adit.NotFound, "adit knows no mining program %q; it knows %s", clip(p.program), strings.Join(c.programs(), ", "))
	}
	if p.archive != "" {
		return p, checkArchive(p.archive)
	}
	if p.version == "" {
		choice, err := i.store.choice(p.program)
		if err != nil {
			return p, err
		}
		p.version = choice.Pin
	}
	e, ok := c.find(p.program, p.version, i.o.Platform)
	if !ok {
		return p, i.notThere(c.Catalogue, p)
	}
	p.entry, p.version = &e, e.Version
	return p, nil
}

// notThere says why the catalogue has nothing that fits, and what can be done.
func (i *Installer) notThere(c *Catalogue, p plan) error {
	const own = "get or build it yourself and install it with --archive FILE --sha256 DIGEST"
	var versions []string
	for _, e := range c.Entries {
		if e.Program == p.program && e.Platform == i.o.Platform {
			versions = append(versions, e.Version)
		}
	}
	switch {
	case len(versions) > 0:
		return adit.Errorf(adit.NotFound, "the catalogue has no %s %s; it has %s. For another version, %s", p.program, p.version, strings.Join(versions, ", "), own)
	case len(c.platforms(p.program)) > 0:
		return adit.Errorf(adit.Unsupported, "the catalogue has %s for %s and not for this computer (%s): %s", p.program, strings.Join(c.platforms(p.program), ", "), i.o.Platform, own)
	}
	return adit.Errorf(adit.NotFound, "the catalogue has no %s, for no digest of it was found in a public source: %s", p.program, own)
}

func checkArchive(path string) error {
	if !filepath.IsAbs(path) || strings.ContainsRune(path, 0) {
		return adit.InvalidField("archive", "give the whole path of the file")
	}
	st, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return adit.InvalidField("archive", "there is no such file on this computer")
	case err != nil:
		return adit.InvalidField("archive", "it cannot be read: %v", cause(err))
	case !st.Mode().IsRegular():
		return adit.InvalidField("archive", "it is no file")
	case st.Size() > MaxArchive:
		return adit.InvalidField("archive", "it has %s, more than any mining program needs", mib(st.Size()))
	}
	return nil
}

// recognise finds out what a local archive is from its digest, and refuses one that nobody stands for.
func (i *Installer) recognise(p plan, digest string) (plan, error) {
	c := i.shelf.current()
	if e, ok := c.byDigest(digest); ok {
		switch {
		case e.Program != p.program:
			return p, adit.Errorf(adit.Refused, "the archive is %s %s, not %s", e.Title, e.Version, p.program)
		case e.Platform != i.o.Platform:
			return p, adit.Errorf(adit.Refused, "the archive is %s %s for %s, and this computer is %s", e.Title, e.Version, e.Platform, i.o.Platform)
		case p.version != "" && p.version != e.Version:
			return p, adit.Errorf(adit.Refused, "the archive is %s %s, not %s", e.Title, e.Version, p.version)
		}
		p.entry, p.version = &e, e.Version
		return p, nil
	}
	switch {
	case p.sha256 == digest:
	case p.sha256 != "":
		return p, adit.Errorf(adit.Refused, "the archive is not the one you vouch for: its sha256 is %s, you gave %s", digest, p.sha256)
	default:
		if e, ok := c.byName(p.archive); ok {
			return p, adit.Errorf(adit.Refused, "the archive is called like that of %s %s, but it is another: its sha256 is %s, the catalogue's is %s. It was damaged or changed", e.Title, e.Version, digest, e.SHA256)
		}
		return p, adit.Errorf(adit.Refused, "the catalogue does not know the archive: its sha256 is %s. If its publisher gives the same digest, say that you vouch for it: --sha256 DIGEST", digest)
	}
	if p.version == "" {
		p.version = versionIn(p.archive, digest)
	}
	return p, nil
}

var versionInNameRE = regexp.MustCompile(`\d+(\.\d+)+`)

// versionIn guesses a version from a file's name; where there is none, the digest names it.
func versionIn(path, digest string) string {
	if v := versionInNameRE.FindString(filepath.Base(path)); v != "" && validVersion(v) {
		return v
	}
	return "local-" + digest[:8]
}

// binaryIn finds the executable among unpacked files: the entry's, else the one file called like the program.
func (p plan) binaryIn(files []File) (File, error) {
	if p.entry != nil {
		for _, f := range files {
			if f.Path == p.entry.Binary {
				return f, nil
			}
		}
		return File{}, adit.Errorf(adit.Refused, "there is no %s in the archive, which the catalogue promises", p.entry.Binary)
	}
	var found []File
	for _, f := range files {
		base := strings.TrimSuffix(strings.ToLower(f.Path[strings.LastIndex(f.Path, "/")+1:]), ".exe")
		if base == p.program {
			found = append(found, f)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return File{}, adit.Errorf(adit.Refused, "there is no file named %s in the archive: is it the right one?", p.program)
	}
	return File{}, adit.Errorf(adit.Refused, "there are %d files named %s in the archive, and adit cannot know which is meant", len(found), p.program)
}
