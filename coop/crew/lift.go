package crew

import (
	"context"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/upstream"
)

// lift takes a lane's shares up: many in one write where the upstream can be handed several (upstream.Sender), else each
// in a goroutine of its own that waits for the answer. Blocks do not wait for anything.
type lift struct {
	lane *lane

	mu      sync.Mutex
	queue   []*found
	pumping bool
	flight  int // sent and not answered
}

const (
	mostLifted    = 1 << 16                // shares that wait; beyond them they are lost, which is said
	mostFlight    = 1 << 12                // of a Sender
	mostUnderWay  = 64                     // of others
	mostLoad      = 256                    // shares in one write
	liftPause     = 500 * time.Microsecond // between two writes: what comes meanwhile goes together
	liftTime      = 60 * time.Second
	lastBlockTime = 15 * time.Second
)

// send takes a share up. It does not wait.
func (u *lift) send(f *found) {
	if f.rec.Block {
		u.mu.Lock()
		u.flight++
		u.mu.Unlock()
		f.both = make(chan struct{})
		if !u.begin(func(ctx context.Context) { u.block(ctx, f) }) {
			u.land(f, stratum.Verdict{}, 0, errStopping)
		}
		return
	}
	u.mu.Lock()
	if len(u.queue) >= mostLifted {
		u.mu.Unlock()
		u.lane.crew.total.lost.Add(1)
		f.part()
		return
	}
	u.queue = append(u.queue, f)
	start := !u.pumping && u.flight < mostUnderWay
	u.pumping = u.pumping || start
	u.mu.Unlock()
	if start {
		u.start()
	}
}

var errStopping = adit.Errorf(adit.Unreachable, "the coordinator is stopping")

// begin runs fn in a goroutine of the crew's Run; false where that is over.
func (u *lift) begin(fn func(context.Context)) bool {
	c := u.lane.crew
	c.mu.Lock() // nothing may begin after Run saw that all ended
	defer c.mu.Unlock()
	run := c.run
	if run == nil {
		return false
	}
	run.group.Go(func() { fn(run.ctx) })
	return true
}

// start begins to pump; pumping was set.
func (u *lift) start() {
	if u.begin(u.pump) {
		return
	}
	u.mu.Lock()
	left := u.queue
	u.queue, u.pumping = nil, false
	u.flight += len(left)
	u.mu.Unlock()
	for _, f := range left {
		u.land(f, stratum.Verdict{}, 0, errStopping)
	}
}

// idle reports whether nothing is under way.
func (u *lift) idle() bool { return u.waiting() == 0 }

func (u *lift) waiting() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.queue) + u.flight
}

// pump sends until nothing waits, or enough is under way.
func (u *lift) pump(ctx context.Context) {
	pause := time.NewTimer(liftPause)
	defer pause.Stop()
	for {
		load := u.load()
		if load == nil {
			return
		}
		if via := load[0].w.via; !u.hand(via, load) {
			for _, f := range load {
				if !u.begin(func(ctx context.Context) { u.one(ctx, f) }) {
					u.land(f, stratum.Verdict{}, 0, errStopping)
				}
			}
		}
		pause.Reset(liftPause)
		select {
		case <-pause.C:
		case <-ctx.Done():
		}
	}
}

// load takes what may go in one write: shares of one login. nil: nothing, and the pump has ended.
func (u *lift) load() []*found {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.queue) == 0 {
		u.queue, u.pumping = nil, false
		return nil
	}
	via := u.queue[0].w.via
	most := mostUnderWay
	if _, many := via.Conn.(upstream.Sender); many {
		most = mostFlight
	}
	n := 0
	for n < len(u.queue) && n < min(mostLoad, most-u.flight) && u.queue[n].w.via == via {
		n++
	}
	if n == 0 {
		u.pumping = false // land goes on
		return nil
	}
	load := u.queue[:n:n]
	u.queue = u.queue[n:]
	u.flight += n
	return load
}

// hand gives shares to an upstream that takes several.
func (u *lift) hand(via *upstream.Via, load []*found) bool {
	list := make([]upstream.Solution, len(load))
	for i, f := range load {
		list[i] = f.up
	}
	began := time.Now()
	return u.lane.fail.Send(via, list, func(i int, v stratum.Verdict, err error) { u.land(load[i], v, time.Since(began), err) })
}

// block hands a block in, also while the coordinator ends, and sees it written down where a node took it.
func (u *lift) block(ctx context.Context, f *found) {
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastBlockTime)
	defer cancel()
	u.one(last, f)
	<-f.both
	if f.outcome.Accepted() && f.w.solo {
		u.lane.crew.block(ctx, f)
	}
}

// one hands a share in and waits for the answer.
func (u *lift) one(ctx context.Context, f *found) {
	ctx, cancel := context.WithTimeout(ctx, liftTime)
	defer cancel()
	began := time.Now()
	v, err := u.lane.fail.Submit(ctx, f.w.via, f.up)
	u.land(f, v, time.Since(began), err)
}

// land takes the answer, or that there is none.
func (u *lift) land(f *found, v stratum.Verdict, took time.Duration, err error) {
	u.answered(f, v, took, err)
	u.mu.Lock()
	u.flight--
	start := !u.pumping && len(u.queue) > 0
	u.pumping = u.pumping || start
	u.mu.Unlock()
	if start {
		u.start()
	}
}

func (u *lift) answered(f *found, v stratum.Verdict, took time.Duration, err error) {
	c := u.lane.crew
	if err != nil {
		c.total.lost.Add(1)
		c.o.Log.Warn("the upstream did not answer a share", "upstream", f.w.url, "block", f.rec.Block, "reason", err)
		f.part()
		return
	}
	f.outcome, f.text = v.Outcome, v.Text
	if c.o.Hooks.OnUpstream != nil {
		c.o.Hooks.OnUpstream(f.w.url, v.Outcome, took)
	}
	switch v.Outcome {
	case adit.ShareMalformed, adit.ShareLowDifficulty, adit.ShareDuplicate:
		c.disliked(f)
	}
	f.part()
}

// disliked counts an upstream's refusal against the member: what it claims is hashed again from now on.
func (c *Crew) disliked(f *found) {
	f.m.mu.Lock()
	f.m.refused++
	if !f.verified {
		f.m.trust.right = 0
	}
	f.m.mu.Unlock()
	if f.verified { // hashed here: it is not the member's doing
		c.o.Log.Warn("the upstream refused a share that is right", "upstream", f.w.url, "outcome", string(f.outcome), "text", f.text)
		return
	}
	c.judgeMember(f.m, f.outcome, 1, c.now())
}
