package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/internal/filelock"
	"github.com/adit-mining/adit/store/sqldb"
)

// Mended is what Repair did to one segment.
type Mended struct {
	File    string `json:"file"` // as it was; the damaged bytes are in Kept now
	Kept    string `json:"kept"`
	Shares  uint64 `json:"shares"`  // that are readable
	Missing uint64 `json:"missing"` // that are not
	Gaps    []Gap  `json:"gaps"`
}

// Repair mends the damaged segments of a ledger that nobody has open: what is readable is written to a new file of the
// same name, with a record of each gap; the damaged file is kept beside it. It changes nothing where nothing is damaged.
func Repair(ctx context.Context, o Options) ([]Mended, error) {
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	lock, err := filelock.Take(filepath.Join(o.Dir, "ledger.lock"))
	if errors.Is(err, filelock.ErrHeld) {
		return nil, adit.Errorf(adit.Conflict, "the ledger in %s is in use: stop the coordinator first", o.Dir)
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = lock.Release() }()
	list, err := listSegments(o.Dir)
	if err != nil {
		return nil, err
	}
	l := &Ledger{o: o}
	if list, err = l.dropUnbegun(list); err != nil {
		return nil, err
	}
	out := []Mended{}
	for i, s := range list {
		until := uint64(0) // share that the next segment begins with
		if i < len(list)-1 {
			until = list[i+1].First
		}
		m, err := l.mend(ctx, s, until)
		if err != nil {
			return out, err
		}
		if m != nil {
			out = append(out, *m)
		}
	}
	return out, nil
}

// mend rewrites one segment; nil where it is not damaged.
func (l *Ledger) mend(ctx context.Context, s *segment, until uint64) (*Mended, error) {
	last := uint64(0)
	_, _, err := l.walk(ctx, *s, func(e *Entry) error {
		if e.Kind == KindShare {
			last = e.Share.Seq
		}
		return nil
	})
	var bad *Damage
	short := until > 0 && max(s.First, last+1) < until
	switch {
	case err != nil && !errors.As(err, &bad):
		return nil, err
	case err == nil && !short:
		return nil, nil
	}
	raw, err := s.bytes(l.o.Dir)
	if err != nil {
		return nil, err
	}
	m := &Mended{File: s.File, Kept: s.File + ".damaged"}
	fresh, err := m.rewrite(raw, s.head, until)
	if err != nil || len(m.Gaps) == 0 { // no gap: a torn end, which Open cuts
		return nil, err
	}
	return m, l.replace(ctx, s, m, fresh)
}

// bytes is the whole segment; what cannot be unpacked ends it.
func (s *segment) bytes(dir string) ([]byte, error) {
	src, err := s.open(dir)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	raw, err := io.ReadAll(src)
	if s.Packed && len(raw) >= headSize {
		err = nil
	}
	return raw, err
}

// salvage is a segment on its way to a mended one.
type salvage struct {
	m      *Mended
	enc    *encoder
	digest [32]byte
	last   uint64 // seq of the last share written
	gapAt  int64  // where unreadable bytes began, -1 = nowhere since the last share
	lost   int64  // how many there are
	after  bool   // something readable came after them
}

// rewrite makes a segment of all records that can be read.
func (m *Mended) rewrite(raw []byte, h head, until uint64) ([]byte, error) {
	v := &salvage{m: m, enc: newEncoder(seedOf(h.Ledger)), digest: sha256.Sum256(raw), last: h.First - 1, gapAt: -1}
	src := &bytesAt{raw}
	end := int64(len(raw))
	r := newReader(nil, h)
	r.lenient = true
	for at := int64(headSize); at >= 0 && at < end; {
		r.src.Reset(io.NewSectionReader(src, at, end-at))
		r.off = at
		err := v.run(r)
		var bad *errBad
		if !errors.As(err, &bad) {
			if errors.Is(err, io.EOF) {
				break
			}
			return nil, err
		}
		if at, err = findRecord(src, r.off+1, end, r.seed); err != nil {
			return nil, err
		}
		if v.gapAt < 0 {
			v.gapAt = r.off
		}
		if at >= 0 {
			v.lost, v.after = v.lost+at-r.off, true
		}
	}
	switch {
	case until > v.last+1:
		v.gap(until)
	case until == 0 && v.gapAt >= 0 && v.after: // shares were lost, nobody knows how many: their numbers are not given again
		v.gap(v.last + 1 + uint64(v.lost/(frameSize+sizeShare)))
	}
	return append(h.encode(), v.enc.buf...), nil
}

// run takes records until one cannot be read.
func (v *salvage) run(r *reader) error {
	var e Entry
	for {
		if err := r.read(&e); err != nil {
			return err
		}
		switch e.Kind {
		case KindShare:
			if e.Share.Seq != v.last+1 || v.gapAt >= 0 {
				v.gap(e.Share.Seq)
			}
			v.enc.share(&e.Share)
			v.last = e.Share.Seq
			v.m.Shares++
		case KindVerdict:
			v.enc.verdict(e.Verdict)
		case KindBlock:
			v.enc.block(e.Block)
		case KindGap:
			v.enc.gap(e.Gap)
			v.last = e.Gap.After - 1
		}
	}
}

// gap writes down that the shares up to next are missing.
func (v *salvage) gap(next uint64) {
	g := Gap{Offset: max(v.gapAt, 0), Before: v.last, After: next, Damaged: v.digest}
	v.enc.gap(g)
	v.m.Gaps = append(v.m.Gaps, g)
	v.m.Missing += g.After - g.Before - 1
	v.last, v.gapAt, v.lost, v.after = next-1, -1, 0, false
}

// replace puts the mended segment in the damaged one's place and forgets its row, so that it is counted anew.
func (l *Ledger) replace(ctx context.Context, s *segment, m *Mended, fresh []byte) error {
	name := segmentName(s.Number)
	tmp := l.path(name + ".tmp")
	if err := os.WriteFile(tmp, fresh, 0o600); err != nil {
		return err
	}
	kept := l.path(m.Kept)
	for n := 2; ; n++ { // never over an older one
		if _, err := os.Lstat(kept); errors.Is(err, os.ErrNotExist) {
			break
		}
		kept = l.path(fmt.Sprintf("%s.damaged%d", s.File, n))
	}
	m.Kept = filepath.Base(kept)
	if err := os.Rename(l.path(s.File), kept); err != nil {
		return err
	}
	if err := os.Rename(tmp, l.path(name)); err != nil {
		return err
	}
	l.id = s.head.Ledger
	return errors.Join(syncDir(l.o.Dir), l.forget(ctx, s.Number))
}

// forget takes a segment out of the index and builds the members' tallies anew from what is left.
func (l *Ledger) forget(ctx context.Context, number uint64) error {
	if l.o.DB == nil {
		return nil
	}
	return l.o.DB.InTx(ctx, func(q sqldb.Q) error {
		if err := dropSegment(ctx, q, l.ID(), number); err != nil {
			return err
		}
		if err := clearTallies(ctx, q, l.ID()); err != nil {
			return err
		}
		rows, err := allSums(ctx, q, l.ID())
		if err != nil {
			return err
		}
		by := map[coop.MemberID]Sum{}
		for _, row := range rows {
			for _, sum := range row {
				by[sum.Member] = by[sum.Member].plus(sum)
			}
		}
		return putTallies(ctx, q, l.ID(), sorted(by))
	})
}

// bytesAt reads from memory.
type bytesAt struct{ b []byte }

func (b *bytesAt) ReadAt(p []byte, off int64) (int, error) {
	if off >= int64(len(b.b)) {
		return 0, io.EOF
	}
	n := copy(p, b.b[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
