package monerod

import (
	"context"
	"encoding/hex"
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
	tip  [32]byte // the block that work builds on
	made time.Time
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

// Run implements upstream.Conn: it asks the node for its newest block and makes new work when that changed, or when the
// work grew old (so that time and transactions are fresh).
func (c *conn) Run(ctx context.Context, onWork func(*upstream.Work)) error {
	poll := time.NewTicker(c.node.o.Poll)
	defer poll.Stop()
	for misses := 0; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-poll.C:
		case <-c.kick:
		}
		w, err := c.look(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			misses = 0
			if w != nil {
				onWork(w)
			}
		default:
			if misses++; misses >= patience || hopeless(err) {
				return err
			}
			c.node.o.Log.DebugContext(ctx, "the Monero node was asked in vain", "node", c.node.URL(), "err", err)
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

// look asks once; w is nil where the work stays.
func (c *conn) look(ctx context.Context) (w *upstream.Work, err error) {
	tip, err := c.newest(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	fresh := tip == c.tip && time.Since(c.made) < c.node.o.Refresh
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

// newest is the hash of the node's newest block, and a measure of the way to it.
func (c *conn) newest(ctx context.Context) (tip [32]byte, err error) {
	var a struct {
		Hash   string `json:"hash"`
		Status string `json:"status"`
	}
	start := time.Now()
	if err := c.node.rpc.Get(ctx, pollTimeout, "/get_height", &a); err != nil {
		return tip, err
	}
	ping := time.Since(start)
	if err := hash(a.Hash, "hash", &tip); err != nil || a.Status != "OK" {
		return tip, adit.Errorf(adit.Unreachable, "the Monero node at %s does not tell its newest block (status %q)", c.node.o.Host, a.Status)
	}
	c.mu.Lock()
	c.ping = &ping
	c.mu.Unlock()
	return tip, nil
}

// take makes work of a template.
func (c *conn) take(t *template) *upstream.Work {
	c.mu.Lock()
	defer c.mu.Unlock()
	difficulty := t.difficulty
	w := &upstream.Work{
		JobID: hex.EncodeToString(t.block.raw[t.block.reserveAt+8 : t.block.reserveAt+extraAt]), Algorithm: adit.RandomX,
		Height: &t.height, Clean: c.work == nil || t.previous != c.tip, Share: difficulty, Network: &difficulty,
		At: time.Now(), Reward: t.reward, Mark: t,
		Blob: &upstream.Blob{Bytes: t.block.hashing(0), NonceOffset: nonceAt, NonceWidth: 4, Target: target(difficulty),
			Seed: t.seed, NextSeed: t.nextSeed, Cut: t.block.hashing},
	}
	c.work, c.tip, c.made = w, t.previous, w.At
	return w
}
