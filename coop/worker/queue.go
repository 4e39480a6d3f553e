package worker

import (
	"context"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/coopv1"
	"github.com/adit-mining/adit/stratum"
)

// Bounds of the queue.
const (
	queueMost   = 4096 // shares that wait; then the oldest is given up
	againAfter  = 500 * time.Millisecond
	atOnce      = 16               // calls under way
	verdictTime = 15 * time.Second // for one call
	replyTime   = 20 * time.Second // the engine hears that there is no verdict yet; it waits 30 s at most itself
)

// found is a share on its way to the coordinator.
type found struct {
	job    string
	nonce  []byte
	key    uint32
	result [32]byte
	at     time.Time
	tries  uint32
	next   time.Time // not handed in again before

	once  sync.Once
	reply func(stratum.Verdict)
	timer *time.Timer
}

// answer tells the engine once.
func (f *found) answer(v stratum.Verdict) {
	f.once.Do(func() {
		if f.timer != nil {
			f.timer.Stop()
		}
		f.reply(v)
	})
}

// queue keeps shares until they were judged.
type queue struct {
	w *Worker

	mu     sync.Mutex
	list   []*found // oldest first
	flying int
	more   chan struct{} // holds one when there is something to do
	closed bool

	accepted, rejected, stale, lost, blocks uint64
	last                                    *time.Time
}

func newQueue(w *Worker) *queue { return &queue{w: w, more: make(chan struct{}, 1)} }

func (q *queue) add(f *found) {
	q.mu.Lock()
	if q.closed {
		q.lost++
		q.mu.Unlock()
		f.answer(stratum.Verdict{Text: "the worker ends"})
		return
	}
	var dropped *found
	if len(q.list) >= queueMost {
		dropped, q.list = q.list[0], q.list[1:]
		q.lost++
	}
	f.timer = time.AfterFunc(replyTime, func() { f.answer(stratum.Verdict{Text: "the coordinator has not answered yet; the share is kept"}) })
	q.list = append(q.list, f)
	q.mu.Unlock()
	if dropped != nil {
		dropped.answer(stratum.Verdict{Text: "too many shares wait for the coordinator; the oldest was given up"})
	}
	q.wake()
}

func (q *queue) wake() {
	select {
	case q.more <- struct{}{}:
	default:
	}
}

// take removes the oldest that may be sent now; where all of them are to wait, again is for how long.
func (q *queue) take(now time.Time) (f *found, again time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.flying >= atOnce {
		return nil, 0
	}
	for i, f := range q.list {
		if wait := f.next.Sub(now); wait > 0 {
			if again == 0 || wait < again {
				again = wait
			}
			continue
		}
		q.list = append(q.list[:i:i], q.list[i+1:]...)
		q.flying++
		return f, 0
	}
	return nil, again
}

// back puts a share that was not judged in its place again.
func (q *queue) back(f *found) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.flying--
	f.tries++
	f.next = time.Now().Add(min(time.Duration(f.tries)*againAfter, 5*time.Second))
	i := 0
	for i < len(q.list) && q.list[i].at.Before(f.at) {
		i++
	}
	q.list = append(q.list[:i:i], append([]*found{f}, q.list[i:]...)...)
}

// run hands in what is queued while the worker is with its coordinator, until ctx ends.
func (q *queue) run(ctx context.Context) {
	var all sync.WaitGroup
	defer func() {
		all.Wait()
		q.close()
	}()
	again := time.NewTimer(time.Hour)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-q.more:
		case <-again.C:
		}
		for ctx.Err() == nil {
			s := q.w.session()
			if s == nil {
				break // a new one wakes
			}
			f, wait := q.take(time.Now())
			if f == nil {
				if wait > 0 {
					again.Reset(wait)
				}
				break
			}
			all.Go(func() {
				q.hand(ctx, s, f)
				q.wake()
			})
		}
	}
}

// hand gives one share to the coordinator.
func (q *queue) hand(ctx context.Context, s *session, f *found) {
	call, cancel := context.WithTimeout(ctx, verdictTime)
	defer cancel()
	answer, err := q.w.client.SubmitShare(call, &coopv1.ShareRequest{
		WorkerId: s.id, JobId: f.job, Nonce: f.nonce, Result: f.result[:], Timestamp: f.at.UnixMilli(), Session: s.token, Attempt: f.tries,
	})
	if err != nil {
		switch status.Code(err) {
		case codes.InvalidArgument, codes.PermissionDenied, codes.Unimplemented, codes.OutOfRange, codes.AlreadyExists:
			q.done(f, stratum.Verdict{Outcome: adit.ShareMalformed, Text: status.Convert(err).Message()}, false)
			return
		}
		q.back(f)
		switch status.Code(err) {
		case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled, codes.ResourceExhausted, codes.Internal, codes.Unknown:
			// not judged, and kept; whether the coordinator is there, the stream of jobs tells
		default:
			s.fail(err)
		}
		return
	}
	q.done(f, verdictOf(answer), answer.GetIsBlock())
}

// verdictOf reads the coordinator's word. One of the seed's has no outcome, only a reason.
func verdictOf(a *coopv1.ShareResponse) stratum.Verdict {
	v := stratum.Verdict{Outcome: adit.ShareOutcome(a.GetOutcome()), Text: clip(a.GetReason())}
	switch {
	case a.GetAccepted() && a.GetIsBlock():
		v.Outcome = adit.ShareBlock
	case a.GetAccepted() && !v.Outcome.Accepted():
		v.Outcome = adit.ShareAccepted
	case !a.GetAccepted() && (v.Outcome == "" || v.Outcome.Accepted()):
		v.Outcome = stratum.Classify(a.GetReason())
	}
	return v
}

// done counts a verdict and tells the engine.
func (q *queue) done(f *found, v stratum.Verdict, block bool) {
	q.mu.Lock()
	q.flying--
	switch {
	case v.Outcome.Accepted():
		now := time.Now().UTC()
		q.accepted++
		q.last = &now
		if block {
			q.blocks++
		}
	case v.Outcome == adit.ShareStale, v.Outcome == adit.ShareUnknownJob:
		q.stale++
	case v.Outcome == "":
		q.lost++
	default:
		q.rejected++
	}
	q.mu.Unlock()
	if !v.Outcome.Accepted() {
		q.w.o.Log.Info("a share was not accepted", "job", f.job, "outcome", v.Outcome, "reason", v.Text)
	}
	f.answer(v)
}

// close gives up what is left.
func (q *queue) close() {
	q.mu.Lock()
	left := q.list
	q.list, q.closed = nil, true
	q.lost += uint64(len(left))
	q.mu.Unlock()
	for _, f := range left {
		f.answer(stratum.Verdict{Text: "the worker ends"})
	}
}

func (q *queue) size() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.list) + q.flying
}

func (q *queue) counts() (accepted, rejected, stale, lost, blocks uint64, last *time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.accepted, q.rejected, q.stale, q.lost, q.blocks, q.last
}

// clip bounds foreign words and takes control characters out.
func clip(s string) string {
	const most = 200
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}
