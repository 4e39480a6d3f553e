package book

import (
	"context"
	"fmt"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/payout"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/internal/wording"
	"github.com/adit-mining/adit/store/sqldb"
)

// TakeBlock implements ledger.Sink: it books a block of ours, once.
func (s *Service) TakeBlock(ctx context.Context, f coop.FoundBlock) error {
	if f.Reward != nil {
		if _, err := money("reward", *f.Reward); err != nil {
			s.o.Log.WarnContext(ctx, "a block's reward is left open until the chain tells it", "height", f.Height, "err", err)
			f.Reward = nil
		}
	}
	b := block{id: blockID(f), coin: f.Coin, height: f.Height, hash: f.Hash, share: f.Share, member: f.Member, at: f.At, reward: f.Reward,
		state: found, rule: s.o.Rule}
	fresh, err := insertBlock(ctx, s.o.DB, b)
	if err != nil || !fresh {
		return err
	}
	s.note(ctx, loop, "coop.block", "info", b.id, fmt.Sprintf("%s found block %d of %s with share %d", s.o.Name(b.member), b.height, b.coin, b.share))
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return nil
}

// blockID is the same for the same block, however often it is told. Hashes may begin with many zeros, so their end counts.
func blockID(f coop.FoundBlock) string {
	return fmt.Sprintf("%s-%d-%s", f.Coin, f.Height, f.Hash[max(0, len(f.Hash)-16):])
}

// Blocks are the crew's blocks, the newest first.
func (s *Service) Blocks(ctx context.Context, actor adit.Actor, q view.PageQuery) ([]view.Block, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	list, err := blocksBefore(ctx, s.o.DB, s.o.Coin.Symbol, q.Before, q.Limit)
	out := make([]view.Block, 0, len(list))
	for _, b := range list {
		v := view.Block{ID: b.id, At: b.at, Coin: b.coin, Height: b.height, Hash: b.hash, Member: string(b.member), Name: s.o.Name(b.member),
			Share: b.share, State: b.state, Confirmations: b.confirmations, Needed: s.o.Confirmations, Effort: b.effort}
		if b.reward != nil {
			reward := view.Atomic(*b.reward)
			v.Reward = &reward
		}
		if _, err := oneRound(ctx, s.o.DB, b.id); err == nil {
			v.Round = &b.id
		}
		out = append(out, v)
	}
	return out, err
}

// Found is how many blocks the crew has found, orphans included, and when the newest was.
func (s *Service) Found(ctx context.Context, actor adit.Actor) (n uint64, newest *time.Time, err error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return 0, nil, err
	}
	err = s.o.DB.QueryRow(ctx, `SELECT count(*), max(found_at) FROM coop_block WHERE coin = ?`, s.o.Coin.Symbol).Scan(&n, sqldb.ScanTimeOrNil(&newest))
	return n, newest, err
}

// orphansFor is how long the chain is asked about orphaned blocks: a reorganisation may bring one back.
const orphansFor = 7 * 24 * time.Hour

// Run settles blocks until ctx ends: it asks the chain what became of them and divides what has matured.
func (s *Service) Run(ctx context.Context) error {
	t := time.NewTicker(s.o.Poll)
	defer t.Stop()
	kept := time.Time{}
	for {
		err := s.settle(ctx)
		if now := s.o.Now(); err == nil && now.Sub(kept) >= keepEvery {
			err, kept = s.keep(ctx), now
		}
		if err != nil && ctx.Err() == nil {
			s.o.Log.WarnContext(ctx, "the crew's blocks could not all be settled", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		case <-s.wake:
		}
	}
}

// keepEvery is how often the ledger is told which shares the window still needs.
const keepEvery = time.Hour

// keep lets the ledger pack what lies before the window.
func (s *Service) keep(ctx context.Context) error {
	w, err := s.Window(ctx, loop)
	if err == nil && w.FromSeq != nil {
		s.o.Ledger.Keep(*w.FromSeq)
	}
	return err
}

// settle looks at each block once. One that fails does not hold up the others; the first error is returned.
func (s *Service) settle(ctx context.Context) (first error) {
	keep := func(err error) {
		if first == nil {
			first = err
		}
	}
	list, err := unsettled(ctx, s.o.DB, s.o.Coin.Symbol, s.o.Now().Add(-orphansFor))
	keep(err)
	for _, b := range list {
		keep(s.watch(ctx, b))
	}
	ready, err := undivided(ctx, s.o.DB, s.o.Coin.Symbol)
	keep(err)
	for _, b := range ready {
		if b.reward == nil {
			continue // the chain has not told it
		}
		if waits, err := s.waits(ctx, b); err != nil || waits {
			keep(err)
			continue
		}
		keep(s.divide(ctx, b, credited))
	}
	return first
}

// watch asks what became of a block and writes it down.
func (s *Service) watch(ctx context.Context, b block) error {
	before := b
	if b.effort == nil {
		effort, err := s.effort(ctx, b)
		if err != nil {
			return err
		}
		b.effort = &effort
	}
	if err := s.ask(ctx, &b); err != nil {
		return err
	}
	err := s.o.DB.InTx(ctx, func(q sqldb.Q) error {
		if err := updateBlock(ctx, q, b); err != nil {
			return err
		}
		if b.state == orphaned && before.state != orphaned {
			return setRoundState(ctx, q, b.id, orphaned, b.settled)
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.tell(ctx, before, b)
	if b.state == found && b.reward != nil {
		return s.expect(ctx, b)
	}
	return nil
}

// ask fills in what the chain says; without a chain nothing changes.
func (s *Service) ask(ctx context.Context, b *block) error {
	if s.o.Chain == nil {
		return nil
	}
	state, err := s.o.Chain.Block(ctx, b.height, b.hash)
	if err != nil {
		return err
	}
	now := s.o.Now()
	if !state.Main {
		if b.state != orphaned {
			b.state, b.settled, b.confirmations = orphaned, &now, nil
		}
		return nil
	}
	if state.Reward != nil {
		if _, err := money("reward", *state.Reward); err != nil {
			return err
		}
		b.reward = state.Reward
	}
	n := state.Confirmations
	b.state, b.settled, b.confirmations = found, nil, &n
	if n >= s.o.Confirmations {
		b.state, b.settled = mature, &now
	}
	return nil
}

func (s *Service) tell(ctx context.Context, before, b block) {
	switch {
	case b.state == before.state:
	case b.state == mature:
		s.note(ctx, loop, "coop.block_mature", "info", b.id, fmt.Sprintf("block %d of %s has %s and counts", b.height, b.coin, wording.Count(*b.confirmations, "confirmation")))
	case b.state == orphaned:
		s.note(ctx, loop, "coop.block_orphaned", "warn", b.id, fmt.Sprintf("block %d of %s is not on the main chain: it pays nothing", b.height, b.coin))
	case before.state == orphaned:
		s.note(ctx, loop, "coop.block", "info", b.id, fmt.Sprintf("block %d of %s is on the main chain again", b.height, b.coin))
	}
}

// waits reports that a block under PROP must wait, because it is not known yet whether one before it counts: its round
// would begin there.
func (s *Service) waits(ctx context.Context, b block) (bool, error) {
	if b.rule.Kind != payout.PROP {
		return false, nil
	}
	before, err := blockBefore(ctx, s.o.DB, b.coin, b.share)
	return before != nil && before.state == found, err
}

// effort is the work done for a block since the one before it, in blocks.
func (s *Service) effort(ctx context.Context, b block) (float64, error) {
	from := uint64(1)
	list, err := listBlocks(ctx, s.o.DB, `WHERE coin = ? AND share < ? ORDER BY share DESC LIMIT 1`, b.coin, b.share)
	if err != nil {
		return 0, err
	}
	if len(list) > 0 {
		from = list[0].share + 1
	}
	t, err := s.o.Ledger.Tally(ctx, payout.ByScore, from, b.share)
	return t.Total.Float() / payout.One.Float(), err
}
