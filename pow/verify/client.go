package verify

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/adit-mining/adit"
)

// Options say how a client runs its child.
type Options struct {
	Path    string        // of adit-miner; see internal/minerpath
	Args    []string      // instead of "verify"
	Env     []string      // added to the environment
	Log     *slog.Logger  // nil: none
	Queue   int           // blobs that may wait at most; 0: 4096
	Backoff time.Duration // first pause before a dead child is started again, doubled up to a minute; 0: 200 ms
	Silence time.Duration // a child that owes an answer for so long is killed; 0: 30 s and half a second for each hash
}

// Client asks a child for hashes. The child is started at the first question and again when it has died.
type Client struct {
	o      Options
	cancel context.CancelFunc
	ended  chan struct{} // run has returned, the child is gone

	mu      sync.Mutex
	waiting []*ask // in the order they came
	blobs   int    // in waiting
	closed  bool
	wake    chan struct{}
}

// ask is one call of Hash.
type ask struct {
	ctx    context.Context
	algo   adit.Algorithm
	seed   [32]byte
	blobs  [][]byte
	tries  int // children that died over it
	result chan result
}

type result struct {
	hashes [][32]byte
	err    error
}

var _ Hasher = (*Client)(nil)

// Start makes a client; it ends with ctx or Close, and its child with it.
func Start(ctx context.Context, o Options) (*Client, error) {
	if o.Path == "" {
		return nil, adit.InvalidField("path", "the program adit-miner is needed to check hashes")
	}
	if o.Args == nil {
		o.Args = []string{"verify"}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Queue == 0 {
		o.Queue = 4096
	}
	if o.Backoff == 0 {
		o.Backoff = 200 * time.Millisecond
	}
	ctx, cancel := context.WithCancel(ctx)
	c := &Client{o: o, cancel: cancel, ended: make(chan struct{}), wake: make(chan struct{}, 1)}
	go c.run(ctx)
	return c, nil
}

// Close ends the child and fails what waits; it returns when the child is gone.
func (c *Client) Close() error {
	c.cancel()
	<-c.ended
	return nil
}

// Hash has the child compute the hashes of blobs, in order. It fails at once when too much waits already.
func (c *Client) Hash(ctx context.Context, algo adit.Algorithm, seed [32]byte, blobs [][]byte) ([][32]byte, error) {
	if len(blobs) == 0 {
		return nil, nil
	}
	for _, b := range blobs {
		if len(b) == 0 || len(b) > MaxBlob {
			return nil, adit.InvalidField("blobs", "a blob of %d bytes: allowed are 1 to %d", len(b), MaxBlob)
		}
	}
	if len(blobs) > MaxBlobs {
		return nil, adit.InvalidField("blobs", "%d at once are more than %d", len(blobs), MaxBlobs)
	}
	a := &ask{ctx: ctx, algo: algo, seed: seed, blobs: blobs, result: make(chan result, 1)}
	if err := c.add(a); err != nil {
		return nil, err
	}
	select {
	case r := <-a.result:
		return r.hashes, r.err
	case <-ctx.Done():
		return nil, ctx.Err() // the queue drops it when its turn comes
	}
}

func (c *Client) add(a *ask) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return errClosed
	case c.blobs+len(a.blobs) > c.o.Queue:
		return adit.Errorf(adit.Refused, "the verifier is busy: %d hashes wait", c.blobs)
	}
	c.waiting = append(c.waiting, a)
	c.blobs += len(a.blobs)
	c.poke()
	return nil
}

func (c *Client) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

var errClosed = adit.Errorf(adit.Unreachable, "the verifier is closed")

// back puts questions of a dead child in front again, once each; what killed two children is answered with an error.
func (c *Client) back(asks []*ask, why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var again []*ask
	for _, a := range asks {
		if a.tries++; a.tries > 1 || c.closed {
			a.result <- result{err: why}
			continue
		}
		again = append(again, a)
		c.blobs += len(a.blobs)
	}
	c.waiting = append(again, c.waiting...)
	c.poke()
}

// closeAll fails what waits and refuses what comes.
func (c *Client) closeAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for _, a := range c.waiting {
		a.result <- result{err: errClosed}
	}
	c.waiting, c.blobs = nil, 0
}
