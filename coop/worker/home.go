package worker

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/atomicfile"
	"github.com/adit-mining/adit/internal/filelock"
	"github.com/adit-mining/adit/stratum/jsonline"
)

// Home is one worker's own folder, <data>/worker/<id>, which nobody else works on meanwhile.
type Home struct {
	ID  string
	Dir string

	lock *filelock.Lock
}

// OpenHome takes a worker's folder. id "" is the one that stays with this computer: it is made once, of the computer's
// name and a few random letters, and kept in <data>/worker/.id. Conflict says that a worker of that id runs already.
func OpenHome(data, id string) (*Home, error) {
	root := filepath.Join(data, "worker")
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, adit.Errorf(adit.Invalid, "the workers' folder %s cannot be made: %w", root, err)
	}
	given := id != ""
	if !given {
		var err error
		if id, err = stableID(filepath.Join(root, ".id")); err != nil {
			return nil, err
		}
	}
	if !validID(id) {
		return nil, adit.InvalidField("worker.id", "%q: 1 to 64 letters, digits, '.', '_' and '-' are expected, beginning with a letter or digit", jsonline.Clip(id))
	}
	h := &Home{ID: id, Dir: filepath.Join(root, id)}
	if err := os.MkdirAll(h.Dir, 0o700); err != nil {
		return nil, adit.Errorf(adit.Invalid, "the worker's folder %s cannot be made: %w", h.Dir, err)
	}
	var err error
	switch h.lock, err = filelock.Take(filepath.Join(h.Dir, "lock")); {
	case errors.Is(err, filelock.ErrHeld) && given:
		return nil, adit.Errorf(adit.Conflict, "a worker with the id %s already runs on %s: give this one another --worker-id", id, data)
	case errors.Is(err, filelock.ErrHeld):
		return nil, adit.Errorf(adit.Conflict, "this computer's worker (%s) already runs on %s: for a second one give it a --worker-id of its own", id, data)
	case err != nil:
		return nil, adit.Errorf(adit.Invalid, "the worker's folder %s cannot be locked: %w", h.Dir, err)
	}
	return h, nil
}

// Close lets others have the folder.
func (h *Home) Close() error { return h.lock.Release() }

// stableID reads this computer's id or makes it.
func stableID(path string) (string, error) {
	b, err := os.ReadFile(path)
	if id := strings.TrimSpace(string(b)); err == nil && validID(id) {
		return id, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", adit.Errorf(adit.Invalid, "this computer's id %s cannot be read: %w", path, err)
	}
	var random [4]byte
	rand.Read(random[:])
	id := hostWord() + "-" + hex.EncodeToString(random[:])
	if err := atomicfile.Write(path, []byte(id+"\n"), 0o600); err != nil {
		return "", adit.Errorf(adit.Invalid, "this computer's id cannot be kept in %s: %w", path, err)
	}
	return id, nil
}

// hostWord is the computer's name in the letters of an id.
func hostWord() string {
	name, _ := os.Hostname() // without a name the random letters remain
	name, _, _ = strings.Cut(name, ".")
	name = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, name)
	if name = strings.Trim(name, "-"); name == "" {
		return "worker"
	}
	return name[:min(len(name), 40)]
}

// validID is the form of ids in coopmine.proto.
func validID(s string) bool {
	for i, r := range s {
		plain := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !plain && (i == 0 || !strings.ContainsRune("._-", r)) {
			return false
		}
	}
	return s != "" && len(s) <= 64
}
