package payout

import (
	"cmp"
	"math/big"
	"math/bits"
	"slices"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
)

// Division is a reward divided, all in atomic units. Fee + Paid = Reward, and the amounts of Payouts add up to Paid.
type Division struct {
	Reward, Fee, Paid uint64
	Payouts           []Payout // in the order of member ids; those who get nothing are listed too
}

// Payout is what one member gets.
type Payout struct {
	Member coop.MemberID
	Weight Weight
	Shares uint64
	Amount uint64 // atomic units
}

// Divide gives each member floor(P·w/W') of P = R − floor(R·fee/10^6), then one unit each to the largest remainders, ties
// by member id, so that nothing is left. Without any weight there is nobody to pay, which is an error.
func Divide(reward, feePPM uint64, t Tally) (Division, error) {
	d := Division{Reward: reward, Payouts: []Payout{}}
	switch {
	case feePPM > million:
		return d, adit.InvalidField("feePpm", "%d is more than all: 10000 is 1 %%", feePPM)
	case t.Total.IsZero():
		return d, adit.Errorf(adit.Conflict, "no share counts for this reward: there is nobody to divide it among")
	}
	hi, lo := bits.Mul64(reward, feePPM)
	d.Fee, _ = bits.Div64(hi, lo, million) // feePPM <= 10^6: it fits
	d.Paid = reward - d.Fee
	rests := make([]rest, 0, len(t.Members))
	given := uint64(0)
	total := t.Total.Big()
	for _, l := range t.Lines() {
		amount, r := part(d.Paid, l.Weight, t.Total, total)
		given += amount
		rests = append(rests, rest{len(d.Payouts), r})
		d.Payouts = append(d.Payouts, Payout{l.Member, l.Weight, l.Shares, amount})
	}
	slices.SortFunc(rests, func(a, b rest) int { return cmp.Or(b.r.Cmp(a.r), cmp.Compare(a.at, b.at)) })
	for _, r := range rests[:d.Paid-given] { // fewer than members: each remainder is less than one unit
		d.Payouts[r.at].Amount++
	}
	return d, nil
}

// rest is what a payout lost by rounding down.
type rest struct {
	at int // index of the payout, which is the order of member ids
	r  Weight
}

// part is p·w/total and the remainder; total is given twice, to spare making it big for each member.
func part(p uint64, w, total Weight, big128 *big.Int) (uint64, Weight) {
	if w.Hi == 0 && total.Hi == 0 {
		hi, lo := bits.Mul64(p, w.Lo)
		q, r := bits.Div64(hi, lo, total.Lo) // w <= total: it fits
		return q, Weight{Lo: r}
	}
	n := w.Big()
	n.Mul(n, new(big.Int).SetUint64(p))
	q, r := n.QuoRem(n, big128, new(big.Int))
	return q.Uint64(), weightOf(r)
}

// Floor is floor(p·w/total), a payout before the remainders are given away.
func Floor(p uint64, w, total Weight) uint64 {
	q, _ := part(p, w, total, total.Big())
	return q
}
