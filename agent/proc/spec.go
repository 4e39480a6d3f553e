package proc

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/adit-mining/adit"
)

// Spec says what to run and within which limits. It is kept as spec.json (0600) in the program's folder.
type Spec struct {
	Name   string   `json:"name"`           // instance name, see adit.ValidName
	Driver string   `json:"driver"`         // type of software: "adit-miner"
	ID     string   `json:"id,omitempty"`   // of this start; Start sets it
	Path   string   `json:"path"`           // absolute path of the executable
	Args   []string `json:"args,omitempty"` // without the program's name
	Env    []string `json:"env,omitempty"`  // "KEY=value", added to a minimal environment (PATH, HOME, LANG, TMPDIR)
	Dir    string   `json:"dir,omitempty"`  // working folder; "" = the program's own folder under the supervisor's
	// Digest is the lower-case hex sha256 of the executable, checked before every start.
	// "" = Start records the file as it finds it.
	Digest   string          `json:"digest,omitempty"`
	Practice bool            `json:"practice,omitempty"` // mines for practice: no wallet, no network
	Meta     json.RawMessage `json:"meta,omitempty"`     // the agent's own notes (API port, token, pools); opaque here

	// User is as whom the program runs; nil = as the shim itself. It needs the right to change the user (root).
	User        *Account      `json:"user,omitempty"`
	Nice        int           `json:"nice,omitempty"`        // niceness, -20 to 19
	CPUMax      *float64      `json:"cpuMax,omitempty"`      // CPUs it may use at most (1.5 = one and a half); nil = no limit
	MemoryMax   *adit.Bytes   `json:"memoryMax,omitempty"`   // nil = no limit
	StopTimeout time.Duration `json:"stopTimeout,omitempty"` // from SIGTERM to SIGKILL, ns; 0 = 3 s
	Restart     Budget        `json:"restart"`
	Log         LogPolicy     `json:"log"`
	Guards      Guards        `json:"guards"`
}

// Budget bounds restarts: more than Max within Window ends in quarantine, and between two starts the shim waits
// MinBackoff, doubled each time up to MaxBackoff. Zero fields take the defaults 5, 10 min, 1 s, 1 min.
type Budget struct {
	Max        int           `json:"max,omitempty"`
	Window     time.Duration `json:"window,omitempty"`     // ns
	MinBackoff time.Duration `json:"minBackoff,omitempty"` // ns
	MaxBackoff time.Duration `json:"maxBackoff,omitempty"` // ns
}

// LogPolicy bounds the log files on disk: Keep old files beside the current one, each at most MaxBytes.
// Zero fields take the defaults 4 MiB and 3.
type LogPolicy struct {
	MaxBytes int64 `json:"maxBytes,omitempty"`
	Keep     int   `json:"keep,omitempty"`
}

// Guards are the limits the shim holds on its own, agent or no agent.
type Guards struct {
	ConsentFile string `json:"consentFile,omitempty"` // see agent/consent; "" = no consent needed (not a mining program)
	PauseFile   string `json:"pauseFile,omitempty"`   // see agent/consent; "" = cannot be paused
	// ThermalMax stops the program at this CPU temperature; nil = no thermal limit.
	ThermalMax *adit.Celsius `json:"thermalMax,omitempty"`
	// ThermalResume lets it start again at or under this temperature; nil = ThermalMax - 10.
	ThermalResume *adit.Celsius `json:"thermalResume,omitempty"`
	// GPUMax stops it at this temperature of a graphics card; nil = no limit. A card's memory and hottest spot may have
	// gpuSpare more.
	GPUMax        *adit.Celsius `json:"gpuMax,omitempty"`
	FanStop       bool          `json:"fanStop,omitempty"`       // stop where a fan that turned stands still while it is hot
	StopOnBattery bool          `json:"stopOnBattery,omitempty"` // hold while no mains is connected
	Idle          *IdleGuard    `json:"idle,omitempty"`          // nil = it runs while somebody uses the computer
	// SensorRoot is the root of the file system in which sys/class/{hwmon,thermal,power_supply} lie; "" = "/".
	SensorRoot string `json:"sensorRoot,omitempty"`
	// AgentGrace is how long a pause may last with no agent attached before the program is stopped, ns; 0 = 5 s.
	// An attached agent pauses the program softly by itself.
	AgentGrace time.Duration `json:"agentGrace,omitempty"`
}

// IdleGuard rests a program while somebody uses the computer. While an agent is attached its word in File counts; without
// one the shim looks for users itself.
type IdleGuard struct {
	File    string        `json:"file"`    // see IdleWord
	After   time.Duration `json:"after"`   // nobody may have used the computer for so long, ns
	Sources []string      `json:"sources"` // see agent/policy
	// Root, Bus and Display say where the sources lie, see policy.Places; "" = the system's.
	Root    string `json:"root,omitempty"`
	Bus     string `json:"bus,omitempty"`
	Display string `json:"display,omitempty"`
	Alone   bool   `json:"alone,omitempty"`
}

// withDefaults fills the zero fields.
func (s Spec) withDefaults() Spec {
	def(&s.StopTimeout, 3*time.Second)
	def(&s.Restart.Max, 5)
	def(&s.Restart.Window, 10*time.Minute)
	def(&s.Restart.MinBackoff, time.Second)
	def(&s.Restart.MaxBackoff, time.Minute)
	def(&s.Log.MaxBytes, 4<<20)
	def(&s.Log.Keep, 3)
	s.Guards = s.Guards.withDefaults()
	return s
}

func (g Guards) withDefaults() Guards {
	def(&g.SensorRoot, "/")
	def(&g.AgentGrace, 5*time.Second)
	if g.ThermalMax != nil && g.ThermalResume == nil {
		r := *g.ThermalMax - 10
		g.ThermalResume = &r
	}
	return g
}

func def[T comparable](p *T, v T) {
	var zero T
	if *p == zero {
		*p = v
	}
}

var digestRE = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Validate names the first field that is wrong and how to mend it.
func (s Spec) Validate() error {
	switch {
	case !adit.ValidName(s.Name):
		return adit.InvalidField("name", "%q: use lower-case letters, digits, '.', '_' and '-', at most 64, starting with a letter or digit", s.Name)
	case !filepath.IsAbs(s.Path):
		return adit.InvalidField("path", "%q is not an absolute path", s.Path)
	case s.Dir != "" && !filepath.IsAbs(s.Dir):
		return adit.InvalidField("dir", "%q is not an absolute path", s.Dir)
	case s.Digest != "" && !digestRE.MatchString(s.Digest):
		return adit.InvalidField("digest", "must be 64 lower-case hex digits (sha256 of the executable)")
	case s.User != nil && (s.User.UID == 0 || s.User.GID == 0):
		return adit.InvalidField("user", "a mining program never runs as root")
	case s.User != nil && s.Dir == "":
		return adit.InvalidField("dir", "a program of another user needs a working folder of its own")
	case s.Nice < -20 || s.Nice > 19:
		return adit.InvalidField("nice", "%d is outside -20 to 19", s.Nice)
	case s.CPUMax != nil && !(*s.CPUMax >= 0.01 && *s.CPUMax <= 4096):
		return adit.InvalidField("cpuMax", "%v: give a number of CPUs from 0.01 up, or leave it out for no limit", *s.CPUMax)
	case s.MemoryMax != nil && *s.MemoryMax < 1<<20:
		return adit.InvalidField("memoryMax", "%d bytes is too small: give at least 1 MiB, or leave it out for no limit", *s.MemoryMax)
	case s.StopTimeout < 0 || s.StopTimeout > 10*time.Minute:
		return adit.InvalidField("stopTimeout", "%s is outside 0 to 10m", s.StopTimeout)
	case len(s.Meta) > maxMeta:
		return adit.InvalidField("meta", "%d bytes is more than %d", len(s.Meta), maxMeta)
	case len(s.Meta) > 0 && !json.Valid(s.Meta):
		return adit.InvalidField("meta", "is not valid JSON")
	}
	for _, kv := range s.Env {
		if k, _, ok := strings.Cut(kv, "="); !ok || k == "" || strings.ContainsRune(kv, 0) {
			return adit.InvalidField("env", "an entry is not KEY=value")
		}
	}
	for _, a := range s.Args {
		if strings.ContainsRune(a, 0) {
			return adit.InvalidField("args", "an argument contains a NUL byte")
		}
	}
	if err := s.Restart.validate(); err != nil {
		return err
	}
	return s.Guards.Validate()
}

func (b Budget) validate() error {
	switch {
	case b.Max < 0 || b.Max > 10_000:
		return adit.InvalidField("restart.max", "%d is outside 0 to 10000", b.Max)
	case b.Window < 0 || b.MinBackoff < 0 || b.MaxBackoff < 0:
		return adit.InvalidField("restart", "times must not be negative")
	case b.MaxBackoff != 0 && b.MinBackoff > b.MaxBackoff:
		return adit.InvalidField("restart.minBackoff", "%s is longer than maxBackoff %s", b.MinBackoff, b.MaxBackoff)
	}
	return nil
}

// Validate names the first guard that is wrong and how to mend it.
func (g Guards) Validate() error {
	switch {
	case g.ConsentFile != "" && !filepath.IsAbs(g.ConsentFile):
		return adit.InvalidField("guards.consentFile", "%q is not an absolute path", g.ConsentFile)
	case g.PauseFile != "" && !filepath.IsAbs(g.PauseFile):
		return adit.InvalidField("guards.pauseFile", "%q is not an absolute path", g.PauseFile)
	case g.ThermalMax != nil && !(*g.ThermalMax >= 30 && *g.ThermalMax <= 125):
		return adit.InvalidField("guards.thermalMax", "%v °C is outside 30 to 125", *g.ThermalMax)
	case g.ThermalResume != nil && g.ThermalMax == nil:
		return adit.InvalidField("guards.thermalResume", "needs thermalMax")
	case g.ThermalResume != nil && !(*g.ThermalResume < *g.ThermalMax):
		return adit.InvalidField("guards.thermalResume", "%v °C must be under thermalMax %v °C", *g.ThermalResume, *g.ThermalMax)
	case g.GPUMax != nil && !(*g.GPUMax >= 30 && *g.GPUMax <= 125):
		return adit.InvalidField("guards.gpuMax", "%v °C is outside 30 to 125", *g.GPUMax)
	case g.Idle != nil && !filepath.IsAbs(g.Idle.File):
		return adit.InvalidField("guards.idle.file", "%q is not an absolute path", g.Idle.File)
	case g.Idle != nil && (g.Idle.After <= 0 || g.Idle.After > 48*time.Hour):
		return adit.InvalidField("guards.idle.after", "%s is not over 0 and up to 48h", g.Idle.After)
	case g.AgentGrace < 0 || g.AgentGrace > time.Hour:
		return adit.InvalidField("guards.agentGrace", "%s is outside 0 to 1h", g.AgentGrace)
	}
	return nil
}
