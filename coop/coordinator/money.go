package coordinator

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/book"
	"github.com/adit-mining/adit/coop/payout"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/internal/address"
)

// openBook makes the accounts over the ledger.
func (c *Coordinator) openBook() (err error) {
	cfg := c.o.Config
	o := book.Options{
		DB: c.o.DB, Ledger: c.ledger, Coin: c.coin(), Confirmations: cfg.Coin.Maturity,
		Rule: payout.Rule{
			Kind: payout.Kind(cfg.Payout.Rule), WindowPPM: uint64(math.Round(cfg.Payout.Window * 1e6)), FeePPM: uint64(cfg.Payout.FeePPM),
		},
		Solo: c.solo, Reward: c.reward, Name: c.nameOf, Journal: c.o.Journal, Log: c.o.Log,
		Address: func(coin, a string) error { _, err := address.CheckMainnet(coin, a); return err },
	}
	if len(c.sources.chains) > 0 {
		o.Chain = c.sources
	}
	if cfg.Payout.Minimum != "" {
		least, err := c.coin().Parse(cfg.Payout.Minimum)
		if err != nil {
			return adit.InvalidField("payout.minimum", "%v", err)
		}
		o.MinPayout = uint64(least)
	}
	c.book, err = book.New(o)
	return err
}

// Block implements coop.Chain: the first node that answers says it.
func (s sources) Block(ctx context.Context, height uint64, hash string) (st coop.BlockState, err error) {
	var all []error
	for _, src := range s.list {
		n := s.chains[src.URL()]
		if n == nil {
			continue
		}
		if st, err = n.Block(ctx, height, hash); err == nil {
			return st, nil
		}
		all = append(all, err)
	}
	return st, errors.Join(all...)
}

// solo reports whether the crew finds blocks of its own now. While no upstream gives work the first one decides.
func (c *Coordinator) solo() bool {
	for _, l := range c.crew.Status().Lanes {
		if in := l.Upstream.Info; in != nil {
			return in.Solo
		}
	}
	return len(c.sources.list) > 0 && c.sources.chains[c.sources.list[0].URL()] != nil
}

// reward is what a block pays now, nil where no upstream tells.
func (c *Coordinator) reward() *uint64 {
	for _, j := range c.crew.Jobs(1) {
		return j.Reward
	}
	return nil
}

// nameOf is a member as people see it.
func (c *Coordinator) nameOf(id coop.MemberID) string {
	if m, err := c.crew.Member(id); err == nil && m.Name != "" {
		return m.Name
	}
	return string(id)
}

// money is what the books say, as it was a moment ago.
type money struct {
	money     view.Money
	luck      view.Luck
	blocks    uint64
	lastBlock *time.Time
	balance   map[string]view.Balance
	parts     map[string]float64 // per cent of the payout window
	invited   map[string]string  // who invited, by the certificate's name
}

// percent is a member's part of the window, nil where nobody has one.
func (m *money) percent(id string) *float64 {
	if len(m.parts) == 0 {
		return nil
	}
	p := m.parts[id]
	return &p
}

// accounts remembers what the books said: pages ask each second, and the books are in a database.
type accounts struct {
	mu  sync.Mutex
	at  time.Time
	now *money
}

const accountsFor = 5 * time.Second

func (a *accounts) get(ctx context.Context, actor adit.Actor, c *Coordinator) (*money, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now != nil && time.Since(a.at) < accountsFor {
		return a.now, nil
	}
	m, err := c.askBook(ctx, actor)
	if err != nil {
		return nil, err
	}
	a.now, a.at = m, time.Now()
	return m, nil
}

func (a *accounts) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now = nil
}

// luckOver is over how many blocks luck is told.
const luckOver = 20

func (c *Coordinator) askBook(ctx context.Context, actor adit.Actor) (*money, error) {
	m := &money{balance: map[string]view.Balance{}, parts: map[string]float64{}}
	list, err := c.book.Balances(ctx, actor)
	if err != nil {
		return nil, err
	}
	for _, b := range list {
		m.balance[b.Member] = b
		m.money.Owed += b.Owed
		m.money.Immature += b.Immature
		m.money.Paid += b.Paid
		if b.Owed > 0 {
			m.money.Members++
		}
	}
	if c.enrol != nil {
		if m.invited, err = c.enrol.InvitedBy(ctx); err != nil {
			return nil, err
		}
	}
	w, err := c.book.Window(ctx, actor)
	if err != nil {
		return nil, err
	}
	for _, p := range w.Parts {
		m.parts[p.Member] = p.Percent
	}
	if m.blocks, m.lastBlock, err = c.book.Found(ctx, actor); err != nil {
		return nil, err
	}
	if m.money.Fee, err = c.book.Fees(ctx, actor); err != nil {
		return nil, err
	}
	blocks, err := c.book.Blocks(ctx, actor, view.PageQuery{Limit: luckOver})
	if err != nil {
		return nil, err
	}
	sum := 0.0
	for _, b := range blocks {
		if b.Effort != nil && b.State != "orphaned" {
			sum += *b.Effort
			m.luck.Blocks++
		}
	}
	if sum > 0 {
		p := 100 * float64(m.luck.Blocks) / sum
		m.luck.Percent = &p
	}
	return m, nil
}
