package book

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/payout"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

// share is a member's with difficulty d of 1000.
func (w *world) share(m string, d uint64, up bool) {
	w.Wait(time.Second)
	w.Shares([]coop.ShareRecord{{At: w.now, Member: coop.MemberID(m), Difficulty: adit.HashesOf(d), Network: adit.HashesOf(1000), Up: up}}, adit.ShareAccepted)
}

func (w *world) solve(m string, height, reward uint64) {
	w.Wait(time.Second)
	w.Block(coop.ShareRecord{At: w.now, Member: coop.MemberID(m), Difficulty: adit.HashesOf(100), Network: adit.HashesOf(1000), Up: true, Block: true}, height, reward)
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) { test(t, newWorld(t, db)) })
}

// TestStrangersAreRefused: nobody reads, and a reader changes nothing.
func TestStrangersAreRefused(t *testing.T) {
	w := newWorld(t, sqltest.Open(t, sqltest.SQLite(t)))
	ctx := t.Context()
	nobody := adit.Actor{}
	for name, ask := range map[string]func(a adit.Actor) error{
		"Blocks":   func(a adit.Actor) error { _, err := w.s.Blocks(ctx, a, view.PageQuery{Limit: 1}); return err },
		"Rounds":   func(a adit.Actor) error { _, err := w.s.Rounds(ctx, a, view.PageQuery{Limit: 1}); return err },
		"Window":   func(a adit.Actor) error { _, err := w.s.Window(ctx, a); return err },
		"Balances": func(a adit.Actor) error { _, err := w.s.Balances(ctx, a); return err },
		"Totals":   func(a adit.Actor) error { _, _, _, err := w.s.Totals(ctx, a); return err },
		"Statement": func(a adit.Actor) error {
			_, err := w.s.Statement(ctx, a, view.StatementQuery{Member: "m"})
			return err
		},
		"Verify":   func(a adit.Actor) error { _, err := w.s.Verify(ctx, a); return err },
		"Credits":  func(a adit.Actor) error { _, err := w.s.Credits(ctx, a, view.PageQuery{Limit: 1}); return err },
		"Payments": func(a adit.Actor) error { _, err := w.s.Payments(ctx, a, view.PageQuery{Limit: 1}); return err },
		"Fees":     func(a adit.Actor) error { _, err := w.s.Fees(ctx, a); return err },
		"Records": func(a adit.Actor) error {
			return w.s.Records(ctx, a, view.RecordQuery{}, func(view.Record) error { return nil })
		},
		"*Credit":      func(a adit.Actor) error { _, err := w.s.Credit(ctx, a, view.CreditRequest{Amount: 1}); return err },
		"*NewPayment":  func(a adit.Actor) error { _, err := w.s.NewPayment(ctx, a); return err },
		"*MarkPaid":    func(a adit.Actor) error { _, err := w.s.MarkPaid(ctx, a, "x", ""); return err },
		"*Cancel":      func(a adit.Actor) error { _, err := w.s.CancelPayment(ctx, a, "x"); return err },
		"*SetPayee":    func(a adit.Actor) error { _, err := w.s.SetPayee(ctx, a, "m", view.PayeeRequest{}); return err },
		"*PaymentLine": func(a adit.Actor) error { _, err := w.s.PaymentLines(ctx, a, "x"); return err },
	} {
		if err := ask(nobody); adit.CodeOf(err) != adit.Unauthorized {
			t.Errorf("%s for nobody: %v", name, err)
		}
		want := adit.Code("")
		if strings.HasPrefix(name, "*") {
			want = adit.Forbidden
		}
		if err := ask(stater); adit.CodeOf(err) != want {
			t.Errorf("%s for a reader: %v", name, err)
		}
	}
}

// TestBlocksAreWatched: reward and confirmations come from the chain, effort from the ledger; a chain that does not answer
// changes nothing; the loop does it.
func TestBlocksAreWatched(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for range 4 {
			w.share("alice", 100, false)
		}
		w.solve("bob", 7, 0) // no reward is known
		list, err := w.s.Blocks(t.Context(), stater, view.PageQuery{Limit: 5})
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		b := list[0]
		if b.State != found || b.Reward != nil || *b.Confirmations != 1 || b.Needed != 10 || b.Effort == nil || math.Abs(*b.Effort-0.5) > 1e-9 || b.Round != nil || b.Share != 5 {
			t.Errorf("%+v", b)
		}
		w.away = true
		if err := w.s.settle(t.Context()); err == nil {
			t.Error("a chain that does not answer is no error")
		}
		w.away = false
		reward := uint64(777)
		w.chain[w.blocks[7]] = coop.BlockState{Main: true, Confirmations: 12} // matured, and still no reward
		w.Settle()
		if list, _ := w.s.Rounds(t.Context(), stater, view.PageQuery{Limit: 5}); len(list) != 0 {
			t.Errorf("divided without a reward: %+v", list)
		}
		if _, err := w.db.Exec(t.Context(), `UPDATE coop_block SET state = 'found'`); err != nil {
			t.Fatal(err)
		}
		w.chain[w.blocks[7]] = coop.BlockState{Main: true, Confirmations: 13, Reward: &reward}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- w.s.Run(ctx) }()
		var rounds []view.Round
		for len(rounds) == 0 {
			if rounds, err = w.s.Rounds(t.Context(), stater, view.PageQuery{Limit: 5}); err != nil {
				t.Fatal(err)
			}
			<-time.After(time.Millisecond)
		}
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if r := rounds[0]; r.Reward != 777 || r.State != credited || r.From != 1 || r.To != 5 || r.Shares != 5 || *r.Height != 7 {
			t.Errorf("%+v", r)
		}
		n, at, err := w.s.Found(t.Context(), stater)
		if err != nil || n != 1 || at == nil {
			t.Errorf("%d %v %v", n, at, err)
		}
		if all := strings.Join(w.notes, "\n"); !strings.Contains(all, "bob found block 7 of XMR with share 5") || !strings.Contains(all, "12 confirmations and counts") {
			t.Errorf("%s", all)
		}
	})
}

// TestRoundIsWorkedOut: a round's numbers can be worked out from what is shown.
func TestRoundIsWorkedOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.rule.FeePPM = 10_000
		w.Rule(w.rule)
		w.share("alice", 100, false)
		w.share("bob", 100, false)
		w.solve("carol", 3, 1000)
		w.Became(3, "mature")
		w.Settle()
		list, err := w.s.Rounds(t.Context(), stater, view.PageQuery{Limit: 9})
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		r, err := w.s.Round(t.Context(), stater, list[0].ID)
		if err != nil || r.Divided != 990 || r.Fee != 10 || len(r.Parts) != 3 || *r.Window != payout.Windows(2_000_000).String() || len(r.Hash) != 64 {
			t.Fatalf("%+v %v", r, err)
		}
		total, sum, extras := payout.NewTally(), view.Atomic(0), 0
		for i, p := range r.Parts {
			weight, err := payout.ParseWeight(p.Weight)
			if err != nil {
				t.Fatal(err)
			}
			_ = total.Add(uint64(i+1), coop.MemberID(p.Member), weight)
			sum += p.Amount
			if p.Extra {
				extras++
			}
		}
		d, err := payout.Divide(1000, 10_000, total)
		if err != nil || total.Total.String() != r.Weight || sum != 990 || extras != 0 {
			t.Errorf("%s, %s; %d", total.Total, r.Weight, sum)
		}
		for i, p := range d.Payouts {
			if uint64(r.Parts[i].Amount) != p.Amount {
				t.Errorf("%+v, %+v", r.Parts[i], p)
			}
		}
		if len(r.Steps) < 5 || !strings.Contains(strings.Join(r.Steps, "\n"), "990") {
			t.Errorf("%v", r.Steps)
		}
		if _, err := w.s.Round(t.Context(), stater, "none"); adit.CodeOf(err) != adit.NotFound {
			t.Errorf("%v", err)
		}
	})
}

// TestVerifyFindsForgery: an amount, a share or a hash that was changed afterwards is found.
func TestVerifyFindsForgery(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for n := range 90 { // several segments
			w.share(fmt.Sprint("m", n%3), 10, false)
		}
		w.solve("m0", 3, 1000)
		w.Became(3, "mature")
		w.Settle()
		check := func(want string) {
			t.Helper()
			c, err := w.s.Verify(t.Context(), stater)
			if err != nil || c.OK != (want == "") || want != "" && !strings.Contains(strings.Join(c.Errors, "\n"), want) || c.Rounds != 1 {
				t.Errorf("want %q: %+v %v", want, c, err)
			}
		}
		sql := func(query string) {
			t.Helper()
			if _, err := w.db.Exec(t.Context(), query); err != nil {
				t.Fatal(err)
			}
		}
		check("")
		sql(`UPDATE coop_payout SET amount = amount + 1 WHERE member = 'm1'`)
		check("pays m1")
		sql(`UPDATE coop_payout SET amount = amount - 1 WHERE member = 'm1'`)
		sql(`UPDATE coop_round SET fee = 7`)
		check("its hash is")
		sql(`UPDATE coop_round SET fee = 0`)
		check("")
		w.end()
		path := filepath.Join(w.dir, "00000001.seg")
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		raw[500] ^= 1
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		w.s = nil
		w.begin()
		check("the ledger is damaged")
	})
}

// TestCreditIsChecked: each wrong field is named.
func TestCreditIsChecked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.solo = false
		w.share("alice", 10, true)
		refused := func(r view.CreditRequest, code adit.Code, words string) {
			t.Helper()
			if _, err := w.s.Credit(t.Context(), owner, r); adit.CodeOf(err) != code || !strings.Contains(err.Error(), words) {
				t.Errorf("%+v: %v, want %s with %q", r, err, code, words)
			}
		}
		late, early := w.now.Add(time.Hour), w.now.Add(-time.Hour)
		refused(view.CreditRequest{}, adit.Invalid, "amount: there is nothing")
		refused(view.CreditRequest{Amount: math.MaxUint64}, adit.Invalid, "amount: ")
		refused(view.CreditRequest{Amount: 1, Note: strings.Repeat("x", 201)}, adit.Invalid, "note: ")
		refused(view.CreditRequest{Amount: 1, Until: &late}, adit.Invalid, "until: ")
		refused(view.CreditRequest{Amount: 1, Since: &w.now, Until: &early}, adit.Invalid, "until: ")
		refused(view.CreditRequest{Amount: 1, Until: &early}, adit.Conflict, "no share was accepted in that period")
		c, err := w.s.Credit(t.Context(), owner, view.CreditRequest{Amount: 500, Note: "tx 1"})
		if err != nil || c.Amount != 500 || c.By != "owner" || c.Note != "tx 1" || c.Round == nil || c.Since != nil || !c.Until.Equal(w.now) {
			t.Fatalf("%+v %v", c, err)
		}
		w.share("bob", 10, true)
		refused(view.CreditRequest{Amount: 1, Since: &early}, adit.Invalid, "since: the period until")
		if _, err := w.s.Credit(t.Context(), owner, view.CreditRequest{Amount: 300}); err != nil {
			t.Fatal(err)
		}
		list, err := w.s.Credits(t.Context(), stater, view.PageQuery{Limit: 9})
		if err != nil || len(list) != 2 || list[0].Amount != 300 || list[0].Since == nil || !list[0].Since.Equal(c.Until) {
			t.Errorf("%+v %v", list, err)
		}
		if c, err := w.s.Verify(t.Context(), stater); err != nil || !c.OK || c.Rounds != 2 {
			t.Errorf("%+v %v", c, err)
		}
	})
}

// TestPaymentsAndStatement: set aside, marked, cancelled; the account says all of it, and nothing is paid twice.
func TestPaymentsAndStatement(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.share("alice", 100, false)
		w.solve("bob", 1, 1001)
		w.Became(1, "mature")
		w.Settle()
		if _, err := w.s.SetPayee(ctx, owner, "alice", view.PayeeRequest{Address: "bad"}); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%v", err)
		}
		if _, err := w.s.SetPayee(ctx, owner, "alice", view.PayeeRequest{Address: "good"}); err != nil {
			t.Fatal(err)
		}
		if p, err := w.s.Payee(ctx, stater, "alice"); err != nil || p.Address != "good" || p.MinPayout != nil || p.By != "owner" {
			t.Errorf("%+v %v", p, err)
		}
		if p, err := w.s.Payee(ctx, stater, "bob"); err != nil || p.Address != "" || p.UpdatedAt != nil || p.Member != "bob" {
			t.Errorf("%+v %v", p, err)
		}
		w.Wait(time.Minute)
		p, err := w.s.NewPayment(ctx, owner)
		if err != nil || p.State != "open" || p.Total != 1001 || len(p.Items) != 2 || p.MarkedAt != nil {
			t.Fatalf("%+v %v", p, err)
		}
		if _, err := w.s.NewPayment(ctx, owner); adit.CodeOf(err) != adit.Conflict {
			t.Errorf("set aside twice: %v", err)
		}
		lines, err := w.s.PaymentLines(ctx, owner, p.ID)
		if err != nil || len(lines) != 2 || lines[0].Address != "good" || lines[0].Amount != 501 || lines[1].Address != "" {
			t.Errorf("%+v %v", lines, err)
		}
		var out bytes.Buffer
		if err := WritePayment(&out, w.s.o.Coin, append(lines, PaymentLine{Member: "=1+1"})); err != nil || !strings.Contains(out.String(), "alice,alice,good,0.000000000501,501\n") || !strings.Contains(out.String(), "'=1+1") {
			t.Errorf("%s %v", out.String(), err)
		}
		if _, err := w.s.MarkPaid(ctx, owner, p.ID, strings.Repeat("x", 300)); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%v", err)
		}
		w.Wait(time.Minute)
		if p, err = w.s.MarkPaid(ctx, owner, p.ID, "tx9"); err != nil || p.State != "paid" || p.Reference != "tx9" || p.MarkedAt == nil {
			t.Errorf("%+v %v", p, err)
		}
		for _, again := range []func() error{
			func() error { _, err := w.s.MarkPaid(ctx, owner, p.ID, ""); return err },
			func() error { _, err := w.s.CancelPayment(ctx, owner, p.ID); return err },
		} {
			if err := again(); adit.CodeOf(err) != adit.Conflict {
				t.Errorf("marked twice: %v", err)
			}
		}
		if _, err := w.s.Payment(ctx, stater, "none"); adit.CodeOf(err) != adit.NotFound {
			t.Errorf("%v", err)
		}
		w.solve("alice", 2, 100)
		w.Became(2, "mature")
		w.Settle()
		s, err := w.s.Statement(ctx, stater, view.StatementQuery{Member: "alice"})
		if err != nil || len(s.Lines) != 3 || s.Closing != 67 || s.Opening != 0 {
			t.Fatalf("%+v %v", s, err)
		}
		if a, b, c := s.Lines[0], s.Lines[1], s.Lines[2]; a.Kind != "earned" || *a.In != 501 || a.Round == nil || b.Kind != "paid" || *b.Out != 501 || b.Balance != 0 ||
			b.Text != "paid with tx9" || c.Balance != 67 || c.Text != "part of block 2" {
			t.Errorf("%+v", s.Lines)
		}
		from := s.Lines[2].At
		if part, err := w.s.Statement(ctx, stater, view.StatementQuery{Member: "alice", From: &from}); err != nil || len(part.Lines) != 1 || part.Opening != 0 || part.Closing != 67 {
			t.Errorf("%+v %v", part, err)
		}
		to := s.Lines[0].At
		if part, err := w.s.Statement(ctx, stater, view.StatementQuery{Member: "alice", To: &to}); err != nil || len(part.Lines) != 1 || part.Closing != 501 {
			t.Errorf("%+v %v", part, err)
		}
		if _, err := w.s.Statement(ctx, stater, view.StatementQuery{Member: "alice", From: &from, To: &to}); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%v", err)
		}
		out.Reset()
		if err := WriteStatement(&out, s); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(rows) != 4 || rows[1][4] != "0.000000000501" || rows[2][8] != "501" || rows[3][9] != "67" {
			t.Errorf("%v %v", rows, err)
		}
		owed, immature, paid, err := w.s.Totals(ctx, stater)
		if err != nil || owed != 100 || immature != 0 || paid != 1001 {
			t.Errorf("%d %d %d %v", owed, immature, paid, err)
		}
	})
}

// TestSumsDoNotWrap: balances beyond what can be counted are an error, never a small number.
func TestSumsDoNotWrap(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for height := uint64(1); height <= 3; height++ {
			w.solve("alice", height, math.MaxInt64-5)
			w.Became(height, "mature")
			w.Settle()
		}
		if list, err := w.s.Balances(t.Context(), stater); err == nil {
			t.Errorf("%+v", list)
		}
		if _, err := w.s.NewPayment(t.Context(), owner); err == nil || adit.CodeOf(err) == adit.Conflict {
			t.Errorf("%v", err)
		}
	})
	w := newWorld(t, sqltest.Open(t, sqltest.SQLite(t)))
	huge := uint64(math.MaxUint64)
	if err := w.s.TakeBlock(t.Context(), coop.FoundBlock{Coin: "XMR", Hash: "aa", Member: "m", Reward: &huge}); err != nil {
		t.Error(err)
	}
	if list, err := w.s.Blocks(t.Context(), stater, view.PageQuery{Limit: 1}); err != nil || len(list) != 1 || list[0].Reward != nil {
		t.Errorf("%+v %v", list, err)
	}
}

// TestWindowNow: the page's window for each kind of crew.
func TestWindowNow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		empty, err := w.s.Window(t.Context(), stater)
		if err != nil || empty.Shares != 0 || empty.FromSeq != nil || empty.Parts == nil || *empty.Filled != 0 {
			t.Errorf("%+v %v", empty, err)
		}
		look := func() view.Window {
			t.Helper()
			w.Wait(windowFor)
			v, err := w.s.Window(t.Context(), stater)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		for range 3 {
			w.share("alice", 500, true)
		}
		w.share("bob", 1000, true)
		v := look()
		if *v.Filled != 1 || len(v.Parts) != 2 || v.Parts[0].Percent != 50 || *v.FromSeq != 2 || *v.ToSeq != 4 || *v.Parts[0].Amount+*v.Parts[1].Amount != 1_000_000 || v.Rule.Basis != "blocks" {
			t.Errorf("%+v", v)
		}
		w.share("bob", 1000, true)
		if v := look(); len(v.Parts) != 1 || v.Parts[0].Member != "bob" || *v.FromSeq != 4 {
			t.Errorf("%+v", v)
		}
		w.rule.Kind = payout.PROP
		w.Rule(w.rule)
		if v := look(); v.Filled != nil || v.Shares != 5 || v.Parts[0].Member != "bob" {
			t.Errorf("%+v", v)
		}
		w.solve("carol", 1, 5)
		if v := look(); v.Shares != 0 || len(v.Parts) != 0 {
			t.Errorf("after a block: %+v", v)
		}
		w.solo = false
		if v := look(); v.Shares != 6 || v.Rule.Basis != "credits" || v.Reward != nil || v.Parts[0].Amount != nil {
			t.Errorf("behind a pool: %+v", v)
		}
		w.rule.Kind = payout.PPLNS
		w.Rule(w.rule)
		if v := look(); v.Filled == nil || *v.Filled > 1 || v.Shares == 0 {
			t.Errorf("behind a pool: %+v", v)
		}
	})
}

// TestRecords tells each share with its upstream's verdict, wherever that stands.
func TestRecords(t *testing.T) {
	w := newWorld(t, sqltest.Open(t, sqltest.SQLite(t)))
	w.share("alice", 1, true)
	w.share("bob", 2, false)
	w.share("alice", 3, true)
	w.share("bob", 4, false) // written after the verdict on the one before
	got := ""
	collect := func(r view.Record) error {
		verdict := "-"
		if r.Verdict != nil {
			verdict = *r.Verdict
		}
		got += fmt.Sprintf("%d %s %s %s;", r.Seq, r.Member, r.Difficulty, verdict)
		return nil
	}
	for q, want := range map[view.RecordQuery]string{
		{}:                     "1 alice 1 accepted;2 bob 2 -;3 alice 3 accepted;4 bob 4 -;",
		{Member: "alice"}:      "1 alice 1 accepted;3 alice 3 accepted;",
		{FromSeq: 2, ToSeq: 2}: "2 bob 2 -;",
	} {
		got = ""
		if err := w.s.Records(t.Context(), stater, q, collect); err != nil || got != want {
			t.Errorf("%+v: %q, %v", q, got, err)
		}
	}
	stop := errors.New("stop")
	if err := w.s.Records(t.Context(), stater, view.RecordQuery{}, func(view.Record) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
}

// TestOptions that cannot work are refused by name.
func TestOptions(t *testing.T) {
	w := newWorld(t, sqltest.Open(t, sqltest.SQLite(t)))
	for _, o := range []Options{{}, {DB: w.db, Ledger: w.l}, {DB: w.db, Ledger: w.l, Coin: view.Coin{Symbol: "XMR"}, Rule: payout.Rule{Kind: "x"}}} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v", o.Rule)
		}
	}
	if s, err := New(Options{DB: w.db, Ledger: w.l, Coin: view.Coin{Symbol: "XMR"}}); err != nil || s.o.Rule != payout.DefaultRule() || s.o.Solo() {
		t.Error(err)
	}
}
