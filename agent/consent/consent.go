package consent

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/atomicfile"
	"github.com/adit-mining/adit/internal/smallfile"
	"github.com/adit-mining/adit/internal/wording"
)

// Version of both files' format.
const Version = 1

// maxFile bounds what is read: both files are a few hundred bytes.
const maxFile = 64 << 10

// The ways consent is given.
const (
	ViaTerminal = "terminal" // answered on the computer's terminal
	ViaBrowser  = "browser"  // given in the web app by the signed-in owner
	ViaFlag     = "flag"     // --yes-i-own-this-machine
)

// Consent is the owner's word that this computer may mine.
type Consent struct {
	Granted bool      `json:"granted"`
	At      time.Time `json:"at,omitzero"`   // when it was given or withdrawn
	By      string    `json:"by,omitempty"`  // actor's id: "owner"
	Via     string    `json:"via,omitempty"` // ViaTerminal, ViaBrowser, ViaFlag
	Host    string    `json:"host,omitempty"`
	Version int       `json:"version"`
	// Words says why there is no consent, or who gave it; for a person. Not part of the file.
	Words string `json:"-"`
}

// Read returns the consent recorded at path. It never fails: whatever cannot be read as consent is none, with Words.
func Read(path string) Consent {
	var c Consent
	switch err := readJSON(path, &c); {
	case errors.Is(err, fs.ErrNotExist):
		return Consent{Version: Version, Words: "mining was not allowed on this computer yet"}
	case err != nil:
		return Consent{Version: Version, Words: fmt.Sprintf("the record of consent cannot be used (%v), so nothing mines: allow mining again to replace it", err)}
	case c.Version > Version:
		return Consent{Version: Version, Words: fmt.Sprintf("the record of consent was written by a newer adit (format %d), so nothing mines: use that version or allow mining again", c.Version)}
	case !c.Granted:
		c.Words = "mining is not allowed on this computer: " + told("withdrawn", c)
	default:
		c.Words = told("allowed", c)
	}
	return c
}

// Grant records consent. via is one of the Via words.
func Grant(path string, by adit.Actor, via string, at time.Time) error {
	if via != ViaTerminal && via != ViaBrowser && via != ViaFlag {
		return adit.InvalidField("via", "%q: use %q, %q or %q", via, ViaTerminal, ViaBrowser, ViaFlag)
	}
	return write(path, Consent{Granted: true, By: by.ID, Via: via, At: at})
}

// Revoke records that consent is withdrawn; shims and agent stop mining as soon as they see it. Where that cannot be
// written, on a full disk, the record of consent is removed instead: no record is no consent, and removing needs no room.
func Revoke(path string, by adit.Actor, at time.Time) error {
	err := write(path, Consent{By: by.ID, Via: by.Via, At: at})
	if err == nil || adit.CodeOf(err) != adit.Internal {
		return err
	}
	if gone := os.Remove(path); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
		return adit.Errorf(adit.Internal, "%w, nor could the record of consent be removed: %w", err, gone)
	}
	return nil
}

func write(path string, c Consent) error {
	if c.By == "" {
		return adit.Errorf(adit.Unauthorized, "consent needs a person: nobody is named")
	}
	c.Host, _ = os.Hostname() // a record without the host's name is still a record
	c.At, c.Version = c.At.UTC(), Version
	if err := atomicfile.WriteJSON(path, c, 0o600); err != nil {
		return adit.Errorf(adit.Internal, "consent could not be recorded: %w", err)
	}
	return nil
}

func told(what string, c Consent) string {
	s := what
	if c.By != "" {
		s += " by " + c.By
	}
	if !c.At.IsZero() {
		s += " on " + wording.Time(c.At)
	}
	return s
}

// readJSON reads one JSON value and nothing after it.
func readJSON(path string, v any) error {
	b, err := smallfile.Read(path, maxFile)
	switch {
	case err != nil:
		return err
	case len(b) > maxFile:
		return fmt.Errorf("it is larger than %d bytes", maxFile)
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("it is damaged: %w", err)
	}
	return nil
}
