package bitcoind

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum/upstream"
)

// conn follows the chain of one node.
type conn struct {
	node  *Node
	since time.Time
	kick  chan struct{} // a block of ours was taken: look at once

	mu   sync.Mutex
	work *upstream.Work
	last *template // that work is of
	ping *time.Duration
}

// Work implements upstream.Conn.
func (c *conn) Work() *upstream.Work {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.work
}

// Info implements upstream.Conn.
func (c *conn) Info() upstream.Info {
	c.mu.Lock()
	defer c.mu.Unlock()
	return upstream.Info{IP: c.node.rpc.IP(), Since: c.since, Ping: c.ping, Solo: true}
}

// Close implements upstream.Conn. Blocks on their way up are not broken off.
func (c *conn) Close() { c.node.Close() }

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
		if id := c.newest().longPoll; id != "" && !busy && !failed && time.Since(began) >= c.node.o.Poll {
			busy, began = true, time.Now()
			listening.Go(func() { answers <- c.listen(ctx, id) })
		}
	}
	poll := time.NewTicker(c.node.o.Poll)
	defer poll.Stop()
	for misses, tick := 0, 0; ; {
		listen()
		var w *upstream.Work
		var err error
		select {
		case <-ctx.Done():
			return nil
		case a := <-answers:
			if busy, failed = false, a.err != nil; failed { // no more long polls until asking works
				c.node.o.Log.DebugContext(ctx, "a long poll failed", "node", c.node.URL(), "err", a.err)
				continue
			}
			w, err = c.heard(ctx, a.t)
		case <-poll.C:
			if tick++; busy && tick%4 != 0 {
				continue
			}
			w, err = c.look(ctx)
		case <-c.kick:
			w, err = c.look(ctx)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			misses, failed = 0, false
			if w != nil {
				onWork(w)
			}
		default:
			if misses++; misses >= patience || hopeless(err) {
				return err
			}
			c.node.o.Log.DebugContext(ctx, "the node was asked in vain", "node", c.node.URL(), "err", err)
		}
	}
}

// hopeless are errors that asking again does not mend.
func hopeless(err error) bool {
	switch adit.CodeOf(err) {
	case adit.Unauthorized, adit.Forbidden, adit.Invalid:
		return true
	}
	return false
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

// heard takes a long poll's work where it builds on the same block. Where it does not the node is asked: the answer may
// have waited here while a newer block came.
func (c *conn) heard(ctx context.Context, t *template) (*upstream.Work, error) {
	c.mu.Lock()
	same := t.job.PrevHash == c.last.job.PrevHash
	young := time.Since(c.work.At) < c.node.o.Refresh/2
	if same && young {
		c.last.longPoll = t.longPoll
	}
	c.mu.Unlock()
	switch {
	case !same:
		return c.look(ctx)
	case young:
		return nil, nil
	}
	return c.take(t), nil
}

// look asks once; w is nil where the work stays.
func (c *conn) look(ctx context.Context) (w *upstream.Work, err error) {
	var best string
	start := time.Now()
	if err := c.node.rpc.Call(ctx, pollTimeout, "getbestblockhash", []any{}, &best); err != nil {
		return nil, c.node.refusal(ctx, err)
	}
	ping := time.Since(start)
	tip, err := reversed(best, "hash")
	if err != nil {
		return nil, adit.Errorf(adit.Unreachable, "the %s node at %s does not tell its newest block", c.node.coin.Name, c.node.o.Host)
	}
	c.mu.Lock()
	c.ping = &ping
	fresh := tip == c.last.job.PrevHash && time.Since(c.work.At) < c.node.o.Refresh
	c.mu.Unlock()
	if fresh {
		return nil, nil
	}
	t, err := c.node.template(ctx)
	if err != nil {
		return nil, err
	}
	return c.take(t), nil
}

func (c *conn) newest() *template {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// take makes work of a template.
func (c *conn) take(t *template) *upstream.Work {
	c.mu.Lock()
	defer c.mu.Unlock()
	clean := c.last == nil || t.job.PrevHash != c.last.job.PrevHash
	t.job.Clean = clean
	w := &upstream.Work{JobID: t.job.ID, Algorithm: c.node.coin.Algorithm, Height: &t.height, Clean: clean, Share: t.network,
		Network: &t.network, At: time.Now(), Reward: &t.value, Mark: t}
	if c.node.coin.Algorithm == adit.SHA256d {
		w.Bitcoin = t.job
	} else {
		w.Blob = t.blob()
	}
	c.work, c.last = w, t
	return w
}

var errForeign = errors.New("this work is not of this kind of node")
