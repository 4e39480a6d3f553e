package view

import "time"

// Statuses of a member.
const (
	Idle      = "idle" // connected, and finds nothing: there is no work, or it is paused
	Mining    = "mining"
	Offline   = "offline"
	Suspended = "suspended"
)

// Member is who earns: a worker over gRPC, or everybody who logs in to Stratum under one name.
type Member struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Via    string `json:"via" enum:"stratum,grpc"`
	Status string `json:"status" enum:"idle,mining,offline,suspended"`
	Why    string `json:"why" doc:"why it is suspended, paused, banned or shown as too slow; empty: it is not"`
	Paused bool   `json:"paused" doc:"told to rest; workers over gRPC only"`

	Hashrate Rates    `json:"hashrate" doc:"estimated from its shares"`
	Claimed  *float64 `json:"claimed" doc:"its own word, H/s"`
	Shares   Shares   `json:"shares"`

	SharePercent *float64 `json:"sharePercent" doc:"of the payout window; null: nobody has a share in it"`
	Owed         Atomic   `json:"owed"`
	Immature     Atomic   `json:"immature"`
	Paid         Atomic   `json:"paid"`

	LastShareAt *time.Time `json:"lastShareAt" doc:"accepted"`
	LastSeenAt  *time.Time `json:"lastSeenAt"`
	ConnectedAt *time.Time `json:"connectedAt" doc:"of the oldest open connection"`
	JoinedAt    time.Time  `json:"joinedAt" doc:"when it came for the first time"`
	Connections int        `json:"connections"`

	Agent     string  `json:"agent" doc:"its program, as it says; empty: it did not"`
	Threads   *int    `json:"threads"`
	InvitedBy *string `json:"invitedBy" doc:"null: nobody, or it came without an invitation"`

	Difficulty      *float64 `json:"difficulty" doc:"of its shares; null: it is not connected"`
	FixedDifficulty *float64 `json:"fixedDifficulty" doc:"null: it is found by itself"`
	Policy          string   `json:"policy" enum:"auto,all" doc:"which of its shares are hashed here: as many as its honesty asks for, or all"`
	Checked         *float64 `json:"checked" doc:"fraction of its shares that were hashed, 0 to 1"`

	BannedUntil *time.Time `json:"bannedUntil" doc:"null: it is not banned"`
	JobID       string     `json:"jobId" doc:"that it works on; empty: none"`
	Slot        *uint32    `json:"slot" doc:"its slice of the work: nonce byte, extra nonce or extranonce prefix, of its oldest connection"`
}

// MemberDetail is a member with its connections.
type MemberDetail struct {
	Member
	Seats       []Seat  `json:"seats"`
	Health      *Health `json:"health" doc:"as a worker tells it; null: it does not"`
	Certificate string  `json:"certificate" doc:"SHA-256 fingerprint; empty: none"`
}

// Seat is one connection of a member.
type Seat struct {
	Lane       uint32     `json:"lane"`
	Slot       uint32     `json:"slot" doc:"its slice of the lane's work"`
	Slice      string     `json:"slice" doc:"the slice in words: nonces 0x05000000 to 0x05ffffff, extra nonce 5, extranonce1 …"`
	JobID      string     `json:"jobId"`
	Difficulty float64    `json:"difficulty"`
	Hashrate   *float64   `json:"hashrate"`
	Shares     Shares     `json:"shares"`
	Remote     string     `json:"remote" doc:"address and port"`
	TLS        string     `json:"tls" doc:"empty: plain"`
	Agent      string     `json:"agent"`
	Rig        string     `json:"rig" doc:"rig id of its login; empty: none"`
	Since      time.Time  `json:"since"`
	LastShare  *time.Time `json:"lastShareAt"`
}

// Health is what a worker says of its machine.
type Health struct {
	_           struct{}  `nullable:"true"`
	At          time.Time `json:"at"`
	CPU         *float64  `json:"cpuPercent"`
	Memory      *float64  `json:"memoryPercent"`
	Temperature *float64  `json:"temperature" doc:"°C"`
	Uptime      *float64  `json:"uptime" doc:"seconds"`
	Hashes      *uint64   `json:"hashes" doc:"since it started"`
	OS          string    `json:"os"`
	Arch        string    `json:"arch"`
}

// Share is one submission, judged.
type Share struct {
	Seq        *uint64   `json:"seq" doc:"in the ledger; null: it is not there, for it was refused"`
	At         time.Time `json:"at"`
	Member     string    `json:"member"`
	Name       string    `json:"name"`
	JobID      string    `json:"jobId"`
	Height     *uint64   `json:"height"`
	Difficulty float64   `json:"difficulty"`
	Outcome    string    `json:"outcome" enum:"accepted,block,stale,duplicate,low_difficulty,unknown_job,malformed,unauthorized"`
	Reason     string    `json:"reason" doc:"why it was refused"`
	Verified   bool      `json:"verified" doc:"it was hashed here"`
	Up         *string   `json:"upstream" doc:"what the upstream said: an outcome, or waiting; null: it did not go up"`
	Block      bool      `json:"block"`
	Took       *float64  `json:"took" doc:"seconds from its arrival to the answer"`
}

// Policies of checking.
const (
	PolicyAuto = "auto"
	PolicyAll  = "all"
)
