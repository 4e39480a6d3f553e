package proc

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/adit-mining/adit/internal/atomicfile"
	"github.com/adit-mining/adit/internal/smallfile"
)

// The files of a program's folder.
const (
	specName      = "spec.json"
	stateName     = "state.json"
	startLockName = "start.lock" // held by an agent while it starts or adopts
	shimLockName  = "shim.lock"  // held by the shim as long as it lives
	logName       = "log"
	shimLogName   = "shim.log" // what a shim says that cannot even begin
)

// state is what the shim records, so that an agent finds shim and program again, or knows that they have gone.
type state struct {
	Format       int         `json:"format"`
	Protocol     int         `json:"protocol"`
	Version      string      `json:"version"`
	Name         string      `json:"name"`
	ID           string      `json:"id"`
	Digest       string      `json:"digest"` // of the executable, see Spec.Digest
	Shim         ident       `json:"shim"`
	Child        *ident      `json:"child,omitempty"` // nil = the program is not running
	Cgroup       string      `json:"cgroup,omitempty"`
	Phase        Phase       `json:"phase"`
	Hold         Hold        `json:"hold,omitempty"`
	Words        string      `json:"words,omitempty"`
	Since        time.Time   `json:"since"`
	Restarts     int         `json:"restarts"`
	RestartTimes []time.Time `json:"restartTimes,omitempty"` // within the budget's window
	LastExit     *Exit       `json:"lastExit,omitempty"`
	SensorsSeen  []string    `json:"sensorsSeen,omitempty"` // in this boot
}

const stateFormat = 1

func readState(dir string) (state, error) {
	var s state
	err := readJSONFile(filepath.Join(dir, stateName), &s)
	if err == nil && s.Format > stateFormat {
		err = fmt.Errorf("%s was written by a newer adit (%s)", stateName, s.Version)
	}
	return s, err
}

func readSpec(dir string) (Spec, error) {
	var s Spec
	if err := readJSONFile(filepath.Join(dir, specName), &s); err != nil {
		return s, err
	}
	return s, s.Validate()
}

func writeSpec(dir string, s Spec) error {
	return atomicfile.WriteJSON(filepath.Join(dir, specName), s, 0o600)
}

func readJSONFile(path string, v any) error {
	b, err := smallfile.Read(path, maxReply)
	if err != nil {
		return err
	}
	if len(b) > maxReply {
		return fmt.Errorf("%s is larger than %d bytes", path, maxReply)
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%s is damaged: %w", path, err)
	}
	return nil
}

// status is what the record says once the shim has gone.
func (s state) status() Status {
	return Status{Name: s.Name, ID: s.ID, Phase: s.Phase, Hold: s.Hold, Words: s.Words, Since: s.Since,
		Restarts: s.Restarts, LastExit: s.LastExit, Version: s.Version, ShimPID: s.Shim.PID}
}

func absent(err error) bool { return errors.Is(err, fs.ErrNotExist) }
