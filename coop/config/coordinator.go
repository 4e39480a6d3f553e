package config

import (
	"time"

	"github.com/adit-mining/adit"
)

// Coordinator is what a coordinator is to do. It is complete and checked when LoadCoordinator returns it.
type Coordinator struct {
	Cluster    Cluster
	Coin       adit.Coin
	Pools      []Pool // where work comes from: the first is used while it can be reached, then the next
	Reconnect  Reconnect
	GRPC       GRPC
	Stratum    Stratum
	Dashboard  Dashboard
	Workers    Workers
	Jobs       Jobs
	Shares     Shares
	Verify     Verify
	Payout     Payout
	Ledger     Ledger
	InviteOnly bool // only members who were invited may join, over Stratum too
	Logging    Logging
	Metrics    Metrics

	// Warnings are what the owner should hear at the start: keys that change nothing, listeners that were narrowed.
	Warnings []string
}

// Cluster is the crew's name.
type Cluster struct {
	ID   string // 1 to 64 of letters, digits, '.', '_', '-'
	Name string // for people; never empty
}

// Kind is the sort of place that work comes from.
type Kind string

// The kinds of Pool.Kind.
const (
	KindPool     Kind = "pool"     // stratum+tcp://, stratum+ssl://
	KindMonerod  Kind = "monerod"  // monerod://HOST:PORT
	KindBitcoind Kind = "bitcoind" // bitcoind://USER:PASS@HOST:PORT
	KindPractice Kind = "practice" // practice:
)

// Pool is one upstream.
type Pool struct {
	Kind        Kind
	URL         string // without secrets, as people may see it
	TLS         bool   // stratum+ssl://
	Host        string // HOST:PORT, "" for practice
	Wallet      string // checked; "" only for practice, and where a pool of Bitcoin's dialect knows accounts instead
	Password    string // the pool's; "" = none was given
	Fingerprint string // SHA-256 of the pool's certificate as hex, "" = by the system's roots
	Xnsub       bool   // the address ends in "#xnsub": mining.extranonce.subscribe is said to it; Bitcoin's dialect only

	// RPCUser and RPCPassword are the node's, of bitcoind://USER:PASS@…; or of monerod://USER:PASS@… (digest).
	RPCUser, RPCPassword string
}

// Reconnect is how a lost connection is tried again.
type Reconnect struct {
	Delay    time.Duration // the longest first pause; it grows with each failure, with jitter
	Attempts int           // failures in a row before the next pool is taken, or a worker gives up; 0 = 5, or never
}

// TLS is one end's certificates. Empty paths mean those that `adit pki` keeps in the data directory.
type TLS struct {
	Enabled bool
	Cert    string // file, PEM
	Key     string // file, PEM
	CA      string // file, PEM
	// RequireClientCert is false only where the owner switched it off: then anybody who reaches the port may join.
	RequireClientCert bool
}

// GRPC is the port of `adit worker`.
type GRPC struct {
	Listen     string // HOST:PORT; host "" = all addresses; "" = switched off
	MaxWorkers int
	TLS        TLS
}

// Stratum is the port of unmodified miners.
type Stratum struct {
	Listen string // HOST:PORT; "" = switched off
	TLS    TLS    // on the same port, told apart by the first byte; CA and RequireClientCert are not used
}

// Dashboard is people's listener.
type Dashboard struct {
	Listen string // always on loopback
}

// Workers is how members are looked after.
type Workers struct {
	Heartbeat   time.Duration // how often a worker tells how it is
	Timeout     time.Duration // without a heartbeat for so long it is offline
	MinHashrate adit.Hashrate // below it a member is shown as too slow; 0 = no such line
}

// Jobs is how work is handed out.
type Jobs struct {
	Timeout time.Duration // replaced work that is older no longer counts
	History int           // how many jobs GET /api/jobs remembers
}

// Shares is how hard work is.
type Shares struct {
	Target  *adit.Hashes // expected hashes of a share to begin with; nil = found by the member's speed
	MaxRate float64      // shares a second of one connection, sustained; beyond that it gets a higher difficulty; 0 = 10
}

// VerifyMode is which shares are hashed again by the coordinator.
type VerifyMode string

// The modes of Verify.
const (
	VerifyAuto VerifyMode = "auto" // all while there is room, else a random sample by proven honesty
	VerifyAll  VerifyMode = "all"  // all, and members are slowed to what can be checked
	VerifyOff  VerifyMode = "off"  // none: the coordinator is a proxy, and says so
)

// Verify is how RandomX shares are checked by hashing.
type Verify struct {
	Mode    VerifyMode
	Threads int     // of adit-miner verify; 0 = one
	Full    bool    // with a whole dataset: 2080 MiB more memory, some ten times as fast
	Least   float64 // per cent of a proven member's shares that are hashed at least
}

// Rules of payment.
const (
	PPLNS = "pplns"
	PROP  = "prop"
)

// Payout is how a block is divided.
type Payout struct {
	Rule     string  // PPLNS or PROP
	Window   float64 // of PPLNS, in blocks' worth of work
	FeePPM   uint32  // the operator's part, millionths
	Minimum  string  // least that is paid at once, in coins as written ("0.1"); "" = none. See Atomic
	Operator string  // who runs it, as joiners see it; "" = the cluster's name
}

// Ledger is when a share counts as kept.
type Ledger struct {
	SyncAlways bool   // acknowledged after fsync, not after write
	Database   string // postgres://… of blocks, balances and members; "" = a file of the data directory. Shares are always files
}

// Logging is where the log goes. Empty fields are the command's own defaults.
type Logging struct{ Level, Format, File string }

// Metrics is the listener of Prometheus' text beside people's listener.
type Metrics struct {
	Enabled bool
	Listen  string // always on loopback; "" = on people's listener alone
	Path    string
}

// DefaultCoordinator is what holds where nothing is said. There is no default pool, wallet or password.
func DefaultCoordinator() Coordinator {
	return Coordinator{
		Cluster:   Cluster{ID: "default-cluster", Name: ""},
		Coin:      adit.Coins[0],
		Reconnect: Reconnect{Delay: 5 * time.Second},
		GRPC:      GRPC{Listen: "127.0.0.1:50051", MaxWorkers: 10_000, TLS: TLS{Enabled: true, RequireClientCert: true}},
		Stratum:   Stratum{Listen: "127.0.0.1:3333"},
		Dashboard: Dashboard{Listen: "127.0.0.1:8080"},
		Workers:   Workers{Heartbeat: 30 * time.Second, Timeout: 90 * time.Second},
		Jobs:      Jobs{Timeout: 5 * time.Minute, History: 100},
		Shares:    Shares{MaxRate: 10},
		Verify:    Verify{Mode: VerifyAuto, Threads: 1, Least: 5},
		Payout:    Payout{Rule: PPLNS, Window: 2},
		Metrics:   Metrics{Enabled: true, Path: "/metrics"},
	}
}
