package wire

import (
	"strconv"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
)

// FrameKind says what a frame carries.
type FrameKind uint8

// The kinds of frames.
const (
	FrameSchema FrameKind = 1 // Schema
	FrameBatch  FrameKind = 2 // Batch
	FrameFacts  FrameKind = 3 // DeviceFacts
	FrameRig    FrameKind = 4 // RigFacts
	FrameEvent  FrameKind = 5 // Event

	FrameInstall FrameKind = 6 // Job
)

// Frame is one numbered message of an agent's stream. Exactly one of the pointers is set, as Kind says.
type Frame struct {
	Rig   adit.RigID
	Epoch string
	Seq   uint64 // 1, 2, 3 … within Epoch, no gaps
	Kind  FrameKind

	Schema *Schema
	Batch  *Batch
	Facts  *DeviceFacts
	Event  *Event
	RigNow *RigFacts

	Install *Job
}

// Ack answers frames: everything up to Seq of Epoch is held durably.
type Ack struct {
	Epoch string `json:"epoch"`
	Seq   uint64 `json:"seq"`
	// Resend asks for the current schema and all facts again (the hub lost them or saw a gap).
	Resend bool `json:"resend,omitempty"`
}

// Schema names the columns of the batches that carry its ID. It is announced before their first use, and again on Resend.
type Schema struct {
	ID      uint32
	Columns []Column
}

// Column is one number of one device.
type Column struct {
	Device adit.DeviceID
	Metric Metric
}

// Batch is one poll: Values[i] belongs to Columns[i]; NaN = unknown.
type Batch struct {
	Schema uint32
	At     time.Time // millisecond precision
	Values []float64
}

// Metric names a number, in base units (H/s, W, °C, bytes, seconds, unix seconds for …At, 0..1 for ratios).
type Metric string

// The metrics so far. ThreadHashrate builds the per-thread ones.
const (
	MetricHashrate        Metric = "hashrate"
	MetricHashrate60s     Metric = "hashrate60s"
	MetricHashrate15m     Metric = "hashrate15m"
	MetricHashrateHighest Metric = "hashrateHighest"
	MetricBaseline        Metric = "baseline" // the machine's own warm hashrate
	MetricAccepted        Metric = "accepted"
	MetricRejected        Metric = "rejected"
	MetricStale           Metric = "stale"
	MetricDifficulty      Metric = "difficulty"
	MetricLastAcceptedAt  Metric = "lastAcceptedAt"
	MetricPower           Metric = "power"
	MetricTemperature     Metric = "temperature"
	MetricUptime          Metric = "uptime"
	MetricDatasetProgress Metric = "datasetProgress"
	MetricHugePagesGot    Metric = "hugePagesGot"
	MetricHugePagesWanted Metric = "hugePagesWanted"
	MetricRSS             Metric = "rss"
	MetricHugePagesBytes  Metric = "hugePagesBytes"
	MetricPoolUptime      Metric = "poolUptime"
	MetricPoolPing        Metric = "poolPing"
	MetricPoolFailures    Metric = "poolFailures"
	MetricCPUUsage        Metric = "cpuUsage" // per cent
	MetricLoad1           Metric = "load1"
	MetricLoad5           Metric = "load5"
	MetricLoad15          Metric = "load15"
	MetricMemoryTotal     Metric = "memoryTotal"
	MetricMemoryAvailable Metric = "memoryAvailable"
	MetricHugePagesTotal  Metric = "hugePagesTotal"
	MetricHugePagesFree   Metric = "hugePagesFree"
	MetricBatteryPercent  Metric = "batteryPercent"
	MetricThrottleCount   Metric = "throttleCount"
	MetricThrottling      Metric = "throttling" // 1 = throttleCount grew since the reading before, 0 = it did not
)

// ThreadHashrate is the rate of a program's hashing thread number i, counted from 0.
func ThreadHashrate(i int) Metric { return threadPrefix + Metric(strconv.Itoa(i)) }

// Thread tells the number of the thread a metric belongs to; ok is false where it is not a ThreadHashrate.
func (m Metric) Thread() (i int, ok bool) {
	s, found := strings.CutPrefix(string(m), threadPrefix)
	if !found {
		return 0, false
	}
	i, err := strconv.Atoi(s)
	return i, err == nil && i >= 0 && s == strconv.Itoa(i)
}

const threadPrefix = "thread.hashrate."

// Limit is a guard or bound that was asked for, and whether it holds on this system.
type Limit struct {
	Name  string `json:"name"` // "nice 19", "cpu 50 %", "thermal 90 °C"
	Holds bool   `json:"holds"`
	Why   string `json:"why,omitempty"` // where it does not hold
}

// Work words of the agent, beside those of device.Work.
const (
	WorkStopped     = "stopped"
	WorkFailed      = "failed"
	WorkHeld        = "held"        // a guard keeps it from running; Reason says which
	WorkQuarantined = "quarantined" // it failed too often; Reason says how
)

// DeviceFacts is everything about a device that is not a number; sent whole whenever it changes.
type DeviceFacts struct {
	Device     adit.DeviceID  `json:"device"`
	Info       device.Info    `json:"info"`
	Gone       bool           `json:"gone,omitempty"` // it was removed; forget it
	At         time.Time      `json:"at"`
	Reach      string         `json:"reach"` // "live", "unreachable"
	Work       string         `json:"work"`  // device.Work or one of the words above
	Reason     string         `json:"reason,omitempty"`
	Since      time.Time      `json:"since"`   // Work holds since
	Desired    string         `json:"desired"` // "running", "stopped", "paused"
	Practice   bool           `json:"practice,omitempty"`
	Profile    string         `json:"profile,omitempty"` // id of the profile it was started from, "" = none
	Algorithm  adit.Algorithm `json:"algorithm,omitempty"`
	Pool       *PoolFacts     `json:"pool,omitempty"`
	Mode       string         `json:"mode,omitempty"`
	Threads    int            `json:"threads,omitempty"` // how many ThreadHashrate columns follow
	Affinity   []int          `json:"affinity,omitempty"`
	PID        *int           `json:"pid,omitempty"`
	StartedAt  *time.Time     `json:"startedAt,omitempty"`
	Restarts   int            `json:"restarts"`
	FeePercent *float64       `json:"feePercent,omitempty"`
	Limits     []Limit        `json:"limits,omitempty"`
	Host       *HostFacts     `json:"host,omitempty"`

	Fee *device.Fee `json:"fee,omitempty"` // as the running program tells it; nil = nothing is known
}

// PoolFacts is the upstream in use.
type PoolFacts struct {
	URL   string `json:"url"`
	Index int    `json:"index"`
	Count int    `json:"count"`
	State string `json:"state"`
	TLS   string `json:"tls,omitempty"`
}

// HostFacts is what of a host is not a number.
type HostFacts struct {
	Hostname    string     `json:"hostname"`
	OS          string     `json:"os"`
	Kernel      string     `json:"kernel,omitempty"`
	CPUModel    string     `json:"cpuModel,omitempty"`
	Cores       *int       `json:"cores,omitempty"`
	Threads     *int       `json:"threads,omitempty"`
	PageSize    adit.Bytes `json:"pageSize,omitempty"` // of reserved huge pages
	Battery     *bool      `json:"battery,omitempty"`  // nil = no way to know
	OnBattery   bool       `json:"onBattery,omitempty"`
	SensorsSeen int        `json:"sensorsSeen"`

	// The fields of agents from 0.3 on.
	UPS       bool         `json:"ups,omitempty"` // Battery is a UPS
	NUMANodes *int         `json:"numaNodes,omitempty"`
	MSR       string       `json:"msr,omitempty"`  // a word of device.MSR…, "" = unknown or none
	Fans      []device.Fan `json:"fans,omitempty"` // in steps of 100 rpm; none = unknown
}

// RigFacts is what an agent knows about its own machine's permissions.
type RigFacts struct {
	Rig     adit.RigID `json:"rig"`
	At      time.Time  `json:"at"`
	Consent Consent    `json:"consent"`
	Pause   Pause      `json:"pause"`
	// Policy is what the owner lets mining do there; nil = not told, by an agent before 0.3.
	Policy *PolicyState `json:"policy,omitempty"`
	// Broken are installed programs that cannot be started; none = all are well, or an agent before 0.3.
	Broken []Broken `json:"broken,omitempty"`
}

// Consent is the owner's recorded permission to mine on that machine.
type Consent struct {
	Granted bool       `json:"granted"`
	At      *time.Time `json:"at"`
	By      string     `json:"by"`
	Via     string     `json:"via"` // "terminal", "browser", "flag"
	Host    string     `json:"host"`
	Words   string     `json:"words,omitempty"` // why it does not count, e.g. unreadable
}

// Pause is that machine's local off switch.
type Pause struct {
	Paused bool       `json:"paused"`
	Since  *time.Time `json:"since"`
	Until  *time.Time `json:"until"` // nil = until resumed
	By     string     `json:"by"`
	Reason string     `json:"reason"` // "user", "idle", "battery", "thermal", …
	Words  string     `json:"words,omitempty"`
}

// Event is something that happened on a rig, for the journal.
type Event struct {
	At       time.Time     `json:"at"`
	Device   adit.DeviceID `json:"device,omitempty"`
	Kind     string        `json:"kind"`     // "miner.started", "miner.stopped", "miner.held", "miner.quarantined", "miner.restarted", "pool.switched", "consent.granted", "fee.started", "fee.ended" …
	Severity string        `json:"severity"` // "info", "warn", "crit"
	Text     string        `json:"text"`     // one sentence
}
