package ledger

import (
	"context"
	"errors"
	"time"

	"github.com/adit-mining/adit"
)

// Status is how the ledger does, for people.
type Status struct {
	Last         uint64        `json:"last" doc:"seq of the newest share"`
	Segments     int           `json:"segments"`
	Bytes        int64         `json:"bytes" doc:"of all segments, unpacked"`
	SyncAlways   bool          `json:"syncAlways" doc:"shares are acknowledged after fsync"`
	SyncWithin   time.Duration `json:"-"`
	SyncWithinMS int64         `json:"syncWithinMs" doc:"what a power cut may cost; 0: nothing"`
	SyncWorstMS  *float64      `json:"syncWorstMs" doc:"longest time from a write to its fsync; null: none yet"`
	Unsynced     *time.Time    `json:"unsynced" doc:"since when something waits for fsync; null: nothing does"`
	Batches      uint64        `json:"batches" doc:"writes so far"`
	Records      uint64        `json:"records" doc:"in those"`
	Trouble      *string       `json:"trouble" doc:"why shares cannot be written; null: they can"`
	TroubleSince *time.Time    `json:"troubleSince"`
	VerdictsLost uint64        `json:"verdictsLost" doc:"of the upstream, that came while the disk was full for too long"`
}

// health is guarded by Ledger.mu.
type health struct {
	status   Status
	writing  error // why writing failed
	syncing  error // why fsync failed
	since    time.Time
	unsynced time.Time
	worst    time.Duration // from a write to its fsync
	took     time.Duration // the last fsync
	synced   int64         // bytes of the current file that are safe
	syncedNo uint64
}

func (h *health) trouble() error {
	if h.writing != nil {
		return h.writing
	}
	return h.syncing
}

func (h *health) wrote(records int, synced bool) {
	h.status.Batches++
	h.status.Records += uint64(records)
	if h.writing != nil {
		h.writing = nil
	}
	if synced {
		h.syncing = nil
	}
}

// Status is how the ledger does.
func (l *Ledger) Status() Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.health.status
	s.Last, s.Segments, s.SyncAlways = l.last, len(l.segs), l.o.SyncAlways
	if !s.SyncAlways {
		s.SyncWithin, s.SyncWithinMS = SyncWithin, SyncWithin.Milliseconds()
	}
	for _, seg := range l.segs {
		s.Bytes += seg.Bytes
	}
	if l.health.worst > 0 {
		ms := float64(l.health.worst) / float64(time.Millisecond)
		s.SyncWorstMS = &ms
	}
	if at := l.health.unsynced; !at.IsZero() {
		s.Unsynced = &at
	}
	if err := l.health.trouble(); err != nil {
		words, since := err.Error(), l.health.since
		s.Trouble, s.TroubleSince = &words, &since
	}
	return s
}

// failed notes that a write failed, with words for people.
func (l *Ledger) failed(err error) {
	l.retry = l.o.Now().Add(retryEvery)
	words := adit.Errorf(adit.Internal, "shares cannot be written to the ledger in %s: %w", l.o.Dir, err)
	if diskFull(err) {
		words = adit.Errorf(adit.Internal, "the disk that holds the ledger (%s) is full: shares are refused until there is room again: %w", l.o.Dir, err)
	}
	l.mu.Lock()
	fresh := l.health.trouble() == nil
	if fresh {
		l.health.since = l.o.Now()
	}
	l.health.writing = words
	l.mu.Unlock()
	if fresh {
		l.o.Log.ErrorContext(context.Background(), "the ledger refuses shares", "err", err)
	}
}

func (l *Ledger) healed() {
	l.mu.Lock()
	was := l.health.writing != nil
	l.health.writing = nil
	l.mu.Unlock()
	if was {
		l.o.Log.InfoContext(context.Background(), "the ledger takes shares again")
	}
}

// syncer calls fsync soon after the first write that was not synced; it ends when the ledger closes.
func (l *Ledger) syncer() {
	for {
		select {
		case <-l.dirty:
		case <-l.stop:
			return
		}
		if !l.pause(l.syncDue()) {
			return // Close syncs
		}
		for l.syncNow() != nil {
			if !l.pause(retryEvery) {
				return
			}
		}
	}
}

// syncDue is how long fsync may wait: half of the time that is promised, less what the last one took.
func (l *Ledger) syncDue() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(0, SyncWithin/2-l.health.took-time.Since(l.health.unsynced))
}

// pause waits; false = the ledger closes.
func (l *Ledger) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-l.stop:
		return false
	}
}

// syncNow syncs the current file. Its predecessor was synced when it was closed.
func (l *Ledger) syncNow() error {
	l.fileMu.Lock()
	defer l.fileMu.Unlock()
	c := l.cur
	l.mu.Lock()
	since, size, number := l.health.unsynced, c.seg.Bytes, c.seg.Number
	from := l.health.synced
	if l.health.syncedNo != number {
		from = headSize
	}
	again := l.health.syncing != nil
	l.health.unsynced = time.Time{}
	l.mu.Unlock()
	var err error
	began := time.Now()
	if again { // after a failed fsync the kernel may take the pages for clean: write them anew
		err = rewrite(c.f, from, size)
	}
	if err = errors.Join(err, c.f.Sync()); err != nil {
		l.syncFailed(err, since)
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.health.synced, l.health.syncedNo, l.health.syncing = size, number, nil
	l.health.worst, l.health.took = max(l.health.worst, time.Since(since)), time.Since(began)
	return nil
}

func (l *Ledger) syncFailed(err error, since time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.health.trouble() == nil {
		l.health.since = l.o.Now()
		l.o.Log.ErrorContext(context.Background(), "the ledger refuses shares: fsync failed", "err", err)
	}
	l.health.unsynced = since
	l.health.syncing = adit.Errorf(adit.Internal, "the ledger in %s cannot be synced to its disk, so shares are refused until it can: check the disk: %w", l.o.Dir, err)
}

func rewrite(f file, from, to int64) error {
	buf := make([]byte, 1<<20)
	for from < to {
		part := buf[:min(int64(len(buf)), to-from)]
		if _, err := f.ReadAt(part, from); err != nil {
			return err
		}
		if _, err := f.WriteAt(part, from); err != nil {
			return err
		}
		from += int64(len(part))
	}
	return nil
}
