package practice

import (
	"maps"
	"time"

	"github.com/adit-mining/adit"
)

// CheckerState says whether shares can be checked.
type CheckerState string

// The states.
const (
	CheckerStarting CheckerState = "starting" // not asked yet, or building its cache
	CheckerReady    CheckerState = "ready"
	CheckerAway     CheckerState = "away" // shares are answered as not checked
)

// CheckerStatus is how the hashing does.
type CheckerStatus struct {
	State   CheckerState `json:"state"`
	Reason  string       `json:"reason,omitempty"` // why it is away
	Since   time.Time    `json:"since"`            // of the state
	Checked uint64       `json:"checked"`          // shares hashed
	Waiting int          `json:"waiting"`          // shares in the queue
}

// Totals count since Run began, over all connections.
type Totals struct {
	Logins         uint64                       `json:"logins"`
	Accepted       uint64                       `json:"accepted"`
	Rejected       map[adit.ShareOutcome]uint64 `json:"rejected"`
	Unchecked      uint64                       `json:"unchecked"` // neither: they could not be checked
	Hashes         uint64                       `json:"hashes"`    // sum of the difficulties of accepted shares: work done
	LastAcceptedAt *time.Time                   `json:"lastAcceptedAt"`
}

// Connection is one miner that is logged in.
type Connection struct {
	ID          string                       `json:"id"`
	Login       string                       `json:"login"`
	RigID       string                       `json:"rigId,omitempty"`
	Agent       string                       `json:"agent"`
	Remote      string                       `json:"remote"`
	TLS         string                       `json:"tls,omitempty"` // "TLS 1.3"; absent for plain
	Since       time.Time                    `json:"since"`
	Difficulty  uint64                       `json:"difficulty"` // of the newest job
	Hashrate    *adit.Hashrate               `json:"hashrate"`   // estimated from accepted shares, over about two minutes; null before the first
	Accepted    uint64                       `json:"accepted"`
	Rejected    map[adit.ShareOutcome]uint64 `json:"rejected"`
	Unchecked   uint64                       `json:"unchecked"`
	LastShareAt *time.Time                   `json:"lastShareAt"` // of any outcome
}

// Status is a snapshot of the practice upstream.
type Status struct {
	Listen      string        `json:"listen"`    // HOST:PORT
	URL         string        `json:"url"`       // for a miner's configuration
	StartedAt   *time.Time    `json:"startedAt"` // null before Run
	Algorithm   string        `json:"algorithm"`
	Height      uint64        `json:"height"`
	Checker     CheckerStatus `json:"checker"`
	Connections []Connection  `json:"connections"` // in the order they came
	Totals      Totals        `json:"totals"`
}

// Status returns a snapshot.
func (s *Server) Status() Status {
	all := s.all()
	s.mu.Lock()
	st := Status{
		Listen: s.ln.Addr().String(), URL: s.URL(), Algorithm: string(adit.RandomX), Height: s.work.height,
		Checker: s.checker, Totals: s.totals, Connections: make([]Connection, 0, len(all)),
	}
	st.Checker.Waiting = len(s.queue)
	st.Totals.Rejected = maps.Clone(s.totals.Rejected)
	if !s.started.IsZero() {
		t := s.started.UTC()
		st.StartedAt = &t
	}
	s.mu.Unlock()
	now := time.Now()
	for _, m := range all {
		st.Connections = append(st.Connections, m.status(now))
	}
	return st
}

func (m *miner) status(now time.Time) Connection {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Connection{
		ID: m.session.ID(), Login: m.login.User, RigID: m.login.RigID, Agent: m.login.Agent,
		Remote: m.session.Remote().String(), TLS: m.session.TLS(), Since: m.session.Since().UTC(),
		Difficulty: m.current.difficulty, Hashrate: m.meter.Hashrate(now),
		Accepted: m.accepted, Rejected: maps.Clone(m.rejected), Unchecked: m.unchecked, LastShareAt: m.lastShare,
	}
}
