package body

import "time"

// HistoryStatus says what is kept over time.
type HistoryStatus struct {
	Enabled       bool       `json:"enabled"`
	RetentionDays float64    `json:"retentionDays" doc:"how long readings and sessions are kept"`
	Resolution    float64    `json:"resolution" doc:"seconds between readings"`
	Miners        int        `json:"miners" doc:"miners with readings"`
	FirstSeen     *time.Time `json:"firstSeen" doc:"oldest reading"`
}

// MinerHistory summarizes what was recorded of a miner's hashrate.
type MinerHistory struct {
	MinerName   string    `json:"minerName"`
	TotalPoints int       `json:"totalPoints" doc:"readings, ten seconds apart"`
	AverageRate float64   `json:"averageRate" doc:"H/s"`
	MaxRate     float64   `json:"maxRate" doc:"H/s"`
	MinRate     float64   `json:"minRate" doc:"H/s"`
	FirstSeen   time.Time `json:"firstSeen"`
	LastSeen    time.Time `json:"lastSeen"`
	Device      string    `json:"device" doc:"id within the fleet: <rig>/<name>"`
}

// MinerSession is one run of a mining program from start to end. Null is unknown.
type MinerSession struct {
	ID              string     `json:"id"`
	Rig             string     `json:"rig" doc:"id of the computer"`
	Device          string     `json:"device" doc:"id within the fleet: <rig>/<name>"`
	MinerName       string     `json:"minerName"`
	Program         string     `json:"program" doc:"driver name"`
	Algorithm       *string    `json:"algorithm"`
	Profile         *string    `json:"profile" doc:"id of the profile it was started from; null: none"`
	StartedAt       time.Time  `json:"startedAt"`
	StoppedAt       *time.Time `json:"stoppedAt" doc:"null: it runs"`
	Accepted        *uint64    `json:"accepted" doc:"shares"`
	Rejected        *uint64    `json:"rejected"`
	Stale           *uint64    `json:"stale"`
	AverageHashrate *float64   `json:"averageHashrate" doc:"H/s over the session"`
	LastSeenAt      *time.Time `json:"lastSeenAt" doc:"newest reading"`
	Reason          string     `json:"reason" doc:"why it ended; empty while it runs"`
}

// Chart is numbers over time with one step for all.
type Chart struct {
	Since time.Time   `json:"since"`
	Until time.Time   `json:"until"`
	Step  float64     `json:"step" doc:"seconds between points"`
	Lines []ChartLine `json:"lines"`
}

// ChartLine is one number of one device.
type ChartLine struct {
	Metric string       `json:"metric" doc:"hashrate, accepted, rejected, stale, difficulty, temperature, power, cpuUsage, memory or memoryAvailable"`
	Unit   string       `json:"unit"`
	Device string       `json:"device" doc:"id within the fleet: <rig>/<name>"`
	Points []ChartPoint `json:"points"`
}

// ChartPoint is one point of a ChartLine; of shares it is how many came within the step.
type ChartPoint struct {
	T     time.Time `json:"t"`
	Value *float64  `json:"value" doc:"null: nothing was measured"`
}

// MiningMetrics are counters since adit started, by the Mining Platform's names.
type MiningMetrics struct {
	RequestsTotal         uint64  `json:"requests_total"`
	RequestsErrored       uint64  `json:"requests_errored"`
	RequestLatencyAvgMS   float64 `json:"request_latency_avg_ms"`
	RequestLatencySamples int     `json:"request_latency_samples" doc:"the newest so many requests are averaged"`
	MinersStarted         uint64  `json:"miners_started"`
	MinersStopped         uint64  `json:"miners_stopped"`
	MinersErrored         uint64  `json:"miners_errored"`
	StatsCollected        uint64  `json:"stats_collected"`
	StatsFailed           uint64  `json:"stats_failed"`
	WSConnections         int     `json:"ws_connections" doc:"open now"`
	WSMessages            uint64  `json:"ws_messages"`
}

// StdinRequest is one line for a program's standard input.
type StdinRequest struct {
	Input string `json:"input" maxLength:"4096" doc:"one line; its end is added"`
}
