package verify

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
)

// How many requests may be under way: the next one of a seed is sent before its last is answered, so that the child never
// waits for us, and while it makes the memory of one seed it is asked for another's.
const (
	mostOut  = 4
	mostSeed = 2
)

// flight is a request that is not answered yet.
type flight struct {
	id    uint64
	asks  []*ask // of one algorithm and seed
	blobs int
}

// put sends what may be sent now.
func (c *Client) put(k *child) error {
	for {
		asks := c.batch(k.owed)
		if len(asks) == 0 {
			return nil
		}
		k.nextID++
		f := &flight{id: k.nextID, asks: asks}
		k.owed = append(k.owed, f) // from here on they go back if all fails
		line, err := f.line()
		if err != nil {
			return err
		}
		select {
		case k.out <- line: // has room for as many as may be owed
		default:
			return errors.New("it answers what it did not read")
		}
	}
}

// line is the request as it is sent.
func (f *flight) line() ([]byte, error) {
	r := request{ID: f.id, Algo: f.asks[0].algo, Seed: hex.EncodeToString(f.asks[0].seed[:])}
	for _, a := range f.asks {
		for _, b := range a.blobs {
			r.Blobs = append(r.Blobs, hex.EncodeToString(b))
		}
	}
	f.blobs = len(r.Blobs)
	b, err := json.Marshal(r)
	return append(b, '\n'), err
}

// settle gives an answer to who asked. An error says that the child is not well; its own error to a request does not.
func (k *child) settle(a answer) error {
	i := slices.IndexFunc(k.owed, func(f *flight) bool { return f.id == a.ID })
	if i < 0 {
		return errors.New("it answered what it was not asked")
	}
	f := k.owed[i]
	hashes, err := a.hashes(f.blobs)
	if err != nil && a.Error == "" {
		return err
	}
	k.owed = slices.Delete(k.owed, i, i+1)
	for _, q := range f.asks {
		if err != nil {
			q.result <- result{err: err}
			continue
		}
		n := len(q.blobs)
		q.result <- result{hashes: hashes[:n:n]}
		hashes = hashes[n:]
	}
	return nil
}

// asks are the questions that are not answered yet.
func (k *child) asks() (all []*ask) {
	for _, f := range k.owed {
		all = append(all, f.asks...)
	}
	return all
}

// batch takes the oldest question that may be sent beside out, and all others of its seed that fit into one request. One
// that a child died over is sent alone, so that no other is blamed with it. Those that nobody waits for are dropped.
func (c *Client) batch(out []*flight) []*ask {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = slices.DeleteFunc(c.waiting, func(a *ask) bool {
		if a.ctx.Err() != nil {
			c.blobs -= len(a.blobs)
		}
		return a.ctx.Err() != nil
	})
	if len(c.waiting) == 0 || len(out) >= mostOut || len(out) > 0 && c.waiting[0].tries > 0 {
		return nil
	}
	first := slices.IndexFunc(c.waiting, func(a *ask) bool { return a.fits(out) })
	if first < 0 {
		return nil
	}
	var got, rest []*ask
	n := 0
	for i, a := range c.waiting {
		same := i > first && a.like(c.waiting[first]) && a.tries == 0 && c.waiting[first].tries == 0 && n+len(a.blobs) <= MaxBlobs
		if i != first && !same {
			rest = append(rest, a)
			continue
		}
		got = append(got, a)
		n += len(a.blobs)
		c.blobs -= len(a.blobs)
	}
	c.waiting = rest
	return got
}

// fits reports whether a question may be sent beside what is under way.
func (a *ask) fits(out []*flight) bool {
	if len(out) == 0 {
		return true
	}
	n := 0
	for _, f := range out {
		if f.asks[0].like(a) {
			n++
		}
	}
	return a.tries == 0 && out[0].asks[0].tries == 0 && n < mostSeed
}

func (a *ask) like(b *ask) bool { return a.seed == b.seed && a.algo == b.algo }

// takeAll takes all questions.
func (c *Client) takeAll() []*ask {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.waiting
	c.waiting, c.blobs = nil, 0
	return all
}
