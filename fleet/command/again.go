package command

import (
	"context"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
)

// StartAgain starts a stopped program with what it was started with. The one that works for practice gets practice too.
func (s *Service) StartAgain(ctx context.Context, actor adit.Actor, t Target) error {
	if err := actor.May(adit.ScopeControl); err != nil {
		return err
	}
	if t.Name == "" {
		return adit.InvalidField("name", "say which miner")
	}
	o := order{verb: wire.VerbAgain, target: t, within: startWithin}
	if t.Name != PracticeName {
		_, err := s.carry(ctx, actor, o)
		return err
	}
	before := s.o.Practice.Running()
	url, err := s.o.Practice.Start(ctx)
	if err != nil {
		return err
	}
	pools := practicePools(url)
	o.args, o.shown = wire.AgainArgs{Pools: pools}, wire.AgainArgs{Pools: withoutSecrets(pools)}
	_, err = s.carry(ctx, actor, o)
	if err != nil && !before {
		if stop := s.o.Practice.Stop(context.WithoutCancel(ctx)); stop != nil {
			s.o.Log.WarnContext(ctx, "practice did not stop", "err", stop)
		}
	}
	return err
}
