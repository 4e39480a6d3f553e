package monerod

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/noderpc"
	"github.com/adit-mining/adit/coop/nodework"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/upstream"
)

// Submit implements upstream.Conn: it builds the block and hands it in. Monero 0.18.0.0 answers OK for a block it knows
// already and for one that lost the race, so the chain is asked what became of it.
func (c *conn) Submit(ctx context.Context, s upstream.Solution) (stratum.Verdict, error) {
	t, ok := s.Work.Mark.(*template)
	if !ok {
		return stratum.Verdict{}, adit.Errorf(adit.Internal, "this work is not of a Monero node")
	}
	id := t.block.id(s.Extra, s.Nonce)
	if !c.node.claims.Take(id) {
		return verdict(adit.ShareDuplicate, "this block was handed in before"), nil
	}
	start := time.Now()
	err := c.hand(ctx, hex.EncodeToString(t.block.solved(s.Extra, s.Nonce)))
	trip := time.Since(start)
	var v stratum.Verdict
	switch {
	case err == nil:
		v = c.settled(ctx, id)
	case noderpc.CodeOf(err) != 0:
		v = c.refused(t, s, err)
	default:
		c.node.claims.Release(id)
		return stratum.Verdict{}, err
	}
	v.RoundTrip = trip
	c.Kick()
	return v, nil
}

// hand sends the block until there is an answer: the node takes a block that it knows already.
func (c *conn) hand(ctx context.Context, block string) error {
	err := nodework.Insist(ctx, func() (again bool, err error) {
		var a struct {
			Status string `json:"status"`
		}
		err = c.node.rpc.Call(ctx, nodework.SubmitTimeout, "submit_block", []string{block}, &a)
		if err == nil && a.Status != "OK" {
			err = adit.Errorf(adit.Unreachable, "the Monero node at %s did not judge the block (status %q)", c.node.o.Host, a.Status)
		}
		code := noderpc.CodeOf(err)
		return err != nil && (code == 0 || code == codeBusy), err
	})
	if noderpc.CodeOf(err) == codeBusy {
		return c.node.refusal(ctx, err)
	}
	return err
}

// settled looks whether a block that the node took is on its main chain. Where the node does not tell now it counts as a
// block: the ledger asks again until it is mature.
func (c *conn) settled(ctx context.Context, id string) stratum.Verdict {
	h, err := c.node.headerByHash(ctx, id)
	if err == nil && h != nil && h.Orphan {
		return verdict(adit.ShareStale, "the node keeps the block beside its chain: another came first")
	}
	return verdict(adit.ShareBlock, "")
}

// refused finds the outcome of a block that the node did not accept; it says no more than that.
func (c *conn) refused(t *template, s upstream.Solution, err error) stratum.Verdict {
	switch {
	case !meets(s.Result, t.difficulty):
		return verdict(adit.ShareLowDifficulty, err.Error())
	case t.previous != c.Tip():
		return verdict(adit.ShareStale, err.Error())
	}
	return verdict(adit.ShareMalformed, err.Error())
}

func verdict(o adit.ShareOutcome, text string) stratum.Verdict {
	return stratum.Verdict{Outcome: o, Text: text}
}
