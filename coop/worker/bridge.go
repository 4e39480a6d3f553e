package worker

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum"
)

// bridge is the pool that the engine sees: on loopback, with a password that nobody else knows.
type bridge struct {
	w        *Worker
	ln       net.Listener
	server   *stratum.Server
	password string

	mu       sync.Mutex
	sessions map[*stratum.Session]struct{}
	job      *stratum.Job           // newest; nil = none yet
	came     time.Time              // when it did
	known    map[string]stratum.Job // of which shares may still come
	order    []string               // oldest first
	arrived  chan struct{}          // closed when the first job is there
}

// keptJobs is of how many jobs shares may still be on their way from the engine.
const keptJobs = 16

const bridgeUser = "adit-worker"

func newBridge(w *Worker) *bridge {
	b := &bridge{w: w, password: rand.Text(), sessions: map[*stratum.Session]struct{}{}, known: map[string]stratum.Job{}, arrived: make(chan struct{})}
	b.server = stratum.NewServer(stratum.ServerOptions{Handler: b, Log: w.o.Log, MaxSessions: 16, Ban: stratum.BanRule{Shares: 1 << 30}})
	return b
}

// listen takes a port; serve answers on it.
func (b *bridge) listen() (err error) {
	if b.ln, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return adit.Errorf(adit.Internal, "no port of this computer can be had for the engine: %w", err)
	}
	return nil
}

func (b *bridge) serve(ctx context.Context) error { return b.server.Serve(ctx, b.ln) }

// settings are how the engine reaches it.
func (b *bridge) settings(threads int) Settings {
	return Settings{URL: "stratum+tcp://" + b.ln.Addr().String(), User: bridgeUser, Password: b.password, Threads: threads}
}

// Login implements stratum.Handler.
func (b *bridge) Login(ctx context.Context, s *stratum.Session, l stratum.Login) (stratum.Job, error) {
	if l.User != bridgeUser || subtle.ConstantTimeCompare([]byte(l.Password), []byte(b.password)) != 1 {
		return stratum.Job{}, adit.Errorf(adit.Unauthorized, "this port is for this worker's own engine")
	}
	if !slices.Contains(l.Extensions, stratum.NonceOffset) {
		return stratum.Job{}, adit.Errorf(adit.Unsupported, "this engine cannot search a part of the nonces: it is of another version than adit")
	}
	select {
	case <-b.arrived:
	case <-ctx.Done():
		return stratum.Job{}, adit.Errorf(adit.Timeout, "there is no work yet")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sessions[s] = struct{}{}
	return *b.job, nil
}

// Gone implements stratum.Handler.
func (b *bridge) Gone(s *stratum.Session, _ error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.sessions, s)
}

// set makes a job the newest. clean forgets the others: no share of theirs counts any more.
func (b *bridge) set(j stratum.Job, clean bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if clean {
		clear(b.known)
		b.order = nil
	}
	if _, again := b.known[j.ID]; !again {
		b.order = append(b.order, j.ID)
	}
	b.known[j.ID] = j
	for len(b.order) > keptJobs {
		delete(b.known, b.order[0])
		b.order = b.order[1:]
	}
	if b.job == nil {
		close(b.arrived)
	}
	b.job, b.came = &j, time.Now()
	for s := range b.sessions {
		s.SendJob(j)
	}
}

// newest is the newest job, nil before the first.
func (b *bridge) newest() *stratum.Job {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.job
}

// age is how old the newest job is, 0 before the first.
func (b *bridge) age(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.job == nil {
		return 0
	}
	return now.Sub(b.came)
}

// Submit implements stratum.Handler: what cannot be right is refused here, the rest waits for the coordinator's word.
func (b *bridge) Submit(s stratum.Submission) {
	b.mu.Lock()
	j, known := b.known[s.Share.JobID]
	b.mu.Unlock()
	if !known {
		s.Reply(stratum.Verdict{Outcome: adit.ShareStale})
		return
	}
	if _, err := j.WithNonce(s.Share.Nonce); err != nil {
		s.Reply(stratum.Verdict{Outcome: adit.ShareMalformed, Text: err.Error()})
		return
	}
	if !stratum.Meets(s.Share.Result, j.Target) {
		s.Reply(stratum.Verdict{Outcome: adit.ShareLowDifficulty})
		return
	}
	b.w.queue.add(&found{
		job: j.ID, nonce: slices.Clone(s.Share.Nonce), result: s.Share.Result, at: s.At, reply: s.Reply,
	})
}
