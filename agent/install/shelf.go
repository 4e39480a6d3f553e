package install

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"aead.dev/minisign"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/atomicfile"
)

// Keys are the minisign public keys, with commas between them, whose catalogues this build accepts:
//
//	go build -ldflags '-X github.com/adit-mining/adit/agent/install.Keys=RW…'
//
// "" = none, so that the catalogue built in is the only one.
var Keys string

const (
	shelfFile    = "catalogue.json"        // the signed catalogue and its signature
	serialFile   = "catalogue-serial.json" // the highest serial ever accepted
	maxSignature = 4096
	clockSlack   = 24 * time.Hour
)

// errNoKey says that this build accepts no signed catalogue.
var errNoKey = adit.Errorf(adit.Unsupported, "this adit was built without a key for signed catalogues, so it accepts none; its own catalogue comes with each version of adit")

// shelf keeps the signed catalogue in use, beside the one built in.
type shelf struct {
	dir  string
	keys []minisign.PublicKey
	now  func() time.Time

	mu     sync.Mutex // one add at a time
	cached *shelved
}

// shelved is the content of shelfFile. Both are kept as they came, so that they can be checked again at each start.
type shelved struct {
	Catalogue []byte `json:"catalogue"`
	Signature []byte `json:"signature"`
	parsed    *Catalogue
	key       string
}

// accepted is the content of serialFile.
type accepted struct {
	Serial uint64 `json:"serial"`
	SHA256 string `json:"sha256"` // of the catalogue
}

// parseKeys reads public keys as minisign writes them.
func parseKeys(list []string) (out []minisign.PublicKey, err error) {
	for _, text := range list {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		var k minisign.PublicKey
		if err := k.UnmarshalText([]byte(text)); err != nil {
			return nil, adit.InvalidField("catalogueKeys", "a key is none of minisign's: %v", err)
		}
		out = append(out, k)
	}
	return out, nil
}

// inUse is the catalogue that counts, where it comes from, and why it is not the signed one where there is one.
type inUse struct {
	*Catalogue
	signed bool
	key    string
	words  string
}

// current returns the catalogue that counts now.
func (s *shelf) current() inUse {
	own := inUse{Catalogue: BuiltIn()}
	if len(s.keys) == 0 {
		own.words = errNoKey.Error()
		return own
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sh, err := s.load()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return own
	case err != nil:
		own.words = "the signed catalogue is not in use: " + err.Error()
		return own
	case !s.now().Before(*sh.parsed.Expires):
		own.words = "the signed catalogue is not in use: it ran out on " + sh.parsed.Expires.Format(time.DateOnly)
		return own
	case sh.parsed.Serial < own.Serial:
		own.words = fmt.Sprintf("the signed catalogue (number %d) is not in use: the one built in (number %d) is newer", sh.parsed.Serial, own.Serial)
		return own
	}
	return inUse{Catalogue: sh.parsed, signed: true, key: sh.key}
}

// load reads and checks the signed catalogue. The caller holds mu.
func (s *shelf) load() (*shelved, error) {
	if s.cached != nil {
		return s.cached, nil
	}
	b, err := os.ReadFile(filepath.Join(s.dir, shelfFile))
	if err != nil {
		return nil, err
	}
	var sh shelved
	if err := json.Unmarshal(b, &sh); err != nil {
		return nil, adit.Errorf(adit.Internal, "its file cannot be read: %w", err)
	}
	if sh.key, err = s.verify(sh.Catalogue, sh.Signature); err != nil {
		return nil, err
	}
	if sh.parsed, err = Parse(sh.Catalogue); err != nil {
		return nil, err
	}
	if sh.parsed.Expires == nil {
		return nil, adit.InvalidField("expires", "it is missing")
	}
	s.cached = &sh
	return &sh, nil
}

// verify checks a signature and returns the id of its key.
func (s *shelf) verify(raw, signature []byte) (string, error) {
	if len(s.keys) == 0 {
		return "", errNoKey
	}
	if len(raw) > maxCatalogue || len(signature) > maxSignature {
		return "", adit.InvalidField("catalogue", "it or its signature is too big")
	}
	var sig minisign.Signature
	if err := sig.UnmarshalText(signature); err != nil {
		return "", adit.InvalidField("signature", "it is no minisign signature")
	}
	for _, k := range s.keys {
		if k.ID() != sig.KeyID {
			continue
		}
		if !minisign.Verify(k, raw, signature) {
			return "", adit.Errorf(adit.Refused, "the catalogue is not what was signed: its signature does not fit")
		}
		return keyID(k), nil
	}
	return "", adit.Errorf(adit.Refused, "the catalogue is signed with the key %016X, which this adit does not know", sig.KeyID)
}

func keyID(k minisign.PublicKey) string { return fmt.Sprintf("%016X", k.ID()) }

// add takes a signed catalogue in: one of a known key, not run out, and not older than one seen before, so that nobody
// can bring back an entry that was withdrawn.
func (s *shelf) add(raw, signature []byte) error {
	if _, err := s.verify(raw, signature); err != nil {
		return err
	}
	c, err := Parse(raw)
	if err != nil {
		return err
	}
	now := s.now()
	switch {
	case c.Expires == nil:
		return adit.InvalidField("expires", "a signed catalogue must say when it runs out")
	case !now.Before(*c.Expires):
		return adit.Errorf(adit.Refused, "the catalogue ran out on %s: get a newer one", c.Expires.Format(time.DateOnly))
	case c.Issued.After(now.Add(clockSlack)):
		return adit.Errorf(adit.Refused, "the catalogue was issued on %s, which has not come yet: is this computer's clock right?", c.Issued.Format(time.DateOnly))
	case c.Serial < BuiltIn().Serial:
		return adit.Errorf(adit.Refused, "the catalogue (number %d) is older than the one built in (number %d)", c.Serial, BuiltIn().Serial)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := sha256.Sum256(raw)
	mine := accepted{c.Serial, hex.EncodeToString(sum[:])}
	last, err := s.highest()
	switch {
	case err != nil:
		return err
	case mine.Serial < last.Serial:
		return adit.Errorf(adit.Refused, "the catalogue (number %d) is older than one accepted before (number %d)", mine.Serial, last.Serial)
	case mine.Serial == last.Serial && mine.SHA256 != last.SHA256:
		return adit.Errorf(adit.Refused, "another catalogue with the number %d was accepted before: a changed one needs a higher number", mine.Serial)
	}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return adit.Errorf(adit.Internal, "the folder of programs cannot be made: %w", err)
	}
	if err := atomicfile.WriteJSON(filepath.Join(s.dir, serialFile), mine, 0o600); err != nil {
		return diskError("the catalogue", err)
	}
	if err := atomicfile.WriteJSON(filepath.Join(s.dir, shelfFile), shelved{Catalogue: raw, Signature: signature}, 0o600); err != nil {
		return diskError("the catalogue", err)
	}
	s.cached = nil
	return nil
}

func (s *shelf) highest() (a accepted, err error) {
	b, err := os.ReadFile(filepath.Join(s.dir, serialFile))
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &a)
	}
	if err != nil {
		return a, adit.Errorf(adit.Internal, "the number of the last catalogue cannot be read, so no other is accepted: %w", err)
	}
	return a, nil
}
