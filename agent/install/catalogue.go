package install

import (
	"bytes"
	_ "embed" // catalogue.json
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/adit-mining/adit"
)

//go:embed catalogue.json
var builtIn []byte

// Bounds of a catalogue and of what it names.
const (
	maxCatalogue = 700 << 10 // bytes; it travels in one message
	maxEntries   = 2000
	maxNotes     = 100
	maxText      = 1024
	maxURL       = 2048
	// MaxArchive bounds an archive in bytes.
	MaxArchive = 1 << 30

	catalogueFormat = 1
)

// Catalogue names archives of mining programs and the digests by which they are known.
type Catalogue struct {
	Format  int        `json:"format"`
	Serial  uint64     `json:"serial"` // a newer catalogue has a higher one
	Issued  time.Time  `json:"issued"`
	Expires *time.Time `json:"expires,omitempty"` // nil only in the one built in
	Notes   []string   `json:"notes,omitempty"`   // what was left out and why
	Entries []Entry    `json:"entries"`
}

// Entry is one archive of one version of a program for one platform.
type Entry struct {
	Program      string   `json:"program"` // the driver's name
	Title        string   `json:"title"`
	Version      string   `json:"version"`
	Platform     string   `json:"platform"` // GOOS/GOARCH
	URL          string   `json:"url"`
	SHA256       string   `json:"sha256"`       // of the archive, lower-case hex
	DigestSource string   `json:"digestSource"` // where that was published
	Binary       string   `json:"binary"`       // the executable inside, with slashes
	Licence      string   `json:"licence"`
	Source       string   `json:"source"`               // "open" or "closed"
	FeePercent   *float64 `json:"feePercent,omitempty"` // nil = unknown
	Size         *int64   `json:"size,omitempty"`       // of the archive in bytes; nil = unknown
}

// BuiltIn is the catalogue that is part of this version of adit.
func BuiltIn() *Catalogue {
	c, err := Parse(builtIn)
	if err != nil {
		panic(err) // a mistake in catalogue.json, found by the first test
	}
	return c
}

// Parse reads a catalogue and refuses one with anything wrong in it, naming the place.
func Parse(b []byte) (*Catalogue, error) {
	if len(b) > maxCatalogue {
		return nil, adit.InvalidField("catalogue", "it is bigger than %d bytes", maxCatalogue)
	}
	if !utf8.Valid(b) {
		return nil, adit.InvalidField("catalogue", "it is not UTF-8")
	}
	var c Catalogue
	d := json.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(&c); err != nil {
		return nil, adit.InvalidField("catalogue", "it is not the JSON that is expected: %v", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, adit.InvalidField("catalogue", "something follows its end")
	}
	return &c, c.check()
}

func (c *Catalogue) check() error {
	switch {
	case c.Format != catalogueFormat:
		return adit.InvalidField("format", "it is %d, and this adit reads %d: update adit", c.Format, catalogueFormat)
	case c.Serial == 0:
		return adit.InvalidField("serial", "it is missing")
	case c.Issued.IsZero():
		return adit.InvalidField("issued", "it is missing")
	case c.Expires != nil && !c.Expires.After(c.Issued):
		return adit.InvalidField("expires", "it is not after issued")
	case len(c.Entries) > maxEntries:
		return adit.InvalidField("entries", "there are more than %d", maxEntries)
	case len(c.Notes) > maxNotes:
		return adit.InvalidField("notes", "there are more than %d", maxNotes)
	}
	for i, n := range c.Notes {
		if !plain(n, maxText) {
			return adit.InvalidField(fmt.Sprintf("notes[%d]", i), "it is too long or has control characters")
		}
	}
	seen := map[string]bool{}
	for i, e := range c.Entries {
		at := fmt.Sprintf("entries[%d].", i)
		if err := e.check(at); err != nil {
			return err
		}
		key := e.Program + " " + e.Version + " " + e.Platform
		if seen[key] {
			return adit.InvalidField(at+"version", "%s is there twice", key)
		}
		seen[key] = true
	}
	return nil
}

var (
	platformRE = regexp.MustCompile(`^[a-z0-9]{2,16}/[a-z0-9]{2,16}$`)
	digestRE   = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

func (e Entry) check(at string) error {
	field := func(name, format string, args ...any) error { return adit.InvalidField(at+name, format, args...) }
	switch {
	case !adit.ValidName(e.Program):
		return field("program", "it cannot name a program")
	case e.Title == "" || !plain(e.Title, 128):
		return field("title", "it is missing, too long, or has control characters")
	case !validVersion(e.Version):
		return field("version", "it cannot name a version")
	case !platformRE.MatchString(e.Platform):
		return field("platform", "write it like linux/amd64")
	case !digestRE.MatchString(e.SHA256):
		return field("sha256", "it must be 64 lower-case hex digits")
	case e.DigestSource == "" || !plain(e.DigestSource, maxText):
		return field("digestSource", "say where the digest was published; without that the entry must not be here")
	case checkName(e.Binary) != nil || path.Clean(e.Binary) != e.Binary:
		return field("binary", "it must be a path inside the archive")
	case e.Licence == "" || !plain(e.Licence, 128):
		return field("licence", "it is missing, too long, or has control characters")
	case e.Source != "open" && e.Source != "closed":
		return field("source", "it must be open or closed")
	case e.FeePercent != nil && !(*e.FeePercent >= 0 && *e.FeePercent <= 100):
		return field("feePercent", "it must be 0 to 100")
	case e.Size != nil && (*e.Size <= 0 || *e.Size > MaxArchive):
		return field("size", "it must be 1 to %d", MaxArchive)
	}
	if _, err := checkURL(e.URL); err != nil {
		return field("url", "%v", err)
	}
	if formatOf(e.archiveName()) == "" {
		return field("url", "it must end in .tar.gz, .tar.xz or .zip")
	}
	return nil
}

// checkURL allows https, and http to this computer itself.
func checkURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || len(raw) > maxURL || u.Host == "" || u.Opaque != "":
		return nil, errors.New("it is no address of the web")
	case u.User != nil || u.Fragment != "":
		return nil, errors.New("it must not have a user or a fragment")
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return u, nil
	}
	return nil, errors.New("it must begin with https://")
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// plain reports whether text has no control characters and at most max bytes: it is shown on terminals.
func plain(text string, limit int) bool {
	return len(text) <= limit && utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
	})
}

func (e Entry) archiveName() string {
	u, err := url.Parse(e.URL)
	if err != nil {
		return ""
	}
	return path.Base(u.Path)
}

// find returns the entry of a program's version on a platform; version "" = the newest.
func (c *Catalogue) find(program, version, platform string) (best Entry, ok bool) {
	for _, e := range c.Entries {
		if e.Program != program || e.Platform != platform || version != "" && e.Version != version {
			continue
		}
		if !ok || compareVersions(e.Version, best.Version) > 0 {
			best, ok = e, true
		}
	}
	return best, ok
}

// byDigest finds the entry of an archive.
func (c *Catalogue) byDigest(sha256 string) (Entry, bool) {
	i := slices.IndexFunc(c.Entries, func(e Entry) bool { return e.SHA256 == sha256 })
	if i < 0 {
		return Entry{}, false
	}
	return c.Entries[i], true
}

// byName finds the entry whose archive is called so.
func (c *Catalogue) byName(file string) (Entry, bool) {
	i := slices.IndexFunc(c.Entries, func(e Entry) bool { return strings.EqualFold(e.archiveName(), filepath.Base(file)) })
	if i < 0 {
		return Entry{}, false
	}
	return c.Entries[i], true
}

// programs names what the catalogue has, in its order.
func (c *Catalogue) programs() (out []string) {
	for _, e := range c.Entries {
		if !slices.Contains(out, e.Program) {
			out = append(out, e.Program)
		}
	}
	return out
}

// platforms names the platforms a program is there for.
func (c *Catalogue) platforms(program string) (out []string) {
	for _, e := range c.Entries {
		if e.Program == program && !slices.Contains(out, e.Platform) {
			out = append(out, e.Platform)
		}
	}
	slices.Sort(out)
	return out
}
