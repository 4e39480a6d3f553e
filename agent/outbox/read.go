package outbox

// page is one segment's records in memory, for reading on.
type page struct {
	base    uint64
	epoch   string
	records []Record
}

// After returns up to limit records of an epoch with a greater number than seq, oldest first, none that the hub has
// acknowledged. ok is false where the epoch is over: say hello again.
func (b *Outbox) After(epoch string, seq uint64, limit int) (out []Numbered, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if epoch != b.epoch {
		return nil, false
	}
	first, next := max(seq, b.acked)+1, b.next()
	for ; first < next && len(out) < limit; first++ {
		r, ok := b.record(first)
		if !ok {
			return nil, false // lost, so the rest has new numbers
		}
		out = append(out, Numbered{first, r})
		b.sent = max(b.sent, first)
	}
	return out, true
}

// record finds a record: among the newest, or in its segment.
func (b *Outbox) record(seq uint64) (Record, bool) {
	next := b.next()
	if back := next - seq; back <= uint64(len(b.recent)) {
		return b.recent[uint64(len(b.recent))-back], true
	}
	if mem := b.last().end(); seq >= mem {
		return b.memo[seq-mem], true
	}
	if p := b.page; p.epoch == b.epoch && seq >= p.base && seq < p.base+uint64(len(p.records)) {
		return p.records[seq-p.base], true
	}
	for _, s := range b.segs {
		if seq < s.base || seq >= s.end() {
			continue
		}
		rs, err := s.records()
		if err != nil {
			b.lose(s, err)
			return Record{}, false
		}
		b.page = page{s.base, b.epoch, rs}
		return rs[seq-s.base], true
	}
	return Record{}, false
}

// Ack notes that the hub holds everything of the epoch up to seq; it reports whether that was news.
func (b *Outbox) Ack(epoch string, seq uint64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if epoch != b.epoch || seq <= b.acked || seq >= b.next() {
		return false
	}
	b.acked = seq
	b.trim()
	return true
}

// Resume compares the hub's word with ours at the start of a conversation. renewed says that the numbering did not
// fit and was begun anew under another epoch: say hello again.
func (b *Outbox) Resume(epoch string, acked uint64) (renewed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case epoch != b.epoch:
		return true // it was renewed meanwhile
	case acked > max(b.opened, b.sent): // the hub knows numbers that this life never gave out
		b.acked = max(b.acked, b.opened)
		b.renew()
		return true
	case acked < b.acked: // the hub has forgotten frames that we do not have any more
		if acked+1 < b.segs[0].base {
			b.renew()
			return true
		}
		b.acked = acked
	default:
		b.acked = acked
		b.trim()
	}
	return false
}
