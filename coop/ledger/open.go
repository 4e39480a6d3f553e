package ledger

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/filelock"
)

// Open opens a ledger, cuts what a crash tore off its end, and starts to write; Close ends it. A ledger that is damaged
// is not opened: the error is a *Damage. Only one process can have a ledger open.
func Open(ctx context.Context, o Options) (*Ledger, error) {
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	if err := o.folder(); err != nil {
		return nil, err
	}
	lock, err := filelock.Take(filepath.Join(o.Dir, "ledger.lock"))
	if errors.Is(err, filelock.ErrHeld) {
		return nil, adit.Errorf(adit.Conflict, "the ledger in %s is in use by another coordinator: stop that one first", o.Dir)
	}
	if err != nil {
		return nil, err
	}
	l := &Ledger{o: o, lock: lock, stop: make(chan struct{}), dirty: make(chan struct{}, 1), news: make(chan struct{}, 1)}
	l.queue.wake = make(chan struct{}, 1)
	if err := l.load(ctx); err != nil {
		return nil, errors.Join(err, lock.Release())
	}
	l.end.Go(l.write)
	if !o.SyncAlways {
		l.end.Go(l.syncer)
	}
	return l, nil
}

// folder makes the ledger's folder where it may.
func (o Options) folder() error {
	if !o.ReadOnly {
		return os.MkdirAll(o.Dir, 0o700)
	}
	if _, err := os.Stat(o.Dir); errors.Is(err, os.ErrNotExist) {
		return adit.Errorf(adit.NotFound, "there is no ledger in %s", o.Dir)
	}
	return nil
}

func (o Options) filled() (Options, error) {
	switch {
	case o.Dir == "":
		return o, adit.InvalidField("ledger", "the folder of the ledger is missing")
	case o.SegmentBytes < 0 || o.SegmentBytes > 0 && o.SegmentBytes < 4096:
		return o, adit.InvalidField("segmentBytes", "%d is less than 4096", o.SegmentBytes)
	}
	if o.SegmentBytes == 0 {
		o.SegmentBytes = 64 << 20
	}
	if o.PackAfter == 0 {
		o.PackAfter = 30 * 24 * time.Hour
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.create == nil {
		o.create = createFile
	}
	if o.ReadOnly {
		o.create = func(string) (file, error) { return nil, errReadOnly }
	}
	return o, nil
}

// load finds the segments and recovers the newest.
func (l *Ledger) load(ctx context.Context) error {
	list, err := listSegments(l.o.Dir)
	if err != nil {
		return err
	}
	if list, err = l.dropUnbegun(list); err != nil {
		return err
	}
	if len(list) == 0 {
		_, err = rand.Read(l.id[:])
		return err
	}
	l.id = list[0].head.Ledger
	for i, s := range list {
		if s.head.Ledger != l.id {
			return adit.Errorf(adit.Conflict, "%s belongs to another ledger than the segments before it: move it away", s.File)
		}
		if i > 0 && s.Number != list[i-1].Number+1 {
			return adit.Errorf(adit.NotFound, "the segments between %s and %s are missing from %s: put them back from a backup", list[i-1].File, s.File, l.o.Dir)
		}
		if i > 0 {
			list[i-1].Last = s.head.First - 1
		}
	}
	if err := l.loadIndex(ctx, list); err != nil {
		return err
	}
	l.segs = list
	return l.resume(list[len(list)-1])
}

// listSegments reads the heads of all segments, in order. One whose head was not written is listed with no head.
func listSegments(dir string) ([]*segment, error) {
	names, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []*segment
	for _, n := range names {
		number, gz, ok := segmentNumber(n.Name())
		if !ok || !n.Type().IsRegular() {
			continue
		}
		s := &segment{Segment: Segment{Number: number, File: n.Name(), Packed: gz}}
		if err := s.readHead(dir); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b *segment) int { return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.File, b.File)) })
	return slices.CompactFunc(out, func(a, b *segment) bool { return a.Number == b.Number }), nil // packing did not end: the plain file counts
}

// readHead reads a segment's head; a file too short for one is left without (Number of its head is 0).
func (s *segment) readHead(dir string) error {
	src, err := s.open(dir)
	if err != nil {
		return err
	}
	defer src.Close()
	raw := make([]byte, headSize)
	n, err := io.ReadFull(src, raw)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || err == nil && allZero(raw) {
		return nil
	}
	if err != nil {
		return err
	}
	h, why := decodeHead(raw[:n])
	if why == "" && h.Number != s.Number {
		why = fmt.Sprintf("it says to be segment %d", h.Number)
	}
	if why != "" {
		return &Damage{File: filepath.Join(dir, s.File), Why: why}
	}
	s.head, s.First = h, h.First
	return nil
}

func allZero(b []byte) bool { return !slices.ContainsFunc(b, func(c byte) bool { return c != 0 }) }

// dropUnbegun removes a newest file whose head was never written: nothing in it was acknowledged.
func (l *Ledger) dropUnbegun(list []*segment) ([]*segment, error) {
	for i, s := range list {
		if s.head.Number != 0 {
			continue
		}
		if i < len(list)-1 || s.Packed {
			return nil, &Damage{File: l.path(s.File), Why: "its head is missing"}
		}
		info, err := os.Stat(l.path(s.File))
		if err != nil {
			return nil, err
		}
		if info.Size() > headSize {
			return nil, &Damage{File: l.path(s.File), Why: "its head is missing"}
		}
		if l.o.ReadOnly {
			return list[:i], nil
		}
		return list[:i], os.Remove(l.path(s.File))
	}
	return list, nil
}

// resume reads the newest segment to its end and goes on after it.
func (l *Ledger) resume(s *segment) error {
	if s.indexed { // it was closed; the one after it was never begun
		before, err := hex.DecodeString(s.SHA256)
		if err != nil || len(before) != 32 {
			return &Damage{File: l.path(s.File), Why: "the index has no SHA-256 of it"}
		}
		l.after = &origin{number: s.Number + 1, before: [32]byte(before)}
		l.seq = max(s.Last, s.First-1)
		l.last = l.seq
		return nil
	}
	if s.Packed { // somebody moved the newer ones away
		return adit.Errorf(adit.NotFound, "the newest segment in %s is %s, an archived one: put the newer ones back from a backup", l.o.Dir, s.File)
	}
	f, err := l.o.openNewest(l.path(s.File))
	if err != nil {
		return err
	}
	c := &current{f: f, seg: s, enc: newEncoder(seedOf(l.id)), sum: sha256.New()}
	if err := l.recoverTail(c, f); err != nil {
		return errors.Join(err, f.Close())
	}
	if _, err := io.Copy(c.sum, io.NewSectionReader(f, 0, c.size)); err != nil {
		return errors.Join(err, f.Close())
	}
	s.Bytes, s.known = c.size, true
	l.cur, l.last = c, l.seq
	l.health.synced, l.health.syncedNo = c.size, s.Number
	return nil
}

// recoverTail adds up what the newest segment holds and cuts a torn end. A batch that was being written when the process
// died was not acknowledged; whole records of it count all the same.
func (l *Ledger) recoverTail(c *current, f file) error {
	s := c.seg
	info, err := os.Stat(l.path(s.File))
	if err != nil {
		return err
	}
	s.Segment = Segment{Number: s.Number, File: s.File, First: s.First}
	r := newReader(io.NewSectionReader(f, headSize, info.Size()-headSize), s.head)
	var e Entry
	for {
		if err = r.read(&e); err != nil {
			break
		}
		switch e.Kind {
		case KindShare:
			l.live.add(s, &e.Share, c.enc.numberOf(r, e.Share.Member))
			l.lastWork = max(l.lastWork, e.Share.WorkSeq)
		case KindBlock:
			l.found = append(l.found, e.Block)
			s.Blocks++
		}
	}
	c.enc.adopt(r)
	c.size, l.seq = r.off, r.next-1
	var bad *errBad
	switch {
	case errors.Is(err, io.EOF):
		return f.Sync()
	case !errors.As(err, &bad):
		return err
	}
	if at, err := findRecord(f, r.off+1, info.Size(), r.seed); err != nil || at >= 0 {
		return errors.Join(err, &Damage{File: l.path(s.File), Offset: r.off, Why: bad.why, Next: at})
	}
	if l.o.ReadOnly {
		return nil
	}
	l.o.Log.InfoContext(context.Background(), "the ledger's end was torn by a crash and cut: nothing acknowledged was in it",
		"file", s.File, "offset", r.off, "bytes", info.Size()-r.off)
	return errors.Join(f.Truncate(r.off), f.Sync())
}
