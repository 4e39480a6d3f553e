package install

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aead.dev/minisign"

	"github.com/adit-mining/adit"
)

// keyPair is made anew for each run: no private key stands in the repository.
type keyPair struct {
	public  minisign.PublicKey
	private minisign.PrivateKey
}

func newKey() keyPair {
	pub, priv, err := minisign.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return keyPair{pub, priv}
}

var testKey = newKey()

func (k keyPair) text() string { return k.public.String() }

func newShelf(t *testing.T, keys ...keyPair) *shelf {
	t.Helper()
	var list []string
	for _, k := range keys {
		list = append(list, k.text())
	}
	parsed, err := parseKeys(list)
	must(t, err)
	return &shelf{dir: t.TempDir(), keys: parsed, now: time.Now}
}

// catalogueFile is a catalogue with one entry.
func catalogueFile(t testing.TB, serial uint64, change ...func(*Catalogue)) []byte {
	t.Helper()
	expires := time.Now().Add(time.Hour)
	c := Catalogue{Format: 1, Serial: serial, Issued: time.Now().Add(-time.Hour), Expires: &expires, Entries: []Entry{{
		Program: "xmrig", Title: "XMRig", Version: "7.0.0", Platform: platform, URL: "https://example.org/xmrig-7.0.0.tar.gz",
		SHA256: strings.Repeat("ab", 32), DigestSource: "a test", Binary: "xmrig-7.0.0/xmrig", Licence: "GPL-3.0-or-later", Source: "open",
	}}}
	for _, f := range change {
		f(&c)
	}
	b, err := json.Marshal(c)
	must(t, err)
	return b
}

func TestSignedCatalogue(t *testing.T) {
	s := newShelf(t, newKey(), testKey)
	if c := s.current(); c.signed || c.words != "" || c.Serial != BuiltIn().Serial {
		t.Errorf("without a signed one: %+v", c)
	}
	raw := catalogueFile(t, 50)
	must(t, s.add(raw, minisign.Sign(testKey.private, raw)))
	must(t, s.add(raw, minisign.Sign(testKey.private, raw))) // once more is no harm
	for range 2 {
		c := s.current()
		if e, ok := c.find("xmrig", "", platform); !c.signed || c.Serial != 50 || !ok || e.Version != "7.0.0" || c.key != keyID(testKey.public) {
			t.Errorf("not in use: %+v", c)
		}
		s = &shelf{dir: s.dir, keys: s.keys, now: s.now} // the next start reads it again
	}
	later := catalogueFile(t, 51)
	hash := minisign.NewReader(strings.NewReader(string(later)))
	_, err := io.Copy(io.Discard, hash)
	must(t, err)
	must(t, s.add(later, hash.Sign(testKey.private))) // the form that minisign itself writes
	if c := s.current(); c.Serial != 51 {
		t.Errorf("the newer one is not in use: %d", c.Serial)
	}
}

func TestSignedCatalogueRefused(t *testing.T) {
	own := BuiltIn().Serial
	stranger := newKey()
	good := catalogueFile(t, own+5)
	sig := minisign.Sign(testKey.private, good)
	past := func(c *Catalogue) { e := time.Now().Add(-time.Minute); c.Expires, c.Issued = &e, e.Add(-time.Hour) }
	signed := func(raw []byte) [2][]byte { return [2][]byte{raw, minisign.Sign(testKey.private, raw)} }
	changed := append([]byte(nil), good...)
	changed[len(changed)-3] ^= 1
	s := newShelf(t, testKey)
	must(t, s.add(good, sig))
	for _, c := range []struct {
		name  string
		in    [2][]byte
		code  adit.Code
		words string
	}{
		{"another key", [2][]byte{good, minisign.Sign(stranger.private, good)}, adit.Refused, "does not know"},
		{"changed", [2][]byte{changed, sig}, adit.Refused, "signature does not fit"},
		{"no signature", [2][]byte{good, nil}, adit.Invalid, "no minisign signature"},
		{"garbage as signature", [2][]byte{good, []byte("untrusted comment: x\nAAAA\n")}, adit.Invalid, "no minisign signature"},
		{"huge signature", [2][]byte{good, make([]byte, 10_000)}, adit.Invalid, "too big"},
		{"huge", [2][]byte{make([]byte, maxCatalogue+1), sig}, adit.Invalid, "too big"},
		{"no JSON", signed([]byte("{")), adit.Invalid, "not the JSON"},
		{"run out", signed(catalogueFile(t, own+9, past)), adit.Refused, "ran out"},
		{"without an end", signed(catalogueFile(t, own+9, func(c *Catalogue) { c.Expires = nil })), adit.Invalid, "runs out"},
		{"of tomorrow", signed(catalogueFile(t, own+9, func(c *Catalogue) {
			e := time.Now().Add(99 * time.Hour)
			c.Issued, c.Expires = time.Now().Add(48*time.Hour), &e
		})), adit.Refused, "clock"},
		{"rolled back", signed(catalogueFile(t, own+4)), adit.Refused, "older than one accepted before"},
		{"another of the same number", signed(catalogueFile(t, own+5, func(c *Catalogue) { c.Notes = []string{"x"} })), adit.Refused, "needs a higher number"},
		{"of another time", signed(catalogueFile(t, own+9, func(c *Catalogue) { c.Format = 2 })), adit.Invalid, "update adit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			refused(t, s.add(c.in[0], c.in[1]), c.code, c.words)
			if now := s.current(); !now.signed || now.Serial != own+5 {
				t.Errorf("what was refused is in use: %d", now.Serial)
			}
		})
	}
}

// TestSignedCatalogueOlderThanBuiltIn: an update of adit is not undone by what was added before it.
func TestSignedCatalogueOlderThanBuiltIn(t *testing.T) {
	s := newShelf(t, testKey)
	raw := catalogueFile(t, 1, func(c *Catalogue) { c.Serial = BuiltIn().Serial })
	must(t, s.add(raw, minisign.Sign(testKey.private, raw)))
	if c := s.current(); !c.signed {
		t.Errorf("one as new as the built-in one is not in use: %s", c.words)
	}
}

func TestNoKeyNoCatalogue(t *testing.T) {
	s := newShelf(t)
	raw := catalogueFile(t, 50)
	refused(t, s.add(raw, minisign.Sign(testKey.private, raw)), adit.Unsupported, "without a key")
	if c := s.current(); c.signed || !strings.Contains(c.words, "without a key") {
		t.Errorf("%+v", c.words)
	}
	if _, err := parseKeys([]string{"RWnonsense"}); adit.CodeOf(err) != adit.Invalid {
		t.Errorf("a key that is none: %v", err)
	}
}

// TestSignedCatalogueOnDisk: what lies on disk is checked again at each start.
func TestSignedCatalogueOnDisk(t *testing.T) {
	s := newShelf(t, testKey)
	raw := catalogueFile(t, 50)
	must(t, s.add(raw, minisign.Sign(testKey.private, raw)))
	path := filepath.Join(s.dir, shelfFile)
	whole, err := os.ReadFile(path)
	must(t, err)
	evil := catalogueFile(t, 50, func(c *Catalogue) { c.Entries[0].SHA256 = strings.Repeat("cd", 32) })
	forged, err := json.Marshal(shelved{Catalogue: evil, Signature: minisign.Sign(testKey.private, raw)})
	must(t, err)
	for name, content := range map[string][]byte{"half": whole[:len(whole)/2], "forged": forged, "empty": {}} {
		must(t, os.WriteFile(path, content, 0o600))
		again := &shelf{dir: s.dir, keys: s.keys, now: s.now}
		if c := again.current(); c.signed || !strings.Contains(c.words, "not in use") {
			t.Errorf("%s: in use: %v %q", name, c.signed, c.words)
		}
	}
	must(t, os.WriteFile(path, whole, 0o600))
	late := &shelf{dir: s.dir, keys: s.keys, now: func() time.Time { return time.Now().Add(2 * time.Hour) }}
	if c := late.current(); c.signed || !strings.Contains(c.words, "ran out") {
		t.Errorf("one that ran out is in use: %q", c.words)
	}
	must(t, os.WriteFile(filepath.Join(s.dir, serialFile), []byte("{"), 0o600))
	newer := catalogueFile(t, 60)
	refused(t, s.add(newer, minisign.Sign(testKey.private, newer)), adit.Internal, "number of the last catalogue")
}
