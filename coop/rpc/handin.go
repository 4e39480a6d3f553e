package rpc

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/coopv1"
)

// Submit hands a share in and waits for the verdict. Where the connection breaks, or the answer is lost, or the coordinator
// cannot judge now, it comes again with the next registration, until ctx ends: it is never counted twice. An error other
// than that means that it will not be taken.
func (c *Client) Submit(ctx context.Context, r *coopv1.ShareRequest) (*coopv1.ShareResponse, error) {
	share := coopv1.ShareRequest{JobId: r.GetJobId(), Nonce: r.GetNonce(), Result: r.GetResult(), Timestamp: r.GetTimestamp(), Algo: r.GetAlgo()}
	failures := 0
	for {
		l, err := c.wait(ctx)
		if err != nil {
			return nil, err
		}
		share.WorkerId, share.Session, share.Attempt = l.id, l.session, uint32(failures)
		v, err := l.submit(ctx, &share)
		if err == nil {
			return v, nil
		}
		if ctx.Err() != nil {
			return nil, notHandedIn(ctx)
		}
		if !again(err) {
			return nil, l.explain(err)
		}
		failures++
		c.o.Log.DebugContext(ctx, "a share is handed in again", "job", share.JobId, "after", err)
		if !sleep(ctx, c.o.Backoff.Wait(failures-1)) {
			return nil, notHandedIn(ctx)
		}
	}
}

// wait returns a registration that is not over.
func (c *Client) wait(ctx context.Context) (*live, error) {
	for {
		l, changed := c.present()
		if l != nil && l.ended.Err() == nil {
			return l, nil
		}
		select {
		case <-ctx.Done():
			return nil, notHandedIn(ctx)
		case <-changed:
		}
	}
}

func notHandedIn(ctx context.Context) error {
	return adit.Errorf(adit.Timeout, "the share could not be handed in: %w", context.Cause(ctx))
}

func (l *live) submit(ctx context.Context, r *coopv1.ShareRequest) (*coopv1.ShareResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	stop := context.AfterFunc(l.ended, cancel)
	defer stop()
	return l.api.SubmitShare(ctx, r)
}

// again reports whether a share may be taken the next time.
func again(err error) bool {
	switch status.Code(err) {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled, codes.NotFound, codes.Aborted, codes.ResourceExhausted, codes.Internal:
		return true
	}
	return false
}
