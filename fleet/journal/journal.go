package journal

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
)

// Entry is one thing that happened. Seq, Prev and Hash are set by Append.
type Entry struct {
	Seq      int64
	At       time.Time
	Kind     string // "order.start", "miner.quarantined"
	Severity string // "info", "warn", "crit"
	Subject  string // what it is about: a device's or rig's id
	Actor    string // who did it, "" = the machine itself
	Text     string // one sentence
	Data     map[string]string
	Prev     string
	Hash     string
}

// Service is the noun. Its methods may be called from several goroutines.
type Service struct {
	DB  *sqldb.DB
	Now func() time.Time // nil = time.Now
}

// Append writes entries in order, in one transaction. An entry without At happened now. With once, an entry that was
// written already (same time, kind, subject and text) is left out: a report may come twice after a crash.
func (s *Service) Append(ctx context.Context, once bool, entries ...Entry) error {
	if len(entries) == 0 {
		return nil
	}
	return s.DB.InTx(ctx, func(q sqldb.Q) error {
		if err := sqldb.Lock(ctx, q, "journal_event"); err != nil {
			return err
		}
		seq, prev, err := last(ctx, q)
		if err != nil {
			return err
		}
		for _, e := range entries {
			s.complete(&e)
			if once {
				if there, err := exists(ctx, q, e); err != nil || there {
					if err != nil {
						return err
					}
					continue
				}
			}
			seq++
			e.Seq, e.Prev = seq, prev
			e.Hash, err = e.sum()
			if err != nil {
				return err
			}
			if err := insert(ctx, q, e); err != nil {
				return err
			}
			prev = e.Hash
		}
		return nil
	})
}

func (s *Service) complete(e *Entry) {
	if e.At.IsZero() {
		e.At = s.now()
	}
	e.At = e.At.UTC().Truncate(time.Millisecond)
	if e.Severity == "" {
		e.Severity = "info"
	}
}

func (s *Service) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

// sum hashes every field with its length before it, so that no two entries share a text.
func (e Entry) sum() (string, error) {
	data, err := e.data()
	if err != nil {
		return "", err
	}
	h := sha256.New()
	var n [8]byte
	for _, f := range []string{e.Prev, fmt.Sprint(e.Seq), fmt.Sprint(e.At.UnixMilli()), e.Kind, e.Severity, e.Subject, e.Actor, e.Text, data} {
		binary.BigEndian.PutUint64(n[:], uint64(len(f)))
		h.Write(n[:])
		h.Write([]byte(f))
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func (e Entry) data() (string, error) {
	if len(e.Data) == 0 {
		return "{}", nil
	}
	b, err := json.Marshal(e.Data) // keys come out sorted
	return string(b), err
}

// MaxList bounds one List.
const MaxList = 1000

// List returns entries with a number greater than after, oldest first; limit 0 means 100.
func (s *Service) List(ctx context.Context, actor adit.Actor, after int64, limit int) ([]Entry, error) {
	return s.Find(ctx, actor, Filter{After: after, Limit: limit})
}

// Newest returns the number of the last entry, 0 where there is none.
func (s *Service) Newest(ctx context.Context, actor adit.Actor) (int64, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return 0, err
	}
	seq, _, err := last(ctx, s.DB)
	return seq, err
}

// Check is what Verify found.
type Check struct {
	Whole   bool
	Checked int64  // entries looked at
	Words   string // what is wrong, "" when whole
}

// Verify walks the whole chain and stops at the first entry that does not fit. It cannot see that the newest entries
// were cut off: compare Checked with a number noted elsewhere.
func (s *Service) Verify(ctx context.Context, actor adit.Actor) (Check, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return Check{}, err
	}
	var c Check
	prev := ""
	for {
		page, err := list(ctx, s.DB, c.Checked, MaxList)
		if err != nil {
			return Check{}, err
		}
		for _, e := range page {
			if c.Words = e.misfit(c.Checked+1, prev); c.Words != "" {
				return c, nil
			}
			prev = e.Hash
			c.Checked++
		}
		if len(page) < MaxList {
			c.Whole = true
			return c, nil
		}
	}
}

// misfit says what is wrong with an entry that should have this number and follow this hash.
func (e Entry) misfit(seq int64, prev string) string {
	sum, err := e.sum()
	switch {
	case e.Seq != seq:
		return fmt.Sprintf("entry %d is missing", seq)
	case e.Prev != prev:
		return fmt.Sprintf("entry %d does not follow entry %d", e.Seq, seq-1)
	case err != nil || sum != e.Hash:
		return fmt.Sprintf("entry %d was changed", e.Seq)
	}
	return ""
}
