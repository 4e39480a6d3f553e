package proc

import (
	"time"

	"github.com/adit-mining/adit"
)

// Phase is where a program stands in its life under the shim.
type Phase string

// The phases. Lost is the agent's word: the shim itself is gone.
const (
	Starting    Phase = "starting"
	Running     Phase = "running"
	Stopping    Phase = "stopping"    // told to end, not ended yet
	BackingOff  Phase = "backing_off" // ended by itself, starts again soon
	Held        Phase = "held"        // not running because a limit holds it; Hold and Words say which
	Quarantined Phase = "quarantined" // not started again until released; Words say why
	Stopped     Phase = "stopped"     // ended because it was wanted no more; the shim has gone too
	Lost        Phase = "lost"        // the shim died; the program died with it and may be started anew
)

// Hold is the limit that keeps a program from running; "" = none.
type Hold string

// The holds, in the order in which they are named when several apply.
const (
	HoldConsent Hold = "consent" // mining was not allowed on this computer, or no longer is
	HoldPause   Hold = "pause"   // paused by a person
	HoldThermal Hold = "thermal" // too hot
	HoldSensor  Hold = "sensor"  // a temperature sensor that was there has vanished
	HoldFan     Hold = "fan"     // a fan that turned stands still while it is hot
	HoldBattery Hold = "battery" // no mains
	HoldIdle    Hold = "idle"    // somebody uses the computer
)

// Status is what is known about a program now.
type Status struct {
	Name     string     `json:"name"`
	Driver   string     `json:"driver"`
	ID       string     `json:"id,omitempty"` // of the start, see Spec.ID
	Phase    Phase      `json:"phase"`
	Hold     Hold       `json:"hold,omitempty"`
	Words    string     `json:"words,omitempty"`      // why it is in this phase, for a person
	Since    time.Time  `json:"since"`                // of this phase
	Started  *time.Time `json:"started,omitempty"`    // when the running program was started; nil = not running
	Retry    *time.Time `json:"retry,omitempty"`      // when it will be started again; nil = not waiting
	ShimPID  int        `json:"shimPid"`              //
	PID      int        `json:"pid,omitempty"`        // of the program; 0 = not running
	Restarts int        `json:"restarts"`             // since the shim was started
	LastExit *Exit      `json:"lastExit,omitempty"`   // nil = it never ended
	Limits   []Limit    `json:"limits,omitempty"`     // what was asked for and whether it holds
	Sensor   *Sensor    `json:"sensor,omitempty"`     // nil = no thermal limit
	LogWords string     `json:"logWords,omitempty"`   // why the log is not on disk; "" = it is
	Version  string     `json:"version,omitempty"`    // of the adit that runs as the shim
	Protocol int        `json:"protocol,omitempty"`   // spoken with it
	Agents   int        `json:"agents"`               // attached now
	Executed string     `json:"executed,omitempty"`   // sha256 of the executable as last started
	StateErr string     `json:"stateWords,omitempty"` // why state.json could not be written; "" = it was
}

// Exit is how a program ended.
type Exit struct {
	At     time.Time     `json:"at"`
	Code   *int          `json:"code,omitempty"`   // exit status; nil = ended by a signal or never started
	Signal string        `json:"signal,omitempty"` // "killed", "terminated"; "" = none
	Ran    time.Duration `json:"ran"`              // ns
	Words  string        `json:"words"`            // "exit status 3 after 1.2s"
}

// Limit is one limit that was asked for and whether this system holds it.
type Limit struct {
	Name  string `json:"name"` // "nice", "cpu", "memory"
	Holds bool   `json:"holds"`
	Words string `json:"words"` // "1.5 CPUs by cgroup", or why not
}

// Sensor is the thermal guard's view.
type Sensor struct {
	Celsius *adit.Celsius `json:"celsius,omitempty"` // hottest CPU reading; nil = none
	Words   string        `json:"words"`             // "81 °C at coretemp/Package id 0, limit 90 °C", "no sensor was found"
}

// Line is one line of a program's output, or of the shim's own notes (Shim true).
type Line struct {
	Seq  uint64    `json:"seq"` // rising by one, also across restarts of the program and of its shim (then with a jump)
	At   time.Time `json:"at"`
	Text string    `json:"text"` // at most 4 KiB, without control characters
	Shim bool      `json:"shim,omitempty"`
}
