package payout

import (
	"fmt"
	"iter"
	"math"
	"math/big"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
)

func genHashes(t *rapid.T, name string) adit.Hashes {
	h := adit.Hashes{Lo: rapid.Uint64().Draw(t, name)}
	if rapid.IntRange(0, 9).Draw(t, name+" wide") == 0 {
		h.Hi = rapid.Uint64().Draw(t, name+" hi")
	}
	return h
}

// TestScoreIsExact compares with big numbers: floor(d·2^64/D).
func TestScoreIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, n := genHashes(t, "d"), genHashes(t, "D")
		if n.IsZero() {
			n.Lo = 1
		}
		want := new(big.Int).Lsh(d.Big(), 64)
		want.Quo(want, n.Big())
		if want.BitLen() > 128 {
			want = Heaviest.Big()
		}
		if got := Score(d, n); got.Big().Cmp(want) != 0 {
			t.Fatalf("Score(%s, %s) = %s, want %s", d, n, got, want)
		}
	})
	if !Score(adit.HashesOf(5), adit.Hashes{}).IsZero() || Score(adit.HashesOf(7), adit.HashesOf(7)) != One {
		t.Error("edges")
	}
}

func TestWindows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ppm := rapid.Uint64().Draw(t, "ppm")
		want := new(big.Int).Lsh(new(big.Int).SetUint64(ppm), 64)
		want.Quo(want, big.NewInt(million))
		if got := Windows(ppm); got.Big().Cmp(want) != 0 {
			t.Fatalf("Windows(%d) = %s, want %s", ppm, got, want)
		}
	})
	if Windows(2*million) != (Weight{Hi: 2}) {
		t.Error("two blocks are 2·2^64")
	}
}

// genTally has weights of all sizes.
func genTally(t *rapid.T, most int) Tally {
	tally := NewTally()
	for i := range rapid.IntRange(1, most).Draw(t, "members") {
		w := Weight{Lo: rapid.Uint64().Draw(t, "w")}
		if rapid.Bool().Draw(t, "wide") {
			w.Hi = rapid.Uint64Range(0, 1<<40).Draw(t, "hi")
		}
		if err := tally.Add(uint64(i+1), coop.MemberID(fmt.Sprintf("m%03d", i)), w); err != nil {
			t.Fatal(err)
		}
	}
	if tally.Total.IsZero() {
		_ = tally.Add(9999, "m000", Weight{Lo: 1})
	}
	return tally
}

// TestDivideIsExact: fee and amounts add up to the reward, each amount is its floor or one more, and those with one more
// have the largest remainders, ties by id.
func TestDivideIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tally := genTally(t, 40)
		reward := rapid.Uint64().Draw(t, "reward")
		fee := rapid.Uint64Range(0, million).Draw(t, "fee")
		d, err := Divide(reward, fee, tally)
		if err != nil {
			t.Fatal(err)
		}
		wantFee := new(big.Int).Mul(new(big.Int).SetUint64(reward), new(big.Int).SetUint64(fee))
		if wantFee.Quo(wantFee, big.NewInt(million)); wantFee.Uint64() != d.Fee || d.Fee+d.Paid != reward {
			t.Fatalf("fee %d of %d, want %s; paid %d", d.Fee, reward, wantFee, d.Paid)
		}
		checkSplit(t, d, tally)
		again, _ := Divide(reward, fee, tally)
		if !reflect.DeepEqual(again, d) {
			t.Fatal("the same tally gave another result")
		}
	})
}

func checkSplit(t *rapid.T, d Division, tally Tally) {
	type left struct {
		rest  *big.Int
		extra bool
	}
	sum := uint64(0)
	var rests []left
	for i, p := range d.Payouts {
		if i > 0 && d.Payouts[i-1].Member >= p.Member {
			t.Fatal("not in the order of ids")
		}
		sum += p.Amount
		n := new(big.Int).Mul(new(big.Int).SetUint64(d.Paid), p.Weight.Big())
		q, r := n.QuoRem(n, tally.Total.Big(), new(big.Int))
		extra := p.Amount - q.Uint64()
		if extra > 1 {
			t.Fatalf("%s got %d, the floor is %s", p.Member, p.Amount, q)
		}
		rests = append(rests, left{r, extra == 1})
	}
	if sum != d.Paid {
		t.Fatalf("the amounts are %d together, not %d", sum, d.Paid)
	}
	for i, a := range rests {
		for j, b := range rests {
			if a.extra && !b.extra && (a.rest.Cmp(b.rest) < 0 || a.rest.Cmp(b.rest) == 0 && i > j) {
				t.Fatalf("member %d got a unit before member %d", i, j)
			}
		}
	}
}

func backwards(shares []Share) iter.Seq[Share] {
	return func(yield func(Share) bool) {
		for _, s := range slices.Backward(shares) {
			if !yield(s) {
				return
			}
		}
	}
}

// TestWalkTakesTheWindow: the total is the limit, or all there is; only the oldest share may count in part.
func TestWalkTakesTheWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var shares []Share
		all := Weight{}
		for i := range rapid.IntRange(0, 60).Draw(t, "n") {
			s := Share{Seq: uint64(i + 1), Member: coop.MemberID(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "who")),
				Difficulty: adit.HashesOf(rapid.Uint64Range(1, 1000).Draw(t, "d")), Network: adit.HashesOf(rapid.Uint64Range(1, 2000).Draw(t, "D"))}
			shares = append(shares, s)
			all, _ = all.Add(ByScore.Of(s))
		}
		limit := Windows(rapid.Uint64Range(1, 20*million).Draw(t, "x"))
		got, err := Walk(limit, ByScore, backwards(shares))
		if err != nil {
			t.Fatal(err)
		}
		want := limit
		if all.Cmp(limit) < 0 {
			want = all
		}
		if got.Total != want || got.Carry(limit) != limit.Sub(want) {
			t.Fatalf("the window has %s, want %s", got.Total, want)
		}
		sum := Weight{}
		n := uint64(0)
		for _, l := range got.Lines() {
			sum, _ = sum.Add(l.Weight)
			n += l.Shares
		}
		if sum != got.Total || n != got.Shares {
			t.Fatal("the members' parts are not the whole")
		}
		if n > 0 && (got.To != uint64(len(shares)) || got.From != got.To-n+1 || got.Cut.Cmp(ByScore.Of(shares[got.From-1])) >= 0) {
			t.Fatalf("from %d to %d, cut %s", got.From, got.To, got.Cut)
		}
	})
}

func TestRefusals(t *testing.T) {
	if _, err := Divide(5, 0, NewTally()); adit.CodeOf(err) != adit.Conflict {
		t.Errorf("nobody to pay: %v", err)
	}
	one := NewTally()
	_ = one.Add(1, "a", Weight{Lo: 1})
	if _, err := Divide(5, million+1, one); adit.CodeOf(err) != adit.Invalid {
		t.Errorf("a fee above all: %v", err)
	}
	full := NewTally()
	_ = full.Add(1, "a", Heaviest)
	if err := full.Add(2, "a", Weight{Lo: 1}); err == nil {
		t.Error("a total beyond 128 bits was taken")
	}
	if _, err := Behind(Heaviest, Weight{Lo: 1}); err == nil {
		t.Error("a window beyond 128 bits was taken")
	}
	for _, r := range []Rule{{}, {Kind: "pps"}, {Kind: PPLNS}, {Kind: PPLNS, WindowPPM: 2000 * million}, {Kind: PROP, FeePPM: million + 1}} {
		if err := r.Validate(); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%+v: %v", r, err)
		}
	}
	if err := DefaultRule().Validate(); err != nil {
		t.Error(err)
	}
}

// TestLargest has the largest numbers that can occur.
func TestLargest(t *testing.T) {
	tally := NewTally()
	for i := range uint64(3) {
		_ = tally.Add(i+1, coop.MemberID(fmt.Sprint(i)), Weight{Hi: math.MaxUint64 / 3, Lo: i})
	}
	d, err := Divide(math.MaxUint64, 333_333, tally)
	if err != nil || d.Payouts[0].Amount+d.Payouts[1].Amount+d.Payouts[2].Amount != d.Paid {
		t.Errorf("%+v %v", d, err)
	}
}

func BenchmarkScore(b *testing.B) {
	n := adit.HashesOf(400_000_000_000)
	var sum uint64
	for i := 0; b.Loop(); i++ {
		sum += Score(adit.HashesOf(uint64(i)), n).Lo
	}
	_ = sum
}

// BenchmarkTenThousandMembers divides a window of a million shares.
func BenchmarkTenThousandMembers(b *testing.B) {
	shares := make([]Share, 1_000_000)
	members := make([]coop.MemberID, 10_000)
	for i := range members {
		members[i] = coop.MemberID(fmt.Sprintf("member-%05d", i))
	}
	for i := range shares {
		shares[i] = Share{Seq: uint64(i + 1), Member: members[(i*7919)%len(members)], Difficulty: adit.HashesOf(uint64(1000 + i%500)), Network: adit.HashesOf(400_000_000)}
	}
	for b.Loop() {
		t, err := Walk(Windows(2*million), ByScore, backwards(shares))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Divide(600_000_000_000, 10_000, t); err != nil {
			b.Fatal(err)
		}
	}
}
