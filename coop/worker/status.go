package worker

import (
	"time"

	"github.com/adit-mining/adit"
)

// State is what a worker does, in one word.
type State string

// The states.
const (
	Connecting State = "connecting" // not with the coordinator; the last work goes on while it is fresh
	Waiting    State = "waiting"    // with it, and there is no work
	Starting   State = "starting"   // there is work, and no hash yet
	Mining     State = "mining"
	Resting    State = "resting" // there is work and it does not hash: Reason says who wants it so
	Refused    State = "refused" // the coordinator does not take this worker, with its reason; tried again from time to time
	Ended      State = "ended"
)

// Status is how a worker is. Nil is unknown.
type Status struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	Member      string         `json:"member,omitempty"` // who earns, as the coordinator says it
	Coordinator string         `json:"coordinator"`
	Cluster     string         `json:"cluster,omitempty"`
	State       State          `json:"state"`
	Reason      string         `json:"reason,omitempty"`
	Since       time.Time      `json:"since"`     // of the state
	Connected   bool           `json:"connected"` // with the coordinator
	Job         string         `json:"job,omitempty"`
	Algorithm   adit.Algorithm `json:"algorithm,omitempty"`
	Height      *uint64        `json:"height"`
	Difficulty  *uint64        `json:"difficulty"` // expected hashes per share
	Hashrate    *adit.Hashrate `json:"hashrate"`   // H/s
	Threads     int            `json:"threads,omitempty"`
	Accepted    uint64         `json:"accepted"`
	Rejected    uint64         `json:"rejected"` // refused for what they were
	Stale       uint64         `json:"stale"`    // too late
	Lost        uint64         `json:"lost"`     // could not be handed in
	Blocks      uint64         `json:"blocks"`   // found by this worker
	Queued      int            `json:"queued"`   // found, and not judged yet
	Joins       uint64         `json:"joins"`    // registrations so far
	LastShare   *time.Time     `json:"lastShare"`
	StartedAt   time.Time      `json:"startedAt"`
}

// Status is a snapshot.
func (w *Worker) Status() Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.statusLocked()
}

func (w *Worker) statusLocked() Status {
	s := w.st
	s.Queued = w.queue.size()
	s.Accepted, s.Rejected, s.Stale, s.Lost, s.Blocks, s.LastShare = w.queue.counts()
	if r := w.reading; r != nil {
		s.Hashrate, s.Threads = r.Hashrate, r.Threads
	}
	if j := w.bridge.newest(); j != nil {
		d := j.Difficulty()
		s.Job, s.Algorithm, s.Height, s.Difficulty = j.ID, j.Algorithm, j.Height, &d
	}
	return s
}

// settle works out what the worker does now and tells it where that changed.
func (w *Worker) settle() {
	w.mu.Lock()
	state, reason := w.judge()
	if state == w.st.State && reason == w.st.Reason {
		w.mu.Unlock()
		return
	}
	if state != w.st.State {
		w.st.Since = time.Now().UTC()
	}
	w.st.State, w.st.Reason = state, reason
	s := w.statusLocked()
	w.mu.Unlock()
	w.o.OnChange(s)
}

// judge is called with mu held.
func (w *Worker) judge() (State, string) {
	why := w.orders.restWhy(time.Now())
	switch {
	case w.ended != "":
		return Ended, w.ended
	case w.refusal != "":
		return Refused, w.refusal
	case !w.st.Connected:
		return Connecting, w.away
	case w.orders.noWork != "":
		return Waiting, w.orders.noWork
	case w.bridge.newest() == nil:
		return Waiting, "the coordinator has no work yet"
	case why != "":
		return Resting, why
	case w.trouble != "":
		return Starting, w.trouble
	case w.reading != nil && w.reading.Rests:
		return Resting, w.reading.Why
	case w.reading == nil || w.reading.Mode == "" || w.reading.Mode == "starting":
		reason := "the engine prepares itself"
		if w.reading != nil && w.reading.Why != "" {
			reason = w.reading.Why
		}
		return Starting, reason
	}
	return Mining, ""
}
