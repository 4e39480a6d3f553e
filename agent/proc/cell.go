package proc

import "sync"

// cell holds the newest value of something and tells its watchers when it changes.
type cell[T any] struct {
	mu      sync.Mutex
	value   T
	changed chan struct{}
}

func newCell[T any](v T) *cell[T] { return &cell[T]{value: v, changed: make(chan struct{})} }

func (c *cell[T]) set(v T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.value = v
	close(c.changed)
	c.changed = make(chan struct{})
}

// get returns the value and a channel that is closed when a newer one is there.
func (c *cell[T]) get() (T, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.value, c.changed
}
