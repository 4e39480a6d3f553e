package device

import (
	"time"

	"github.com/adit-mining/adit"
)

// Work is what a device is doing.
type Work string

// The states of work a driver may report. What policy or supervision adds (held, quarantined) is the agent's word.
const (
	WorkStarting Work = "starting" // not hashing yet: connecting, building a dataset
	WorkHashing  Work = "hashing"
	WorkZero     Work = "zero"   // it should hash and does not
	WorkPaused   Work = "paused" // on purpose
)

// Snapshot is one poll of one device. A nil field is unknown: it is never zero in place of unknown.
type Snapshot struct {
	At     time.Time `json:"at"`
	Work   Work      `json:"work,omitempty"`
	Reason string    `json:"reason,omitempty"` // the device's own words for its state

	Algorithm       adit.Algorithm `json:"algorithm,omitempty"`
	Hashrate        *adit.Hashrate `json:"hashrate,omitempty"`        // over the last 10 s
	Hashrate60s     *adit.Hashrate `json:"hashrate60s,omitempty"`     //
	Hashrate15m     *adit.Hashrate `json:"hashrate15m,omitempty"`     //
	HashrateHighest *adit.Hashrate `json:"hashrateHighest,omitempty"` // of this run

	Accepted     *uint64    `json:"accepted,omitempty"` // shares of this run
	Rejected     *uint64    `json:"rejected,omitempty"` // stale ones not counted
	Stale        *uint64    `json:"stale,omitempty"`
	Difficulty   *float64   `json:"difficulty,omitempty"`   // of the current job
	LastAccepted *time.Time `json:"lastAccepted,omitempty"` // nil = none yet or unknown

	Pool *PoolState `json:"pool,omitempty"`

	Power       *adit.Watts    `json:"power,omitempty"`
	Temperature *adit.Celsius  `json:"temperature,omitempty"` // hottest sensor
	Uptime      *time.Duration `json:"uptime,omitempty"`

	Mode            string   `json:"mode,omitempty"`            // RandomX: "light", "fast", "starting"
	DatasetProgress *float64 `json:"datasetProgress,omitempty"` // 0..1 while it is built
	HugePages       *Pages   `json:"hugePages,omitempty"`
	Memory          *Memory  `json:"memory,omitempty"`
	Threads         []Thread `json:"threads,omitempty"`

	Fee *Fee `json:"fee,omitempty"` // nil = nothing is known of it

	Host *Host `json:"host,omitempty"` // kind host only
}

// PoolState is the upstream a device works for now.
type PoolState struct {
	URL      string         `json:"url"`
	Index    int            `json:"index"` // 0 is the first choice
	Count    int            `json:"count"`
	State    string         `json:"state"` // "connected", "connecting", "disconnected: <reason>"
	Uptime   *time.Duration `json:"uptime,omitempty"`
	TLS      string         `json:"tls,omitempty"`
	Ping     *time.Duration `json:"ping,omitempty"`
	Failures *uint64        `json:"failures,omitempty"`
}

// Pages is huge pages got of those wanted.
type Pages struct {
	Got    int `json:"got"`
	Wanted int `json:"wanted"`
}

// Memory is what a program holds; huge pages are not part of RSS.
type Memory struct {
	RSS       *adit.Bytes `json:"rss,omitempty"`
	HugePages *adit.Bytes `json:"hugePages,omitempty"`
}

// Thread is one hashing thread.
type Thread struct {
	Hashrate *adit.Hashrate `json:"hashrate,omitempty"`
	Affinity *int           `json:"affinity,omitempty"`
}

// Host is what the computer itself says.
type Host struct {
	Hostname    string         `json:"hostname"`
	OS          string         `json:"os"`
	Kernel      string         `json:"kernel,omitempty"`
	CPUModel    string         `json:"cpuModel,omitempty"`
	Cores       *int           `json:"cores,omitempty"`
	Threads     *int           `json:"threads,omitempty"`
	Usage       *adit.Percent  `json:"usage,omitempty"` // of all CPUs since the last poll
	LoadAverage []float64      `json:"loadAverage,omitempty"`
	MemoryTotal *adit.Bytes    `json:"memoryTotal,omitempty"`
	MemoryFree  *adit.Bytes    `json:"memoryFree,omitempty"` // available without swapping
	HugePages   *HugePagePool  `json:"hugePages,omitempty"`
	Battery     *Battery       `json:"battery,omitempty"` // nil = no way to know; Present=false = none
	Uptime      *time.Duration `json:"uptime,omitempty"`
	SensorsSeen int            `json:"sensorsSeen"` // temperature sensors; 0 = none, said so

	NUMANodes     *int    `json:"numaNodes,omitempty"`     // nodes of memory
	MSR           string  `json:"msr,omitempty"`           // one of the words below; "" = unknown, or the processor has no such registers
	ThrottleCount *uint64 `json:"throttleCount,omitempty"` // times that heat slowed the processor since boot; nil = it does not count
	Throttling    *bool   `json:"throttling,omitempty"`    // the count grew since the last poll; nil for the first
	Fans          []Fan   `json:"fans,omitempty"`          // nil = none shows itself
}

// The words of Host.MSR: whether root could set the processor's model-specific registers.
const (
	MSRWritable  = "loaded, writable"
	MSRReadOnly  = "loaded, read only"
	MSRLoaded    = "loaded" // whether writes are allowed cannot be told
	MSRNotLoaded = "not loaded"
)

// Fan is one fan of the computer.
type Fan struct {
	Name string `json:"name"` // chip and label: "nct6798/CPU Fan"
	RPM  int    `json:"rpm"`  // 0 = it stands still, or nothing is connected
}

// HugePagePool is the kernel's reserved huge pages of the default size.
type HugePagePool struct {
	Total int        `json:"total"`
	Free  int        `json:"free"`
	Size  adit.Bytes `json:"size"`
}

// Battery is the power source of a portable computer, or of one behind a UPS.
type Battery struct {
	Present   bool          `json:"present"`
	OnBattery bool          `json:"onBattery"` // discharging, no mains
	Percent   *adit.Percent `json:"percent,omitempty"`
	UPS       bool          `json:"ups,omitempty"` // it is a UPS that the kernel knows, and no battery of its own
}
