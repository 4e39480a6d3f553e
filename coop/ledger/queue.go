package ledger

import (
	"sync"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
)

// entry is what waits for the writer.
type entry struct {
	kind    Kind
	member  uint32 // a share's, as numbered by the encoder
	share   coop.ShareRecord
	verdict *Verdict
	block   *coop.FoundBlock
	done    func(seq uint64, err error) // nil for verdicts
}

// queue is what waits; two slices take turns, so that appending makes no garbage.
type queue struct {
	mu      sync.Mutex
	wake    chan struct{}
	waiting []entry
	refused []func(uint64, error) // came while it was full
	closed  bool
}

var errBusy = adit.Errorf(adit.Timeout, "the ledger's disk does not keep up: %d shares wait to be written", maxQueue)

// put returns false once the queue is closed.
func (q *queue) put(e entry) bool {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return false
	}
	if len(q.waiting) >= maxQueue && e.kind == KindShare {
		q.refused = append(q.refused, e.done)
	} else {
		q.waiting = append(q.waiting, e)
	}
	first := len(q.waiting) == 1
	q.mu.Unlock()
	if first {
		select {
		case q.wake <- struct{}{}:
		default:
		}
	}
	return true
}

// take hands over what waits and gets the other slice, emptied, in return.
func (q *queue) take(used []entry) ([]entry, []func(uint64, error)) {
	clear(used) // let go of what they point at
	if cap(used) > 4096 {
		used = nil // a burst is over
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	got, refused := q.waiting, q.refused
	q.waiting, q.refused = used[:0], nil
	return got, refused
}

func (q *queue) close() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	was := q.closed
	q.closed = true
	return !was
}
