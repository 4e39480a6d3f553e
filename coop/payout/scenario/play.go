package scenario

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/payout"
)

// Round is how a round was divided.
type Round struct {
	Reward, Fee uint64
	Amounts     map[coop.MemberID]uint64
}

// Player is who plays a story. Blocks are told by their height, credits by their place from 1.
type Player interface {
	Rule(r payout.Rule)
	Pool()
	// Shares takes accepted shares; verdict is the upstream's for those that go up.
	Shares(list []coop.ShareRecord, verdict adit.ShareOutcome)
	Block(s coop.ShareRecord, height, reward uint64)
	Became(height uint64, what string) // mature, orphan, back
	Settle()
	Credit(amount uint64) error
	Restart(torn bool)
	Wait(d time.Duration)
	Round(height, credit uint64) (Round, bool)
}

// Purse is a player that keeps balances too; without it those lines are left out.
type Purse interface {
	Least(m coop.MemberID, amount uint64)
	Pay() (map[coop.MemberID]uint64, error)
	Mark(how string) // paid, cancel
	Balance(m coop.MemberID) (owed, immature uint64)
	Filled() float64
}

// Noon is when stories begin.
var Noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// Play plays a story.
func Play(t *testing.T, steps []Step, p Player) {
	t.Helper()
	at := Noon
	for _, s := range steps {
		at = play(t, s, p, at)
		if t.Failed() {
			return
		}
	}
}

func play(t *testing.T, s Step, p Player, at time.Time) time.Time {
	t.Helper()
	tick := func(n uint64) { at = at.Add(time.Duration(n) * time.Second) }
	switch s.Verb {
	case "rule":
		p.Rule(s.rule(t))
	case "pool":
		p.Pool()
	case "share":
		var list []coop.ShareRecord
		for range s.number(t, "n", 1) {
			tick(1)
			list = append(list, s.share(t, at))
		}
		p.Wait(time.Duration(len(list)) * time.Second)
		verdict := adit.ShareAccepted
		if s.Named["up"] == "refused" {
			verdict = adit.ShareLowDifficulty
		}
		p.Shares(list, verdict)
	case "everybody":
		tick(1)
		p.Wait(time.Second)
		var list []coop.ShareRecord
		n, _ := strconv.Atoi(s.word(t, 0))
		for i := range n {
			one := s.share(t, at)
			one.Member = coop.MemberID(fmt.Sprintf("m%05d", i))
			list = append(list, one)
		}
		p.Shares(list, adit.ShareAccepted)
	case "block":
		tick(1)
		p.Wait(time.Second)
		b := s.share(t, at)
		b.Block, b.Up = true, true
		p.Block(b, s.number(t, "height", 0), s.number(t, "reward", 0))
	case "mature", "orphan", "back":
		p.Became(parse(t, s.Where, s.word(t, 0)), s.Verb)
		p.Settle()
	case "settle":
		p.Settle()
	case "credit":
		if err := p.Credit(parse(t, s.Where, s.word(t, 0))); err != nil {
			t.Errorf("%s: %v", s.Where, err)
		}
	case "nocredit":
		if err := p.Credit(parse(t, s.Where, s.word(t, 0))); adit.CodeOf(err) != adit.Conflict {
			t.Errorf("%s: it was credited: %v", s.Where, err)
		}
	case "restart", "crash":
		p.Restart(s.Verb == "crash")
	case "wait":
		d, err := time.ParseDuration(s.word(t, 0))
		if err != nil {
			t.Fatalf("%s: %v", s.Where, err)
		}
		at = at.Add(d)
		p.Wait(d)
	case "round":
		round(t, s, p)
	case "noround":
		if r, ok := p.Round(parse(t, s.Where, s.word(t, 0)), 0); ok {
			t.Errorf("%s: there is one: %+v", s.Where, r)
		}
	default:
		purse(t, s, p)
	}
	return at
}

func round(t *testing.T, s Step, p Player) {
	t.Helper()
	height := uint64(0)
	if len(s.Words) > 0 {
		height = parse(t, s.Where, s.Words[0])
	}
	got, ok := p.Round(height, s.number(t, "credit", 0))
	if !ok {
		t.Errorf("%s: there is no such round", s.Where)
		return
	}
	sum := got.Fee
	for _, a := range got.Amounts {
		sum += a
	}
	if sum != got.Reward {
		t.Errorf("%s: fee and amounts are %d, the reward is %d", s.Where, sum, got.Reward)
	}
	if fee := s.number(t, "fee", 0); got.Fee != fee {
		t.Errorf("%s: the fee is %d, want %d", s.Where, got.Fee, fee)
	}
	want := s.amounts(t, "fee", "credit", "each")
	if each, ok := s.Named["each"]; ok { // of everybody else
		for m := range got.Amounts {
			if _, named := want[m]; !named {
				want[m] = parse(t, s.Where, each)
			}
		}
	}
	for m, a := range got.Amounts {
		if want[m] != a {
			t.Errorf("%s: %s gets %d, want %d", s.Where, m, a, want[m])
		}
		delete(want, m)
	}
	for m, a := range want {
		if a != 0 {
			t.Errorf("%s: %s gets nothing, want %d", s.Where, m, a)
		}
	}
}

func purse(t *testing.T, s Step, p Player) {
	t.Helper()
	w, ok := p.(Purse)
	switch s.Verb {
	case "least", "pay", "nothing", "paid", "cancel", "balance", "immature", "window":
	default:
		t.Fatalf("%s: there is no verb %q", s.Where, s.Verb)
	}
	if !ok {
		return
	}
	switch s.Verb {
	case "least":
		w.Least(coop.MemberID(s.word(t, 0)), parse(t, s.Where, s.word(t, 1)))
	case "nothing":
		if got, err := w.Pay(); adit.CodeOf(err) != adit.Conflict {
			t.Errorf("%s: %v %v", s.Where, got, err)
		}
	case "pay":
		got, err := w.Pay()
		if want := s.amounts(t); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: it pays %v, want %v: %v", s.Where, got, want, err)
		}
	case "paid", "cancel":
		w.Mark(s.Verb)
	case "balance":
		for m, want := range s.amounts(t) {
			if owed, _ := w.Balance(m); owed != want {
				t.Errorf("%s: %s has %d, want %d", s.Where, m, owed, want)
			}
		}
	case "immature":
		for m, want := range s.amounts(t) {
			if _, got := w.Balance(m); got != want {
				t.Errorf("%s: %s is to get %d, want %d", s.Where, m, got, want)
			}
		}
	case "window":
		want, err := strconv.ParseFloat(s.word(t, 0), 64)
		if got := w.Filled(); err != nil || got < want-1e-9 || got > want+1e-9 {
			t.Errorf("%s: the window is %v full, want %v: %v", s.Where, got, want, err)
		}
	}
}
