package nodework

import (
	"context"
	"slices"
	"sync"
	"time"
)

// A block is handed in again when no answer comes or the node is busy.
const (
	submitTries = 4
	submitPause = 500 * time.Millisecond
)

// Insist hands a block in until hand does not want it again, and returns its last error.
func Insist(ctx context.Context, hand func() (again bool, err error)) error {
	for try := 1; ; try++ {
		again, err := hand()
		if !again || try == submitTries || ctx.Err() != nil {
			return err
		}
		select {
		case <-time.After(submitPause):
		case <-ctx.Done():
			return err
		}
	}
}

// maxClaims is how many blocks are remembered: far more than anybody finds while they matter.
const maxClaims = 256

// Claims remembers the hashes of the newest blocks that were handed in. Its methods may be called concurrently.
type Claims struct {
	mu   sync.Mutex
	sent []string // oldest first
}

// Take claims a block; false where it was handed in before.
func (c *Claims) Take(hash string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.Contains(c.sent, hash) {
		return false
	}
	if len(c.sent) == maxClaims {
		c.sent = slices.Delete(c.sent, 0, 1)
	}
	c.sent = append(c.sent, hash)
	return true
}

// Release forgets a block that the node did not get.
func (c *Claims) Release(hash string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(c.sent, hash); i >= 0 {
		c.sent = slices.Delete(c.sent, i, i+1)
	}
}
