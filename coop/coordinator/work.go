package coordinator

import (
	"context"
	"encoding/hex"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/crew"
	"github.com/adit-mining/adit/coop/view"
)

// mostRecent is what the crew remembers at most of shares.
const mostRecent = 1000

// Jobs implements view.Reader.
func (c *Coordinator) Jobs(_ context.Context, actor adit.Actor, limit int) ([]view.Job, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	all := c.crew.Jobs(max(c.o.Config.Jobs.History, 1))
	out := make([]view.Job, 0, min(limit, len(all)))
	newer := map[uint32]view.Job{} // by lane
	for _, j := range all {
		if len(out) >= limit {
			break
		}
		v := c.jobView(j)
		if n, ok := newer[v.Lane]; ok {
			end := n.At
			v.EndedAt = &end
		}
		newer[v.Lane] = v
		out = append(out, v)
	}
	return out, nil
}

func (c *Coordinator) jobView(j crew.Job) view.Job {
	v := view.Job{
		ID: j.ID, Seq: j.Seq, Lane: uint32(j.Lane), Upstream: j.Upstream, Algorithm: string(j.Algorithm), Height: j.Height, At: j.At,
		Clean: j.Clean, Share: j.Share.Float(), Members: j.Seats,
	}
	if j.Network != nil {
		d := j.Network.Float()
		v.Network = &d
	}
	if j.Reward != nil {
		r := view.Atomic(*j.Reward)
		v.Reward = &r
	}
	if j.Seed != [32]byte{} {
		s := hex.EncodeToString(j.Seed[:])
		v.Seed = &s
	}
	v.Accepted, v.Rejected = c.tally.of(j.ID)
	return v
}

// Shares implements view.Reader.
func (c *Coordinator) Shares(_ context.Context, actor adit.Actor, q view.ShareQuery) ([]view.Share, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	out := []view.Share{}
	for _, s := range c.crew.Shares(mostRecent) {
		if len(out) >= q.Limit {
			break
		}
		if q.Member != "" && string(s.Member) != q.Member || q.Upstream && !s.Up || !s.At.After(q.After) || !wanted(s.Outcome, q.Outcome) {
			continue
		}
		out = append(out, c.shareView(s))
	}
	return out, nil
}

func wanted(o adit.ShareOutcome, q string) bool {
	switch q {
	case "":
		return o != ""
	case "rejected":
		return o != "" && !o.Accepted()
	}
	return string(o) == q
}

func (c *Coordinator) shareView(s crew.Share) view.Share {
	v := view.Share{
		At: s.At, Member: string(s.Member), Name: c.nameOf(s.Member), JobID: s.JobID, Difficulty: s.Difficulty.Float(),
		Outcome: string(s.Outcome), Reason: s.Reason, Verified: s.Verified, Block: s.Block,
	}
	if s.Seq > 0 {
		n := s.Seq
		v.Seq = &n
	}
	if s.Height > 0 {
		h := s.Height
		v.Height = &h
	}
	if s.Up {
		word := "waiting"
		if s.UpOutcome != "" {
			word = string(s.UpOutcome)
		}
		v.Up = &word
	}
	return v
}
