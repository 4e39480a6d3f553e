package service

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/atomicfile"
)

// Kind says what was changed.
type Kind string

// The kinds of changes.
const (
	FileMade   Kind = "file"   // Subject is its path; it was not there before
	UnitOn     Kind = "unit"   // Subject is the unit's name; it starts with the computer or the session
	UserMade   Kind = "user"   // Subject is the user's name
	LingerMade Kind = "linger" // Subject is the user whose services run without a session
)

// Change is one thing that adit changed outside its data directory.
type Change struct {
	At      time.Time `json:"at"`
	Kind    Kind      `json:"kind"`
	Subject string    `json:"subject"`
	Words   string    `json:"words"` // for people
}

// Changes is the file changes.json of a data directory: what adit uninstall puts back. What it names is only ever acted
// on where this package knows it too, for the file may belong to somebody with fewer rights.
type Changes struct {
	path string
	list []Change
}

// ReadChanges reads the list; none is an empty one.
func ReadChanges(dir string) (*Changes, error) {
	c := &Changes{path: filepath.Join(dir, "changes.json")}
	b, err := os.ReadFile(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &c.list)
	}
	if err != nil {
		return nil, adit.Errorf(adit.Invalid, "the list of what adit changed on this system, %s, cannot be read: %w", c.path, err)
	}
	return c, nil
}

// List is what was changed and not put back, oldest first.
func (c *Changes) List() []Change { return slices.Clone(c.list) }

// Has reports whether something was changed by adit.
func (c *Changes) Has(k Kind, subject string) bool {
	return slices.ContainsFunc(c.list, func(x Change) bool { return x.Kind == k && x.Subject == subject })
}

// Add notes a change, once.
func (c *Changes) Add(k Kind, subject, words string, at time.Time) error {
	if c.Has(k, subject) {
		return nil
	}
	c.list = append(c.list, Change{At: at.UTC().Truncate(time.Second), Kind: k, Subject: subject, Words: words})
	return c.save()
}

// Drop forgets a change that was put back.
func (c *Changes) Drop(k Kind, subject string) error {
	if !c.Has(k, subject) {
		return nil
	}
	c.list = slices.DeleteFunc(c.list, func(x Change) bool { return x.Kind == k && x.Subject == subject })
	return c.save()
}

func (c *Changes) save() error {
	if len(c.list) == 0 {
		if err := os.Remove(c.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(c.path), 0o700); err != nil {
		return err
	}
	return atomicfile.WriteJSON(c.path, c.list, 0o600)
}
