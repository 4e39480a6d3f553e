package crew

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
)

// Share is a submission as people see it, judged.
type Share struct {
	At         time.Time
	Member     coop.MemberID // "" = nobody logged in
	Seq        uint64        // in the ledger, 0 where it is not there
	JobID      string        // of the work; as the miner named it where the share was refused
	Height     uint64        // 0 = unknown
	Difficulty adit.Hashes   // zero where it was refused
	Outcome    adit.ShareOutcome
	Reason     string
	Verified   bool
	Up, Block  bool

	UpOutcome adit.ShareOutcome // the upstream's word, "" = none so far
	UpText    string
}

// Job is a work as people see it.
type Job struct {
	ID        string
	Lane      coop.Lane
	Seq       uint64
	At        time.Time
	Upstream  string
	Algorithm adit.Algorithm
	Height    *uint64
	Clean     bool
	Share     adit.Hashes
	Network   *adit.Hashes
	Reward    *uint64
	Solo      bool
	Seed      [32]byte // RandomX
	Seats     int      // when it came
}

const (
	mostShares = 512
	mostJobs   = 256
)

// rings are the newest shares and jobs.
type rings struct {
	mu     sync.Mutex
	shares [mostShares]Share
	nShare uint64
	jobs   []Job // Rules.History many
	nJob   uint64
}

// share returns the number of its place, from 1.
func (r *rings) share(s *Share) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shares[r.nShare%mostShares] = *s
	r.nShare++
	return r.nShare
}

func (r *rings) job(j Job) {
	r.mu.Lock()
	r.jobs[r.nJob%uint64(len(r.jobs))] = j
	r.nJob++
	r.mu.Unlock()
}

// verdict adds the upstream's word to a share that is still in the ring.
func (r *rings) verdict(f *found) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f.place > 0 && r.nShare < f.place+mostShares {
		s := &r.shares[(f.place-1)%mostShares]
		s.UpOutcome, s.UpText = f.outcome, f.text
	}
}

// Shares are the newest submissions, the newest first, at most n.
func (c *Crew) Shares(n int) []Share {
	c.ring.mu.Lock()
	defer c.ring.mu.Unlock()
	return newest(c.ring.shares[:], c.ring.nShare, n)
}

// Jobs are the newest works, the newest first, at most n.
func (c *Crew) Jobs(n int) []Job {
	c.ring.mu.Lock()
	defer c.ring.mu.Unlock()
	return newest(c.ring.jobs[:], c.ring.nJob, n)
}

func newest[T any](ring []T, n uint64, most int) []T {
	size := min(uint64(len(ring)), n, uint64(max(most, 0)))
	out := make([]T, 0, size)
	for i := range size {
		out = append(out, ring[(n-1-i)%uint64(len(ring))])
	}
	return out
}

// totals are the crew's counters since it began; those of shares go on from what its members had before.
type totals struct {
	count      [kinds]atomic.Uint64
	lost       atomic.Uint64 // went up and were not answered
	unwritten  atomic.Uint64 // the ledger did not take them
	blocks     atomic.Uint64
	lastBlock  atomic.Int64 // unix nanoseconds, 0 = none
	reconnects atomic.Uint64
	jobs       atomic.Uint64

	mu    sync.Mutex
	work  float64
	rates rates
}

func (t *totals) add(now int64, work float64, accepted bool) {
	if !accepted {
		return
	}
	t.mu.Lock()
	t.work += work
	t.rates.add(now, work)
	t.mu.Unlock()
}

// worked keeps the books of new work.
func (c *Crew) worked(w *work) {
	c.total.jobs.Add(1)
	w.lane.mu.Lock()
	seats := len(w.lane.seats)
	w.lane.mu.Unlock()
	j := Job{
		ID: w.ID, Lane: w.Lane, Seq: w.Seq, At: w.At, Upstream: w.url, Algorithm: w.Algorithm, Height: w.Height,
		Clean: w.Clean, Share: w.Share, Network: w.Network, Reward: w.Reward, Solo: w.solo, Seats: seats,
	}
	if w.Blob != nil {
		j.Seed = w.Blob.Seed
	}
	c.ring.job(j)
	if c.o.Hooks.OnWork != nil {
		c.o.Hooks.OnWork(&w.Work)
	}
}

func (c *Crew) reconnected(url string) {
	c.total.reconnects.Add(1)
	if c.o.Hooks.OnReconnect != nil {
		c.o.Hooks.OnReconnect(url)
	}
}
