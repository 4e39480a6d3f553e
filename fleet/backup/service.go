package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/atomicfile"
	"github.com/adit-mining/adit/store/sqldb"
)

// Snapshotter copies time series; store/tsdb fills it.
type Snapshotter interface {
	Snapshot(ctx context.Context, to string) error
}

// Journal writes down who made a backup; fleet/journal fills it.
type Journal interface {
	Note(ctx context.Context, actor adit.Actor, kind, severity, subject, text string, data map[string]string) error
}

// Options of a Service. Dir and Journal are needed, and one of DB and Crew.
type Options struct {
	Dir     string       // data directory
	DB      *sqldb.DB    // the hub's; nil = there is no hub
	Series  Snapshotter  // nil = there are no time series
	Crew    func() *Crew // what there is of a crew now, nil where there is none; nil = there never is one
	Journal Journal
	Root    string           // where /etc/machine-id is; "" = "/"
	Now     func() time.Time // nil = time.Now
	Log     *slog.Logger     // nil = silent
}

// Service is the noun. Its methods may be called from several goroutines.
type Service struct {
	o    Options
	busy sync.Mutex // one backup at a time
}

// New makes the service and removes what an interrupted backup left.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	left, _ := filepath.Glob(filepath.Join(o.Dir, scratch+"*"))
	for _, dir := range left {
		if err := os.RemoveAll(dir); err != nil {
			o.Log.Warn("what an interrupted backup left cannot be removed", "err", err)
		}
	}
	return &Service{o: o}
}

// Job is a backup that an actor asked for: ready to be written out, once. Close it.
type Job struct {
	*Archive
	s     *Service
	actor adit.Actor
}

// Prepare copies everything while adit works on. With history the time series come too. What goes wrong goes wrong
// here, before a byte was sent to anybody.
func (s *Service) Prepare(ctx context.Context, actor adit.Actor, history bool) (*Job, error) {
	if err := actor.May(adit.ScopeOwner); err != nil {
		return nil, err
	}
	if !s.busy.TryLock() {
		return nil, adit.Errorf(adit.Conflict, "another backup is being made: wait until it is done")
	}
	src := Source{Dir: s.o.Dir, Root: s.o.Root, At: s.o.Now()}
	if s.o.DB != nil {
		src.CopyDB = s.o.DB.CopyTo
	}
	if s.o.Crew != nil {
		src.Crew = s.o.Crew()
	}
	if history && s.o.Series != nil {
		src.Snapshot = s.o.Series.Snapshot
	}
	a, err := Make(ctx, src)
	if err != nil {
		s.busy.Unlock()
		return nil, err
	}
	return &Job{Archive: a, s: s, actor: actor}, nil
}

// Send writes the archive out; once it is out whole, that is remembered and noted.
func (j *Job) Send(ctx context.Context, w io.Writer) error {
	n, err := j.WriteTo(w)
	if err != nil {
		return err
	}
	r := Record{At: j.Manifest.At, Bytes: n, History: j.Manifest.History, By: j.actor.Name}
	text := fmt.Sprintf("a backup was made: %d bytes", n)
	err = errors.Join(Remember(j.s.o.Dir, r), j.s.o.Journal.Note(ctx, j.actor, "backup.made", "info", "adit", text, nil))
	if err != nil {
		j.s.o.Log.WarnContext(ctx, "that a backup was made is not remembered", "err", err)
	}
	return nil
}

// Close removes the copies and lets the next backup begin.
func (j *Job) Close() error {
	defer j.s.busy.Unlock()
	return j.Archive.Close()
}

// Record is the file backup.json: the last backup that was written out whole.
type Record struct {
	At      time.Time `json:"at"`
	Bytes   int64     `json:"bytes"`
	History bool      `json:"history"`
	By      string    `json:"by"`
}

func recordFile(dir string) string { return filepath.Join(dir, "backup.json") }

// Remember keeps when the last backup was made.
func Remember(dir string, r Record) error { return atomicfile.WriteJSON(recordFile(dir), r, 0o600) }

// Last is the last backup of a data directory; nil where none is known.
func Last(dir string) *Record {
	b, err := os.ReadFile(recordFile(dir))
	var r Record
	if err != nil || json.Unmarshal(b, &r) != nil || r.At.IsZero() {
		return nil
	}
	return &r
}

// Status is what is known of backups of this data directory.
type Status struct {
	Last          *Record // nil = none was made, or that is not known
	DatabaseBytes *int64  // with that and the ledger of a crew; nil = unknown
	HistoryBytes  *int64  // nil = unknown
	Copies        []Copy  // made before upgrades of the database, oldest first
}

// Copy is the database as it was before an upgrade.
type Copy struct {
	Schema int64
	At     time.Time
	Bytes  int64
}

// Status tells when the last backup was made and how big one would be, before compression.
func (s *Service) Status(_ context.Context, actor adit.Actor) (Status, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return Status{}, err
	}
	return Status{Last: Last(s.o.Dir), DatabaseBytes: sizeOfAll(s.o.Dir, database, crewDatabase, crewLedger),
		HistoryBytes: sizeOf(filepath.Join(s.o.Dir, series)), Copies: copies(s.o.Dir)}, nil
}

// sizeOfAll is the size of those of the names that are there; nil where none is.
func sizeOfAll(dir string, names ...string) (all *int64) {
	for _, name := range names {
		n := sizeOf(filepath.Join(dir, filepath.FromSlash(name)))
		if all == nil {
			all = n
		} else if n != nil {
			*all += *n
		}
	}
	return all
}

// sizeOf is the size of a file, or of all files in a folder; nil where it cannot be told.
func sizeOf(path string) *int64 {
	var n int64
	err := filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // time series come and go
		}
		if err == nil {
			n += info.Size()
		}
		return err
	})
	if err != nil {
		return nil
	}
	return &n
}

func copies(dir string) []Copy {
	out := []Copy{}
	names, _ := filepath.Glob(filepath.Join(dir, database+".before-*"))
	for _, p := range names {
		v, err := strconv.ParseInt(strings.TrimPrefix(filepath.Base(p), database+".before-"), 10, 64)
		info, statErr := os.Stat(p)
		if err == nil && statErr == nil {
			out = append(out, Copy{Schema: v, At: info.ModTime().UTC(), Bytes: info.Size()})
		}
	}
	return out
}
