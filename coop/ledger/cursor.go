package ledger

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/adit-mining/adit/coop"
)

// open opens a segment for reading from its head on.
func (s *segment) open(dir string) (io.ReadCloser, error) {
	f, err := os.Open(filepath.Join(dir, s.File))
	if err != nil || !s.Packed {
		return f, err
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		_ = f.Close()
		return nil, &Damage{File: filepath.Join(dir, s.File), Why: "it is not packed as adit does: " + err.Error()}
	}
	return &unpacked{z, f}, nil
}

type unpacked struct {
	*gzip.Reader
	f *os.File
}

func (u *unpacked) Close() error { return errors.Join(u.Reader.Close(), u.f.Close()) }

// Cursor reads records in order, from a segment's beginning to the newest one, and later on from there. It is for one
// goroutine.
type Cursor struct {
	l      *Ledger
	number uint64 // segment
	src    io.ReadCloser
	limit  *limited
	r      *reader
}

// limited ends where the writer has got to.
type limited struct {
	src  io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, io.EOF
	}
	n, err := l.src.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}

// cursor starts at the beginning of the segment that holds seq, or of the first one.
func (l *Ledger) cursor(seq uint64) *Cursor {
	c := &Cursor{l: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.segs {
		if c.number == 0 || s.First <= seq {
			c.number = s.Number
		}
	}
	return c
}

// Close lets go of the file.
func (c *Cursor) Close() {
	if c.src != nil {
		_ = c.src.Close()
	}
	c.src, c.r = nil, nil
}

// at finds the cursor's segment: how much of it may be read, and whether another one follows.
func (c *Cursor) at() (s segment, size int64, follows bool) {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	for i, seg := range c.l.segs {
		if seg.Number == c.number || c.number == 0 {
			return *seg, seg.Bytes, i < len(c.l.segs)-1
		}
	}
	return segment{}, 0, false
}

// Next fills e with the next record; io.EOF says that there is none yet.
func (c *Cursor) Next(e *Entry) error {
	for {
		if c.r != nil {
			err := c.r.read(e)
			if err == nil {
				return nil
			}
			if !errors.Is(err, io.EOF) {
				return c.named(err)
			}
		}
		s, size, follows := c.at()
		if s.Number == 0 {
			return io.EOF
		}
		closed := follows || s.SHA256 != ""
		switch {
		case c.r == nil:
			if err := c.enter(s, size, closed); err != nil {
				return err
			}
		case !closed && size > c.r.off:
			c.limit.left = size - c.r.off
		case closed && c.limit.left <= 0 && size > c.r.off: // it grew, then it was closed
			c.limit.left = size - c.r.off
		case follows:
			if err := c.leave(); err != nil {
				return err
			}
		default:
			return io.EOF
		}
	}
}

// leave goes to the next segment, which must begin where this one ended.
func (c *Cursor) leave() error {
	before, off, next := c.number, c.r.off, c.r.next
	c.Close()
	c.number++
	if s, _, _ := c.at(); s.First != next {
		return &Damage{File: c.l.path(segmentName(before)), Offset: off,
			Why: fmt.Sprintf("it ends before share %d, the next segment begins with share %d", next, s.First)}
	}
	return nil
}

func (c *Cursor) enter(s segment, size int64, closed bool) error {
	src, err := s.open(c.l.o.Dir)
	if err != nil {
		return err
	}
	if _, err := io.CopyN(io.Discard, src, headSize); err != nil {
		_ = src.Close()
		return err
	}
	c.number, c.src = s.Number, src
	c.limit = &limited{src, size - headSize}
	if closed && size == 0 { // not indexed: its size is the file's
		c.limit.left = 1<<63 - 1
	}
	c.r = newReader(c.limit, s.head)
	return nil
}

// named says in which file a bad record stands.
func (c *Cursor) named(err error) error {
	var bad *errBad
	if !errors.As(err, &bad) {
		return err
	}
	s, _, _ := c.at()
	return &Damage{File: c.l.path(s.File), Offset: c.r.off, Why: bad.why}
}

// Scan calls fn with each record from share from on, until that of share to was handed over (0 = up to now) or fn
// returns an error. Verdicts and blocks in between are handed over too.
func (l *Ledger) Scan(ctx context.Context, from, to uint64, fn func(*Entry) error) error {
	c := l.cursor(from)
	defer c.Close()
	if to == 0 {
		to = 1<<64 - 1
	}
	var e Entry
	for n, begun := 0, false; ; n++ {
		if n&0xfff == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		err := c.Next(&e)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if e.Kind == KindShare {
			if e.Share.Seq > to {
				return nil
			}
			begun = begun || e.Share.Seq >= from
		}
		if !begun {
			continue
		}
		if err := fn(&e); err != nil {
			return err
		}
		if e.Kind == KindShare && e.Share.Seq == to {
			return nil
		}
	}
}

// Recent calls fn with the shares since a time, oldest first: a crew learns from them which solutions of its recent works
// it has counted already (WorkSeq, Key).
func (l *Ledger) Recent(ctx context.Context, since time.Time, fn func(coop.ShareRecord)) error {
	l.mu.Lock()
	from := uint64(0)
	for _, s := range l.segs {
		if s.known && s.Shares > 0 && s.MaxAt.Before(since) {
			from = s.Last + 1
		}
	}
	l.mu.Unlock()
	return l.Scan(ctx, from, 0, func(e *Entry) error {
		if e.Kind == KindShare && !e.Share.At.Before(since) {
			fn(e.Share)
		}
		return nil
	})
}
