package body

import "github.com/adit-mining/adit/coop/view"

// CoopStatus is whether a crew is coordinated here, and how it is.
type CoopStatus struct {
	Running    bool         `json:"running"`
	Why        string       `json:"why" doc:"why not, and how to switch it on; empty: it runs"`
	Switchable bool         `json:"switchable" doc:"PUT /api/v1/coop/config switches it"`
	Glance     *view.Glance `json:"glance" doc:"null: it does not run"`
}

// CoopMembers is a page of the members.
type CoopMembers struct {
	Total   int           `json:"total" doc:"all members"`
	Matched int           `json:"matched" doc:"of them fit the search"`
	Members []view.Member `json:"members"`
}

// SuspendRequest hangs up on a member.
type SuspendRequest struct {
	Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"for the journal, and for the member when it tries to connect"`
}

// CoopDifficultyRequest fixes the difficulty of a member's shares.
type CoopDifficultyRequest struct {
	Difficulty *float64 `json:"difficulty,omitempty" nullable:"true" minimum:"1" maximum:"1e36" doc:"expected hashes of a share; null: found by itself"`
}

// CoopPolicyRequest says which shares of a member are hashed here.
type CoopPolicyRequest struct {
	Policy string `json:"policy" enum:"auto,all" doc:"auto: as many as its honesty asks for"`
}

// CoopThreadsRequest says with how many threads a worker mines.
type CoopThreadsRequest struct {
	Threads int `json:"threads" minimum:"0" maximum:"1024" doc:"0: its own choice"`
}

// CoopMarkRequest says what became of a payment.
type CoopMarkRequest struct {
	State     string `json:"state" enum:"paid,cancelled" doc:"cancelled: its amounts are owed again"`
	Reference string `json:"reference,omitempty" maxLength:"200" doc:"transaction id; needed for paid"`
}

// About is which adit this is and what runs in it.
type About struct {
	Version string   `json:"version"`
	Roles   []string `json:"roles" doc:"hub: this computer's programs, profiles, settings; coordinator: a crew"`
}

// The rest are CoopMine's own shapes: numbers of seconds since 1970, rates in a unit beside them, 0 where nothing is known.

// CoopMineStats is the answer of /api/stats.
type CoopMineStats struct {
	ClusterID     string           `json:"cluster_id"`
	ClusterName   string           `json:"cluster_name"`
	WorkersOnline int              `json:"workers_online"`
	WorkersTotal  int              `json:"workers_total"`
	TotalHashrate float64          `json:"total_hashrate" doc:"in hashrate_unit"`
	HashrateUnit  string           `json:"hashrate_unit" enum:"H/s,KH/s,MH/s,GH/s,TH/s"`
	SharesValid   uint64           `json:"shares_valid"`
	SharesInvalid uint64           `json:"shares_invalid" doc:"stale ones included"`
	BlocksFound   uint64           `json:"blocks_found"`
	Uptime        int64            `json:"uptime_seconds"`
	LastBlockTime int64            `json:"last_block_time,omitempty" doc:"unix seconds; absent: no block yet"`
	PoolConnected bool             `json:"pool_connected"`
	Workers       []CoopMineWorker `json:"workers"`
}

// CoopMineWorker is one worker of a list.
type CoopMineWorker struct {
	ID       string  `json:"id"`
	Name     string  `json:"name"`
	Status   string  `json:"status" enum:"idle,mining,offline"`
	Hashrate float64 `json:"hashrate" doc:"H/s"`
	Shares   uint64  `json:"shares" doc:"valid ones"`
	LastSeen int64   `json:"last_seen" doc:"unix seconds; 0: never"`
}

// CoopMineWorkerDetail is the answer of /api/workers/{id}.
type CoopMineWorkerDetail struct {
	ID            string  `json:"id"`
	Name          string  `json:"name"`
	Status        string  `json:"status" enum:"idle,mining,offline"`
	Hashrate      float64 `json:"hashrate" doc:"in hashrate_unit"`
	HashrateUnit  string  `json:"hashrate_unit" enum:"H/s,KH/s,MH/s,GH/s,TH/s"`
	SharesValid   uint64  `json:"shares_valid"`
	SharesInvalid uint64  `json:"shares_invalid" doc:"stale ones included"`
	Threads       int     `json:"threads" doc:"0: it did not say"`
	ConnectedAt   int64   `json:"connected_at" doc:"unix seconds; 0: it is not"`
	LastSeenAt    int64   `json:"last_seen_at" doc:"unix seconds; 0: never"`
	LastShareAt   int64   `json:"last_share_at" doc:"unix seconds; 0: none yet"`
	CurrentJobID  string  `json:"current_job_id"`
	ExtraNonce    uint32  `json:"extra_nonce" doc:"its slice of the work"`
}

// CoopMineJob is one of /api/jobs, the newest first.
type CoopMineJob struct {
	ID                string  `json:"id"`
	Height            uint64  `json:"height" doc:"0: not told"`
	Algorithm         string  `json:"algorithm"`
	Difficulty        float64 `json:"difficulty" doc:"expected hashes of the easiest share the upstream takes"`
	NetworkDifficulty float64 `json:"network_difficulty" doc:"0: not told"`
	SeedHash          string  `json:"seed_hash"`
	ReceivedAt        int64   `json:"received_at" doc:"unix seconds"`
	CleanJobs         bool    `json:"clean_jobs"`
	Active            bool    `json:"active"`
	SharesValid       uint64  `json:"shares_valid"`
	SharesInvalid     uint64  `json:"shares_invalid"`
}

// CoopMineShare is one of /api/shares, the newest first.
type CoopMineShare struct {
	WorkerID    string  `json:"worker_id"`
	WorkerName  string  `json:"worker_name"`
	JobID       string  `json:"job_id"`
	Height      uint64  `json:"height" doc:"0: not told"`
	Difficulty  float64 `json:"difficulty" doc:"expected hashes"`
	Status      string  `json:"status" enum:"valid,invalid,stale"`
	Reason      string  `json:"reason"`
	IsBlock     bool    `json:"is_block"`
	SubmittedAt int64   `json:"submitted_at" doc:"unix seconds"`
}
