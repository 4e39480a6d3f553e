package bitcoind

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/nodework"
	"github.com/adit-mining/adit/stratum/upstream"
)

// conn follows the chain of one node.
type conn struct {
	*nodework.Follower
	node *Node
	last *template // that the work is of; Run's alone
}

// listened is the answer of a long poll.
type listened struct {
	t   *template
	err error
}

// Run implements upstream.Conn. A long poll, where the node offers one, brings new blocks at once; asking for the newest
// block now and then finds out that the node went away, and new blocks where there is no long poll. Work that grew old
// is replaced, so that time and transactions are fresh.
//
// A long poll is never broken off to begin another: Bitcoin Core would keep a thread busy with it until the next block.
func (c *conn) Run(ctx context.Context, onWork func(*upstream.Work)) error {
	ctx, cancel := context.WithCancel(ctx)
	var listening sync.WaitGroup
	defer listening.Wait()
	defer cancel()
	answers := make(chan listened, 1)
	busy, failed, began := false, false, time.Time{}
	listen := func() { // not more often than asking, however quickly the node answers
		if id := c.last.longPoll; id != "" && !busy && !failed && time.Since(began) >= c.Poll {
			busy, began = true, time.Now()
			listening.Go(func() { answers <- c.listen(ctx, id) })
		}
	}
	poll := time.NewTicker(c.Poll)
	defer poll.Stop()
	for tick := 0; ctx.Err() == nil; {
		listen()
		var w *upstream.Work
		var err error
		select {
		case <-ctx.Done():
			return nil
		case a := <-answers:
			if busy, failed = false, a.err != nil; failed { // no more long polls until asking works
				c.Log.DebugContext(ctx, "a long poll failed", "node", c.node.URL(), "err", a.err)
				continue
			}
			w, err = c.told(ctx, a.t)
		case <-poll.C:
			if tick++; busy && tick%4 != 0 {
				continue
			}
			w, err = c.Look(ctx)
		case <-c.Kicked():
			w, err = c.Look(ctx)
		}
		failed = failed && err != nil
		if err := c.Heard(ctx, w, err, onWork); err != nil {
			return err
		}
	}
	return nil
}

// listen waits for the node to say that there is better work.
func (c *conn) listen(ctx context.Context, id string) listened {
	var a templateAnswer
	err := c.node.rpc.Call(ctx, listenTimeout, "getblocktemplate", []any{ask(id)}, &a)
	if err != nil {
		return listened{err: c.node.refusal(ctx, err)}
	}
	t, err := c.node.read(ctx, &a)
	return listened{t, err}
}

// told takes a long poll's work where it builds on the same block. Where it does not the node is asked: the answer may
// have waited here while a newer block came.
func (c *conn) told(ctx context.Context, t *template) (*upstream.Work, error) {
	switch {
	case t.job.PrevHash != c.Tip():
		return c.Look(ctx)
	case c.Older(c.Refresh / 2):
		return c.Take(c.work(t)), nil
	}
	c.last.longPoll = t.longPoll
	return nil, nil
}

// newest is the hash of the node's newest block.
func (n *Node) newest(ctx context.Context) (tip [32]byte, err error) {
	var best string
	if err := n.rpc.Call(ctx, nodework.AskTimeout, "getbestblockhash", []any{}, &best); err != nil {
		return tip, n.refusal(ctx, err)
	}
	if tip, err = reversed(best, "hash"); err != nil {
		return tip, adit.Errorf(adit.Unreachable, "the %s node at %s does not tell its newest block", n.coin.Name, n.o.Host)
	}
	return tip, nil
}

// renew makes work of a new template.
func (c *conn) renew(ctx context.Context) (w *upstream.Work, previous [32]byte, err error) {
	t, err := c.node.template(ctx)
	if err != nil {
		return nil, previous, err
	}
	w, previous = c.work(t)
	return w, previous, nil
}

// work makes work of a template, which is the last from here on.
func (c *conn) work(t *template) (w *upstream.Work, previous [32]byte) {
	w = &upstream.Work{JobID: t.job.ID, Algorithm: c.node.coin.Algorithm, Height: &t.height, Share: t.network,
		Network: &t.network, Reward: &t.value, Mark: t}
	if c.node.coin.Algorithm == adit.SHA256d {
		w.Bitcoin = t.job
	} else {
		w.Blob = t.blob()
	}
	c.last = t
	return w, t.job.PrevHash
}

var errForeign = errors.New("this work is not of this kind of node")
