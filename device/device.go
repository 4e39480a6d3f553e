package device

import (
	"context"
	"encoding/json"

	"github.com/adit-mining/adit"
)

// Kind is the sort of thing a driver opens.
type Kind string

// The kinds so far.
const (
	KindHost     Kind = "host"     // the computer an agent runs on
	KindSoftware Kind = "software" // a mining program
)

// Device is one opened device. Its methods may be called from several goroutines.
type Device interface {
	// Info tells what it is; it contacts nothing.
	Info() Info
	// Snapshot reads the device once. It is idempotent and honours ctx; a field that could not be read stays nil.
	Snapshot(ctx context.Context) (Snapshot, error)
	// Close lets go of it; the device itself goes on.
	Close() error
}

// Info is what does not change from poll to poll.
type Info struct {
	Name    string `json:"name"`    // the instance's name on its rig, adit.ValidName
	Kind    Kind   `json:"kind"`    //
	Driver  string `json:"driver"`  // the driver's name
	Title   string `json:"title"`   // as shown to people: "adit-miner", "AMD EPYC, 2 cores"
	Version string `json:"version"` // program or firmware version, "" = unknown
}

// Driver is one row of the parts list. Software drivers fill Launch too.
type Driver struct {
	Name    string   // "adit-miner"
	Aliases []string // other names people use: "native"
	Kind    Kind
	// Description is one sentence for people who choose a program; "" for hardware.
	Description string
	// FeePercent is what the program's author takes of the mining time, in per cent; nil = unknown.
	FeePercent *float64
	// Open validates the address and returns a device; it contacts nothing but the device.
	Open func(ctx context.Context, a Address) (Device, error)
	// Launch renders how to run the program; nil for hardware.
	Launch func(r LaunchRequest) (Launch, error)
	// Find returns the program's path, or an error that says how to get it; nil for hardware.
	Find func() (string, error)
	// Version asks an installed program for its version; nil where it cannot be asked.
	Version func(ctx context.Context, path string) (string, error)
}

// Address is where and how to reach a device. For software it is the Endpoint of its Launch.
type Address struct {
	Name     string          `json:"name"`
	URL      string          `json:"url,omitempty"`
	Token    string          `json:"token,omitempty"` // secret
	Settings json.RawMessage `json:"settings,omitempty"`
	// Root is the filesystem root that readers of /proc and /sys start from; "" means "/".
	Root string `json:"-"`
}

// Pool is one upstream in order of preference.
type Pool struct {
	URL         string `json:"url"` // stratum+tcp://host:port, stratum+ssl://host:port
	User        string `json:"user"`
	Password    string `json:"password,omitempty"` // secret
	RigID       string `json:"rigId,omitempty"`
	Fingerprint string `json:"fingerprint,omitempty"` // SHA-256 of the TLS certificate, hex; "" = verify by the system's roots
	Nicehash    bool   `json:"nicehash,omitempty"`
	Keepalive   *bool  `json:"keepalive,omitempty"` // nil = the program's own choice
}

// LaunchRequest is what a person or policy wants of a program.
type LaunchRequest struct {
	Name      string         `json:"name"` // instance name
	Path      string         `json:"path"` // executable, from Find
	Dir       string         `json:"dir"`  // private folder of the instance (0700), exists
	Algorithm adit.Algorithm `json:"algorithm"`
	Pools     []Pool         `json:"pools"`
	Threads   *int           `json:"threads,omitempty"`  // nil = the program's own choice
	Affinity  []int          `json:"affinity,omitempty"` // CPU numbers, nil = none
	HugePages *bool          `json:"hugePages,omitempty"`
	Settings  *Settings      `json:"settings,omitempty"` // checked; nil = none. The driver acts on each key or refuses it
	Port      int            `json:"port"`               // loopback port for its API, remembered; 0 = any
	Token     string         `json:"token"`              // secret for its API
}

// Launch is how to run a program and how to reach it afterwards.
type Launch struct {
	Path string   `json:"path"`
	Args []string `json:"args"`
	Env  []string `json:"env,omitempty"`
	Dir  string   `json:"dir"`
	// Files are written (0600) into Dir before each start: name → content. Secrets go here, never into Args.
	Files map[string][]byte `json:"files,omitempty"`
	// PortFile, when not "", is a file in Dir into which the program writes the loopback port it really took.
	PortFile string  `json:"portFile,omitempty"`
	Endpoint Address `json:"endpoint"`
}
