package outbox

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
)

// Options of an Outbox. Dir is needed.
type Options struct {
	Dir      string       // its own folder; made (0700) where missing
	MaxBytes int64        // on disk; 0 = 64 MiB
	MaxMemo  int          // bytes kept in memory while the disk takes nothing; 0 = 2 MiB
	Boot     string       // names the run of the operating system; "" = cannot be told
	Log      *slog.Logger // nil = silent
}

// Sizes of segments: a full one is closed; one whose content is all acknowledged is replaced at settled.
const (
	settled = 256 << 10
	cached  = 512 // newest records kept in memory for sending

	syncAfter = 6 // ticks
)

// Record is one frame without its envelope.
type Record struct {
	Kind wire.FrameKind
	Body []byte // from wire.Frame.EncodeBody
}

// Numbered is a record with its place in the stream.
type Numbered struct {
	Seq uint64
	Record
}

// Outbox is the buffer. Its methods may be called from several goroutines.
type Outbox struct {
	o   Options
	log *slog.Logger

	mu       sync.Mutex
	epoch    string
	segs     []*segment // oldest first; the last one grows
	file     *os.File   // the last segment's; nil while the disk takes nothing
	memo     []Record   // what could not be written, after the last on disk
	memoSize int
	recent   []Record // the newest records, for reading without the disk
	acked    uint64
	opened   uint64 // highest number found at Open: the hub may know numbers up to it
	sent     uint64 // highest number read for sending in this life
	trouble  error  // why the disk takes nothing; nil = it does
	unsynced bool
	waited   []uint64 // the newest numbers at the last ticks
	marked   mark     // as last written
	dropped  Dropped
	page     page // the segment read last
	wake     chan struct{}
}

// Dropped counts readings that had to go because the outbox was full.
type Dropped struct {
	Batches int
	Other   int // facts and events; these go last
}

// Open reads what an earlier life left. It fails only where the folder cannot be made or read.
func Open(o Options) (*Outbox, error) {
	if o.MaxBytes == 0 {
		o.MaxBytes = 64 << 20
	}
	if o.MaxMemo == 0 {
		o.MaxMemo = 2 << 20
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, adit.Errorf(adit.Invalid, "the buffer's folder cannot be made: %w", err)
	}
	b := &Outbox{o: o, log: o.Log, wake: make(chan struct{}, 1)}
	if err := b.load(); err != nil {
		return nil, adit.Errorf(adit.Invalid, "the buffer in %s cannot be read: %w", o.Dir, err)
	}
	return b, nil
}

// load reads all segments and makes their numbering whole.
func (b *Outbox) load() error {
	m, known := readMark(filepath.Join(b.o.Dir, markName))
	if err := b.loadSegments(); err != nil {
		return err
	}
	b.epoch, b.acked = m.epoch, m.acked
	// After a power cut the newest records may be missing although the hub has them: their numbers must not come again.
	died := !m.clean && (b.o.Boot == "" || m.boot != b.o.Boot)
	whole := known && !died && b.whole()
	if len(b.segs) == 0 {
		b.segs = []*segment{b.fresh(1)}
		whole = false
	}
	if whole {
		b.opened = b.next() - 1
	} else {
		b.forget(m)
		b.renew()
	}
	b.reopen()
	b.writeMark(false, true)
	return nil
}

func (b *Outbox) loadSegments() error {
	left, err := filepath.Glob(filepath.Join(b.o.Dir, "*"+segExt+newExt))
	if err != nil {
		return err
	}
	for _, n := range left {
		_ = os.Remove(n) // of a life that ended while it made room
	}
	names, err := filepath.Glob(filepath.Join(b.o.Dir, "*"+segExt))
	if err != nil {
		return err
	}
	for _, n := range names { // Glob sorts
		s, err := loadSegment(n)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		b.segs = append(b.segs, s)
	}
	return nil
}

// whole reports whether the segments follow one another in one epoch and the mark lies within them.
func (b *Outbox) whole() bool {
	for i, s := range b.segs {
		if s.epoch != b.epoch || i > 0 && s.base != b.segs[i-1].end() {
			return false
		}
	}
	return len(b.segs) == 0 || b.acked+1 >= b.segs[0].base && b.acked < b.last().end()
}

// forget numbers anew what a mark of an older numbering left, so that renew finds one sequence.
func (b *Outbox) forget(m mark) {
	base := uint64(1)
	for _, s := range b.segs {
		if m.epoch != "" && s.epoch == m.epoch {
			s.pass(m.acked)
		}
		s.base = base
		base = s.end()
	}
	b.acked = 0
}

func (b *Outbox) last() *segment { return b.segs[len(b.segs)-1] }

// fresh names a new, empty segment after all others.
func (b *Outbox) fresh(base uint64) *segment {
	id := uint64(1)
	if len(b.segs) > 0 {
		id = b.last().id + 1
	}
	return &segment{id: id, path: filepath.Join(b.o.Dir, fmt.Sprintf("%010d%s", id, segExt)), epoch: b.epoch, base: base}
}

func (b *Outbox) next() uint64 { return b.last().end() + uint64(len(b.memo)) }

// Epoch names this numbering; a change means that everything not acknowledged has new numbers from 1.
func (b *Outbox) Epoch() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.epoch
}

// Append adds a record to the stream. It always succeeds: what the disk does not take stays in memory.
func (b *Outbox) Append(r Record) {
	if len(r.Body) > wire.MaxFrame-1024 {
		b.log.Error("outbox: a record is too big and was left out", "kind", r.Kind, "bytes", len(r.Body))
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.keepRecent(r)
	if b.file == nil || b.write(r) != nil {
		b.remember(r)
	}
	b.bound()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func (b *Outbox) keepRecent(r Record) {
	if len(b.recent) >= cached {
		b.recent = append(b.recent[:0], b.recent[cached/4:]...)
	}
	b.recent = append(b.recent, r)
}

// write puts a record on disk; on an error the file is as before and the disk counts as troubled.
func (b *Outbox) write(r Record) error {
	s := b.last()
	if s.size >= b.segmentBytes() {
		if err := b.rotate(); err != nil {
			return err
		}
		s = b.last()
	}
	raw := r.encode()
	if _, err := b.file.WriteAt(raw, s.size); err != nil {
		_ = b.file.Truncate(s.size) // the checksum guards where this fails too
		b.suffer(err)
		return err
	}
	s.add(r, len(raw))
	b.unsynced = true
	return nil
}

// segmentBytes keeps at least eight segments within the bound, so that dropping the oldest never drops much.
func (b *Outbox) segmentBytes() int64 { return min(1<<20, b.o.MaxBytes/8) }

// rotate starts a new segment.
func (b *Outbox) rotate() error {
	s := b.fresh(b.last().end())
	f, err := s.create()
	if err != nil {
		b.suffer(err)
		return err
	}
	if b.file != nil {
		if err := b.file.Close(); err != nil {
			b.log.Warn("outbox: closing a segment", "err", err)
		}
	}
	b.file, b.segs = f, append(b.segs, s)
	return nil
}

// suffer notes that the disk takes nothing; Tick tries again.
func (b *Outbox) suffer(err error) {
	if b.file != nil {
		_ = b.file.Close()
		b.file = nil
	}
	b.trouble = err
}

// reopen opens the last segment for appending; the caller holds the lock or is alone.
func (b *Outbox) reopen() {
	f, err := b.last().open()
	if err != nil {
		b.suffer(err)
		return
	}
	b.file, b.trouble = f, nil
}

func (b *Outbox) remember(r Record) {
	b.memo = append(b.memo, r)
	b.memoSize += len(r.Body) + recordHeader
}

// Trouble returns why the disk takes nothing, nil where it does.
func (b *Outbox) Trouble() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.trouble
}

// Wake gets a value after each Append.
func (b *Outbox) Wake() <-chan struct{} { return b.wake }

// Tick does what needs no hurry: it writes what the disk refused before, syncs what the hub has not acknowledged,
// notes how far the hub is. Call it every few seconds.
func (b *Outbox) Tick() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.file == nil {
		b.reopen()
	}
	for b.file != nil && len(b.memo) > 0 {
		r := b.memo[0]
		if b.write(r) != nil {
			break
		}
		b.memo, b.memoSize = b.memo[1:], b.memoSize-len(r.Body)-recordHeader
	}
	b.bound()
	if lag := b.lagging(); b.file != nil && b.unsynced && lag {
		if err := b.file.Sync(); err != nil {
			b.suffer(err)
			return
		}
		b.unsynced = false
	}
	b.writeMark(false, false)
}

// lagging reports whether the hub has not acknowledged what waited syncAfter ticks ago. A hub that keeps up makes
// frames durable itself, in bundles: syncing them here as well would only wear the medium.
func (b *Outbox) lagging() bool {
	b.waited = append(b.waited, b.next()-1)
	if len(b.waited) <= syncAfter {
		return false
	}
	old := b.waited[0]
	b.waited = b.waited[1:]
	return b.acked < old
}

// Close writes everything out and notes that this life ended well.
func (b *Outbox) Close() error {
	b.Tick()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.file == nil {
		return nil
	}
	err := b.file.Sync()
	err = errors.Join(err, b.file.Close())
	b.file = nil
	if err == nil && len(b.memo) == 0 {
		b.writeMark(true, true)
	}
	return err
}

// Waiting tells how many records the hub has not acknowledged, and the size of everything on disk.
func (b *Outbox) Waiting() (records uint64, bytes int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.next() - 1 - b.acked, b.bytes()
}

func (b *Outbox) bytes() (n int64) {
	for _, s := range b.segs {
		n += s.size
	}
	return n
}

// TakeDropped returns what was dropped since the last call.
func (b *Outbox) TakeDropped() Dropped {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := b.dropped
	b.dropped = Dropped{}
	return d
}

// TickEvery is how often Tick wants to be called.
const TickEvery = 5 * time.Second
