package body

import (
	"time"

	"github.com/adit-mining/adit/fleet/command"
)

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

	Managed      bool     `json:"managed" doc:"adit installed it, and checks it before each start"`
	State        string   `json:"state" doc:"of one that adit installed: ok, missing, changed, quarantined"`
	SHA256       string   `json:"sha256" doc:"of the executable, of one that adit installed"`
	Installable  bool     `json:"installable" doc:"the catalogue has it for this computer"`
	Licence      string   `json:"licence" doc:"empty: unknown"`
	Source       string   `json:"source" doc:"open, closed, or empty: unknown"`
	DigestSource string   `json:"digestSource" doc:"where the archive's digest was published"`
	Newest       string   `json:"newest" doc:"version in the catalogue for this computer"`
	Update       string   `json:"update" doc:"a newer version than the installed one; empty: none"`
	Pinned       string   `json:"pinned" doc:"version the owner keeps"`
	Versions     []string `json:"versions" doc:"installed ones, newest first"`
}

// Config is what a start or a profile may say.
type Config = command.Config

// PoolConfig is one more pool of a Config.
type PoolConfig = command.PoolConfig
