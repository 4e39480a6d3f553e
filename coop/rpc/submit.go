package rpc

import (
	"context"
	"encoding/binary"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/coopv1"
)

const maxJobID = 64

// SubmitShare implements the service.
func (s *Server) SubmitShare(ctx context.Context, r *coopv1.ShareRequest) (*coopv1.ShareResponse, error) {
	w, err := s.worker(ctx, r.GetWorkerId(), r.GetSession())
	if err != nil {
		return nil, err
	}
	sub, err := submission(r)
	if err != nil {
		return nil, err
	}
	if w.limit != nil && !w.limit.AllowN(s.o.Now(), 1) {
		return nil, status.Errorf(codes.ResourceExhausted, "more than %g shares a second (shares.max_rate)", s.o.MaxShareRate)
	}
	sub.At = s.o.Now()
	key := solution{sub.JobID, sub.Nonce, sub.Result}
	p, known := w.recent.find(key, sub.At, r.GetAttempt() > 0)
	if !known {
		w.seat.Submit(sub, func(v coop.Verdict) { w.recent.judged(key, p, v) })
	}
	v, err := p.wait(ctx)
	switch {
	case err != nil:
		return nil, status.Error(codes.DeadlineExceeded, words(err))
	case v.Outcome == "":
		return nil, status.Error(codes.Unavailable, orElse(v.Reason, "the share was not judged, hand it in again"))
	}
	return &coopv1.ShareResponse{
		Accepted: v.Outcome.Accepted(), Reason: reason(v), IsBlock: v.Block, BlockHash: v.BlockHash,
		Difficulty: v.Difficulty.Float(), Outcome: string(v.Outcome),
	}, nil
}

// submission reads a share; what has the wrong shape never comes to the crew.
func submission(r *coopv1.ShareRequest) (sub coop.Submission, err error) {
	switch {
	case r.GetJobId() == "" || len(r.GetJobId()) > maxJobID:
		return sub, status.Errorf(codes.InvalidArgument, "job_id: 1 to %d bytes are expected, there are %d", maxJobID, len(r.GetJobId()))
	case len(r.GetNonce()) != 4:
		return sub, status.Errorf(codes.InvalidArgument, "nonce: 4 bytes as they lie in the blob are expected, there are %d", len(r.GetNonce()))
	case len(r.GetResult()) != 32:
		return sub, status.Errorf(codes.InvalidArgument, "result: the 32 bytes of the hash are expected, there are %d", len(r.GetResult()))
	case len(r.GetAlgo()) > maxWord:
		return sub, status.Errorf(codes.InvalidArgument, "algo: at most %d bytes", maxWord)
	}
	sub = coop.Submission{JobID: r.GetJobId(), Nonce: binary.LittleEndian.Uint32(r.GetNonce()), Algo: adit.Algorithm(r.GetAlgo())}
	copy(sub.Result[:], r.GetResult())
	return sub, nil
}

func reason(v coop.Verdict) string {
	if v.Outcome.Accepted() {
		return v.Reason
	}
	return orElse(v.Reason, strings.ReplaceAll(string(v.Outcome), "_", " "))
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
