package ledger

import (
	"errors"
	"time"

	"github.com/adit-mining/adit/coop"
)

// write is the one writer; it ends when the ledger closes, after what waits was written.
func (l *Ledger) write() {
	var used []entry
	probe := time.NewTicker(retryEvery)
	defer probe.Stop()
	for {
		select {
		case <-l.queue.wake:
		case <-probe.C:
			l.recover()
			continue
		case <-l.stop:
			l.drain(used)
			return
		}
		used = l.drain(used)
	}
}

// drain writes until nothing waits.
func (l *Ledger) drain(used []entry) []entry {
	for {
		batch, refused := l.queue.take(used)
		if len(batch) == 0 && len(refused) == 0 {
			return batch
		}
		for _, done := range refused {
			done(0, errBusy)
		}
		l.commit(batch)
		used = batch
	}
}

// commit writes a batch with one write(2) and answers for each of its entries.
func (l *Ledger) commit(batch []entry) {
	if len(batch) == 0 {
		return
	}
	if err := l.writable(); err != nil {
		l.refuse(batch, err)
		return
	}
	first := l.seq + 1
	must := l.encode(batch)
	if err := l.flush(must); err != nil {
		l.seq = first - 1
		l.cur.enc.undo()
		l.failed(err)
		l.refuse(batch, l.Trouble())
		return
	}
	l.publish(batch)
	for i := range batch {
		if e := &batch[i]; e.done != nil {
			e.done(e.share.Seq, nil)
		}
	}
}

// writable makes sure that there is a segment with room; while writing fails it says so without trying each time.
func (l *Ledger) writable() error {
	l.mu.Lock()
	writing, syncing := l.health.writing, l.health.syncing
	l.mu.Unlock()
	switch {
	case syncing != nil: // the syncer goes on trying
		return syncing
	case writing != nil && l.o.Now().Before(l.retry):
		return writing
	}
	if l.cur != nil && l.cur.size < l.o.SegmentBytes {
		return nil
	}
	if err := l.next(); err != nil {
		l.failed(err)
		return l.Trouble()
	}
	return nil
}

// encode turns a batch into frames; must reports that it has to be on the disk before it is acknowledged.
func (l *Ledger) encode(batch []entry) (must bool) {
	enc := l.cur.enc
	must = l.o.SyncAlways
	for i := range batch {
		switch e := &batch[i]; e.kind {
		case KindShare:
			l.seq++
			e.share.Seq = l.seq
			if e.share.At.IsZero() {
				e.share.At = l.o.Now()
			}
			e.member = enc.share(&e.share)
		case KindVerdict:
			enc.verdict(*e.verdict)
		case KindBlock:
			enc.block(*e.block)
			must = true
		}
	}
	return must
}

// flush writes what was encoded. After an error the file is as before it.
func (l *Ledger) flush(must bool) error {
	c := l.cur
	_, err := c.f.WriteAt(c.enc.buf, c.size)
	if err == nil && must {
		err = c.f.Sync()
	}
	if err != nil {
		_ = c.f.Truncate(c.size) // where even that fails the next write covers it
		return err
	}
	c.sum.Write(c.enc.buf)
	c.size += int64(len(c.enc.buf))
	return nil
}

// publish lets readers see what was written.
func (l *Ledger) publish(batch []entry) {
	c := l.cur
	c.enc.keep()
	blocks := 0
	l.mu.Lock()
	for i := range batch {
		switch e := &batch[i]; e.kind {
		case KindShare:
			l.live.add(c.seg, &e.share, e.member)
			l.lastWork = max(l.lastWork, e.share.WorkSeq)
		case KindBlock:
			l.found = append(l.found, *e.block)
			c.seg.Blocks++
			blocks++
		}
	}
	l.last, c.seg.Bytes = l.seq, c.size
	l.health.wrote(len(batch), l.o.SyncAlways)
	waits := l.health.unsynced.IsZero() && !l.o.SyncAlways
	if waits {
		l.health.unsynced = time.Now()
	}
	l.mu.Unlock()
	if waits {
		select {
		case l.dirty <- struct{}{}:
		default:
		}
	}
	if blocks > 0 {
		l.tell()
	}
}

// refuse answers that a batch is not in the ledger; verdicts wait.
func (l *Ledger) refuse(batch []entry, err error) {
	for i := range batch {
		switch e := &batch[i]; {
		case e.done != nil:
			e.done(0, err)
		case len(l.debts) < maxDebts:
			l.debts = append(l.debts, *e)
		default:
			l.mu.Lock()
			l.health.status.VerdictsLost++
			l.mu.Unlock()
		}
	}
}

// recover tries to write again while there is trouble, and writes the verdicts that waited once there is none.
func (l *Ledger) recover() {
	l.mu.Lock()
	writing, syncing := l.health.writing, l.health.syncing
	l.mu.Unlock()
	if syncing != nil {
		return
	}
	if writing != nil {
		l.retry = time.Time{}
		if err := l.probe(); err != nil {
			if !errors.Is(err, l.Trouble()) { // else it was told already
				l.failed(err)
			}
			return
		}
		l.healed()
	}
	if len(l.debts) > 0 {
		debts := l.debts
		l.debts = nil
		l.commit(debts)
	}
}

// probe writes a page after the end and takes it away again.
func (l *Ledger) probe() error {
	if err := l.writable(); err != nil && l.cur == nil {
		return err
	}
	c := l.cur
	_, err := c.f.WriteAt(make([]byte, 4096), c.size)
	if back := c.f.Truncate(c.size); err == nil {
		err = back
	}
	return err
}

// tell wakes Run.
func (l *Ledger) tell() {
	select {
	case l.news <- struct{}{}:
	default:
	}
}

// Undelivered are the blocks that no sink has taken.
func (l *Ledger) Undelivered() []coop.FoundBlock {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]coop.FoundBlock{}, l.found...)
}
