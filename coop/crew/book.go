package crew

import (
	"context"
	"errors"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
)

// route decides whether a share is hashed before it counts. A block goes up at once, unless its member lied before.
func (f *found) route() {
	c := f.seat.crew
	if f.verified {
		f.commit()
		return
	}
	if f.rec.Block && !f.m.lied() {
		f.lift()
	}
	if no := c.check.take(f); no.why() {
		f.drop(no)
	}
}

// lied reports whether one of the member's hashes was found wrong, and not forgiven since.
func (m *member) lied() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.trust.lies > 0
}

// commit writes the share down and sends it up where it is wanted. f is not to be used after it.
func (f *found) commit() {
	f.rec.Verified = f.verified
	if f.rec.Up {
		f.lift()
	}
	f.seat.crew.o.Ledger.Append(f.rec, f.written)
}

// lift sends it up, once.
func (f *found) lift() {
	if !f.sent {
		f.sent = true
		f.w.lane.up.send(f)
	}
}

// drop refuses a share after its nonce was taken down: where it was not judged it may come again.
func (f *found) drop(no refusal) {
	if no.outcome == "" {
		f.seat.crew.forget(f)
	}
	sub := coop.Submission{JobID: f.w.ID, At: f.rec.At}
	f.seat.crew.refuse(f.seat, f.m, &sub, f.came, no, f.reply)
	if f.sent {
		f.lost = true
		f.part()
		return
	}
	f.free()
}

// forget takes a share's nonce out of those handed in.
func (c *Crew) forget(f *found) {
	l := f.w.lane
	l.mu.Lock()
	defer l.mu.Unlock()
	if f.w.until >= c.now() {
		f.w.seen.remove(f.rec.Key)
	}
}

// done is called by the ledger.
func (f *found) done(seq uint64, err error) {
	c := f.seat.crew
	v := coop.Verdict{Outcome: adit.ShareAccepted, Block: f.rec.Block, BlockHash: f.hash, Difficulty: f.rec.Difficulty}
	if f.rec.Block {
		v.Outcome = adit.ShareBlock
	}
	if err != nil {
		c.forget(f)
		v = coop.Verdict{Reason: unwritten(err), Block: v.Block, BlockHash: v.BlockHash}
		f.lost = true
		c.total.unwritten.Add(1)
	}
	f.seq = seq
	c.count(f, v, seq)
	f.reply(v)
	if f.sent {
		f.part()
		return
	}
	f.free()
}

// part is one of two: the ledger has it, the upstream answered. The later one writes the verdict.
func (f *found) part() {
	if atomic.AddInt32(&f.parts, 1) < 2 {
		return
	}
	f.seat.crew.ring.verdict(f)
	if !f.lost && f.outcome != "" {
		f.seat.crew.o.Ledger.Verdict(f.seq, f.m.id, f.outcome, f.text)
	}
	if f.both != nil {
		close(f.both)
	}
}

// block writes a block down that a node took. Where the ledger cannot it is tried until ctx ends: members earned it.
// It must not run in a callback of the ledger, which waits for itself then.
func (c *Crew) block(ctx context.Context, f *found) {
	b := coop.FoundBlock{
		At: time.Now().UTC(), Share: f.seq, Member: f.m.id, Coin: c.o.Coin.Symbol, Height: f.rec.Height, Hash: f.hash,
		Reward: f.w.Reward,
	}
	c.total.blocks.Add(1)
	c.total.lastBlock.Store(b.At.UnixNano())
	log := c.o.Log.With("height", b.Height, "hash", b.Hash, "member", b.Member, "share", b.Share)
	log.Info("a block was found")
	for {
		try, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
		err := c.o.Ledger.Found(try, b)
		cancel()
		if err == nil {
			break
		}
		log.Error("a block was found and cannot be written down yet", "reason", err)
		t := time.NewTimer(writeTime)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			log.Error("a block was found and is not in the ledger: enter it by hand", "reason", err)
			return
		}
	}
	if c.o.Hooks.OnBlock != nil {
		c.o.Hooks.OnBlock(b)
	}
}

// writeTime bounds one try of writing a block down, and is the pause before the next.
const writeTime = 5 * time.Second

// count keeps the books of an accepted share, or of one that the ledger did not take.
func (c *Crew) count(f *found, v coop.Verdict, seq uint64) {
	now := c.now()
	work := f.rec.Difficulty.Float()
	kind := kindOf(v.Outcome)
	c.total.count[kind].Add(1)
	m := f.m
	m.mu.Lock()
	m.count[kind]++
	if v.Outcome.Accepted() {
		m.work += work
		m.rates.add(now, work)
		m.last, m.lastAt = now, time.Now()
		m.score.add(v.Outcome, 1, &c.o.Rules.Ban)
		if !f.verified {
			m.trust.trusted++
		}
	}
	m.mu.Unlock()
	s := Share{
		At: f.rec.At, Member: m.id, Seq: seq, JobID: f.w.ID, Height: f.rec.Height, Difficulty: f.rec.Difficulty,
		Outcome: v.Outcome, Reason: v.Reason, Verified: f.verified, Up: f.rec.Up, Block: f.rec.Block,
	}
	f.place = c.ring.share(&s)
	c.total.add(now, work, v.Outcome.Accepted())
	if c.o.Hooks.OnShare != nil {
		c.o.Hooks.OnShare(s, time.Duration(now-f.came))
	}
}

// refuse answers a share that does not count, and keeps the books of it.
func (c *Crew) refuse(s *seat, m *member, sub *coop.Submission, came int64, no refusal, reply func(coop.Verdict)) {
	now := c.now()
	c.total.count[kindOf(no.outcome)].Add(1)
	reply(coop.Verdict{Outcome: no.outcome, Reason: no.reason})
	share := Share{At: sub.At, JobID: clip(sub.JobID), Outcome: no.outcome, Reason: no.reason}
	if m != nil {
		share.Member = m.id
		c.blame(m, no.outcome, 1, now)
		if no.outcome != "" {
			l := s.hold()
			s.counted[1]++
			l.mu.Unlock()
		}
	}
	c.ring.share(&share)
	if c.o.Hooks.OnShare != nil {
		c.o.Hooks.OnShare(share, time.Duration(now-came))
	}
}

// blame counts a refused share against its member, and slows or shuts it out where that is enough.
func (c *Crew) blame(m *member, o adit.ShareOutcome, weight uint16, now int64) {
	m.mu.Lock()
	m.count[kindOf(o)]++
	m.mu.Unlock()
	c.judgeMember(m, o, weight, now)
}

func (c *Crew) judgeMember(m *member, o adit.ShareOutcome, weight uint16, now int64) {
	rules := &c.o.Rules
	m.mu.Lock()
	verdict := m.score.add(o, weight, &rules.Ban)
	var seats []*seat
	switch {
	case verdict == banned && m.ban <= now:
		m.ban, m.until = now+int64(rules.Ban.For), time.Now().Add(rules.Ban.For)
		m.slow = 0
		seats = append(seats, m.seats...)
	case verdict == slowed && m.slow <= now:
		m.slow = now + int64(rules.Slow)
	default:
		verdict = fine
	}
	m.mu.Unlock()
	switch verdict {
	case slowed:
		c.o.Log.Warn("a member is slowed: many of its shares are wrong", "member", m.id)
		c.told(m.id, EventSlowed, "")
	case banned:
		c.o.Log.Warn("a member is shut out: too many of its shares are wrong", "member", m.id, "for", rules.Ban.For)
		c.told(m.id, EventBanned, "")
		c.evict(seats, adit.Errorf(adit.Forbidden, "too many of your shares were wrong; come back in %d s", int(rules.Ban.For.Seconds())))
	}
}

// evict hangs up on seats.
func (c *Crew) evict(seats []*seat, reason error) {
	for _, s := range seats {
		if s.leave() {
			s.gate.Evict(s, reason)
		}
	}
}

// clip bounds a miner's text.
func clip(s string) string {
	if len(s) > 64 {
		return s[:64]
	}
	return s
}

// unwritten is what a member hears of a share that the ledger did not take: no path and no more of the coordinator's
// computer than it needs.
func unwritten(err error) string {
	const words = "the share cannot be written down: "
	switch {
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return words + "the coordinator's disk is full"
	case adit.CodeOf(err) == adit.Unreachable:
		return words + "the coordinator is ending"
	case adit.CodeOf(err) == adit.Timeout:
		return words + "the coordinator's disk does not keep up"
	}
	return words + "the coordinator's ledger is in trouble"
}
