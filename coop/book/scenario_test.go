package book

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/ledger"
	"github.com/adit-mining/adit/coop/payout"
	"github.com/adit-mining/adit/coop/payout/scenario"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

// TestScenarios plays every story with a ledger on disk and its accounts, on both databases.
func TestScenarios(t *testing.T) {
	for _, path := range scenario.Files(t, filepath.Join("..", "payout", "testdata")) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
				w := newWorld(t, db)
				scenario.Play(t, scenario.Read(t, path), w)
				w.deliver()
				if c, err := w.s.Verify(t.Context(), owner); err != nil || !c.OK {
					t.Errorf("verified again: %+v %v", c, err)
				}
			})
		})
	}
}

var (
	owner  = adit.LocalOwner("test")
	stater = adit.Actor{ID: "r", Name: "reader", Scopes: []adit.Scope{adit.ScopeRead}}
)

// world is a crew's ledger and accounts, with a chain and a clock.
type world struct {
	t     *testing.T
	db    *sqldb.DB
	dir   string
	l     *ledger.Ledger
	s     *Service
	now   time.Time
	rule  payout.Rule
	solo  bool
	chain map[string]coop.BlockState
	away  bool // the chain does not answer
	notes []string
	last  uint64 // seq

	blocks  map[uint64]string // height to hash of the newest
	credits []string
	payment string
}

var (
	_ scenario.Player = (*world)(nil)
	_ scenario.Purse  = (*world)(nil)
)

func newWorld(t *testing.T, db *sqldb.DB) *world {
	w := &world{t: t, db: db, dir: t.TempDir(), now: scenario.Noon, rule: payout.DefaultRule(), solo: true, chain: map[string]coop.BlockState{}, blocks: map[uint64]string{}}
	w.begin()
	t.Cleanup(func() { w.end() })
	return w
}

func (w *world) begin() {
	w.t.Helper()
	var err error
	w.l, err = ledger.Open(w.t.Context(), ledger.Options{Dir: w.dir, DB: w.db, SegmentBytes: 4096, Now: w.clock, PackAfter: -1})
	if err != nil {
		w.t.Fatal(err)
	}
	w.service()
}

func (w *world) end() {
	w.s.Close()
	if err := w.l.Close(); err != nil {
		w.t.Error(err)
	}
}

func (w *world) clock() time.Time { return w.now }

func (w *world) service() {
	w.t.Helper()
	if w.s != nil {
		w.s.Close()
	}
	var err error
	reward := uint64(1_000_000)
	w.s, err = New(Options{DB: w.db, Ledger: w.l, Coin: view.Coin{Symbol: "XMR", Name: "Monero", Decimals: 12}, Rule: w.rule, Chain: chainOf{w}, Confirmations: 10,
		Solo: func() bool { return w.solo }, Reward: func() *uint64 { return &reward }, Now: w.clock, Journal: w,
		Address: func(_, a string) error {
			if a != "good" {
				return adit.InvalidField("address", "it is mistyped")
			}
			return nil
		}})
	if err != nil {
		w.t.Fatal(err)
	}
}

// Note implements Journal.
func (w *world) Note(_ context.Context, a adit.Actor, kind, severity, subject, text string, _ map[string]string) error {
	w.notes = append(w.notes, fmt.Sprintf("%s %s %s %s: %s", a.Via, kind, severity, subject, text))
	return nil
}

// chainOf is the world's chain.
type chainOf struct{ w *world }

// Block implements coop.Chain.
func (c chainOf) Block(_ context.Context, _ uint64, hash string) (coop.BlockState, error) {
	if c.w.away {
		return coop.BlockState{}, errors.New("the node does not answer")
	}
	return c.w.chain[hash], nil
}

func (w *world) Rule(r payout.Rule) { w.rule = r; w.service() }
func (w *world) Pool()              { w.solo = false }

func (w *world) Wait(d time.Duration) { w.now = w.now.Add(d) }

func (w *world) Shares(list []coop.ShareRecord, verdict adit.ShareOutcome) {
	w.t.Helper()
	var wg sync.WaitGroup
	for _, r := range list {
		wg.Add(1)
		w.l.Append(r, func(seq uint64, err error) {
			if err != nil {
				w.t.Error(err)
			}
			w.last = seq
			wg.Done()
		})
	}
	wg.Wait()
	for i, r := range list {
		if r.Up {
			w.l.Verdict(w.last-uint64(len(list)-1-i), r.Member, verdict, "")
		}
	}
	w.settleIndex()
}

// settleIndex waits until the verdicts are written too.
func (w *world) settleIndex() {
	for n := w.l.Status().Records; ; {
		<-time.After(time.Millisecond)
		if now := w.l.Status().Records; now == n {
			return
		} else {
			n = now
		}
	}
}

// Block is a share that solves one.
func (w *world) Block(r coop.ShareRecord, height, reward uint64) {
	w.t.Helper()
	w.Shares([]coop.ShareRecord{r}, adit.ShareBlock)
	hash := fmt.Sprintf("%032x", w.last)
	w.blocks[height] = hash
	w.chain[hash] = coop.BlockState{Main: true, Confirmations: 1}
	b := coop.FoundBlock{At: r.At, Share: w.last, Member: r.Member, Coin: "XMR", Height: height, Hash: hash}
	if reward > 0 {
		b.Reward = &reward
	}
	if err := w.l.Found(w.t.Context(), b); err != nil {
		w.t.Fatal(err)
	}
	w.Settle()
}

// deliver lets the ledger's loop run until it has nothing to do.
func (w *world) deliver() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error)
	go func() { done <- w.l.Run(ctx, w.s) }()
	for w.busy() {
		<-time.After(time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) busy() bool {
	if len(w.l.Undelivered()) > 0 {
		return true
	}
	for _, s := range w.l.Segments()[:max(0, len(w.l.Segments())-1)] {
		if s.SHA256 == "" || s.Shares == 0 && s.Last >= s.First {
			return true
		}
	}
	return false
}

func (w *world) Settle() {
	w.t.Helper()
	w.deliver()
	if err := w.s.settle(w.t.Context()); err != nil {
		w.t.Error(err)
	}
}

func (w *world) Became(height uint64, what string) {
	hash := w.blocks[height]
	w.chain[hash] = map[string]coop.BlockState{"mature": {Main: true, Confirmations: 10}, "orphan": {}, "back": {Main: true, Confirmations: 2}}[what]
}

func (w *world) Credit(amount uint64) error {
	c, err := w.s.Credit(w.t.Context(), owner, view.CreditRequest{Amount: view.Atomic(amount)})
	if err == nil {
		w.credits = append(w.credits, c.ID)
	}
	return err
}

func (w *world) Restart(torn bool) {
	w.t.Helper()
	w.end()
	if torn {
		names, _ := filepath.Glob(filepath.Join(w.dir, "*.seg"))
		f, err := os.OpenFile(names[len(names)-1], os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			w.t.Fatal(err)
		}
		_, err = f.Write([]byte{3, 41, 0, 1, 2, 3})
		if err = errors.Join(err, f.Close()); err != nil {
			w.t.Fatal(err)
		}
	}
	w.s = nil
	w.begin()
}

func (w *world) Round(height, credit uint64) (scenario.Round, bool) {
	w.t.Helper()
	id := ""
	if credit > 0 {
		id = w.credits[credit-1]
	} else {
		id = blockID(coop.FoundBlock{Coin: "XMR", Height: height, Hash: w.blocks[height]})
	}
	r, err := w.s.Round(w.t.Context(), stater, id)
	if adit.CodeOf(err) == adit.NotFound || err == nil && r.State != credited {
		return scenario.Round{}, false
	}
	if err != nil {
		w.t.Fatal(err)
	}
	out := scenario.Round{Reward: uint64(r.Reward), Fee: uint64(r.Fee), Amounts: map[coop.MemberID]uint64{}}
	for _, p := range r.Parts {
		out.Amounts[coop.MemberID(p.Member)] = uint64(p.Amount)
	}
	return out, true
}

func (w *world) Least(m coop.MemberID, amount uint64) {
	least := view.Atomic(amount)
	if _, err := w.s.SetPayee(w.t.Context(), owner, string(m), view.PayeeRequest{MinPayout: &least}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) Pay() (map[coop.MemberID]uint64, error) {
	p, err := w.s.NewPayment(w.t.Context(), owner)
	out := map[coop.MemberID]uint64{}
	for _, i := range p.Items {
		out[coop.MemberID(i.Member)] = uint64(i.Amount)
	}
	if err == nil {
		w.payment = p.ID
	}
	return out, err
}

func (w *world) Mark(how string) {
	var err error
	if how == "paid" {
		_, err = w.s.MarkPaid(w.t.Context(), owner, w.payment, "tx")
	} else {
		_, err = w.s.CancelPayment(w.t.Context(), owner, w.payment)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) Balance(m coop.MemberID) (owed, immature uint64) {
	list, err := w.s.Balances(w.t.Context(), stater)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, b := range list {
		if b.Member == string(m) {
			return uint64(b.Owed), uint64(b.Immature)
		}
	}
	return 0, 0
}

func (w *world) Filled() float64 {
	v, err := w.s.Window(w.t.Context(), stater)
	if err != nil || v.Filled == nil {
		w.t.Fatal(v, err)
	}
	return *v.Filled
}
