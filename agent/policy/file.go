package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/atomicfile"
	"github.com/adit-mining/adit/link/wire"
)

// version of the file's format, and how much of it is read at most.
const (
	version = 1
	maxFile = 64 << 10
)

// The sources of users.
const (
	Logind    = "logind"
	X11       = "x11"
	Terminals = "terminals"
)

// Sources are all there are.
func Sources() []string { return []string{Logind, X11, Terminals} }

// Default is what holds where the owner set nothing: mine only when nobody uses the computer, on mains, below 90 °C.
func Default() wire.Policy {
	return wire.Policy{
		Idle:    wire.IdlePolicy{Enabled: true, AfterSeconds: 300, Sources: Sources()},
		Battery: wire.BatteryPolicy{Pause: true},
		Thermal: wire.ThermalPolicy{MaxCelsius: 90, GPUMaxCelsius: 90, FanStop: true},
	}
}

// record is the file.
type record struct {
	Version int `json:"version"`
	wire.Policy
}

// Read returns the policy at path. It never fails: what cannot be read as a policy is the default, with words why.
func Read(path string) (p wire.Policy, damaged string) {
	b, err := readSmall(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Default(), ""
	}
	r := record{Policy: Default()}
	r.Idle.Sources = nil
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	switch {
	case err != nil:
		return Default(), fmt.Sprintf("the recorded policy cannot be used (%v), so the safe defaults hold: set it again", err)
	case r.Version > version:
		return Default(), fmt.Sprintf("the policy was written by a newer adit (format %d), so the safe defaults hold: use that version or set it again", r.Version)
	}
	if r.Idle.Sources == nil {
		r.Idle.Sources = Sources()
	}
	if err := r.Check(); err != nil {
		return Default(), fmt.Sprintf("the recorded policy cannot be used (%v), so the safe defaults hold: set it again", err)
	}
	return r.Policy, ""
}

// Write records a checked policy.
func Write(path string, p wire.Policy) error {
	if err := p.Check(); err != nil {
		return err
	}
	if err := atomicfile.WriteJSON(path, record{Version: version, Policy: p}, 0o600); err != nil {
		return adit.Errorf(adit.Refused, "the policy could not be recorded, so the old one holds: %w", err)
	}
	return nil
}

func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(b) > maxFile {
		err = fmt.Errorf("it is larger than %d bytes", maxFile)
	}
	return b, err
}
