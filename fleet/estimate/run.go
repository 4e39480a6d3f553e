package estimate

import (
	"context"
	"time"

	"github.com/adit-mining/adit"
)

// watchEvery is how often the loop looks at what runs.
const watchEvery = time.Minute

// Run remembers what running programs do on this computer, until ctx ends: an estimate can then be made while none runs.
func (s *Service) Run(ctx context.Context) error {
	t := time.NewTicker(watchEvery)
	defer t.Stop()
	loop := adit.Actor{ID: "adit", Name: "adit", Via: "loop", Scopes: []adit.Scope{adit.ScopeRead}}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		now, err := s.o.Hub.Measured(ctx, loop)
		for _, m := range now {
			if f, ok := m.found(); ok && err == nil {
				err = saveRate(ctx, s.o.DB, f)
			}
		}
		if err != nil && ctx.Err() == nil {
			s.o.Log.WarnContext(ctx, "what programs do here was not remembered", "err", err)
		}
	}
}
