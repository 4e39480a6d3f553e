package view

import "time"

// Glance is the crew in one object: what is well, what is not, and what it works on.
type Glance struct {
	_         struct{}  `nullable:"true"`
	At        time.Time `json:"at,omitzero" doc:"absent in the live feed, where each frame is of now"`
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	StartedAt time.Time `json:"startedAt"`

	State    string  `json:"state" enum:"ok,warn,crit,idle"` // Tell fills state, sentence and alarms
	Sentence string  `json:"sentence"`
	Alarms   []Alarm `json:"alarms"`

	Hashrate Rates        `json:"hashrate"` // estimated from shares
	Members  MemberCounts `json:"members"`
	Shares   Shares       `json:"shares"` // since the ledger began

	Upstreams []Upstream `json:"upstreams"` // in the order of failover
	Job       *Job       `json:"job"`       // null: there is no work now
	Doors     []Door     `json:"doors"`     // where members connect

	Coin         Coin         `json:"coin"`
	Algorithm    string       `json:"algorithm"`
	Payout       Rule         `json:"payout"`
	Money        Money        `json:"money"`
	Luck         Luck         `json:"luck"`
	Verification Verification `json:"verification"`
	Ledger       Ledger       `json:"ledger"`

	BlocksFound uint64     `json:"blocksFound" doc:"that an upstream took; orphans included"`
	LastBlockAt *time.Time `json:"lastBlockAt"`
}

// Alarm is something that is not well, and what to do.
type Alarm struct {
	ID       string `json:"id" doc:"ledger, upstream, verification …"`
	Severity string `json:"severity" enum:"info,warn,crit"`
	Text     string `json:"text"`
	Fix      string `json:"fix" doc:"what to do; empty: nothing"`
}

// Rates is a hashrate over three lengths of time, in H/s.
type Rates struct {
	Minute *float64 `json:"minute"`
	Hour   *float64 `json:"hour"`
	Day    *float64 `json:"day"`
}

// MemberCounts counts members by status.
type MemberCounts struct {
	Total       int `json:"total"`
	Online      int `json:"online" doc:"idle or mining"`
	Mining      int `json:"mining"`
	Suspended   int `json:"suspended"`
	Connections int `json:"connections"`
}

// Shares counts submissions by what became of them.
type Shares struct {
	Accepted uint64 `json:"accepted" doc:"blocks included"`
	Stale    uint64 `json:"stale"`
	Rejected uint64 `json:"rejected" doc:"neither accepted nor stale"`

	Outcomes map[string]uint64 `json:"outcomes" doc:"by outcome: accepted, block, stale, duplicate, low_difficulty, unknown_job, malformed, unauthorized; one that is missing did not happen"`
}

// Upstream is one configured source of work.
type Upstream struct {
	Index   int      `json:"index" doc:"place in the order of failover, from 0"`
	URL     string   `json:"url" doc:"without secrets"`
	Kind    string   `json:"kind" enum:"pool,node,practice"`
	State   string   `json:"state" enum:"connected,connecting,waiting,failed" doc:"waiting: another one is in use"`
	Active  bool     `json:"active" doc:"the members' work comes from it"`
	Solo    bool     `json:"solo" doc:"a node: what it takes are blocks"`
	TLS     string   `json:"tls" doc:"TLS 1.3; empty: plain"`
	Pin     string   `json:"fingerprint" doc:"SHA-256 of its certificate; empty: plain"`
	Lanes   int      `json:"connections" doc:"open to it now"`
	Latency *float64 `json:"latency" doc:"seconds of the last round trip"`

	Since   *time.Time `json:"since" doc:"of the present connection"`
	Error   string     `json:"error" doc:"why it is not connected, or was not the last time"`
	ErrorAt *time.Time `json:"errorAt"`

	Accepted   uint64   `json:"accepted" doc:"shares it took"`
	Rejected   uint64   `json:"rejected" doc:"shares it refused, stale ones included"`
	Reconnects uint64   `json:"reconnects"`
	Difficulty *float64 `json:"difficulty" doc:"of the easiest share it takes"`
}

// Job is a piece of upstream work, as the coordinator handed it out.
type Job struct {
	_         struct{}   `nullable:"true"`
	ID        string     `json:"id"`
	Seq       uint64     `json:"seq"`
	Lane      uint32     `json:"lane"`
	Upstream  string     `json:"upstream" doc:"its URL"`
	Algorithm string     `json:"algorithm"`
	Height    *uint64    `json:"height"`
	At        time.Time  `json:"at"`
	EndedAt   *time.Time `json:"endedAt" doc:"null: members work on it"`
	Clean     bool       `json:"clean" doc:"older work stopped to count with it"`

	Network  *float64 `json:"networkDifficulty" doc:"of a block"`
	Share    float64  `json:"shareDifficulty" doc:"of the easiest share the upstream takes"`
	Reward   *Atomic  `json:"reward" doc:"what a block pays"`
	Seed     *string  `json:"seedHash" doc:"null: the algorithm has none"`
	NextSeed *string  `json:"nextSeedHash" doc:"null: not announced"`

	Members  int    `json:"members" doc:"connections that got it"`
	Accepted uint64 `json:"accepted"`
	Rejected uint64 `json:"rejected" doc:"stale ones included"`
}

// Door is where members connect.
type Door struct {
	Kind    string `json:"kind" enum:"stratum,grpc,enrol"`
	Address string `json:"address" doc:"as it listens, host:port"`
	TLS     bool   `json:"tls"`
	Dialect string `json:"dialect" doc:"stratum: xmr or bitcoin; else empty"`
}

// Rule is how what the crew earns is divided.
type Rule struct {
	Scheme        string  `json:"scheme" enum:"pplns,prop"`
	Basis         string  `json:"basis" enum:"blocks,credits" doc:"blocks: the crew finds them itself; credits: it works for a pool, and what the pool pays is entered"`
	Window        float64 `json:"window" doc:"pplns: as a multiple of a block's work"`
	FeePercent    float64 `json:"feePercent" doc:"kept by the operator; adit takes nothing"`
	MinPayout     *Atomic `json:"minPayout" doc:"null: none"`
	Confirmations *uint64 `json:"confirmations" doc:"after which a block counts; null: no blocks are seen"`
	Words         string  `json:"words" doc:"the rule in plain words"` // Tell fills it
}

// Money is what the crew's members have together.
type Money struct {
	Owed     Atomic `json:"owed" doc:"credited, not yet paid"`
	Immature Atomic `json:"immature" doc:"from blocks that may still be orphaned"`
	Paid     Atomic `json:"paid"`
	Fee      Atomic `json:"fee" doc:"kept by the operator so far"`
	Members  int    `json:"members" doc:"who are owed something"`
}

// Luck compares the work done with the work it takes on average.
type Luck struct {
	Effort  *float64 `json:"effort" doc:"of the present round: 1 = a block was to be expected by now; null: the network's difficulty is not told"`
	Percent *float64 `json:"percent" doc:"over the last blocks: 100 = as expected, more = luckier; null: no blocks"`
	Blocks  int      `json:"blocks" doc:"that percent counts"`
}

// Verification is how shares are checked beside their claim.
type Verification struct {
	Mode     string   `json:"mode" enum:"full,sampled,proxy" doc:"proxy: no share is hashed here"`
	Reason   string   `json:"reason" doc:"why it is not full: adit-miner is missing …"`
	Checked  *float64 `json:"checked" doc:"fraction of the shares of the last hour that were hashed, 0 to 1"`
	Rate     *float64 `json:"rate" doc:"hashes a second that can be checked"`
	Waiting  int      `json:"waiting" doc:"shares that wait for it"`
	Mismatch uint64   `json:"mismatch" doc:"shares whose hash was not what their miner claimed"`
}

// Ledger is the state of the append-only record.
type Ledger struct {
	Trouble string     `json:"trouble" doc:"why nothing can be written now: disk full …; empty: all is well"`
	Since   *time.Time `json:"since" doc:"of the trouble"`
	Records uint64     `json:"records"`
	Bytes   *uint64    `json:"bytes"`
	Sync    string     `json:"sync" enum:"interval,always" doc:"interval: an acknowledged share is written at once and fsynced within 50 ms"`
	First   *time.Time `json:"first" doc:"of the oldest record"`
}

// Connected reports whether an upstream gives work.
func (g *Glance) Connected() bool { return g.active() != nil }
