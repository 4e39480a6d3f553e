package agent

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/atomicfile"
	"github.com/adit-mining/adit/link/wire"
)

// Identity is who this agent is; it stays the same for the life of a data directory.
type Identity struct {
	ID   adit.RigID `json:"id"`
	Name string     `json:"name"` // as shown to people; the hostname at first
	At   time.Time  `json:"at"`   // when it was made
}

// Identify reads the identity kept in a data directory and makes one where there is none yet.
// A file that cannot be understood is an error: a new identity would orphan the rig's history.
func Identify(dir string) (Identity, error) {
	path := filepath.Join(dir, "agent", "rig.json")
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return newIdentity(path)
	}
	if err != nil {
		return Identity{}, adit.Errorf(adit.Invalid, "cannot read the identity of this computer: %w", err)
	}
	var id Identity
	if err := json.Unmarshal(b, &id); err != nil || !wire.ValidRig(id.ID) {
		return Identity{}, adit.Errorf(adit.Invalid, "%s is damaged: restore it from a backup, or remove it and this computer starts anew as another rig", path)
	}
	return id, nil
}

func newIdentity(path string) (Identity, error) {
	name, err := os.Hostname()
	if err != nil || name == "" {
		name = "this computer"
	}
	id := Identity{ID: adit.RigID(adit.NewID()), Name: name, At: time.Now().UTC().Truncate(time.Second)}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return Identity{}, adit.Errorf(adit.Invalid, "cannot make the agent's folder: %w", err)
	}
	if err := atomicfile.WriteJSON(path, id, 0o600); err != nil {
		return Identity{}, adit.Errorf(adit.Invalid, "cannot keep the identity of this computer: %w", err)
	}
	return id, nil
}
