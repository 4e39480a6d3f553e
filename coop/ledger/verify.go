package ledger

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

// Report is what reading the whole ledger again has found.
type Report struct {
	Segments int
	Records  uint64 // shares, verdicts, blocks and gaps
	Shares   uint64
	Bytes    int64
	First    uint64 // seq of the oldest share
	Last     uint64
	Head     string // SHA-256 of the newest segment so far, whose head holds that of the one before, and so on
	Problems []*Damage
	Gaps     []Gap // that Repair wrote down
}

// OK reports whether everything is as it was written.
func (r Report) OK() bool { return len(r.Problems) == 0 }

// Verify reads every segment, checks each record's checksum and the chain from each segment to the next, and compares
// with the index. Shares may be appended meanwhile. The error is one of asking; what is wrong with the ledger is in the
// report.
func (l *Ledger) Verify(ctx context.Context) (Report, error) {
	l.mu.Lock()
	list := make([]segment, 0, len(l.segs))
	for _, s := range l.segs {
		list = append(list, *s)
	}
	l.mu.Unlock()
	var out Report
	before, next := [32]byte{}, uint64(0)
	trust := false // whether before is what the next head must hold
	for i, s := range list {
		var digest [32]byte
		var gaps []Gap
		var err error
		seen := Segment{}
		count := func(e *Entry) error {
			out.Records++
			switch e.Kind {
			case KindShare:
				if out.First == 0 {
					out.First = e.Share.Seq
				}
				out.Last, seen.Last = e.Share.Seq, e.Share.Seq
				out.Shares++
				seen.Shares++
			case KindGap:
				gaps = append(gaps, e.Gap)
				seen.Last = e.Gap.After - 1
			}
			return nil
		}
		out.Segments++
		if i == len(list)-1 && s.SHA256 == "" {
			seen.Bytes, digest, err = l.walkOpen(ctx, s, count)
		} else {
			seen.Bytes, digest, err = l.walk(ctx, s, count)
		}
		var bad *Damage
		switch {
		case errors.As(err, &bad):
			out.Problems = append(out.Problems, bad)
			trust, next = false, 0
		case err != nil:
			return out, err
		}
		out.chain(l, s, before, trust, next)
		if bad == nil {
			out.compare(l, s, seen, digest)
			before, trust, next = digest, len(gaps) == 0, max(s.First, seen.Last+1)
		}
		out.Bytes += seen.Bytes
		out.Gaps = append(out.Gaps, gaps...)
		out.Head = hex.EncodeToString(digest[:])
	}
	return out, nil
}

// chain compares a segment's head with the end of the one before it.
func (r *Report) chain(l *Ledger, s segment, before [32]byte, trust bool, next uint64) {
	switch {
	case trust && s.head.Before != before:
		r.Problems = append(r.Problems, &Damage{File: l.path(s.File), Offset: 48,
			Why: fmt.Sprintf("it was begun after a segment with SHA-256 %x…, but the one before it has %x…", s.head.Before[:8], before[:8])})
	case next != 0 && s.First != next:
		r.Problems = append(r.Problems, &Damage{File: l.path(s.File), Offset: 40, Why: fmt.Sprintf("it begins with share %d, the one before it ends before share %d", s.First, next)})
	}
}

// compare looks whether a closed segment is what the index says.
func (r *Report) compare(l *Ledger, s segment, seen Segment, digest [32]byte) {
	if s.SHA256 != "" && s.SHA256 != hex.EncodeToString(digest[:]) {
		r.Problems = append(r.Problems, &Damage{File: l.path(s.File), Why: fmt.Sprintf("its SHA-256 is %x…, the index has %.16s…", digest[:8], s.SHA256)})
	} else if s.indexed && (s.Shares != seen.Shares || s.Bytes != seen.Bytes) {
		r.Problems = append(r.Problems, &Damage{File: l.path(s.File), Why: fmt.Sprintf("it has %d shares in %d bytes, the index says %d in %d", seen.Shares, seen.Bytes, s.Shares, s.Bytes)})
	}
}

// walkOpen reads the segment that is written to, as far as it was when Verify began.
func (l *Ledger) walkOpen(ctx context.Context, s segment, fn func(*Entry) error) (int64, [32]byte, error) {
	part := s
	return l.walkFrom(ctx, part, func(src io.Reader) io.Reader { return io.LimitReader(src, s.Bytes) }, fn)
}
