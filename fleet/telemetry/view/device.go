package view

import "time"

// Device is one mining program or device, with its newest reading.
type Device struct {
	ID       string   `json:"id"` // "<rig>/<name>"
	Rig      string   `json:"rig"`
	Name     string   `json:"name"`
	Kind     string   `json:"kind"`
	Driver   string   `json:"driver"`
	Title    string   `json:"title"`
	Headline Headline `json:"headline"`
	Reach    string   `json:"reach" enum:"live,stale,unreachable,blind"`
	Work     string   `json:"work" enum:"hashing,degraded,zero,starting,paused,stopped,failed,quarantined,held"`
	Desired  string   `json:"desired" enum:"running,stopped,paused"`

	At    *time.Time `json:"at"` // of the newest reading
	Stale bool       `json:"stale"`

	Practice  bool    `json:"practice"`
	Profile   *string `json:"profile"` // id of the profile it was started from
	Algorithm *string `json:"algorithm"`
	Pool      *Pool   `json:"pool"`

	Hashrate        *float64 `json:"hashrate"` // over 10 s
	Hashrate60s     *float64 `json:"hashrate60s"`
	Hashrate15m     *float64 `json:"hashrate15m"`
	HashrateHighest *float64 `json:"hashrateHighest"`
	Baseline        *float64 `json:"baseline"` // what this machine does when warm

	Accepted    *uint64    `json:"accepted"` // shares of this run
	Rejected    *uint64    `json:"rejected"`
	StaleShares *uint64    `json:"staleShares"`
	Difficulty  *float64   `json:"difficulty"`
	LastShareAt *time.Time `json:"lastShareAt"` // accepted

	Temperature *float64   `json:"temperature"`
	Power       *float64   `json:"power"`
	Uptime      *float64   `json:"uptime"`
	StartedAt   *time.Time `json:"startedAt"`
	PID         *int       `json:"pid"`
	Restarts    int        `json:"restarts"`

	Mode            *string  `json:"mode" enum:"light,fast,starting"`
	DatasetProgress *float64 `json:"datasetProgress"` // 0 to 1 while it is built
	HugePages       *Pages   `json:"hugePages"`
	Memory          Memory   `json:"memory"`
	Threads         []Thread `json:"threads"`

	Version    *string  `json:"version"`
	FeePercent *float64 `json:"feePercent"` // of the program's author; adit takes none
	Fee        *Fee     `json:"fee"`        // as the running program tells it; null: it tells nothing
	Limits     []Limit  `json:"limits"`
}

// Headline is the one word for a device, derived from what is known of it.
type Headline struct {
	State string     `json:"state" enum:"ok,warn,crit,blind,paused,starting,stopped"`
	Word  string     `json:"word"`
	Why   string     `json:"why"`
	Since *time.Time `json:"since"`
}

// Pool is the upstream a device works for.
type Pool struct {
	_        struct{} `nullable:"true"`
	URL      string   `json:"url"`
	Index    int      `json:"index"` // place in the ordered list, from 0
	Count    int      `json:"count"`
	State    string   `json:"state"`
	Uptime   *float64 `json:"uptime"`
	TLS      bool     `json:"tls"`
	Ping     *float64 `json:"ping"` // seconds
	Failures *float64 `json:"failures"`
}

// Pages is huge pages got of those wanted.
type Pages struct {
	_      struct{} `nullable:"true"`
	Got    float64  `json:"got"`
	Wanted float64  `json:"wanted"`
}

// Memory is what a program holds; huge pages are not part of rss.
type Memory struct {
	RSS       *float64 `json:"rss"`
	HugePages *float64 `json:"hugePages"`
}

// Thread is one hashing thread.
type Thread struct {
	Hashrate *float64 `json:"hashrate"`
	Affinity *int     `json:"affinity"`
}

// Limit is a bound that was asked for, and whether it holds on this system.
type Limit struct {
	Name  string `json:"name"`
	Holds bool   `json:"holds"`
	Why   string `json:"why"`
}
