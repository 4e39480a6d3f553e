package body

import "time"

// Miner is one mining program, as `adit list -o json` prints it. Null is unknown.
type Miner struct {
	Name      string   `json:"name" doc:"instance name"`
	Type      string   `json:"type" doc:"driver name"`
	Running   bool     `json:"running" doc:"its process runs"`
	Hashrate  *float64 `json:"hashrate" doc:"H/s over the last 10 s"`
	Shares    *uint64  `json:"shares" doc:"accepted shares of this run"`
	Rejected  *uint64  `json:"rejected" doc:"refused shares of this run, stale ones not counted"`
	Pool      *string  `json:"pool" doc:"the upstream in use"`
	Uptime    *float64 `json:"uptime" doc:"seconds"`
	Device    string   `json:"device" doc:"id within the fleet: <rig>/<name>"`
	State     string   `json:"state" doc:"headline: ok, warn, crit, blind, paused, starting, stopped"`
	Why       string   `json:"why" doc:"the reason of the headline, in words"`
	Algorithm *string  `json:"algorithm"`
	Version   *string  `json:"version"`
	PID       *int     `json:"pid"`
	Practice  bool     `json:"practice" doc:"mines for practice: no wallet, no network"`
}

// MinerStats is the Mining Platform's PerformanceMetrics. Null is unknown, never zero.
type MinerStats struct {
	Hashrate      *int64         `json:"hashrate" doc:"H/s"`
	Shares        *int64         `json:"shares" doc:"accepted shares of this run"`
	Rejected      *int64         `json:"rejected"`
	Uptime        *int64         `json:"uptime" doc:"seconds"`
	LastShare     *int64         `json:"lastShare" doc:"time of the last accepted share, unix seconds"`
	Algorithm     *string        `json:"algorithm"`
	AvgDifficulty *int64         `json:"avgDifficulty" doc:"null where the program does not say"`
	DiffCurrent   *int64         `json:"diffCurrent"`
	ExtraData     map[string]any `json:"extraData"`
}

// HashratePoint is one point of a miner's history; times without a reading are left out.
type HashratePoint struct {
	Timestamp time.Time `json:"timestamp"`
	Hashrate  int64     `json:"hashrate" doc:"H/s"`
}

// SystemInfo is the computer adit runs on.
type SystemInfo struct {
	Timestamp             time.Time             `json:"timestamp"`
	OS                    string                `json:"os"`
	Architecture          string                `json:"architecture"`
	GoVersion             string                `json:"go_version"`
	AvailableCPUCores     *int                  `json:"available_cpu_cores"`
	TotalSystemRAMGB      *float64              `json:"total_system_ram_gb" doc:"GiB"`
	InstalledMinersInfo   []InstallationDetails `json:"installed_miners_info"`
	InstalledMinersReason string                `json:"installed_miners_reason,omitempty" doc:"why the list is not known"`
}

// InstallationDetails says where a mining program is.
type InstallationDetails struct {
	Name        string `json:"name"`
	IsInstalled bool   `json:"is_installed"`
	Version     string `json:"version"`
	Path        string `json:"path"`
	MinerBinary string `json:"miner_binary"`
	ConfigPath  string `json:"config_path,omitempty"`
}

// AvailableMiner is a mining program that adit knows how to run.
type AvailableMiner struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Aliases     []string `json:"aliases"`
	Installed   bool     `json:"installed"`
	Path        string   `json:"path"`
	Version     string   `json:"version"`
	Why         string   `json:"why" doc:"not installed: how to get it"`
	FeePercent  *float64 `json:"feePercent" doc:"of the program's author; adit takes none"`
}

// Config is what a start may say, with the Mining Platform's keys. Every key is acted on or refused by name.
type Config struct {
	Miner          string       `json:"miner,omitempty" doc:"must name the program of the path, or be absent"`
	Name           string       `json:"name,omitempty" doc:"instance name; absent: the program's name"`
	Pool           string       `json:"pool,omitempty" doc:"stratum+tcp://HOST:PORT or stratum+ssl://HOST:PORT"`
	Wallet         string       `json:"wallet,omitempty" doc:"payout address; checked, never defaulted"`
	Password       string       `json:"password,omitempty" writeOnly:"true" doc:"for the pool; absent: x"`
	RigID          string       `json:"rigId,omitempty" doc:"name of this computer at the pool"`
	TLS            *bool        `json:"tls,omitempty" nullable:"true" doc:"encrypt; absent: as the pool's scheme says"`
	TLSFingerprint string       `json:"tlsFingerprint,omitempty" doc:"SHA-256 of the pool's certificate, hex"`
	Nicehash       bool         `json:"nicehash,omitempty"`
	Keepalive      *bool        `json:"keepalive,omitempty" nullable:"true" doc:"always on; false is refused"`
	Pools          []PoolConfig `json:"pools,omitempty" doc:"further pools, in order, for when those before fail"`
	Coin           string       `json:"coin,omitempty" doc:"absent: the coin of the algorithm"`
	Algo           string       `json:"algo,omitempty" doc:"absent: the coin's"`
	Threads        *int         `json:"threads,omitempty" nullable:"true" doc:"0 to 1024; absent or 0: the program's own choice"`
	CPUAffinity    string       `json:"cpuAffinity,omitempty" doc:"mask like 0x3, or a list like 0,2-3"`
	HugePages      *bool        `json:"hugePages,omitempty" nullable:"true"`
}

// PoolConfig is one more pool. Wallet and password default to those of the first.
type PoolConfig struct {
	Pool           string `json:"pool"`
	Wallet         string `json:"wallet,omitempty"`
	Password       string `json:"password,omitempty" writeOnly:"true"`
	RigID          string `json:"rigId,omitempty"`
	TLS            *bool  `json:"tls,omitempty" nullable:"true"`
	TLSFingerprint string `json:"tlsFingerprint,omitempty"`
	Nicehash       bool   `json:"nicehash,omitempty"`
}
