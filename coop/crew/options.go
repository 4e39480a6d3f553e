package crew

import (
	"log/slog"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/upstream"
)

// Options configure a Crew. Sources, Coin and Ledger are required.
type Options struct {
	Sources func() []upstream.Source // in order of preference; asked for each lane that opens
	Coin    adit.Coin
	Ledger  coop.Ledger
	Checker coop.Checker // hashes what the crew cannot; nil: a proxy, which believes claims and says so
	DB      *sqldb.DB    // nil: members are forgotten when the program ends
	Log     *slog.Logger // nil: silent
	Hooks   Hooks
	Rules   Rules

	LastWork uint64   // the highest number of a work in the ledger: this life's are above it, whatever the clock says
	Earned   []Earned // what the ledger has of members before the crew opens; nil = nothing is known

	Rand func() float64 // in [0,1), for sampling and jitter; nil: math/rand/v2
}

// Rules are numbers a configuration may set; a zero value means the default named.
type Rules struct {
	InviteOnly bool // a Stratum login that is not a member is refused

	Goal  time.Duration // wanted time between two shares of a seat; 20 s, sha256d 5 s
	Start adit.Hashes   // first difficulty of who does not say; 5000, sha256d 2^32
	Least adit.Hashes   // vardiff never goes below, except where the upstream's difficulty is lower; 100, sha256d 2^20

	Grace time.Duration // shares of replaced work count so long where the new one is not clean; 5 s, negative: none

	Ban  stratum.BanRule // of a member, by its own invalid shares; the defaults are BanRule's
	Slow time.Duration   // a member whose shares are often wrong is held to one a second for so long; 60 s

	MostMembers  int           // 100,000: then unknown logins are refused
	MostSeats    int           // 0: no bound
	MostLanes    int           // 1024
	LaneIdle     time.Duration // a lane without seats is closed after this, but never the last; 60 s
	CheckThreads int           // calls to Checker at a time; 1
	CheckWait    time.Duration // backlog from which on proven members are sampled; 500 ms
	CheckAll     bool          // nothing is believed: no member is sampled
	CheckLeast   float64       // part of a proven member's shares that is hashed at least; 1/50

	// MostRate bounds the shares a second of one seat: its difficulty grows until it finds no more, where it was fixed as
	// well. 0: only Goal does.
	MostRate float64
	WorkLife time.Duration // replaced work that is older counts no more; 0: Grace alone decides
	History  int           // works that Jobs remembers; 256

	// Of a lane's upstreams: see upstream.FailoverOptions.
	Pause time.Duration
	Tries int
}

// Hooks are told what happens; nil ones are not called. They must not block.
type Hooks struct {
	// OnShare is told of each judged share; took is from its arrival to the verdict.
	OnShare func(s Share, took time.Duration)
	// OnBlock is told of a block that a node took, after it was written to the ledger (Ledger.Found).
	OnBlock func(b coop.FoundBlock)
	// OnUpstream is told of each answer of an upstream.
	OnUpstream func(url string, outcome adit.ShareOutcome, took time.Duration)
	// OnReconnect is told of logins of a lane after its first.
	OnReconnect func(url string)
	// OnWork is told of each new work.
	OnWork func(w *coop.Work)
	// OnMember is told when a member came first, was suspended, banned or changed. what is a word of Event*.
	OnMember func(m coop.MemberID, what, text string)
}

// Words of Hooks.OnMember.
const (
	EventJoined      = "joined" // for the first time
	EventSuspended   = "suspended"
	EventUnsuspended = "unsuspended"
	EventBanned      = "banned"
	EventSlowed      = "slowed"
	EventLied        = "lied" // a hash was not what it claimed
	EventPolicy      = "policy"
	EventDifficulty  = "difficulty"
	EventPaused      = "paused"
	EventResumed     = "resumed"
	EventRevoked     = "revoked"
	EventPassword    = "password"
)

func (r *Rules) fill(a adit.Algorithm) {
	goal, start, least := 20*time.Second, adit.HashesOf(5000), adit.HashesOf(100)
	if a == adit.SHA256d {
		goal, start, least = 5*time.Second, adit.HashesOf(1<<32), adit.HashesOf(1<<20)
	}
	or(&r.Goal, goal)
	or(&r.Start, start)
	or(&r.Least, least)
	or(&r.Grace, 5*time.Second)
	or(&r.Slow, time.Minute)
	or(&r.Ban.Shares, 30)
	or(&r.Ban.Invalid, 0.25)
	or(&r.Ban.For, 10*time.Minute)
	or(&r.MostMembers, 100_000)
	or(&r.MostLanes, 1024)
	or(&r.LaneIdle, time.Minute)
	or(&r.CheckThreads, 1)
	or(&r.CheckWait, 500*time.Millisecond)
	or(&r.CheckLeast, leastChecked)
	or(&r.History, mostJobs)
	if r.MostRate > 0 {
		r.Goal = max(r.Goal, time.Duration(float64(time.Second)/r.MostRate))
	}
	r.Grace = max(r.Grace, 0)
}

func or[T comparable](v *T, otherwise T) {
	var zero T
	if *v == zero {
		*v = otherwise
	}
}
