package practice

import (
	"context"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum"
)

const (
	mostChecks = 1024             // shares that may wait for their hash
	batch      = 32               // hashed with one call
	checkTime  = 8 * time.Second  // for one call, and before it in the queue; miners give up after 20 to 30 s
	startTime  = 20 * time.Second // for the first one, which may build a cache
	retryEach  = 5 * time.Second  // while the checker is away
)

// check is a share that waits for its hash.
type check struct {
	m          *miner
	submission stratum.Submission
	job        stratum.Job
	blob       []byte
	difficulty uint64
}

// verify hashes what waits. A checker that is away costs nobody a ban: its shares are answered as not checked.
func (s *Server) verify(ctx context.Context) {
	retry := time.NewTicker(retryEach)
	defer retry.Stop()
	s.probe(ctx, startTime)
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-s.queue:
			s.hash(ctx, s.gather(c))
		case <-retry.C:
			if len(s.queue) == 0 && s.checkerState() != CheckerReady { // else shares are asked about anyway
				s.probe(ctx, checkTime)
			}
		}
	}
}

// probe hashes a blob nobody waits for, which also makes the checker build its cache.
func (s *Server) probe(ctx context.Context, most time.Duration) {
	_, err := s.ask(ctx, most, [][]byte{s.template().blob([32]byte{})})
	if ctx.Err() == nil {
		s.note(err, 0)
	}
}

// gather takes what waits behind the first, up to a batch.
func (s *Server) gather(first check) []check {
	all := []check{first}
	for len(all) < batch {
		select {
		case c := <-s.queue:
			all = append(all, c)
		default:
			return all
		}
	}
	return all
}

// hash settles a batch.
func (s *Server) hash(ctx context.Context, all []check) {
	fresh := all[:0]
	for _, c := range all {
		if time.Since(c.submission.At) >= checkTime {
			c.m.settle(c, stratum.Verdict{Text: textBusy})
			continue
		}
		fresh = append(fresh, c)
	}
	if len(fresh) == 0 {
		return
	}
	blobs := make([][]byte, len(fresh))
	for i, c := range fresh {
		blobs[i] = c.blob
	}
	hashes, err := s.ask(ctx, checkTime, blobs)
	if ctx.Err() != nil {
		return // practice ends, and with it every connection
	}
	s.note(err, len(fresh))
	for i, c := range fresh {
		switch {
		case err != nil:
			c.m.settle(c, stratum.Verdict{Text: textAway})
		case hashes[i] != c.submission.Share.Result:
			c.m.settle(c, stratum.Verdict{Outcome: adit.ShareMalformed, Text: textWrong})
		default:
			c.m.settle(c, stratum.Verdict{Outcome: adit.ShareAccepted})
		}
	}
}

func (s *Server) ask(ctx context.Context, most time.Duration, blobs [][]byte) ([][32]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	hashes, err := s.o.Checker.Hash(ctx, adit.RandomX, Seed, blobs)
	if err == nil && len(hashes) != len(blobs) {
		err = adit.Errorf(adit.Internal, "the checker gave %d hashes for %d blobs", len(hashes), len(blobs))
	}
	return hashes, err
}

// note keeps what the last call taught about the checker.
func (s *Server) note(err error, checked int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state, reason := CheckerReady, ""
	if err != nil {
		state, reason = CheckerAway, err.Error()
	} else {
		s.checker.Checked += uint64(checked)
	}
	if state != s.checker.State {
		s.checker.State, s.checker.Since = state, time.Now().UTC()
		if err != nil {
			s.o.Log.Warn("shares cannot be checked", "reason", err)
		} else {
			s.o.Log.Info("shares are checked")
		}
	}
	s.checker.Reason = reason
}

func (s *Server) checkerState() CheckerState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.checker.State
}
