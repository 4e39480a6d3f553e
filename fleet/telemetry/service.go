package telemetry

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/inventory"
	"github.com/adit-mining/adit/fleet/telemetry/view"
	"github.com/adit-mining/adit/internal/livefeed"
	"github.com/adit-mining/adit/link/bus"
	"github.com/adit-mining/adit/link/wire"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/tsdb"
)

// How often things happen.
const (
	tickEvery       = time.Second      // at most one delta frame per tick
	heartbeatEvery  = 10 * time.Second // a frame is sent even where nothing changed, so that silence means trouble
	checkpointEvery = 5 * time.Second  // what was taken in becomes durable and is acknowledged
	bucket          = 10 * time.Second // resolution of the time series
	pruneEvery      = time.Hour        // sessions older than the retention are forgotten
	defaultInterval = 2 * time.Second  // between two polls of an agent that does not say
)

// Journal takes the events of rigs over; one that comes twice is written once. fleet/journal fills it.
type Journal interface {
	Record(ctx context.Context, rig adit.RigID, events []wire.Event) error
}

// Options of a Service. DB, Series, Inventory and Journal are needed.
type Options struct {
	DB        *sqldb.DB
	Series    tsdb.DB
	Inventory *inventory.Service
	Journal   Journal
	// Practice tells of the practice upstream; nil = there is none. It must be quick.
	Practice func() view.Practice
	// Waiting reports that something wants to mine and waits for consent only, beside what agents report; nil = nothing does.
	Waiting func() bool
	// Beside are more objects of the live state, by key of the feed: those of a crew that is coordinated here. nil = there
	// are none. It is asked once a second while somebody listens, and must be quick.
	Beside func() map[string]any
	// Retention is how long the time series and the sessions are kept; 0 means 30 days. It only tells: Series has its own.
	Retention time.Duration
	Now       func() time.Time // nil = time.Now
	Log       *slog.Logger     // nil = silent
}

// Service is the noun. Its methods may be called from several goroutines.
type Service struct {
	o    Options
	feed *Feed

	mu      sync.Mutex
	streams map[adit.RigID]*stream
	devices map[adit.DeviceID]*live
	counts  map[adit.RigID]int // of devices
	counted Counts
	views   views

	installs installs

	saving sync.Mutex // one checkpoint at a time
}

// Open restores what the hub knew when it ended.
func Open(ctx context.Context, o Options) (*Service, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Retention <= 0 {
		o.Retention = 30 * 24 * time.Hour
	}
	if o.Practice == nil {
		o.Practice = func() view.Practice {
			return view.Practice{Verifier: "missing", Connections: []view.PracticeConnection{}}
		}
	}
	if o.Waiting == nil {
		o.Waiting = func() bool { return false }
	}
	s := &Service{o: o, feed: livefeed.New(), streams: map[adit.RigID]*stream{}, devices: map[adit.DeviceID]*live{}, counts: map[adit.RigID]int{}}
	s.installs = installs{}
	s.views = views{raw: map[string][]byte{}, left: map[string]bool{}, beside: map[string]bool{}, keys: map[rollUpID]*tsdb.Key{}}
	return s, s.restore(ctx)
}

// Run listens to agents on the bus until ctx ends, then makes durable what is in memory.
func (s *Service) Run(ctx context.Context, conn bus.Conn) error {
	stop, err := s.listen(ctx, conn)
	if err != nil {
		return err
	}
	s.feed.Open()
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return every(gctx, tickEvery, func() { s.tick() }) })
	g.Go(func() error { return every(gctx, checkpointEvery, func() { s.keep(gctx) }) })
	g.Go(func() error { return every(gctx, bucket, func() { s.rollUpFleet(gctx) }) })
	g.Go(func() error { return every(gctx, pruneEvery, func() { s.prune(gctx) }) })
	err = g.Wait()
	stop()
	s.feed.Close()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	s.settle(last)
	s.keep(last)
	return err
}

// every calls f each d until ctx ends.
func every(ctx context.Context, d time.Duration, f func()) error {
	t := time.NewTicker(d)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			f()
		}
	}
}
