package rpc

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
)

// worker is one registration: from Register until it leaves, is replaced or is sent away.
type worker struct {
	member  coop.MemberID
	id      string // as it calls itself
	session string
	seat    coop.Seat
	limit   *rate.Limiter // nil = none
	recent  *verdicts
	done    chan struct{} // closed when it is over

	mu     sync.Mutex
	seen   time.Time
	gone   error         // why it is over, nil while it is not
	stream chan struct{} // of the stream that speaks now, closed when another takes its place; nil = none
	wake   chan struct{} // something is to be said
	next   *coop.Work    // newest work that is to be sent; nil = none
	clean  bool          // next, or one that was skipped for it, was clean
	fresh  bool          // nothing was sent in this registration yet
	idle   error         // there is no work: why; nil = there is
	tell   bool          // idle is to be told
	sent   struct {      // newest work that was sent
		lane coop.Lane
		seq  uint64
	}
}

func newWorker(member coop.MemberID, id, session string, seat coop.Seat, now time.Time) *worker {
	return &worker{
		member: member, id: id, session: session, seat: seat, seen: now, fresh: true,
		done: make(chan struct{}), wake: make(chan struct{}, 1),
	}
}

func (w *worker) alive(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now.After(w.seen) {
		w.seen = now
	}
}

func (w *worker) silent(now time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return now.Sub(w.seen)
}

// begin takes the seat's newest work as the first to be sent, unless the crew has delivered already.
func (w *worker) begin() {
	work := w.seat.Newest() // never while w is locked: the crew may be locked itself
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.next == nil && w.idle == nil {
		if w.next = work; work == nil {
			w.idle, w.tell = errNoWork, true
		}
	}
	w.nudge()
}

var errNoWork = adit.Errorf(adit.Unreachable, "the coordinator has no work at the moment")

// offer is new work: only the newest is ever sent, and it is clean where one of those it overtook was.
func (w *worker) offer(work *coop.Work) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.next, w.clean, w.idle, w.tell = work, w.clean || work.Clean, nil, false
	w.nudge()
}

func (w *worker) rest(reason error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if reason == nil {
		reason = errNoWork
	}
	w.next, w.idle, w.tell = nil, reason, true
	w.nudge()
}

// again has the newest work sent once more: its difficulty or its slice changed, or a new stream begins.
func (w *worker) again() {
	work := w.seat.Newest()
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.next != nil:
	case work != nil && w.idle == nil && (work.Lane != w.sent.lane || work.Seq >= w.sent.seq): // else a newer one overtook it
		w.next = work
	case w.idle != nil:
		w.tell = true
	}
	w.nudge()
}

func (w *worker) nudge() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// end ends it once, and tells whether it was this call that did.
func (w *worker) end(reason error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gone != nil {
		return false
	}
	w.gone = reason
	close(w.done)
	return true
}

// over is the status of who is not registered any more by this registration.
func (w *worker) over() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return goneStatus(w.gone)
}

// goneStatus tells a worker why it is out, by the code that makes it do what helps.
func goneStatus(reason error) error {
	switch code := adit.CodeOf(reason); code {
	case "":
		return status.Error(codes.NotFound, "register again")
	case adit.Conflict:
		return status.Error(codes.Aborted, words(reason))
	case adit.Forbidden, adit.Refused, adit.Unauthorized:
		return status.Error(codes.PermissionDenied, words(reason))
	case adit.Unreachable:
		return status.Error(codes.Unavailable, words(reason))
	}
	return status.Error(codes.NotFound, words(reason))
}

// words are what of an error is for others' eyes.
func words(err error) string {
	if e, ok := adit.AsError(err); ok && e.Code != adit.Internal {
		return cut(e.Error(), 400)
	}
	return "the coordinator cannot do this now; its log says why"
}
