package bitcoind

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/noderpc"
	"github.com/adit-mining/adit/coop/nodework"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/bitcoin"
	"github.com/adit-mining/adit/stratum/upstream"
)

// Submit implements upstream.Conn: it builds the block, hands it in, and asks the chain what became of it where the answer
// leaves that open.
func (c *conn) Submit(ctx context.Context, s upstream.Solution) (stratum.Verdict, error) {
	t, ok := s.Work.Mark.(*template)
	if !ok {
		return stratum.Verdict{}, adit.Errorf(adit.Internal, "%w", errForeign)
	}
	share := s.Share
	if s.Work.Blob != nil {
		share = t.shareOf(s.Extra, s.Nonce)
	}
	if len(share.Extranonce2) != extranonceSize {
		return verdict(adit.ShareMalformed, "Invalid nonce2 length"), nil
	}
	hash := display(t.job.Hash(share))
	if !c.node.claims.Take(hash) {
		return verdict(adit.ShareDuplicate, "this block was handed in before"), nil
	}
	start := time.Now()
	reason, err := c.hand(ctx, hex.EncodeToString(t.block(share)))
	trip := time.Since(start)
	if err != nil {
		c.node.claims.Release(hash)
		return stratum.Verdict{}, err
	}
	v := c.judge(ctx, t.height, hash, reason)
	v.RoundTrip = trip
	c.Kick()
	return v, nil
}

// hand sends the block until there is an answer: the reason of a refusal, "" for none.
func (c *conn) hand(ctx context.Context, block string) (reason string, err error) {
	err = nodework.Insist(ctx, func() (again bool, err error) {
		var said *string
		err = c.node.rpc.Call(ctx, nodework.SubmitTimeout, "submitblock", []any{block}, &said)
		switch code := noderpc.CodeOf(err); {
		case err == nil && said != nil:
			reason = *said
		case code == codeDecode:
			reason, err = err.Error(), nil
		default:
			again = err != nil && (code == 0 || code == codeStarting)
		}
		return again, err
	})
	return reason, c.node.refusal(ctx, err)
}

// judge reads the node's word. Source: BIP22, "Appendix: Example Rejection Reasons", and bitcoin src/rpc/mining.cpp;
// btcd says "rejected: " and a sentence.
func (c *conn) judge(ctx context.Context, height uint64, hash, reason string) stratum.Verdict {
	r := strings.ToLower(reason)
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(r, w) })
	}
	switch {
	case r == "", r == "inconclusive", r == "duplicate-inconclusive":
		if main, err := c.node.isMain(ctx, height, hash); err == nil && !main {
			return verdict(adit.ShareStale, "the node keeps the block beside its chain: another came first")
		}
		return verdict(adit.ShareBlock, "") // where the chain does not tell now the ledger asks again
	case r == "duplicate", has("already have block"):
		if main, err := c.node.isMain(ctx, height, hash); err == nil && main {
			return verdict(adit.ShareBlock, "") // the answer to the first time was lost
		}
		return verdict(adit.ShareDuplicate, reason)
	case has("high-hash", "higher than expected max"):
		return verdict(adit.ShareLowDifficulty, reason)
	case has("prevblk", "prev-blk", "previous block", "stale"):
		return verdict(adit.ShareStale, reason)
	}
	return verdict(adit.ShareMalformed, reason)
}

func verdict(o adit.ShareOutcome, text string) stratum.Verdict {
	return stratum.Verdict{Outcome: o, Text: noderpc.Printable(text)}
}

// shareOf is the share of a blob's solution: extra nonce and nonce in their places.
func (t *template) shareOf(extra, nonce uint32) bitcoin.Share {
	return bitcoin.Share{Extranonce2: extranonce(extra), Time: t.job.Time, Nonce: nonce}
}
