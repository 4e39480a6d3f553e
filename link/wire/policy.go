package wire

import (
	"time"

	"github.com/adit-mining/adit"
)

// VerbPolicy changes the rig's policy: PolicyChange; the result is the PolicyState that holds now.
const VerbPolicy Verb = "policy"

// The words for how much of the computer mining may use.
const (
	UseIdle  = "idle"  // only while nobody uses the computer
	UseHalf  = "half"  // at most half of the CPU's threads, whoever uses it
	UseAll   = "all"   // everything
	UseOther = "other" // set in detail
)

// Policy is what the owner lets mining do on one computer, beside consent and pause. It lies there in policy.json.
type Policy struct {
	Idle    IdlePolicy    `json:"idle"`
	Battery BatteryPolicy `json:"battery"`
	Thermal ThermalPolicy `json:"thermal"`
	CPU     CPUPolicy     `json:"cpu"`
	User    string        `json:"user" doc:"user as whom programs run where adit runs as root; empty: adit-miner if there is one, else nobody"`
}

// IdlePolicy pauses mining while somebody uses the computer. Practice does not heed it.
type IdlePolicy struct {
	Enabled      bool     `json:"enabled"`
	AfterSeconds int      `json:"afterSeconds" minimum:"10" maximum:"86400" doc:"nobody may have used the computer for so long"`
	Sources      []string `json:"sources" enum:"logind,x11,terminals" doc:"where to look for users"`
}

// BatteryPolicy pauses mining while the computer runs on a battery, its own or that of a UPS the kernel knows.
type BatteryPolicy struct {
	Pause bool `json:"pause"`
}

// ThermalPolicy stops mining at a temperature. It cannot be switched off.
type ThermalPolicy struct {
	MaxCelsius    float64  `json:"maxCelsius" minimum:"40" maximum:"105" doc:"of the CPU"`
	ResumeBelow   *float64 `json:"resumeBelow" doc:"°C at or under which mining starts again; null: 10 below the limit"`
	GPUMaxCelsius float64  `json:"gpuMaxCelsius" minimum:"40" maximum:"110" doc:"of a graphics card; its memory and hottest spot may have 15 more"`
	FanStop       bool     `json:"fanStop" doc:"stop where a fan that turned stands still while it is hot"`
}

// CPUPolicy bounds how many of the CPU's threads a program gets that was started without a number of its own.
type CPUPolicy struct {
	MaxPercent *float64 `json:"maxPercent" minimum:"1" maximum:"100" doc:"of the CPU's threads, rounded, at least one; null: no bound. It holds from a program's next start on"`
}

// PolicyChange changes parts of a Policy; nil leaves a part as it is.
type PolicyChange struct {
	Use     *string        `json:"use,omitempty" enum:"idle,half,all" doc:"short for the usual choices: only when idle, half of the CPU, everything"`
	Idle    *IdleChange    `json:"idle,omitempty"`
	Battery *BatteryChange `json:"battery,omitempty"`
	Thermal *ThermalChange `json:"thermal,omitempty"`
	CPU     *CPUChange     `json:"cpu,omitempty"`
	User    *string        `json:"user,omitempty" maxLength:"32"`
}

// IdleChange is a change of IdlePolicy.
type IdleChange struct {
	Enabled      *bool    `json:"enabled,omitempty"`
	AfterSeconds *int     `json:"afterSeconds,omitempty" minimum:"10" maximum:"86400"`
	Sources      []string `json:"sources,omitempty" enum:"logind,x11,terminals" maxItems:"3"`
}

// BatteryChange is a change of BatteryPolicy.
type BatteryChange struct {
	Pause *bool `json:"pause,omitempty"`
}

// ThermalChange is a change of ThermalPolicy; resumeBelow 0 means 10 below the limit.
type ThermalChange struct {
	MaxCelsius    *float64 `json:"maxCelsius,omitempty" minimum:"40" maximum:"105"`
	ResumeBelow   *float64 `json:"resumeBelow,omitempty" minimum:"0" maximum:"104"`
	GPUMaxCelsius *float64 `json:"gpuMaxCelsius,omitempty" minimum:"40" maximum:"110"`
	FanStop       *bool    `json:"fanStop,omitempty"`
}

// CPUChange is a change of CPUPolicy; 100 means no bound.
type CPUChange struct {
	MaxPercent *float64 `json:"maxPercent,omitempty" minimum:"1" maximum:"100"`
}

// PolicyState is a rig's policy and what it means at this moment.
type PolicyState struct {
	Policy  Policy    `json:"policy"`
	Use     string    `json:"use" enum:"idle,half,all,other"`
	Words   string    `json:"words" doc:"what holds, in a sentence"`
	Damaged string    `json:"damaged,omitempty" doc:"why the recorded policy cannot be used, so that the safe defaults hold"`
	Idle    IdleState `json:"idle"`
	// RunAs names the user as whom programs run; "" = as adit itself.
	RunAs string `json:"runAs,omitempty" doc:"user as whom programs run; absent: as adit itself"`
}

// The words of IdleState.State.
const (
	IdleOff    = "off"    // the policy is off
	IdleNobody = "nobody" // no user was ever seen: mining goes on, and that is said
	IdleFree   = "idle"   // nobody has used the computer for long enough
	IdleActive = "active" // somebody uses it
	IdleLost   = "lost"   // a source that was there has vanished: paused, to be safe
)

// IdleState is what is known of the computer's users.
type IdleState struct {
	State   string       `json:"state" enum:"off,nobody,idle,active,lost"`
	Words   string       `json:"words"`
	Since   *time.Time   `json:"since" doc:"of this state"`
	Sources []IdleSource `json:"sources"`
}

// The words of IdleSource.State.
const (
	SourceOff         = "off"         // not asked
	SourceNone        = "none"        // not there, and never was
	SourceNobody      = "nobody"      // there, and knows no user
	SourceIdle        = "idle"        // knows a user who is idle
	SourceActive      = "active"      //
	SourceLost        = "lost"        // was there and has vanished
	SourceUnsupported = "unsupported" // not on this platform
)

// IdleSource is one place where users are looked for.
type IdleSource struct {
	Name  string `json:"name" enum:"logind,x11,terminals"`
	State string `json:"state" enum:"off,none,nobody,idle,active,lost,unsupported"`
	Words string `json:"words"`
}

// Use names the choice that a policy makes.
func (p Policy) Use() string {
	bound := p.CPU.MaxPercent != nil && *p.CPU.MaxPercent < 100
	switch {
	case p.Idle.Enabled && !bound:
		return UseIdle
	case !p.Idle.Enabled && bound && *p.CPU.MaxPercent == 50:
		return UseHalf
	case !p.Idle.Enabled && !bound:
		return UseAll
	}
	return UseOther
}

// Apply returns the policy with a change; the error names the first field that is wrong.
func (p Policy) Apply(c PolicyChange) (Policy, error) {
	if c.Use != nil {
		half := 50.0
		switch *c.Use {
		case UseIdle:
			p.Idle.Enabled, p.CPU.MaxPercent = true, nil
		case UseHalf:
			p.Idle.Enabled, p.CPU.MaxPercent = false, &half
		case UseAll:
			p.Idle.Enabled, p.CPU.MaxPercent = false, nil
		default:
			return p, adit.InvalidField("use", "use %q, %q or %q", UseIdle, UseHalf, UseAll)
		}
	}
	if i := c.Idle; i != nil {
		set(&p.Idle.Enabled, i.Enabled)
		set(&p.Idle.AfterSeconds, i.AfterSeconds)
		if len(i.Sources) > 0 {
			p.Idle.Sources = i.Sources
		}
	}
	if b := c.Battery; b != nil {
		set(&p.Battery.Pause, b.Pause)
	}
	if t := c.Thermal; t != nil {
		set(&p.Thermal.MaxCelsius, t.MaxCelsius)
		set(&p.Thermal.GPUMaxCelsius, t.GPUMaxCelsius)
		set(&p.Thermal.FanStop, t.FanStop)
		if t.ResumeBelow != nil {
			p.Thermal.ResumeBelow = nonZero(*t.ResumeBelow, 0)
		}
	}
	if c.CPU != nil && c.CPU.MaxPercent != nil {
		p.CPU.MaxPercent = nonZero(*c.CPU.MaxPercent, 100)
	}
	set(&p.User, c.User)
	return p, p.Check()
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func nonZero(v, none float64) *float64 {
	if v == none {
		return nil
	}
	return &v
}

// Check names the first field that is wrong and how to mend it.
func (p Policy) Check() error {
	t := p.Thermal
	switch {
	case p.Idle.AfterSeconds < 10 || p.Idle.AfterSeconds > 86400:
		return adit.InvalidField("idle.afterSeconds", "%d is not from 10 to 86400 seconds", p.Idle.AfterSeconds)
	case p.Idle.Enabled && len(p.Idle.Sources) == 0:
		return adit.InvalidField("idle.sources", "name at least one of logind, x11 and terminals, or switch idle.enabled off")
	case !(t.MaxCelsius >= 40 && t.MaxCelsius <= 105):
		return adit.InvalidField("thermal.maxCelsius", "%v is not from 40 to 105 °C", t.MaxCelsius)
	case !(t.GPUMaxCelsius >= 40 && t.GPUMaxCelsius <= 110):
		return adit.InvalidField("thermal.gpuMaxCelsius", "%v is not from 40 to 110 °C", t.GPUMaxCelsius)
	case t.ResumeBelow != nil && !(*t.ResumeBelow >= 20 && *t.ResumeBelow < t.MaxCelsius):
		return adit.InvalidField("thermal.resumeBelow", "%v is not from 20 to below maxCelsius %v", *t.ResumeBelow, t.MaxCelsius)
	case p.CPU.MaxPercent != nil && !(*p.CPU.MaxPercent >= 1 && *p.CPU.MaxPercent <= 100):
		return adit.InvalidField("cpu.maxPercent", "%v is not from 1 to 100 per cent", *p.CPU.MaxPercent)
	case p.User == "root" || p.User == "0":
		return adit.InvalidField("user", "mining programs never run as root: name another user, or leave it empty")
	case p.User != "" && !userName(p.User):
		return adit.InvalidField("user", "that is no name of a user: letters, digits, '.', '_' and '-', at most 32")
	}
	seen := map[string]bool{}
	for _, s := range p.Idle.Sources {
		if s != "logind" && s != "x11" && s != "terminals" || seen[s] {
			return adit.InvalidField("idle.sources", "use each of logind, x11 and terminals at most once")
		}
		seen[s] = true
	}
	return nil
}

// userName follows useradd(8) of Debian, loosely.
func userName(s string) bool {
	if len(s) > 32 || s[0] == '-' {
		return false
	}
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.') {
			return false
		}
	}
	return true
}
