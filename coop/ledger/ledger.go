package ledger

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/internal/filelock"
	"github.com/adit-mining/adit/store/sqldb"
)

const (
	maxMember = 512     // bytes of a member's id
	maxQueue  = 1 << 16 // shares that may wait for the writer; more are refused
	maxDebts  = 4096    // verdicts kept while the disk is full

	// SyncWithin is how old a write may be when it is safe from a power cut; fsync begins at half of it.
	SyncWithin = 50 * time.Millisecond
	retryEvery = time.Second // of writing, while it fails
)

// Options of a Ledger.
type Options struct {
	Dir          string           // of the segment files; made where absent
	DB           *sqldb.DB        // holds the index of closed segments; nil = none, what is asked of the past is read from the files
	SyncAlways   bool             // acknowledge after fsync
	SegmentBytes int64            // a segment is closed once it has so many; 0 = 64 MiB
	PackAfter    time.Duration    // closed segments that no window needs are compressed at this age; 0 = 30 days, negative = never
	ReadOnly     bool             // no file is changed: shares are refused, and an end that a crash tore is passed over
	Now          func() time.Time // nil = time.Now
	Log          *slog.Logger     // nil = silent

	create func(path string) (file, error) // tests: a disk that fails
}

// file is a segment's file as the writer needs it.
type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Sync() error
	Truncate(size int64) error
}

// Ledger keeps shares. It implements coop.Ledger; its methods may be called from several goroutines.
type Ledger struct {
	o    Options
	lock *filelock.Lock
	id   [16]byte
	stop chan struct{}
	end  sync.WaitGroup

	queue queue

	// The writer's own.
	cur   *current // nil before the first segment, and where the newest file was not begun
	after *origin  // where the next segment begins while cur is nil; nil = the very first
	seq   uint64   // of the newest share
	debts []entry  // verdicts that could not be written yet
	retry time.Time

	fileMu sync.Mutex    // held while the current file is synced or replaced
	dirty  chan struct{} // there is something to sync

	mu       sync.Mutex
	segs     []*segment // in order; the last one is written to, unless it has a SHA256
	live     live       // of the open segment
	last     uint64
	lastWork uint64
	found    []coop.FoundBlock // blocks that no sink has taken yet
	news     chan struct{}     // found or closed segments for Run
	health   health
	keep     uint64 // segments that hold this seq or later ones are not packed
}

var _ coop.Ledger = (*Ledger)(nil)

// Append implements coop.Ledger. done is called by the writer, in the order of the seqs, and must not block. A share
// without member, difficulty or network difficulty is refused: it could not be weighed.
func (l *Ledger) Append(r coop.ShareRecord, done func(seq uint64, err error)) {
	if err := check(&r); err != nil {
		done(0, err)
		return
	}
	if !l.queue.put(entry{kind: KindShare, share: r, done: done}) {
		done(0, errClosed)
	}
}

func check(r *coop.ShareRecord) error {
	switch {
	case r.Member == "" || len(r.Member) > maxMember:
		return adit.InvalidField("member", "it must have 1 to %d bytes, it has %d", maxMember, len(r.Member))
	case r.Difficulty.IsZero():
		return adit.InvalidField("difficulty", "a share without one cannot be weighed")
	case r.Network.IsZero():
		return adit.InvalidField("network", "a share without the network's difficulty, or behind a pool that of the pool's shares, cannot be weighed")
	}
	return nil
}

// Verdict implements coop.Ledger. While the disk is full verdicts wait in memory.
func (l *Ledger) Verdict(seq uint64, member coop.MemberID, outcome adit.ShareOutcome, text string) {
	if member == "" || len(member) > maxMember {
		return // no share of such a member is in the ledger
	}
	l.queue.put(entry{kind: KindVerdict, verdict: &Verdict{Share: seq, At: l.o.Now(), Member: member, Outcome: outcome, Text: text}})
}

// Found implements coop.Ledger: the block is synced when it returns. While the disk is full it waits for room until ctx
// ends.
func (l *Ledger) Found(ctx context.Context, b coop.FoundBlock) error {
	switch {
	case b.Member == "" || len(b.Member) > maxMember:
		return adit.InvalidField("member", "it must have 1 to %d bytes, it has %d", maxMember, len(b.Member))
	case b.Coin == "" || len(b.Coin) > 255:
		return adit.InvalidField("coin", "its symbol is missing")
	case b.Hash == "" || len(b.Hash) > 255:
		return adit.InvalidField("hash", "a block is known by its hash, which is missing")
	}
	if b.At.IsZero() {
		b.At = l.o.Now()
	}
	for {
		got := make(chan error, 1)
		if !l.queue.put(entry{kind: KindBlock, block: &b, done: func(_ uint64, err error) { got <- err }}) {
			return errClosed
		}
		err := <-got // the writer answers always
		if err == nil || errors.Is(err, errClosed) {
			return err
		}
		t := time.NewTimer(retryEvery)
		select {
		case <-ctx.Done():
			t.Stop()
			return err
		case <-l.stop:
			t.Stop()
			return err
		case <-t.C:
		}
	}
}

// Trouble implements coop.Ledger.
func (l *Ledger) Trouble() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.health.trouble()
}

// Last is the seq of the newest share, 0 before the first.
func (l *Ledger) Last() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// LastWork is the highest Work.Seq among the shares of the newest segments, 0 where there is none. A coordinator goes on
// counting above it.
func (l *Ledger) LastWork() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lastWork
}

// Keep says that windows reach back to seq: segments from there on stay as they are.
func (l *Ledger) Keep(seq uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keep = seq
}

// Close writes what waits, syncs and lets go of the files.
func (l *Ledger) Close() error {
	if !l.queue.close() {
		return nil
	}
	close(l.stop)
	l.end.Wait()
	var err error
	if l.cur != nil {
		err = errors.Join(l.cur.f.Sync(), l.cur.f.Close())
	}
	return errors.Join(err, l.lock.Release())
}

var errClosed = adit.Errorf(adit.Unreachable, "the ledger is closed: the coordinator is ending")
