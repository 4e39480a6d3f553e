package coordinator

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/book"
	"github.com/adit-mining/adit/coop/config"
	"github.com/adit-mining/adit/coop/crew"
	"github.com/adit-mining/adit/coop/enrol"
	"github.com/adit-mining/adit/coop/ledger"
	"github.com/adit-mining/adit/coop/metric"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/store/sqldb"
)

// Journal writes down what people did to the crew and what it earned; fleet/journal is one.
type Journal interface {
	Note(ctx context.Context, actor adit.Actor, kind, severity, subject, text string, data map[string]string) error
}

// Options of a Coordinator. Config, Dir and DB are needed.
type Options struct {
	Config  config.Coordinator
	Dir     string          // its own folder, 0700; the ledger lies below
	PKI     string          // folder of the machines' certificates
	DB      *sqldb.DB       // tables coop_*
	People  http.Handler    // people's, which has /metrics and asks who comes; nil = Metrics.Listen is not served
	Checker coop.Checker    // nil = no hashes can be checked
	Missing func() string   // why hashes cannot be checked, "" = they can; nil = they can
	Journal Journal         // nil = nothing is written down
	Metrics *metric.Metrics // told of shares, calls and upstreams; nil = nobody counts
	Log     *slog.Logger    // nil = silent
}

// Coordinator is a crew that works. Open it, Run it once.
type Coordinator struct {
	*book.Service // what it answers of money is part of view.Source

	o        Options
	begun    time.Time
	sources  sources
	ledger   *ledger.Ledger
	crew     *crew.Crew
	book     *book.Service
	enrol    *enrol.Service // nil = nobody can be invited, see noInvites
	doors    doors
	tally    tally
	effort   effort
	recorded uint64 // newest share of the ledger before this coordinator
	accounts accounts
}

var _ view.Source = (*Coordinator)(nil)

// Open binds the listeners and reads the ledger, so that whatever is wrong is said before anything runs.
func Open(ctx context.Context, o Options) (c *Coordinator, err error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Metrics == nil {
		o.Metrics = metric.New(func() view.Source { return nil })
	}
	if o.Missing == nil {
		o.Missing = func() string { return "" }
	}
	c = &Coordinator{o: o, begun: time.Now().UTC()}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	if c.sources, err = o.sources(); err != nil {
		return c, err
	}
	c.ledger, err = ledger.Open(ctx, ledger.Options{
		Dir: filepath.Join(o.Dir, "ledger"), DB: o.DB, SyncAlways: o.Config.Ledger.SyncAlways, Log: o.Log,
	})
	if err != nil {
		return c, err
	}
	c.recorded = c.ledger.Last()
	crewed := c.crewOptions()
	crewed.LastWork = c.ledger.LastWork()
	if crewed.Earned, err = c.earned(ctx); err != nil {
		return c, err
	}
	if c.crew, err = crew.Open(ctx, crewed); err != nil {
		return c, err
	}
	if err := c.openBook(); err != nil {
		return c, err
	}
	c.Service = c.book
	c.tally.most = max(mostTallied, o.Config.Jobs.History)
	return c, c.openDoors(ctx)
}

func (c *Coordinator) crewOptions() crew.Options {
	cfg := c.o.Config
	o := crew.Options{
		Sources: c.sources.get, Coin: cfg.Coin, Ledger: c.ledger, Checker: c.o.Checker, DB: c.o.DB, Log: c.o.Log,
		Rules: crew.Rules{
			InviteOnly: cfg.InviteOnly, Pause: cfg.Reconnect.Delay, Tries: cfg.Reconnect.Attempts, MostRate: cfg.Shares.MaxRate,
			WorkLife: cfg.Jobs.Timeout, History: cfg.Jobs.History, CheckAll: cfg.Verify.Mode == config.VerifyAll,
			CheckLeast: cfg.Verify.Least / 100, // the checker itself has Verify.Threads
		},
	}
	if cfg.Verify.Mode == config.VerifyOff {
		o.Checker = nil
	}
	if cfg.Shares.Target != nil {
		o.Rules.Start = *cfg.Shares.Target
	}
	o.Hooks = crew.Hooks{
		OnShare: func(s crew.Share, took time.Duration) {
			c.tally.share(&s)
			c.effort.share(&s)
			c.o.Metrics.ShareDone(s.Outcome, took)
		},
		OnWork: func(w *coop.Work) {
			c.effort.work(w.Network)
			c.o.Metrics.Job()
			if lasted, ok := c.tally.job(w.ID, w.Lane); ok {
				c.o.Metrics.JobEnded(lasted)
			}
		},
		OnUpstream: func(_ string, _ adit.ShareOutcome, took time.Duration) { c.o.Metrics.PoolLatency(took) },
		OnBlock:    func(coop.FoundBlock) { c.accounts.forget() },
	}
	return o
}

// earned is what the ledger has of members, for counters that go on after a restart.
func (c *Coordinator) earned(ctx context.Context) ([]crew.Earned, error) {
	sums, err := c.ledger.Sums(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]crew.Earned, 0, len(sums))
	for _, s := range sums {
		out = append(out, crew.Earned{Member: s.Member, Shares: s.Shares, Work: adit.Hashes(s.Hashes).Float(), LastAt: s.LastAt})
	}
	return out, nil
}

// Run works until ctx ends: nil then.
func (c *Coordinator) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	if c.sources.practice != nil {
		g.Go(func() error { return c.sources.practice.Run(ctx) })
		g.Go(func() error { return c.creditPractice(ctx) })
	}
	g.Go(func() error { return c.crew.Run(ctx) })
	g.Go(func() error { return c.ledger.Run(ctx, c.book) })
	g.Go(func() error { return c.book.Run(ctx) })
	g.Go(func() error { c.recallEffort(ctx); return nil })
	c.runDoors(ctx, g)
	return g.Wait()
}

// Close gives back what Open took.
func (c *Coordinator) Close() error {
	err := c.closeDoors()
	if c.sources.practice != nil {
		err = errors.Join(err, c.sources.practice.Close())
	}
	if c.book != nil {
		c.book.Close()
	}
	if c.ledger != nil {
		err = errors.Join(err, c.ledger.Close())
	}
	return err
}

// Words says where members connect and what the crew works for, one line each.
func (c *Coordinator) Words(_ context.Context, actor adit.Actor) ([]string, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	out := append([]string{}, c.doors.words()...)
	for i, p := range c.o.Config.Pools {
		if i == 0 {
			out = append(out, "Works for: "+p.URL)
			continue
		}
		out = append(out, "     then: "+p.URL)
	}
	if why := c.o.Missing(); why != "" && c.o.Config.Coin.Algorithm != adit.SHA256d {
		out = append(out, "Note: shares are taken without hashing them: "+why)
	}
	return out, nil
}
