package rpc_test

import (
	"context"
	"encoding/binary"
	"sync"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/stratum/upstream"
)

// crew is a coop.Crew in memory: it seats, replaces and evicts as coop.Crew promises, and judges shares by judge.
type crew struct {
	mu      sync.Mutex
	gate    coop.Gate
	seats   map[coop.MemberID]*seat
	left    []coop.MemberID
	work    *coop.Work
	next    uint32
	counted map[counted]int // accepted shares
	judge   func(s *seat, x coop.Submission) coop.Verdict
	refuse  error
	inJoin  func(s *seat) // called before Join returns
	orders  map[coop.MemberID]coop.Order
}

type counted struct {
	job   string
	nonce uint32
}

func newCrew() *crew {
	return &crew{
		seats: map[coop.MemberID]*seat{}, counted: map[counted]int{}, orders: map[coop.MemberID]coop.Order{}, work: work(1, true),
		judge: func(*seat, coop.Submission) coop.Verdict {
			return coop.Verdict{Outcome: adit.ShareAccepted, Difficulty: adit.HashesOf(1000)}
		},
	}
}

func (c *crew) Join(ctx context.Context, g coop.Gate, h coop.Hello) (coop.Seat, error) {
	c.mu.Lock()
	c.gate = g
	refuse, inJoin := c.refuse, c.inJoin
	if refuse != nil {
		c.mu.Unlock()
		return nil, refuse
	}
	before := c.seats[h.Member]
	c.next++
	s := &seat{crew: c, hello: h, slice: c.next}
	c.seats[h.Member] = s
	c.mu.Unlock()
	if before != nil {
		g.Evict(before, adit.Errorf(adit.Conflict, "the member came anew"))
	}
	if inJoin != nil {
		inJoin(s)
	}
	return s, ctx.Err()
}

func (c *crew) Command(m coop.MemberID) (coop.Order, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o, ok := c.orders[m]
	return o, ok
}

// deliver hands out new work.
func (c *crew) deliver(w *coop.Work) {
	c.mu.Lock()
	c.work = w
	g := c.gate
	c.mu.Unlock()
	if w == nil {
		g.Idle(1, adit.Errorf(adit.Unreachable, "the pool is away"))
		return
	}
	g.Deliver(w.Lane, w)
}

func (c *crew) seat(m coop.MemberID) *seat {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seats[m]
}

func (c *crew) hasLeft(m coop.MemberID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.left {
		if l == m {
			return true
		}
	}
	return false
}

// doubles is how many accepted shares there are, and how many were counted more than once.
func (c *crew) doubles() (all, double int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.counted {
		all++
		if n > 1 {
			double++
		}
	}
	return all, double
}

type seat struct {
	crew  *crew
	hello coop.Hello
	slice uint32

	mu    sync.Mutex
	beats []coop.Beat
}

func (s *seat) Member() coop.MemberID      { return s.hello.Member }
func (s *seat) Hello() coop.Hello          { return s.hello }
func (s *seat) Lane() coop.Lane            { return 1 }
func (s *seat) Introduce(coop.Hello) error { return adit.Errorf(adit.Conflict, "known") }
func (s *seat) Wish(adit.Hashes)           {}

func (s *seat) Newest() *coop.Work {
	s.crew.mu.Lock()
	defer s.crew.mu.Unlock()
	return s.crew.work
}

func (s *seat) Assign(w *coop.Work) (coop.Assignment, bool) {
	sl := coop.Slice{Index: s.slice, NonceStart: s.slice << 24, NonceEnd: s.slice<<24 | 0xffffff, Byte: true}
	if w.Blob != nil && w.Blob.Cut != nil {
		sl = coop.Slice{Index: s.slice, NonceEnd: 0xffffffff, Extra: true}
	}
	return coop.Assignment{JobID: w.ID, Slice: sl, Difficulty: adit.HashesOf(1000), Target: 1 << 54}, true
}

func (s *seat) Submit(x coop.Submission, reply func(coop.Verdict)) {
	v := s.crew.judge(s, x)
	s.crew.mu.Lock()
	if v.Outcome.Accepted() {
		s.crew.counted[counted{x.JobID, x.Nonce}]++
	}
	s.crew.mu.Unlock()
	reply(v)
}

func (s *seat) Beat(b coop.Beat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.beats = append(s.beats, b)
}

func (s *seat) lastBeat(t *testing.T) coop.Beat {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.beats) == 0 {
		t.Fatal("no beat came")
	}
	return s.beats[len(s.beats)-1]
}

func (s *seat) Leave(error) {
	s.crew.mu.Lock()
	defer s.crew.mu.Unlock()
	s.crew.left = append(s.crew.left, s.hello.Member)
	if s.crew.seats[s.hello.Member] == s {
		delete(s.crew.seats, s.hello.Member)
	}
}

// work is RandomX work number n on lane 1.
func work(n uint64, clean bool) *coop.Work {
	blob := make([]byte, 76)
	for i := range blob {
		blob[i] = byte(i)
	}
	height := 3_000_000 + n
	return &coop.Work{
		ID: "j" + string(rune('a'+n%26)), Lane: 1, Seq: n,
		Work: &upstream.Work{
			JobID: "up", Algorithm: "rx/0", Height: &height, Clean: clean, At: time.UnixMilli(1_700_000_000_000 + int64(n)),
			Blob: &upstream.Blob{Bytes: blob, NonceOffset: 39, NonceWidth: 4, Target: 1 << 50, Seed: [32]byte{1, 2, 3}},
		},
	}
}

func nonceOf(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }
