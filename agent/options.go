package agent

import (
	"log/slog"
	"os"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/bus"
)

// Options of an agent. Dir, Registry, Control and Telemetry are needed.
type Options struct {
	// Dir is the data directory (exists, 0700): consent.json and pause.json lie in it, the agent's own files in agent/.
	Dir string
	// Exe is the adit program that becomes the shim of each mining program; "" = this executable.
	Exe string
	// Registry is the parts list of drivers.
	Registry *device.Registry
	// Control carries presence, orders and questions; Telemetry carries hello and frames. The caller closes them after Run.
	Control, Telemetry bus.Conn
	Log                *slog.Logger  // nil = silent
	Interval           time.Duration // between two polls; 0 = 2 s
	// Root is the root of the file system where /proc and /sys are read; "" = "/".
	Root string
	// Bus is the address of the system bus and Display the X display where users are looked for; "" = the system's.
	Bus, Display string
	// LocalHub says that the hub is this very process, so that consent given there was given on this computer.
	LocalHub bool
	// BufferBytes bounds what waits on disk for the hub; 0 = 64 MiB.
	BufferBytes int64
	// CatalogueKeys are the minisign public keys whose catalogues of programs are accepted; nil = those of this build.
	CatalogueKeys []string
}

func (o Options) withDefaults() (Options, error) {
	switch {
	case o.Dir == "":
		return o, adit.InvalidField("dir", "name the data directory")
	case o.Registry == nil:
		return o, adit.InvalidField("registry", "hand in the parts list of drivers")
	case o.Control == nil || o.Telemetry == nil:
		return o, adit.InvalidField("control", "hand in both connections to the hub")
	}
	if o.Exe == "" {
		exe, err := os.Executable()
		if err != nil {
			return o, adit.Errorf(adit.Internal, "this program cannot find its own file: %w", err)
		}
		o.Exe = exe
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Interval == 0 {
		o.Interval = 2 * time.Second
	}
	if o.BufferBytes == 0 {
		o.BufferBytes = 64 << 20
	}
	if o.Root == "" {
		o.Root = "/"
	}
	return o, nil
}
