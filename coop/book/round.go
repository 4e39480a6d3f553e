package book

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/payout"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/store/sqldb"
)

// basis is what a round divides by.
type basis struct {
	measure payout.Measure
	tally   payout.Tally
	bound   *payout.Weight // the window's size, nil = PROP
}

// basisOf weighs the shares for a block by the rule of when it was found.
func (s *Service) basisOf(ctx context.Context, b block) (basis, error) {
	if b.rule.Kind == payout.PROP {
		from := uint64(1)
		before, err := blockBefore(ctx, s.o.DB, b.coin, b.share)
		if err != nil {
			return basis{}, err
		}
		if before != nil {
			from = before.share + 1
		}
		t, err := s.o.Ledger.Tally(ctx, payout.ByHashes, from, b.share)
		return basis{payout.ByHashes, t, nil}, whole(err, t, b.share)
	}
	limit := payout.Windows(b.rule.WindowPPM)
	t, err := s.windowAt(ctx, limit, payout.ByScore, b.share)
	return basis{payout.ByScore, t, &limit}, whole(err, t, b.share)
}

// windowAt is the window whose newest share is end.
func (s *Service) windowAt(ctx context.Context, limit payout.Weight, m payout.Measure, end uint64) (payout.Tally, error) {
	w := s.o.Ledger.Window(limit, m, end)
	defer w.Close()
	if err := w.Advance(ctx, end); err != nil {
		return payout.Tally{}, err
	}
	t, _, _ := w.Tally()
	return t, nil
}

// whole refuses a tally that does not reach the share it is made for.
func whole(err error, t payout.Tally, end uint64) error {
	if err == nil && t.To != end {
		err = adit.Errorf(adit.NotFound, "share %d is not in the ledger, which ends with share %d: nothing can be divided by it", end, t.To)
	}
	return err
}

// expect divides a block that has not matured, so that members see what is to come. It is done once.
func (s *Service) expect(ctx context.Context, b block) error {
	r, err := oneRound(ctx, s.o.DB, b.id)
	if err == nil && r.state == immature && r.reward == *b.reward || err != nil && adit.CodeOf(err) != adit.NotFound {
		return err
	}
	return s.divide(ctx, b, immature)
}

// divide works out a block's round and writes it.
func (s *Service) divide(ctx context.Context, b block, state string) error {
	basis, err := s.basisOf(ctx, b)
	if err != nil {
		return err
	}
	r := round{id: b.id, kind: "block", coin: b.coin, at: b.at, state: state, rule: b.rule, reward: *b.reward, height: &b.height, block: &b.hash}
	if state == credited {
		now := s.o.Now()
		r.settled = &now
	}
	payouts, err := s.workOut(ctx, &r, basis)
	if err != nil {
		return err
	}
	return s.o.DB.InTx(ctx, func(q sqldb.Q) error {
		if err := sqldb.Lock(ctx, q, "coop_round"); err != nil {
			return err
		}
		if old, err := oneRound(ctx, q, r.id); err == nil && old.state == credited {
			return nil // what was credited stays
		}
		return putRound(ctx, q, r, payouts)
	})
}

// workOut fills a round's numbers from its reward and rule and returns its payouts.
func (s *Service) workOut(ctx context.Context, r *round, b basis) ([]payout.Payout, error) {
	d, err := payout.Divide(r.reward, r.rule.FeePPM, b.tally)
	if err != nil {
		return nil, err
	}
	digest, err := s.o.Ledger.Digest(ctx, b.measure, b.tally)
	if err != nil {
		return nil, err
	}
	r.fee, r.paid = d.Fee, d.Paid
	r.from, r.to, r.cut, r.shares, r.members = b.tally.From, b.tally.To, b.tally.Cut, b.tally.Shares, len(d.Payouts)
	r.weight, r.bound, r.digest = b.tally.Total, b.bound, hex.EncodeToString(digest[:])
	r.hash = r.sum(d.Payouts)
	return d.Payouts, nil
}

// sum is the SHA-256 over a round's inputs and outputs, as lines of text.
func (r *round) sum(payouts []payout.Payout) string {
	h := sha256.New()
	line := func(h hash.Hash, key string, value any) { fmt.Fprintf(h, "%s %v\n", key, value) }
	line(h, "adit-round", 1)
	line(h, "id", r.id)
	line(h, "coin", r.coin)
	line(h, "rule", r.rule.Kind)
	line(h, "window-ppm", r.rule.WindowPPM)
	line(h, "fee-ppm", r.rule.FeePPM)
	line(h, "reward", r.reward)
	line(h, "fee", r.fee)
	line(h, "paid", r.paid)
	line(h, "from", r.from)
	line(h, "to", r.to)
	line(h, "cut", r.cut)
	if r.bound != nil {
		line(h, "window", *r.bound)
	}
	line(h, "weight", r.weight)
	line(h, "shares", r.digest)
	for _, p := range payouts {
		fmt.Fprintf(h, "%q %s %d\n", string(p.Member), p.Weight, p.Amount)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Rounds are the divisions of money, the newest first.
func (s *Service) Rounds(ctx context.Context, actor adit.Actor, q view.PageQuery) ([]view.Round, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	list, err := roundsBefore(ctx, s.o.DB, s.o.Coin.Symbol, q.Before, q.Limit)
	out := make([]view.Round, 0, len(list))
	for _, r := range list {
		out = append(out, r.view())
	}
	return out, err
}

func (r *round) view() view.Round {
	return view.Round{ID: r.id, Kind: r.kind, At: r.at, State: r.state, Scheme: string(r.rule.Kind), Reward: view.Atomic(r.reward), Fee: view.Atomic(r.fee),
		Divided: view.Atomic(r.paid), Members: r.members, From: r.from, To: r.to, Shares: r.shares, Height: r.height, Block: r.block, Hash: r.hash, Since: r.since}
}

// Round is one with all its numbers.
func (s *Service) Round(ctx context.Context, actor adit.Actor, id string) (view.RoundDetail, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return view.RoundDetail{}, err
	}
	r, err := oneRound(ctx, s.o.DB, id)
	if adit.CodeOf(err) == adit.NotFound {
		return view.RoundDetail{}, adit.Errorf(adit.NotFound, "there is no round %q", id)
	}
	if err != nil {
		return view.RoundDetail{}, err
	}
	payouts, err := payoutsOf(ctx, s.o.DB, id)
	if err != nil {
		return view.RoundDetail{}, err
	}
	out := view.RoundDetail{Round: r.view(), FeePPM: r.rule.FeePPM, Weight: r.weight.String(), Parts: []view.RoundPart{}, Steps: []string{}}
	if r.bound != nil {
		w := r.bound.String()
		out.Window = &w
	}
	for _, p := range payouts {
		out.Parts = append(out.Parts, view.RoundPart{Member: string(p.Member), Name: s.o.Name(p.Member), Weight: p.Weight.String(),
			Percent: percent(p.Weight, r.weight), Shares: p.Shares, Amount: view.Atomic(p.Amount), Extra: p.Amount > payout.Floor(r.paid, p.Weight, r.weight)})
	}
	out.Tell(s.o.Coin)
	return out, nil
}

func percent(part, all payout.Weight) float64 {
	if all.IsZero() {
		return 0
	}
	return 100 * part.Float() / all.Float()
}
