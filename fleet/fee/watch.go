package fee

import (
	"context"
	"time"

	"github.com/adit-mining/adit/store/sqldb"
)

const (
	lookEvery = 15 * time.Second
	// spanMax bounds what one look adds: time in which nobody looked is not counted as mined.
	spanMax = 2 * lookEvery
	page    = 500 // events taken in at once
)

// Run keeps the ledger until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	t := time.NewTicker(lookEvery)
	defer t.Stop()
	last := map[string]time.Time{}
	for {
		if err := s.look(ctx, last); err != nil && ctx.Err() == nil {
			s.o.Log.WarnContext(ctx, "the ledger of fees could not be kept", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

// look adds what each program mined since the last look, in which it hashed too, and takes in the journal.
func (s *Service) look(ctx context.Context, last map[string]time.Time) error {
	now := s.o.Now()
	list, err := s.o.State.Programs(ctx)
	if err != nil {
		return err
	}
	err = s.note(ctx, list, func(n Now) time.Duration {
		if at, ok := last[n.Device]; ok && n.Hashing && now.After(at) {
			return min(now.Sub(at), spanMax)
		}
		return 0
	})
	if err != nil {
		return err
	}
	clear(last)
	for _, n := range list {
		if n.Hashing {
			last[n.Device] = now
		}
	}
	return s.takeIn(ctx)
}

// note writes down what runs, and adds what each has mined.
func (s *Service) note(ctx context.Context, list []Now, mined func(Now) time.Duration) error {
	now := s.o.Now()
	return s.o.DB.InTx(ctx, func(q sqldb.Q) error {
		for _, n := range list {
			if err := saw(ctx, q, n, mined(n), now); err != nil {
				return err
			}
		}
		return nil
	})
}

// takeIn goes through what is new in the journal. Rounds and cursor are written together, so that nothing counts twice.
func (s *Service) takeIn(ctx context.Context) error {
	for {
		after, err := cursor(ctx, s.o.DB)
		if err != nil {
			return err
		}
		events, err := s.o.Journal.After(ctx, after, page)
		if err != nil || len(events) == 0 {
			return err
		}
		err = s.o.DB.InTx(ctx, func(q sqldb.Q) error {
			if err := sqldb.Lock(ctx, q, "fee_cursor"); err != nil {
				return err
			}
			if now, err := cursor(ctx, q); err != nil || now != after {
				return err // another call took them in meanwhile: the next turn goes on from there
			}
			for _, e := range events {
				if err := take(ctx, q, e); err != nil {
					return err
				}
			}
			return setCursor(ctx, q, events[len(events)-1].Seq)
		})
		if err != nil || len(events) < page {
			return err
		}
	}
}

func take(ctx context.Context, q sqldb.Q, e Event) error {
	switch e.Kind {
	case "fee.started":
		return begin(ctx, q, e.Subject, e.At)
	case "fee.ended":
		return end(ctx, q, e.Subject, e.At)
	case "miner.started", "miner.restarted":
		return addStart(ctx, q, e.Subject, e.At)
	}
	return nil
}
