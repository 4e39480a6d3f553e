package tsdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/util/compression"

	"github.com/adit-mining/adit"
)

// Options for Open; the zero value is right for one computer up to some thousand devices.
type Options struct {
	// Retention is how long samples are kept; 0 means 30 days.
	Retention time.Duration
	// MaxBytes bounds the disk used by finished blocks; 0 is no bound. The newest hours (WAL) come on top.
	MaxBytes adit.Bytes
	// Late is how much older than the newest sample a sample may be; 0 means 30 minutes.
	Late time.Duration
	// Early is how far in the future a sample may lie, so that one wrong clock does not make all others late; 0 means 10 minutes.
	Early time.Duration
	// Gap is how long PromQL takes a value as still true after its last sample; 0 means 2 minutes.
	Gap time.Duration
	// QueryTimeout ends a query; 0 means 30 s. QuerySamples bounds what one query may hold in memory; 0 means 5 million.
	QueryTimeout time.Duration
	QuerySamples int
	// Retry is how long after a failed write the next one is tried; 0 means 5 s.
	Retry time.Duration
	// Log is told of repairs and failures; nil is silent. Now is the clock; nil means time.Now.
	Log *slog.Logger
	Now func() time.Time
}

// Local is the embedded database. Its methods may be called from many goroutines.
type Local struct {
	dir string
	o   Options

	mu sync.RWMutex // held for reading by every call, for writing when db is replaced
	db *tsdb.DB     // nil after Close, or where reopening failed
	at *epoch

	sickMu  sync.Mutex
	sick    error     // why the last write failed; nil when well
	retryAt time.Time // when a write is tried again

	once   sync.Once
	engine *promql.Engine
	gate   chan struct{} // holds one for each PromQL query that runs
}

// epoch marks one opening of the database; a series' place is valid within it. Not empty, so that each has an address of its own.
type epoch struct{ _ byte }

var _ DB = (*Local)(nil)

// Open opens (or makes) the database in dir and repairs what a crash left. A second process is refused with adit.Conflict.
func Open(dir string, o Options) (*Local, error) {
	setDefaults(&o)
	l := &Local{dir: dir, o: o, gate: make(chan struct{}, maxQueries)}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, adit.Errorf(adit.Internal, "the folder for time series cannot be made: %w", err)
	}
	if err := l.open(); err != nil {
		return nil, err
	}
	return l, nil
}

func setDefaults(o *Options) {
	or(&o.Retention, 30*24*time.Hour)
	or(&o.Late, 30*time.Minute)
	or(&o.Early, 10*time.Minute)
	or(&o.Gap, 2*time.Minute)
	or(&o.QueryTimeout, 30*time.Second)
	or(&o.QuerySamples, 5_000_000)
	or(&o.Retry, 5*time.Second)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

func or[T comparable](v *T, otherwise T) {
	var zero T
	if *v == zero {
		*v = otherwise
	}
}

// open opens the engine. The settings keep an idle database small: few hash stripes, no write queue, and a WAL in
// segments of 16 MiB, of which a replay reads one at a time.
func (l *Local) open() error {
	opts := tsdb.DefaultOptions()
	opts.RetentionDuration = l.o.Retention.Milliseconds()
	opts.MaxBytes = int64(l.o.MaxBytes)
	opts.OutOfOrderTimeWindow = l.o.Late.Milliseconds()
	opts.MaxBlockDuration = max(opts.MinBlockDuration, opts.RetentionDuration/10)
	opts.WALSegmentSize = 16 << 20
	opts.WALCompression = compression.Snappy
	opts.StripeSize = 1 << 10
	opts.HeadChunksWriteQueueSize = 0
	db, err := tsdb.Open(l.dir, slog.New(calm{l.o.Log.Handler()}), nil, opts, nil)
	switch {
	case err != nil && locked(err):
		return adit.Errorf(adit.Conflict, "another adit uses the time series in this data directory: stop it, or use another --data-dir")
	case err != nil:
		return adit.Errorf(adit.Internal, "the time series in %s cannot be opened (move the folder away to begin anew): %w", l.dir, err)
	}
	l.db, l.at = db, new(epoch)
	return nil
}

// locked reports whether another process holds the directory; the engine has no error value for it.
func locked(err error) bool { return strings.Contains(err.Error(), "lock DB directory") }

// Close implements DB.
func (l *Local) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.db == nil {
		return nil
	}
	err := l.db.Close()
	l.db = nil
	return err
}

// reading returns the database for the length of one call; done ends it.
func (l *Local) reading() (db *tsdb.DB, done func(), err error) {
	l.mu.RLock()
	if l.db == nil {
		l.mu.RUnlock()
		return nil, nil, adit.Errorf(adit.Unreachable, "the time series are closed")
	}
	return l.db, l.mu.RUnlock, nil
}

// Append implements DB.
func (l *Local) Append(ctx context.Context, samples []Sample) (Appended, error) {
	if err := ctx.Err(); err != nil {
		return Appended{}, err
	}
	if err := l.heal(); err != nil {
		return Appended{}, err
	}
	db, done, err := l.reading()
	if err != nil {
		return Appended{}, err
	}
	defer done()
	app := db.Appender(ctx)
	counts, err := l.fill(app, samples)
	if err != nil {
		return Appended{}, errors.Join(l.failed(err), app.Rollback())
	}
	if err := app.Commit(); err != nil {
		return Appended{}, l.failed(err)
	}
	return counts, nil
}

// fill puts the samples into a transaction and counts what is not taken over.
func (l *Local) fill(app storage.Appender, samples []Sample) (n Appended, err error) {
	latest := l.o.Now().Add(l.o.Early)
	for i := range samples {
		s := &samples[i]
		switch {
		case math.IsNaN(s.Value) || math.IsInf(s.Value, 0):
			n.Unknown++
			continue
		case s.At.After(latest):
			n.Early++
			continue
		}
		err := l.one(app, s)
		switch {
		case err == nil:
			n.Stored++
		case errors.Is(err, storage.ErrTooOldSample), errors.Is(err, storage.ErrOutOfBounds), errors.Is(err, storage.ErrOutOfOrderSample):
			n.Late++
		case errors.Is(err, storage.ErrDuplicateSampleForTimestamp):
			n.Clash++
		default:
			return n, err
		}
	}
	return n, nil
}

func (l *Local) one(app storage.Appender, s *Sample) error {
	var ref storage.SeriesRef
	p := s.Key.place.Load()
	if p != nil && p.epoch == l.at {
		ref = p.ref
	}
	got, err := app.Append(ref, s.Key.labels, s.At.UnixMilli(), s.Value)
	if err == nil && got != ref {
		s.Key.place.Store(&place{l.at, got})
	}
	return err
}

// failed remembers that a write failed, so that the next ones are refused until a retry is due.
func (l *Local) failed(err error) error {
	l.sickMu.Lock()
	defer l.sickMu.Unlock()
	if l.sick == nil {
		l.o.Log.Warn("measurements cannot be stored", "err", err)
	}
	l.sick, l.retryAt = err, l.o.Now().Add(l.o.Retry)
	return l.ill(err)
}

func (l *Local) ill(err error) error {
	if diskFull(err) {
		return adit.Errorf(adit.Internal, "the disk is full: measurements cannot be stored; free space in %s: %w", l.dir, err)
	}
	return adit.Errorf(adit.Internal, "measurements cannot be stored: %w", err)
}

// heal reopens the database after a failed write, once the disk takes writes again. Reopening is needed: the engine's
// memory may name series, and its WAL may end in half a record, that never reached the disk; the replay mends both.
func (l *Local) heal() error {
	l.sickMu.Lock()
	defer l.sickMu.Unlock()
	if l.sick == nil {
		return nil
	}
	now := l.o.Now()
	if now.Before(l.retryAt) {
		return l.ill(l.sick)
	}
	l.retryAt = now.Add(l.o.Retry)
	if err := l.probe(); err != nil {
		return l.ill(err)
	}
	if err := l.reopen(); err != nil {
		return err
	}
	l.o.Log.Info("measurements are stored again")
	l.sick = nil
	return nil
}

// probe tells whether the disk takes more than a reopening needs.
func (l *Local) probe() error {
	name := filepath.Join(l.dir, "probe")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 1<<20))
	return errors.Join(err, f.Sync(), f.Close(), os.Remove(name))
}

func (l *Local) reopen() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.db != nil {
		if err := l.db.Close(); err != nil {
			l.o.Log.Debug("closing after a failed write", "err", err)
		}
		l.db = nil
	}
	if err := l.open(); err != nil {
		return fmt.Errorf("after a failed write: %w", err)
	}
	return nil
}
