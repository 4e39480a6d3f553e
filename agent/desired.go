package agent

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/internal/atomicfile"
	"github.com/adit-mining/adit/link/wire"
)

// The words of want.Desired and wire.DeviceFacts.Desired. Paused is only told, never kept: pause.json is the truth.
const (
	wantRunning = "running"
	wantStopped = "stopped"
	wantPaused  = "paused"
)

// want is what should become of one program; it survives the agent.
type want struct {
	Args    wire.StartArgs `json:"args"` // with the name and the driver's own name filled in
	Desired string         `json:"desired"`
	Port    int            `json:"port,omitempty"`  // of its API, taken again after a restart
	Token   string         `json:"token,omitempty"` // secret
}

// desired is the file desired.json (0600).
type desired struct {
	Version int    `json:"version"`
	Fence   uint64 `json:"fence"` // the highest seen in an order
	Wants   []want `json:"programs"`
}

const desiredVersion = 1

// readDesired returns what was wanted. damaged says that the file is there and cannot be understood.
func readDesired(path string) (d desired, damaged error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return desired{Version: desiredVersion}, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &d)
	}
	if err == nil && d.Version > desiredVersion {
		err = adit.Errorf(adit.Invalid, "it was written by a newer adit (format %d)", d.Version)
	}
	if err != nil {
		return desired{Version: desiredVersion}, err
	}
	d.Version = desiredVersion
	d.Wants = slices.DeleteFunc(d.Wants, func(w want) bool { return !adit.ValidName(w.Args.Name) })
	return d, nil
}

func writeDesired(path string, d desired) error {
	slices.SortFunc(d.Wants, func(a, b want) int { return strings.Compare(a.Args.Name, b.Args.Name) })
	if err := atomicfile.WriteJSON(path, d, 0o600); err != nil {
		return adit.Errorf(adit.Internal, "what should run could not be recorded: %w", err)
	}
	return nil
}

// notes is what the agent keeps with a running program (proc.Spec.Meta), so that it can be adopted without desired.json.
type notes struct {
	Want     want           `json:"want"`
	Endpoint device.Address `json:"endpoint"`
	PortFile string         `json:"portFile,omitempty"` // absolute; "" = the program writes none
}
