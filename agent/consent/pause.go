package consent

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/atomicfile"
	"github.com/adit-mining/adit/internal/wording"
)

// ReasonUser is the reason of a pause by which a person switched mining off for now.
const ReasonUser = "user"

// PauseState is the off switch of this computer.
type PauseState struct {
	Paused bool       `json:"paused"`
	Since  time.Time  `json:"since,omitzero"`
	Until  *time.Time `json:"until"` // nil = until somebody resumes
	By     string     `json:"by,omitempty"`
	Reason string     `json:"reason,omitempty"`
	// Words says who paused, until when, or that the file is damaged; for a person. Not part of the file.
	Words string `json:"-"`
}

// ReadPause returns whether mining is paused at now. It never fails: a file that cannot be read is a pause, with Words.
func ReadPause(path string, now time.Time) PauseState {
	var p PauseState
	switch err := readJSON(path, &p); {
	case errors.Is(err, fs.ErrNotExist):
		return PauseState{}
	case err != nil:
		return PauseState{Paused: true, Words: fmt.Sprintf("paused, because the record of the pause cannot be used (%v): resume to replace it", err)}
	case !p.Paused:
		return PauseState{}
	case p.Until != nil && !now.Before(*p.Until):
		return PauseState{} // ran out
	}
	p.Words = "paused"
	if p.By != "" {
		p.Words += " by " + p.By
	}
	if p.Until != nil {
		p.Words += " until " + wording.Time(*p.Until)
	} else {
		p.Words += " until resumed"
	}
	return p
}

// Pause switches mining off until the given time, nil = until Resume.
func Pause(path string, by adit.Actor, until *time.Time, now time.Time) error {
	if by.ID == "" {
		return adit.Errorf(adit.Unauthorized, "a pause needs a person: nobody is named")
	}
	p := PauseState{Paused: true, Since: now.UTC(), By: by.ID, Reason: ReasonUser}
	if until != nil {
		if !until.After(now) {
			return adit.InvalidField("until", "%s is not in the future", wording.Time(*until))
		}
		u := until.UTC()
		p.Until = &u
	}
	if err := atomicfile.WriteJSON(path, p, 0o600); err != nil {
		return adit.Errorf(adit.Internal, "the pause could not be recorded: %w", err)
	}
	return nil
}

// Resume ends a pause; resuming what is not paused is no error.
func Resume(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return adit.Errorf(adit.Internal, "the pause could not be ended: %w", err)
	}
	return nil
}
