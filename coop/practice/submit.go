package practice

import (
	"encoding/binary"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum"
)

// Words for what has none in stratum. XMRig goes on mining after all of them.
const (
	textAway  = "Couldn't check PoW: the checker is away"
	textBusy  = "Couldn't check PoW: too many shares wait"
	textWrong = "Invalid PoW: the result is not this blob's hash"
	textAlgo  = "Incorrect algorithm"
)

// Submit looks at everything that costs nothing, in this order: known job, fresh, well-formed, not a duplicate, meets
// the target. What passes waits for its hash.
func (h handler) Submit(b stratum.Submission) {
	h.mu.Lock()
	m := h.miners[b.Session]
	h.mu.Unlock()
	if m == nil {
		b.Reply(stratum.Verdict{Outcome: adit.ShareUnauthorized})
		return
	}
	c, v := m.look(b)
	if v.Outcome == "" {
		select {
		case h.queue <- c:
			return
		default:
			v = stratum.Verdict{Text: textBusy}
		}
	}
	m.settle(c, v)
}

// look returns a check to do, or the verdict that makes it needless.
func (m *miner) look(b stratum.Submission) (check, stratum.Verdict) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := check{m: m, submission: b}
	w, no := m.find(b.Share.JobID, b.At)
	if w == nil {
		return c, stratum.Verdict{Outcome: no}
	}
	c.job, c.difficulty = w.job, w.difficulty
	if b.Share.Algorithm != "" && b.Share.Algorithm != w.job.Algorithm {
		return c, stratum.Verdict{Outcome: adit.ShareMalformed, Text: textAlgo}
	}
	var err error
	if c.blob, err = w.job.WithNonce(b.Share.Nonce); err != nil {
		return c, stratum.Verdict{Outcome: adit.ShareMalformed, Text: "Malformed share: " + err.Error()}
	}
	nonce := binary.LittleEndian.Uint32(b.Share.Nonce)
	if _, again := w.nonces[nonce]; again {
		return c, stratum.Verdict{Outcome: adit.ShareDuplicate}
	}
	w.nonces[nonce] = struct{}{}
	if !stratum.Meets(b.Share.Result, w.job.Target) {
		return c, stratum.Verdict{Outcome: adit.ShareLowDifficulty}
	}
	// The difficulty follows what is claimed, before it is checked: it protects the checker.
	if m.vardiff.Share(b.At, w.difficulty) {
		m.session.SendJob(m.next(b.At))
	}
	return c, stratum.Verdict{}
}

// settle counts a verdict and answers the miner.
func (m *miner) settle(c check, v stratum.Verdict) {
	now := time.Now().UTC()
	m.mu.Lock()
	m.lastShare = &now
	switch {
	case v.Outcome.Accepted():
		m.accepted++
		m.meter.Add(now, float64(c.difficulty))
	case v.Outcome == "":
		m.unchecked++
	default:
		m.rejected[v.Outcome]++
	}
	m.mu.Unlock()
	m.server.count(now, c.difficulty, v.Outcome)
	c.submission.Reply(v)
}

// count adds to the totals.
func (s *Server) count(now time.Time, difficulty uint64, o adit.ShareOutcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case o.Accepted():
		s.totals.Accepted++
		s.totals.Hashes += difficulty
		s.totals.LastAcceptedAt = &now
	case o == "":
		s.totals.Unchecked++
	default:
		s.totals.Rejected[o]++
	}
}
