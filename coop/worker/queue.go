package worker

import (
	"context"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/coopv1"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/jsonline"
)

// Bounds of the queue.
const (
	queueMost = 4096             // shares that wait; then the oldest is given up
	atOnce    = 16               // calls under way
	keptFor   = 15 * time.Minute // then nobody wants it any more
	replyTime = 20 * time.Second // the engine hears that there is no verdict yet; it waits 30 s at most itself
)

// found is a share on its way to the coordinator.
type found struct {
	job    string
	nonce  []byte
	key    uint32
	result [32]byte
	at     time.Time

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

// take removes the oldest.
func (q *queue) take() *found {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list) == 0 || q.flying >= atOnce {
		return nil
	}
	f := q.list[0]
	q.list = q.list[1:]
	q.flying++
	return f
}

// run hands in what is queued until ctx ends. While the coordinator is away the calls wait for it.
func (q *queue) run(ctx context.Context) {
	var all sync.WaitGroup
	defer func() {
		all.Wait()
		q.close()
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case <-q.more:
		}
		for f := q.take(); f != nil; f = q.take() {
			all.Go(func() {
				q.hand(ctx, f)
				q.wake()
			})
		}
	}
}

// hand gives one share to the coordinator.
func (q *queue) hand(ctx context.Context, f *found) {
	ctx, cancel := context.WithTimeout(ctx, keptFor)
	defer cancel()
	answer, err := q.w.client.Submit(ctx, &coopv1.ShareRequest{JobId: f.job, Nonce: f.nonce, Result: f.result[:], Timestamp: f.at.UnixMilli()})
	switch {
	case ctx.Err() != nil && err != nil:
		q.done(f, stratum.Verdict{Text: "it could not be handed in"}, false)
	case err != nil:
		q.done(f, stratum.Verdict{Outcome: adit.ShareMalformed, Text: jsonline.Clip(err.Error())}, false)
	default:
		q.done(f, verdictOf(answer), answer.GetIsBlock())
	}
}

// verdictOf reads the coordinator's word. One of the seed's has no outcome, only a reason.
func verdictOf(a *coopv1.ShareResponse) stratum.Verdict {
	v := stratum.Verdict{Outcome: adit.ShareOutcome(a.GetOutcome()), Text: jsonline.Clip(a.GetReason())}
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
