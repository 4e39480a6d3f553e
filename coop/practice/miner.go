package practice

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum"
)

// handler is the Server's face towards stratum.
type handler struct{ *Server }

// Login takes anybody who can hash rx/0 or does not say what it can.
func (h handler) Login(_ context.Context, s *stratum.Session, l stratum.Login) (stratum.Job, error) {
	if l.Algorithms != nil && !slices.Contains(l.Algorithms, adit.RandomX) {
		return stratum.Job{}, adit.Errorf(adit.Unsupported, "practice has work for %s only, which this miner does not offer", adit.RandomX)
	}
	now := time.Now()
	m := &miner{
		server: h.Server, session: s, login: l, rejected: map[adit.ShareOutcome]uint64{},
		vardiff: stratum.NewVardiff(stratum.VardiffOptions{Start: h.o.Start, Least: min(least, h.o.Start), Goal: h.o.Goal}, now),
		meter:   stratum.NewMeter(meterTau, now),
	}
	first := m.begin()
	h.mu.Lock()
	h.miners[s] = m
	h.totals.Logins++
	h.mu.Unlock()
	h.o.Log.Info("a miner connected", "login", l.User, "agent", l.Agent, "remote", s.Remote())
	return first, nil
}

// Gone forgets a miner.
func (h handler) Gone(s *stratum.Session, reason error) {
	h.mu.Lock()
	m := h.miners[s]
	delete(h.miners, s)
	h.mu.Unlock()
	if m != nil {
		h.o.Log.Info("a miner left", "login", m.login.User, "remote", s.Remote(), "reason", reason)
	}
}

// least is the lowest difficulty: a miner that builds its dataset for minutes would else begin at 1 and flood the checker.
const least = 10

// meterTau is over how long a hashrate is estimated.
const meterTau = 120 * time.Second

// miner is one connection.
type miner struct {
	server  *Server
	session *stratum.Session
	login   stratum.Login

	mu      sync.Mutex
	vardiff *stratum.Vardiff
	issued  uint64  // jobs so far
	current *work   // newest job
	former  []*work // replaced, still within the grace
	meter   stratum.Meter

	accepted, unchecked uint64
	rejected            map[adit.ShareOutcome]uint64
	lastShare           *time.Time
}

// work is a job and what was found for it.
type work struct {
	job        stratum.Job
	difficulty uint64
	nonces     map[uint32]struct{} // submitted
	until      time.Time           // zero for the current one
}

// begin makes the first job.
func (m *miner) begin() stratum.Job {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.next(time.Now())
}

// next makes a job and retires the one before. It is called with mu held.
func (m *miner) next(now time.Time) stratum.Job {
	if m.current != nil {
		m.current.until = now.Add(m.server.o.Grace)
		m.former = append(m.former, m.current)
	}
	m.former = slices.DeleteFunc(m.former, func(w *work) bool { return now.After(w.until) })
	m.issued++
	d := m.vardiff.Difficulty()
	m.current = &work{
		job: m.server.job(m.session.ID(), m.issued, d), difficulty: d, nonces: map[uint32]struct{}{},
	}
	return m.current.job
}

// renew sends a fresh job.
func (m *miner) renew(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.session.SendJob(m.next(now))
}

// tick lowers the difficulty of a miner that finds nothing.
func (m *miner) tick(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.vardiff.Tick(now) {
		m.session.SendJob(m.next(now))
	}
}

// find returns the job a share belongs to while it counts, else why it does not. It is called with mu held.
func (m *miner) find(id string, now time.Time) (*work, adit.ShareOutcome) {
	if m.current.job.ID == id {
		return m.current, ""
	}
	for _, w := range m.former {
		if w.job.ID == id && !now.After(w.until) {
			return w, ""
		}
	}
	var n uint64
	if rest, ours := strings.CutPrefix(id, m.session.ID()+"-"); ours {
		if _, err := fmt.Sscanf(rest, "%d", &n); err == nil && n >= 1 && n <= m.issued && id == jobID(m.session.ID(), n) {
			return nil, adit.ShareStale
		}
	}
	return nil, adit.ShareUnknownJob
}
