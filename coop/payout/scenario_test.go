package payout_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/payout"
	"github.com/adit-mining/adit/coop/payout/scenario"
)

// TestScenarios plays every story with the definitions alone: shares in a slice, walked over as the rules say.
func TestScenarios(t *testing.T) {
	for _, path := range scenario.Files(t, "testdata") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			scenario.Play(t, scenario.Read(t, path), &player{t: t, rule: payout.DefaultRule()})
		})
	}
}

type player struct {
	t       *testing.T
	rule    payout.Rule
	shares  []payout.Share
	took    []payout.Weight // by the upstream, by share
	blocks  []*block
	credits []scenario.Round
	until   int // shares of credited periods
	carry   payout.Weight
}

type block struct {
	height, reward uint64
	share          int // index
	state          string
	rule           payout.Rule
	round          *scenario.Round
}

func (p *player) Rule(r payout.Rule)     { p.rule = r }
func (p *player) Pool()                  {}
func (p *player) Settle()                {}
func (p *player) Restart(bool)           {}
func (p *player) Wait(d time.Duration)   {}
func (p *player) add(r coop.ShareRecord) { p.took = append(p.took, payout.Weight{}); p.push(r) }

func (p *player) push(r coop.ShareRecord) {
	p.shares = append(p.shares, payout.Share{Seq: uint64(len(p.shares) + 1), Member: r.Member, Difficulty: r.Difficulty, Network: r.Network})
}

func (p *player) Shares(list []coop.ShareRecord, verdict adit.ShareOutcome) {
	for _, r := range list {
		p.add(r)
		if r.Up && verdict.Accepted() {
			p.took[len(p.took)-1] = payout.Weight(r.Network)
		}
	}
}

func (p *player) Block(r coop.ShareRecord, height, reward uint64) {
	p.add(r)
	p.blocks = append(p.blocks, &block{height: height, reward: reward, share: len(p.shares) - 1, state: "found", rule: p.rule})
}

func (p *player) block(height uint64) *block {
	for _, b := range slices.Backward(p.blocks) {
		if b.height == height {
			return b
		}
	}
	p.t.Fatalf("no block of height %d", height)
	return nil
}

func (p *player) Became(height uint64, what string) {
	b := p.block(height)
	b.state = what
	if what != "mature" {
		return
	}
	measure, from, limit := payout.ByScore, 0, payout.Windows(b.rule.WindowPPM)
	if b.rule.Kind == payout.PROP {
		measure, limit = payout.ByHashes, payout.Heaviest
		for _, o := range p.blocks {
			if o.share < b.share && o.state != "orphan" {
				from = max(from, o.share+1)
			}
		}
	}
	r := p.divide(b.reward, b.rule.FeePPM, p.walk(limit, measure, from, b.share+1))
	b.round = &r
}

func (p *player) walk(limit payout.Weight, m payout.Measure, from, to int) payout.Tally {
	t, err := payout.Walk(limit, m, func(yield func(payout.Share) bool) {
		for _, s := range slices.Backward(p.shares[from:to]) {
			if !yield(s) {
				return
			}
		}
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return t
}

func (p *player) divide(reward, fee uint64, t payout.Tally) scenario.Round {
	d, err := payout.Divide(reward, fee, t)
	if err != nil {
		p.t.Fatal(err)
	}
	r := scenario.Round{Reward: reward, Fee: d.Fee, Amounts: map[coop.MemberID]uint64{}}
	for _, m := range d.Payouts {
		r.Amounts[m.Member] = m.Amount
	}
	return r
}

func (p *player) Credit(amount uint64) error {
	from, to := p.until, len(p.shares)
	if from == to {
		return adit.Errorf(adit.Conflict, "no shares")
	}
	tally := payout.NewTally()
	if p.rule.Kind == payout.PROP {
		tally = p.walk(payout.Heaviest, payout.ByHashes, from, to)
	} else {
		upstream := payout.Weight{}
		for _, w := range p.took[from:to] {
			upstream, _ = upstream.Add(w)
		}
		limit, err := payout.Behind(upstream, p.carry)
		if err != nil || limit.IsZero() {
			return adit.Errorf(adit.Conflict, "nothing was taken: %w", err)
		}
		tally = p.walk(limit, payout.ByHashes, 0, to)
		p.carry = tally.Carry(limit)
	}
	p.until = to
	p.credits = append(p.credits, p.divide(amount, p.rule.FeePPM, tally))
	return nil
}

func (p *player) Round(height, credit uint64) (scenario.Round, bool) {
	if credit > 0 {
		return p.credits[credit-1], true
	}
	if b := p.block(height); b.round != nil && b.state == "mature" {
		return *b.round, true
	}
	return scenario.Round{}, false
}
