package engine

import (
	"context"
	"errors"
	"time"

	"github.com/adit-mining/adit"
)

// How much memory must be available before a dataset is made, and before a second one for the next seed.
const (
	NeedFirst  = adit.Bytes(3 << 30)
	NeedSecond = adit.Bytes(5 << 30)
)

// openAgain is how long supply waits after a cache could not be opened.
const openAgain = 10 * time.Second

// stock is the memory of one seed. Only the supply loop touches it.
type stock struct {
	seed    [32]byte
	cache   Cache    // nil once the dataset is full
	light   *source  // threads in light mode
	filling *filling // nil: no dataset yet
	fast    *source  // threads in fast mode
	refused string   // why there will be no dataset; "": not refused
}

// dropCache frees the cache of a full dataset.
func (s *stock) dropCache() {
	if s.cache != nil {
		s.cache.Close()
	}
	s.cache, s.filling.cache = nil, nil
}

// supplier is the loop's own state.
type supplier struct {
	e     *Engine
	cur   *stock  // what threads hash with
	next  *stock  // prepared for the next seed
	spare Dataset // memory of a dataset whose seed is over, to be filled again
}

// supply makes and frees sources until ctx ends.
func (e *Engine) supply(ctx context.Context) {
	s := &supplier{e: e}
	defer func() {
		e.change(func(a *assignment) { a.closed = true })
		s.freeAll()
	}()
	for ctx.Err() == nil {
		again := time.NewTimer(s.round(ctx))
		select {
		case <-ctx.Done():
		case <-e.wake:
		case <-again.C:
		}
		again.Stop()
	}
}

// never is how long supply waits when only a change can bring new work.
const never = 1000 * time.Hour

// round does what is wanted now, step by step, and returns after how long to try again.
func (s *supplier) round(ctx context.Context) time.Duration {
	for ctx.Err() == nil {
		a := s.e.now.Load()
		if a.halted {
			s.freeAll()
			s.e.tell(status{})
			s.e.pace.reset()
			return never
		}
		if a.work == nil || a.paused {
			return never
		}
		job := a.work.job
		sctx, cancel := s.begin(ctx, job.Seed)
		more, err := s.advance(sctx, job)
		s.end()
		cancel()
		switch {
		case err != nil && !errors.Is(err, context.Canceled):
			s.e.log.ErrorContext(ctx, "no memory to hash with", "error", err)
			s.e.tell(status{reason: err.Error()})
			return openAgain
		case err == nil && !more:
			return never
		}
	}
	return never
}

// begin and end mark a step that a job with another seed breaks off.
func (s *supplier) begin(ctx context.Context, seed [32]byte) (context.Context, context.CancelFunc) {
	e := s.e
	ctx, cancel := context.WithCancel(ctx)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.step.seed, e.step.cancel = seed, cancel
	if a := e.now.Load(); a.halted || a.work == nil || a.work.job.Seed != seed {
		cancel() // changed before we were listening
	}
	return ctx, cancel
}

func (s *supplier) end() {
	s.e.mu.Lock()
	defer s.e.mu.Unlock()
	s.e.step.cancel = nil
}

// advance does one step towards the job's best source; more says that another may follow.
func (s *supplier) advance(ctx context.Context, j Job) (more bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	switch {
	case s.cur == nil || s.cur.seed != j.Seed:
		return true, s.open(j.Seed)
	case s.cur.fast == nil && s.cur.refused == "":
		return true, s.build(ctx)
	case j.NextSeed != nil && *j.NextSeed != j.Seed && *j.NextSeed != [32]byte{}:
		return s.prepare(ctx, *j.NextSeed)
	}
	return false, nil
}

// open leaves the old seed and gets the cache of the new one, prepared or fresh; one thread hashes with it at once.
func (s *supplier) open(seed [32]byte) error {
	s.e.tell(status{reason: "opens the cache of a new seed"})
	s.retire()
	if n := s.next; n != nil && n.seed == seed && (n.cache != nil || n.filling != nil) {
		s.cur, s.next = s.next, nil
		if s.cur.filling == nil || !s.cur.filling.full() {
			s.cur.refused = "" // the bar for a second dataset was higher
		}
	} else {
		s.dropNext() // two caches and a dataset under way are enough
		c, err := s.e.cfg.Library.OpenCache(seed[:])
		if err != nil {
			return err
		}
		s.cur = &stock{seed: seed, cache: c}
	}
	if s.cur.filling != nil && s.cur.filling.full() {
		s.serveFast()
		return nil
	}
	s.cur.light = newSource(seed, Light, s.cur.cache.VM, s.cur.cache.Pages())
	s.e.change(func(a *assignment) { a.light, a.few = s.cur.light, 1 })
	return nil
}

// build fills the dataset with all builders while one thread goes on in light mode, then moves everybody over.
func (s *supplier) build(ctx context.Context) error {
	if why := s.reserve(); why != "" {
		s.cur.refused = why
		s.e.log.InfoContext(ctx, "stays in light mode", "reason", why)
		s.e.tell(status{reason: why})
		s.e.change(func(a *assignment) { a.few = len(s.e.threads) })
		return nil
	}
	f := s.cur.filling
	s.e.tell(status{filling: f, reason: "builds the dataset"})
	if err := f.run(ctx, s.e, s.e.cfg.Builders); err != nil {
		return err
	}
	s.e.log.InfoContext(ctx, "dataset ready", "seconds", time.Duration(f.spent.Load()).Seconds())
	s.serveFast()
	return nil
}

// reserve gets the memory of a dataset or says why not.
func (s *supplier) reserve() (why string) {
	e := s.e
	if s.cur.filling != nil {
		return ""
	}
	if e.cfg.Mode == Light {
		return "light mode is asked for"
	}
	d := s.spare
	s.spare = nil
	if d == nil {
		if why := e.mem.lacks(NeedFirst, e.cfg.Library.DatasetSize()); why != "" && e.cfg.Mode != Fast {
			return why
		}
		var err error
		if d, err = e.cfg.Library.OpenDataset(); err != nil {
			return err.Error()
		}
	}
	s.cur.filling = newFilling(d, s.cur.cache)
	return ""
}

// serveFast gives the threads the full dataset and frees the cache when they have left it.
func (s *supplier) serveFast() {
	c := s.cur
	c.fast = newSource(c.seed, Fast, c.filling.dataset.VM, c.filling.dataset.Pages())
	s.e.change(func(a *assignment) { a.fast, a.light = c.fast, nil })
	if c.light != nil {
		c.light.retire()
	}
	c.dropCache()
	c.light = nil
	s.e.tell(status{filling: c.filling})
}

// prepare makes the next seed's cache, then its dataset where there is plenty of memory; more says that it did one.
func (s *supplier) prepare(ctx context.Context, seed [32]byte) (more bool, err error) {
	if s.next != nil && s.next.seed != seed {
		s.dropNext()
	}
	if s.next == nil {
		c, err := s.e.cfg.Library.OpenCache(seed[:])
		if err != nil { // the current seed goes on; try again when it has become the current one
			s.next = &stock{seed: seed, refused: err.Error()}
			return false, nil
		}
		s.next = &stock{seed: seed, cache: c}
		s.e.log.InfoContext(ctx, "cache of the next seed ready")
		return true, nil
	}
	n := s.next
	if n.refused != "" || s.cur.fast == nil || n.filling != nil && n.filling.full() {
		return false, nil
	}
	if n.filling == nil {
		d := s.spare
		s.spare = nil
		if d == nil {
			if n.refused = s.e.mem.lacks(NeedSecond, s.e.cfg.Library.DatasetSize()); n.refused != "" {
				return false, nil
			}
			if d, err = s.e.cfg.Library.OpenDataset(); err != nil {
				n.refused = err.Error()
				return false, nil
			}
		}
		n.filling = newFilling(d, n.cache)
	}
	if err := n.filling.run(ctx, s.e, 1); err != nil {
		return false, err
	}
	n.dropCache()
	s.e.log.InfoContext(ctx, "dataset of the next seed ready")
	return true, nil
}

// retire takes the current stock from the threads and keeps its dataset's memory as the spare.
func (s *supplier) retire() {
	c := s.cur
	if c == nil {
		return
	}
	s.cur = nil
	s.e.change(func(a *assignment) { a.light, a.fast, a.few = nil, nil, 0 })
	for _, src := range []*source{c.light, c.fast} {
		if src != nil {
			src.retire()
		}
	}
	if c.filling != nil {
		if s.spare == nil && (s.next == nil || s.next.filling == nil) {
			s.spare = c.filling.dataset
		} else {
			c.filling.dataset.Close()
		}
	}
	if c.cache != nil {
		c.cache.Close()
	}
}

func (s *supplier) dropNext() {
	n := s.next
	if n == nil {
		return
	}
	s.next = nil
	if n.filling != nil {
		if s.spare == nil {
			s.spare = n.filling.dataset
		} else {
			n.filling.dataset.Close()
		}
	}
	if n.cache != nil {
		n.cache.Close()
	}
}

// freeAll takes everything from the threads and frees it.
func (s *supplier) freeAll() {
	s.retire()
	s.dropNext()
	if s.spare != nil {
		s.spare.Close()
		s.spare = nil
	}
}
