package wire

import (
	"encoding/json"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/internal/wording"
)

// Verb is what an order asks for.
type Verb string

// The verbs. Args is the struct named behind each; none where nothing is named.
const (
	VerbStart         Verb = "start"          // StartArgs
	VerbStop          Verb = "stop"           // target device; it stays stopped
	VerbRestart       Verb = "restart"        // target device
	VerbAgain         Verb = "again"          // AgainArgs or none; target device, which is stopped, starts as it was started before
	VerbRelease       Verb = "release"        // target device leaves quarantine and starts
	VerbPause         Verb = "pause"          // PauseArgs; the whole rig
	VerbResume        Verb = "resume"         // the whole rig
	VerbSetPools      Verb = "set-pools"      // PoolsArgs; target device
	VerbConsentGrant  Verb = "consent-grant"  // ConsentArgs
	VerbConsentRevoke Verb = "consent-revoke" //
	VerbStdin         Verb = "stdin"          // StdinArgs; target device
)

// Order is one command to an agent. The same ID twice is carried out once and answered twice.
type Order struct {
	ID       string          `json:"id"`
	Verb     Verb            `json:"verb"`
	Device   string          `json:"device,omitempty"` // instance name on the rig, "" = the rig
	Args     json.RawMessage `json:"args,omitempty"`
	Actor    string          `json:"actor"`    // who, for the agent's own log
	Via      string          `json:"via"`      // "browser", "token", "terminal"
	Deadline time.Time       `json:"deadline"` // after it the agent refuses
	Fence    uint64          `json:"fence"`    // number of the hub's lock; an older one than seen is refused
}

// Outcome answers an order: Code "" is success, else the kind of failure with the program's own reason.
type Outcome struct {
	ID     string          `json:"id"`
	Code   adit.Code       `json:"code,omitempty"`
	Field  string          `json:"field,omitempty"`
	Reason string          `json:"reason,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
}

// Err turns a failed outcome into an error with its code, field and reason; nil for success.
func (o Outcome) Err() error {
	if o.Code == "" {
		return nil
	}
	return &adit.Error{Code: o.Code, Field: o.Field, Msg: o.Reason}
}

// Fail makes the outcome of an order that failed with err.
func Fail(id string, err error) Outcome {
	o := Outcome{ID: id, Code: adit.CodeOf(err), Reason: wording.Plain(err.Error())}
	if e, ok := adit.AsError(err); ok {
		o.Field = e.Field
	}
	return o
}

// StartArgs asks for a mining program.
type StartArgs struct {
	Driver    string         `json:"driver"` // driver name or alias
	Name      string         `json:"name"`   // instance name; "" = the driver's name
	Algorithm adit.Algorithm `json:"algorithm"`
	Pools     []device.Pool  `json:"pools"`
	Threads   *int           `json:"threads,omitempty"`
	Affinity  []int          `json:"affinity,omitempty"`
	HugePages *bool          `json:"hugePages,omitempty"`
	Nice      *int           `json:"nice,omitempty"`
	CPUMax    *adit.Percent  `json:"cpuMax,omitempty"` // of the whole machine
	MemoryMax *adit.Bytes    `json:"memoryMax,omitempty"`
	Practice  bool           `json:"practice,omitempty"`

	Settings *device.Settings `json:"settings,omitempty"`
	Profile  string           `json:"profile,omitempty"` // id of the profile it was started from, "" = none
}

// StartResult names what was started (or runs already, for the same order).
type StartResult struct {
	Device adit.DeviceID `json:"device"`
	Name   string        `json:"name"`
}

// PauseArgs pauses all mining on the rig.
type PauseArgs struct {
	Until *time.Time `json:"until,omitempty"` // nil = until resumed
}

// PoolsArgs replaces the pools of a running program.
type PoolsArgs struct {
	Pools []device.Pool `json:"pools"`
}

// ConsentArgs records the owner's permission.
type ConsentArgs struct {
	By  string `json:"by"`
	Via string `json:"via"`
}

// AgainArgs are what a program that is started again gets anew.
type AgainArgs struct {
	Pools []device.Pool `json:"pools,omitempty"` // for practice programs, whose upstream may have moved; else left alone
}

// StdinArgs is one line for the program's standard input, without its line end.
type StdinArgs struct {
	Line string `json:"line"`
}

// Query is a question to an agent.
type Query struct {
	Kind   string `json:"kind"` // "logs", "doctor", "miners", "render"
	Device string `json:"device,omitempty"`
	After  uint64 `json:"after,omitempty"` // logs: only lines with a greater number
	Limit  int    `json:"limit,omitempty"` // logs: the newest n of them; 0 = 500
	// Args is what a kind needs beside these; StartArgs for "render".
	Args json.RawMessage `json:"args,omitempty"`
}

// Answer is the reply to a Query.
type Answer struct {
	Code   adit.Code       `json:"code,omitempty"`
	Field  string          `json:"field,omitempty"` // of the arguments, where that is at fault
	Reason string          `json:"reason,omitempty"`
	Result json.RawMessage `json:"result,omitempty"` // []LogLine, []Finding, []Available or Rendered
}

// Err turns an answer that is none into an error with its code, field and reason; nil for one that is.
func (a Answer) Err() error { return Outcome{Code: a.Code, Field: a.Field, Reason: a.Reason}.Err() }

// Unanswered is the answer to a question that failed with err.
func Unanswered(err error) Answer {
	o := Fail("", err)
	return Answer{Code: o.Code, Field: o.Field, Reason: o.Reason}
}

// Rendered is how a program would be run; nothing was started and nothing written. Secrets are kept out.
type Rendered struct {
	Path  string            `json:"path,omitempty"` // "" = not installed
	Args  []string          `json:"args"`
	Files map[string]string `json:"files"` // name → content
}

// Available is a mining program an agent could run.
type Available struct {
	Name        string   `json:"name"`
	Aliases     []string `json:"aliases,omitempty"`
	Path        string   `json:"path,omitempty"` // "" = not installed
	Version     string   `json:"version,omitempty"`
	Why         string   `json:"why,omitempty"` // not installed: how to get it
	FeePercent  *float64 `json:"feePercent,omitempty"`
	Description string   `json:"description,omitempty"`

	Managed      bool     `json:"managed,omitempty"`      // adit installed it
	State        string   `json:"state,omitempty"`        // of an installed one: see Installed.State
	Digest       string   `json:"digest,omitempty"`       // sha256 of the executable, of an installed one
	Installable  bool     `json:"installable,omitempty"`  // the catalogue has it for this computer
	Licence      string   `json:"licence,omitempty"`      // "" = unknown
	Source       string   `json:"source,omitempty"`       // "open", "closed", "" = unknown
	DigestSource string   `json:"digestSource,omitempty"` // where the archive's digest comes from
	Newest       string   `json:"newest,omitempty"`       // in the catalogue for this computer
	Update       string   `json:"update,omitempty"`       // newer than the installed one; "" = none
	Pinned       string   `json:"pinned,omitempty"`       // version the owner keeps
	Versions     []string `json:"versions,omitempty"`     // installed ones, newest first
}

// LogLine is one line of a program's output.
type LogLine struct {
	Seq  uint64    `json:"seq"`
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// Finding is one thing doctor looked at.
type Finding struct {
	Name  string `json:"name"`  // "huge pages"
	State string `json:"state"` // "ok", "warn", "crit", "info"
	Text  string `json:"text"`  // what is
	Fix   string `json:"fix,omitempty"`

	Group   string `json:"group,omitempty"`   // "mining", "computer", "programs", "adit"
	Command string `json:"command,omitempty"` // the fix as a line for a shell, "" = there is none
}
