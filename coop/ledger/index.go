package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"time"

	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/store/sqldb"
)

// Sink takes blocks out of the ledger. It may be given the same block several times.
type Sink interface {
	TakeBlock(ctx context.Context, b coop.FoundBlock) error
}

// housekeeping is how often Run looks for what failed before and for what may be packed.
const housekeeping = 5 * time.Second

// ID names the ledger, hex; its rows in the database carry it.
func (l *Ledger) ID() string { return hex.EncodeToString(l.id[:]) }

// Run hands blocks to the sink, indexes closed segments and packs old ones, until ctx ends. A segment is indexed after its
// blocks were taken, so that none is lost when the database is away.
func (l *Ledger) Run(ctx context.Context, sink Sink) error {
	t := time.NewTicker(housekeeping)
	defer t.Stop()
	for {
		err := l.deliver(ctx, sink)
		if err == nil {
			err = l.index(ctx, sink)
		}
		if err == nil {
			err = l.pack(ctx)
		}
		if err != nil && ctx.Err() == nil {
			l.o.Log.WarnContext(ctx, "the ledger's index waits", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		case <-l.news:
		}
	}
}

// deliver hands over found blocks, oldest first.
func (l *Ledger) deliver(ctx context.Context, sink Sink) error {
	for _, b := range l.Undelivered() {
		if err := sink.TakeBlock(ctx, b); err != nil {
			return err
		}
		l.mu.Lock()
		l.found = l.found[1:] // only this goroutine takes from the front
		l.mu.Unlock()
	}
	return nil
}

// index writes the rows of closed segments.
func (l *Ledger) index(ctx context.Context, sink Sink) error {
	for {
		s, sums := l.unindexed()
		if s == nil {
			return nil
		}
		row := s.Segment
		if sums == nil {
			var err error
			if row, sums, err = l.count(ctx, *s, sink); err != nil {
				return err
			}
		}
		if err := l.writeIndex(ctx, row, sums); err != nil {
			return err
		}
		l.mu.Lock()
		s.Segment, s.known, s.indexed = row, true, true
		if l.o.DB != nil {
			s.closed = nil
		} else {
			s.closed = sums
		}
		l.mu.Unlock()
	}
}

// unindexed is the oldest closed segment without a row.
func (l *Ledger) unindexed() (*segment, []Sum) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, s := range l.segs {
		if !s.indexed && i < len(l.segs)-1 {
			return s, s.closed
		}
	}
	return nil, nil
}

func (l *Ledger) writeIndex(ctx context.Context, row Segment, sums []Sum) error {
	if l.o.DB == nil {
		return nil
	}
	return l.o.DB.InTx(ctx, func(q sqldb.Q) error {
		fresh, err := putSegment(ctx, q, l.ID(), row, sums)
		if err != nil || !fresh {
			return err
		}
		have, err := tallies(ctx, q, l.ID())
		if err != nil {
			return err
		}
		by := make(map[coop.MemberID]Sum, len(have))
		for _, s := range have {
			by[s.Member] = s
		}
		now := make([]Sum, 0, len(sums))
		for _, s := range sums {
			now = append(now, by[s.Member].plus(s))
		}
		return putTallies(ctx, q, l.ID(), now)
	})
}

// plus is both together.
func (s Sum) plus(o Sum) Sum {
	if s.Shares == 0 {
		return o
	}
	if o.Shares == 0 {
		return s
	}
	s.Shares += o.Shares
	s.Hashes, _ = s.Hashes.Add(o.Hashes)
	s.Score, _ = s.Score.Add(o.Score)
	if o.FirstAt.Before(s.FirstAt) {
		s.FirstAt = o.FirstAt
	}
	if o.LastAt.After(s.LastAt) {
		s.LastAt = o.LastAt
	}
	return s
}

// count reads a closed segment of which only the file is known, and hands its blocks over.
func (l *Ledger) count(ctx context.Context, s segment, sink Sink) (Segment, []Sum, error) {
	row := s
	row.Segment = Segment{Number: s.Number, File: s.File, First: s.First, Packed: s.Packed}
	var sums live
	numbers := map[coop.MemberID]uint32{}
	end, digest, err := l.walk(ctx, s, func(e *Entry) error {
		switch e.Kind {
		case KindShare:
			no, ok := numbers[e.Share.Member]
			if !ok {
				no = uint32(len(numbers))
				numbers[e.Share.Member] = no
			}
			sums.add(&row, &e.Share, no)
		case KindBlock:
			row.Blocks++
			return sink.TakeBlock(ctx, e.Block)
		}
		return nil
	})
	if err != nil {
		return row.Segment, nil, err
	}
	row.Bytes, row.SHA256 = end, hex.EncodeToString(digest[:])
	got := sums.earned()
	if got == nil {
		got = []Sum{}
	}
	return row.Segment, got, nil
}

// walk reads a whole closed segment; what is not right in it is a *Damage.
func (l *Ledger) walk(ctx context.Context, s segment, fn func(*Entry) error) (end int64, digest [32]byte, err error) {
	return l.walkFrom(ctx, s, func(src io.Reader) io.Reader { return src }, fn)
}

func (l *Ledger) walkFrom(ctx context.Context, s segment, part func(io.Reader) io.Reader, fn func(*Entry) error) (end int64, digest [32]byte, err error) {
	src, err := s.open(l.o.Dir)
	if err != nil {
		return 0, digest, missing(err, l.path(s.File))
	}
	defer src.Close()
	sum := sha256.New()
	tee := io.TeeReader(part(src), sum)
	if _, err := io.CopyN(io.Discard, tee, headSize); err != nil {
		return 0, digest, err
	}
	r := newReader(tee, s.head)
	var e Entry
	for n := 0; ; n++ {
		if n&0xfff == 0 && ctx.Err() != nil {
			return r.off, digest, context.Cause(ctx)
		}
		err := r.read(&e)
		var bad *errBad
		switch {
		case errors.Is(err, io.EOF):
			sum.Sum(digest[:0])
			return r.off, digest, nil
		case errors.As(err, &bad):
			return r.off, digest, &Damage{File: l.path(s.File), Offset: r.off, Why: bad.why}
		case err != nil:
			return r.off, digest, err
		}
		if err := fn(&e); err != nil {
			return r.off, digest, err
		}
	}
}

func missing(err error, path string) error {
	if errors.Is(err, os.ErrNotExist) {
		return &Damage{File: path, Why: "the file is missing"}
	}
	return err
}

// loadIndex fills in what the database knows of closed segments.
func (l *Ledger) loadIndex(ctx context.Context, list []*segment) error {
	byNumber := map[uint64]*segment{}
	for _, s := range list {
		byNumber[s.Number] = s
		if !s.Packed {
			info, err := os.Stat(l.path(s.File))
			if err != nil {
				return err
			}
			s.Bytes = info.Size()
		}
	}
	if l.o.DB == nil {
		return nil
	}
	rows, err := segments(ctx, l.o.DB, l.ID())
	if err != nil {
		return err
	}
	for _, row := range rows {
		s := byNumber[row.Number]
		if s == nil {
			if row.Number >= list[0].Number {
				return &Damage{File: l.path(row.File), Why: "the file is missing"}
			}
			continue // a person moved it to an archive
		}
		row.File, row.Packed = s.File, s.Packed
		s.Segment, s.known, s.indexed = row, true, true
	}
	return nil
}

// Segments are all segment files, oldest first.
func (l *Ledger) Segments() []Segment {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]Segment, 0, len(l.segs))
	for _, s := range l.segs {
		out = append(out, s.Segment)
	}
	return out
}
