package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"os"
	"slices"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/payout"
)

// Segment is what is known about one segment file.
type Segment struct {
	Number uint64        `json:"number"`
	File   string        `json:"file" doc:"its name in the ledger's folder"`
	First  uint64        `json:"first" doc:"seq of its first share"`
	Last   uint64        `json:"last" doc:"seq of its last share; 0: it has none"`
	Shares uint64        `json:"shares"`
	Blocks int           `json:"blocks"`
	Bytes  int64         `json:"bytes" doc:"unpacked"`
	MinAt  time.Time     `json:"minAt" doc:"earliest share"`
	MaxAt  time.Time     `json:"maxAt" doc:"latest share"`
	SHA256 string        `json:"sha256" doc:"of the unpacked file; empty while it is written to"`
	Score  payout.Weight `json:"score" doc:"its shares' part of blocks, times 2^64"`
	Hashes payout.Weight `json:"hashes" doc:"expected hashes of its shares"`
	Packed bool          `json:"packed"`
}

// segment is Segment as the ledger keeps it.
type segment struct {
	Segment
	head    head
	known   bool // the sums are; false for a closed one that was not indexed yet
	indexed bool
	closed  []Sum // its members', from closing it until it is indexed
}

// origin is where a segment goes on.
type origin struct {
	number uint64
	before [32]byte
}

// Sum is what one member has in a segment, or in all.
type Sum struct {
	Member  coop.MemberID `json:"member"`
	Shares  uint64        `json:"shares"`
	Hashes  payout.Weight `json:"hashes" doc:"expected hashes of its shares"`
	Score   payout.Weight `json:"score"`
	FirstAt time.Time     `json:"firstAt"`
	LastAt  time.Time     `json:"lastAt"`
}

// live is what the open segment holds so far.
type live struct{ sums []Sum }

// add counts a share of member number no, which may be a new one.
func (v *live) add(s *segment, r *coop.ShareRecord, no uint32) {
	for int(no) >= len(v.sums) {
		v.sums = append(v.sums, Sum{})
	}
	m := &v.sums[no]
	score := payout.Score(r.Difficulty, r.Network)
	if m.Shares == 0 {
		m.Member, m.FirstAt = r.Member, r.At
	}
	m.Shares++
	m.LastAt = r.At
	m.Hashes, _ = m.Hashes.Add(payout.Weight(r.Difficulty))
	m.Score, _ = m.Score.Add(score)
	s.Hashes, _ = s.Hashes.Add(payout.Weight(r.Difficulty))
	s.Score, _ = s.Score.Add(score)
	if s.Shares == 0 || r.At.Before(s.MinAt) {
		s.MinAt = r.At
	}
	if s.Shares == 0 || r.At.After(s.MaxAt) {
		s.MaxAt = r.At
	}
	s.Shares++
	s.Last = r.Seq
}

// earned are the sums of those who have shares.
func (v *live) earned() []Sum {
	return slices.DeleteFunc(slices.Clone(v.sums), func(s Sum) bool { return s.Shares == 0 })
}

// current is the segment that the writer appends to.
type current struct {
	f    file
	seg  *segment // its fields are guarded by Ledger.mu
	enc  *encoder
	sum  hash.Hash // SHA-256 so far
	size int64     // of all that was acknowledged
}

// digest is the SHA-256 of what was written.
func (c *current) digest() (d [32]byte) {
	c.sum.Sum(d[:0])
	return d
}

// create makes the next segment's file with its head.
func (l *Ledger) create(number, first uint64, before [32]byte) (c *current, err error) {
	h := head{Ledger: l.id, Number: number, First: first, Before: before, Created: l.o.Now()}
	name := segmentName(number)
	f, err := l.o.create(l.path(name))
	if err != nil {
		return nil, err
	}
	raw := h.encode()
	if _, err := f.WriteAt(raw, 0); err != nil {
		_ = f.Close()
		_ = os.Remove(l.path(name))
		return nil, err
	}
	c = &current{f: f, enc: newEncoder(seedOf(l.id)), sum: sha256.New(), size: headSize}
	c.sum.Write(raw)
	c.seg = &segment{head: h, known: true, Segment: Segment{Number: number, File: name, First: first, Bytes: headSize}}
	return c, nil
}

func createFile(path string) (file, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
}

// next opens the segment that comes after the newest, closing that.
func (l *Ledger) next() error {
	number, before := uint64(1), [32]byte{}
	if l.cur != nil {
		if err := l.cur.f.Sync(); err != nil { // what the next one's head vouches for must be on the disk
			return err
		}
		number, before = l.cur.seg.Number+1, l.cur.digest()
	} else if l.after != nil {
		number, before = l.after.number, l.after.before
	}
	c, err := l.create(number, l.seq+1, before)
	if err != nil {
		return err
	}
	if err := syncDir(l.o.Dir); err != nil {
		_ = c.f.Close()
		_ = os.Remove(l.path(c.seg.File))
		return err
	}
	l.fileMu.Lock()
	old := l.cur
	l.cur, l.after = c, nil
	l.fileMu.Unlock()
	l.mu.Lock()
	if old != nil {
		old.seg.SHA256 = hex.EncodeToString(before[:])
		old.seg.closed = l.live.earned()
	}
	l.segs = append(l.segs, c.seg)
	l.live = live{}
	l.mu.Unlock()
	if old != nil {
		l.tell()
		_ = old.f.Close() // it was synced
	}
	return nil
}

// syncDir makes a new file's name durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	_ = d.Sync() // not every system can
	return nil
}

func (l *Ledger) path(name string) string { return l.o.Dir + string(os.PathSeparator) + name }

var errNoSegment = adit.Errorf(adit.NotFound, "the ledger has no such share")
