package crew

import (
	"context"
	"sync"
	"time"

	"github.com/adit-mining/adit"
)

// lift takes a lane's shares up. A call to an upstream waits for its answer, so several are under way at a time; the
// goroutines come with the shares and go with them.
type lift struct {
	lane *lane

	mu    sync.Mutex
	queue []*found
	busy  int
}

const (
	mostUnderWay  = 64
	mostLifted    = 1 << 16 // shares that wait; beyond them they are lost, which is said
	liftTime      = 60 * time.Second
	lastBlockTime = 15 * time.Second
)

// send takes a share up. It does not wait.
func (u *lift) send(f *found) {
	c := u.lane.crew
	c.mu.Lock()
	run := c.run
	u.mu.Lock() // under crew.mu: no goroutine may begin after Run saw that all ended
	full := run == nil || len(u.queue) >= mostLifted
	if !full {
		u.queue = append(u.queue, f)
		if u.busy < mostUnderWay {
			u.busy++
			run.group.Go(func() { u.work(run.ctx) })
		}
	}
	u.mu.Unlock()
	c.mu.Unlock()
	if full {
		c.total.lost.Add(1)
		f.part()
	}
}

// idle reports whether nothing is under way.
func (u *lift) idle() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.busy == 0
}

func (u *lift) work(ctx context.Context) {
	for {
		u.mu.Lock()
		if len(u.queue) == 0 {
			u.busy--
			u.queue = nil
			u.mu.Unlock()
			return
		}
		f := u.queue[0]
		u.queue[0] = nil
		u.queue = u.queue[1:]
		u.mu.Unlock()
		u.one(ctx, f)
	}
}

// one hands a share in and takes the answer.
func (u *lift) one(ctx context.Context, f *found) {
	c := u.lane.crew
	most := liftTime
	if f.rec.Block { // also while the coordinator ends
		ctx, most = context.WithoutCancel(ctx), lastBlockTime
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	began := time.Now()
	v, err := u.lane.fail.Submit(ctx, f.w.via, f.up)
	took := time.Since(began)
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
