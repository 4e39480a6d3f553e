package view

import (
	"encoding/json"
	"strings"
	"time"
)

// State is everything a page shows, by key; it is also the answer of GET /api/v1/state.
type State struct {
	Overview *Overview
	Consent  *Consent
	Pause    *Pause
	Practice *Practice
	Policy   *Policy           // nil until the agent of this computer has told it
	Host     *Host             // the computer adit runs on; nil until its agent has spoken
	Rigs     map[string]Host   // by rig id
	Devices  map[string]Device // by device id, "<rig>/<name>"

	Installs map[string]Install // by "<rig>/<program>"
}

// Keys of the live feed. Rigs and devices have a prefix and their id.
const (
	KeyOverview  = "overview"
	KeyConsent   = "consent"
	KeyPause     = "pause"
	KeyPractice  = "practice"
	KeyHost      = "host"
	KeyPolicy    = "policy"
	RigPrefix    = "rig/"
	DevicePrefix = "device/"
)

// UnmarshalJSON reads the keys of the live feed; unknown ones are left out.
func (s *State) UnmarshalJSON(b []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	*s = State{Rigs: map[string]Host{}, Devices: map[string]Device{}, Installs: map[string]Install{}}
	for k, v := range raw {
		if err := s.set(k, v); err != nil {
			return err
		}
	}
	return nil
}

func (s *State) set(key string, v json.RawMessage) error {
	switch key {
	case KeyOverview:
		return json.Unmarshal(v, &s.Overview)
	case KeyConsent:
		return json.Unmarshal(v, &s.Consent)
	case KeyPause:
		return json.Unmarshal(v, &s.Pause)
	case KeyPractice:
		return json.Unmarshal(v, &s.Practice)
	case KeyHost:
		return json.Unmarshal(v, &s.Host)
	case KeyPolicy:
		return json.Unmarshal(v, &s.Policy)
	}
	if id, ok := strings.CutPrefix(key, RigPrefix); ok {
		return into(s.Rigs, id, v)
	}
	if id, ok := strings.CutPrefix(key, DevicePrefix); ok {
		return into(s.Devices, id, v)
	}
	if id, ok := strings.CutPrefix(key, InstallPrefix); ok {
		return into(s.Installs, id, v)
	}
	return nil
}

func into[T any](m map[string]T, id string, v json.RawMessage) error {
	var t T
	if err := json.Unmarshal(v, &t); err != nil {
		return err
	}
	m[id] = t
	return nil
}

// MarshalJSON writes the keys of the live feed.
func (s State) MarshalJSON() ([]byte, error) {
	m := map[string]any{}
	put(m, KeyOverview, s.Overview)
	put(m, KeyConsent, s.Consent)
	put(m, KeyPause, s.Pause)
	put(m, KeyPractice, s.Practice)
	put(m, KeyHost, s.Host)
	put(m, KeyPolicy, s.Policy)
	for id, h := range s.Rigs {
		m[RigPrefix+id] = h
	}
	for id, d := range s.Devices {
		m[DevicePrefix+id] = d
	}
	for id, i := range s.Installs {
		m[InstallPrefix+id] = i
	}
	return json.Marshal(m)
}

func put[T any](m map[string]any, key string, v *T) {
	if v != nil {
		m[key] = v
	}
}

// Consent is the owner's recorded permission to mine on this computer.
type Consent struct {
	Granted bool       `json:"granted"`
	At      *time.Time `json:"at"`
	By      string     `json:"by"`
	Via     string     `json:"via"` // "terminal", "browser", "flag"
	Host    string     `json:"host"`
	Needed  bool       `json:"needed"` // something waits for it now
	Words   string     `json:"words"`  // why it does not count, or what it allows
}

// Pause is this computer's off switch.
type Pause struct {
	Paused bool       `json:"paused"`
	Since  *time.Time `json:"since"`
	Until  *time.Time `json:"until"` // null while paused: until resumed
	By     string     `json:"by"`
	Reason string     `json:"reason"` // "user", "idle", "battery", "thermal"
	Words  string     `json:"words"`  // for a person; empty where the others say all
}

// Practice is the upstream of our own.
type Practice struct {
	Running       bool                 `json:"running"`
	Listen        *string              `json:"listen"` // where miners connect, "stratum+tcp://127.0.0.1:41234"
	Verifier      string               `json:"verifier" enum:"ok,missing,starting,failed"`
	VerifierWords string               `json:"verifierWords"`
	Connections   []PracticeConnection `json:"connections"`
	Accepted      uint64               `json:"accepted"`
	Rejected      uint64               `json:"rejected"`
}

// PracticeConnection is one miner connected to practice.
type PracticeConnection struct {
	Login       string     `json:"login"`
	Agent       string     `json:"agent"`
	Difficulty  float64    `json:"difficulty"`
	Hashrate    *float64   `json:"hashrate"` // estimated from its shares
	Accepted    uint64     `json:"accepted"`
	Rejected    uint64     `json:"rejected"`
	LastShareAt *time.Time `json:"lastShareAt"`
}

// Host is a computer that runs an agent.
type Host struct {
	Rig         string     `json:"rig"`
	Hostname    string     `json:"hostname"`
	OS          string     `json:"os"`
	Kernel      string     `json:"kernel"`
	CPU         CPU        `json:"cpu"`
	Memory      HostMemory `json:"memory"`
	HugePages   *HugePages `json:"hugePages"`
	Battery     *Battery   `json:"battery"`
	Fans        []Fan      `json:"fans" nullable:"true"`        // null: none shows itself
	LoadAverage []float64  `json:"loadAverage" nullable:"true"` // 1, 5 and 15 minutes; null = unknown
	Uptime      *float64   `json:"uptime"`
	Agent       Agent      `json:"agent"`
}

// CPU is a computer's processor.
type CPU struct {
	Model       string   `json:"model"`
	Cores       *int     `json:"cores"`
	Threads     *int     `json:"threads"`
	Temperature *float64 `json:"temperature"`
	Usage       *float64 `json:"usage"` // share of all threads in use, 0 to 1

	NUMANodes *int      `json:"numaNodes"` // null: not told
	MSR       *string   `json:"msr" doc:"loaded, writable; loaded, read only; loaded (whether writable is unknown); not loaded. null: unknown, or the processor has no such registers"`
	Throttle  *Throttle `json:"throttle"` // null: the processor does not count it
}

// Throttle is how often heat slowed a processor down.
type Throttle struct {
	_     struct{} `nullable:"true"`
	Count uint64   `json:"count"` // since boot
	Now   *bool    `json:"now"`   // between the last two readings; null = unknown
}

// Fan is one fan of a computer.
type Fan struct {
	Name string `json:"name"` // chip and label
	RPM  int    `json:"rpm"`  // to 100; 0 = it stands still, or nothing is connected
}

// HostMemory is a computer's memory.
type HostMemory struct {
	Total     *float64 `json:"total"`
	Available *float64 `json:"available"` // without swapping
}

// HugePages is the kernel's reserved huge pages.
type HugePages struct {
	_         struct{} `nullable:"true"`
	Total     float64  `json:"total"`
	Free      float64  `json:"free"`
	SizeBytes float64  `json:"sizeBytes"`
}

// Battery is the power source of a portable computer or of one behind a UPS.
type Battery struct {
	_         struct{} `nullable:"true"`
	Present   bool     `json:"present"`
	OnBattery bool     `json:"onBattery"`
	Percent   *float64 `json:"percent"`
	UPS       bool     `json:"ups"` // a UPS, no battery of its own
}

// Agent is the agent on a computer.
type Agent struct {
	Version    string     `json:"version"`
	Connected  bool       `json:"connected"`
	LastSeenAt *time.Time `json:"lastSeenAt"`
}
