package rpc

import (
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/coopv1"
)

// StreamJobs implements the service.
func (s *Server) StreamJobs(r *coopv1.StreamJobsRequest, to grpc.ServerStreamingServer[coopv1.JobMessage]) error {
	ctx := to.Context()
	w, err := s.worker(ctx, r.GetWorkerId(), r.GetSession())
	if err != nil {
		return err
	}
	mine := w.takeStream()
	defer w.leaveStream(mine)
	for {
		select {
		case <-ctx.Done():
			return status.FromContextError(ctx.Err()).Err()
		case <-mine:
			return status.Error(codes.Aborted, "another stream of this worker has taken this one's place")
		case <-w.done:
			return w.over()
		case <-s.closing:
			return status.Error(codes.Unavailable, words(errClosing))
		case <-w.wake:
		}
		if m := w.due(s.o.Now()); m != nil {
			if err := to.Send(m); err != nil {
				return err
			}
		}
	}
}

// takeStream makes the caller's stream the one that speaks, with the newest work first.
func (w *worker) takeStream() chan struct{} {
	mine := make(chan struct{})
	w.mu.Lock()
	if w.stream != nil {
		close(w.stream)
	}
	w.stream = mine
	w.mu.Unlock()
	w.again()
	return mine
}

func (w *worker) leaveStream(mine chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stream == mine {
		w.stream = nil
	} else {
		w.nudge() // a word meant for the stream that came after may have woken this one
	}
}

// due is what is to be said now, nil where nothing is.
func (w *worker) due(now time.Time) *coopv1.JobMessage {
	work, clean, idle := w.take()
	switch {
	case idle != nil:
		m := idleMessage(nil, idle)
		m.Timestamp = now.UnixMilli()
		return m
	case work == nil:
		return nil
	}
	a, ok := w.seat.Assign(work)
	if !ok {
		return nil // it is not of its lane any more: the crew says what comes next
	}
	return jobMessage(work, a, clean)
}

func (w *worker) take() (work *coop.Work, clean bool, idle error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	work, clean = w.next, w.clean || w.fresh
	if w.tell {
		idle = w.idle
	}
	w.next, w.tell = nil, false
	if work != nil {
		w.clean, w.fresh = false, false
		w.sent.lane, w.sent.seq = work.Lane, work.Seq
	}
	return work, clean, idle
}

// currentJob is what a registration answers with: the newest work, which the stream tells first too, so that a program
// that looks at only one of them works as well.
func (s *Server) currentJob(w *worker) *coopv1.JobMessage {
	work := w.seat.Newest()
	if work == nil {
		return nil
	}
	a, ok := w.seat.Assign(work)
	if !ok || work.Blob == nil {
		return nil
	}
	return jobMessage(work, a, true)
}
