package view

import "time"

// Policy is when mining may use this computer, and whether it may now.
type Policy struct {
	Use     string        `json:"use" enum:"idle,half,all,other"`
	Words   string        `json:"words"`   // what holds, in a sentence
	Damaged string        `json:"damaged"` // why the safe defaults hold instead of what was set; "" = they do not
	RunAs   string        `json:"runAs"`   // user as whom programs run; "" = as adit itself
	Idle    IdleState     `json:"idle"`
	Battery BatteryPolicy `json:"battery"`
	Thermal ThermalPolicy `json:"thermal"`
	CPU     CPUPolicy     `json:"cpu"`
}

// IdleState is what is known of the computer's users.
type IdleState struct {
	Enabled      bool         `json:"enabled"`
	AfterSeconds int          `json:"afterSeconds"`
	State        string       `json:"state" enum:"off,nobody,idle,active,lost"`
	Words        string       `json:"words"`
	Since        *time.Time   `json:"since"`
	Sources      []IdleSource `json:"sources"`
}

// IdleSource is one place where users are looked for.
type IdleSource struct {
	Name  string `json:"name" enum:"logind,x11,terminals"`
	State string `json:"state" enum:"off,none,nobody,idle,active,lost,unsupported"`
	Words string `json:"words"`
}

// BatteryPolicy says whether mining pauses on battery.
type BatteryPolicy struct {
	Pause bool `json:"pause"`
}

// ThermalPolicy is where heat stops mining, in °C.
type ThermalPolicy struct {
	MaxCelsius    float64  `json:"maxCelsius"`
	ResumeBelow   *float64 `json:"resumeBelow"` // null: 10 below
	GPUMaxCelsius float64  `json:"gpuMaxCelsius"`
	FanStop       bool     `json:"fanStop"`
}

// CPUPolicy bounds the threads of programs started without a number of their own.
type CPUPolicy struct {
	MaxPercent *float64 `json:"maxPercent"` // null: no bound
}

// Fee is what a running program tells of its author's share.
type Fee struct {
	_       struct{}   `nullable:"true"`
	Percent *float64   `json:"percent"` // of the mining time
	Active  *bool      `json:"active"`  // it works for its author now
	Since   *time.Time `json:"since"`
}
