package crew

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/stratum"
)

// Crew implements coop.Crew and coop.Commander. Open it, then Run it.
type Crew struct {
	o     Options
	pace  stratum.PaceRules
	epoch time.Time // of the clock: nothing inside depends on the day's time, which may be an hour off
	begun time.Time

	first uint64        // Work.Seq before the first
	seq   atomic.Uint64 // Work.Seq of the newest

	mu       sync.Mutex
	run      *running // nil before Run and after it
	lanes    []*lane  // in the order they opened
	lastLane coop.Lane
	size     uint32  // slots of the newest work's shape; 0 = no work was seen yet
	waiters  []*join // who waits for a slot, first come first served
	seats    int
	members  map[coop.MemberID]*member
	number   int64
	kinds    map[string]*kind // programs and ways of connecting, which many seats share
	trouble  error            // the members cannot be written

	check  *checks
	founds sync.Pool
	ring   rings
	total  totals
}

// running is what Run owns.
type running struct {
	ctx   context.Context
	group sync.WaitGroup
	wake  chan struct{} // the ticking loop shall look at once
}

// Open reads the members. The crew accepts seats at once and has work after Run began.
func Open(ctx context.Context, o Options) (*Crew, error) {
	switch {
	case o.Sources == nil:
		return nil, adit.InvalidField("pools", "a crew needs at least one upstream")
	case o.Ledger == nil:
		return nil, adit.InvalidField("ledger", "a crew needs a ledger")
	case o.Coin.Algorithm == "":
		return nil, adit.InvalidField("coin", "a crew needs to know what it mines")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	o.Rules.fill(o.Coin.Algorithm)
	now := time.Now()
	c := &Crew{
		o: o, epoch: now.Add(-time.Second), begun: now, members: map[coop.MemberID]*member{}, kinds: map[string]*kind{},
		pace: stratum.PaceRules{
			Least: o.Rules.Least.Float(), Most: 1e30, Goal: o.Rules.Goal, Tau: max(2*time.Minute, 6*o.Rules.Goal),
		},
	}
	// No work's number may be one of the life before, of which the ledger may hold shares: there are a million a second.
	c.first = max(uint64(max(now.UnixMilli(), 0))<<10, o.LastWork)
	c.seq.Store(c.first)
	c.check = newChecks(c)
	c.ring.jobs = make([]Job, o.Rules.History)
	c.founds.New = newFound
	if err := c.load(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// now is the crew's clock in nanoseconds, more than zero and never backwards.
func (c *Crew) now() int64 { return int64(time.Since(c.epoch)) }

// Run mines until ctx ends; it returns nil then, after every lane is closed and the members are written.
func (c *Crew) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	r := &running{ctx: ctx, wake: make(chan struct{}, 1)}
	c.mu.Lock()
	if c.run != nil {
		c.mu.Unlock()
		cancel()
		return errors.New("the crew runs already")
	}
	c.run = r
	c.place()
	c.mu.Unlock()
	c.check.run(r)
	c.loop(r)
	c.mu.Lock()
	c.run = nil
	c.mu.Unlock()
	cancel()
	r.group.Wait()
	c.mu.Lock()
	c.lanes = nil
	c.mu.Unlock()
	return c.write(context.WithoutCancel(ctx), true)
}

// nextWork numbers a work.
func (c *Crew) nextWork() (seq uint64, id string) {
	seq = c.seq.Add(1)
	return seq, strconv.FormatUint(seq, 36)
}

// dropLane forgets a lane. It is called with mu held.
func (c *Crew) dropLane(l *lane) {
	c.lanes = slices.DeleteFunc(c.lanes, func(x *lane) bool { return x == l })
}
