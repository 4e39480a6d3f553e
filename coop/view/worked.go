package view

import (
	"fmt"
	"math/big"
)

// exampleParts is how many members a worked example goes through.
const exampleParts = 3

// Tell fills the rule's words and the worked example: the window's own numbers put into the rule. Where nobody tells what
// a block pays, it is worked out for one coin.
func (w *Window) Tell() {
	w.Rule.tell()
	w.Example = []string{}
	if len(w.Parts) == 0 {
		return
	}
	c := w.Coin
	reward, begin := oneCoin(c), "Suppose that %s %s is paid."
	if w.Reward != nil {
		reward, begin = *w.Reward, "A block found now pays %s %s."
	}
	fee, rest := split(reward, ppm(w.Rule.FeePercent))
	w.Example = append(w.Example, fmt.Sprintf(begin, c.Text(reward), c.Symbol), feeLine(c, w.Rule.FeePercent, fee, rest))
	for _, p := range w.Parts[:min(exampleParts, len(w.Parts))] {
		line := fmt.Sprintf("%s did %s %% of the work in the window", p.Name, number(round2(p.Percent)))
		if a, ok := w.part(p, rest); ok {
			line += fmt.Sprintf(" and gets %s %s", c.Text(a), c.Symbol)
		}
		w.Example = append(w.Example, line+".")
	}
	if more := len(w.Parts) - exampleParts; more > 0 {
		w.Example = append(w.Example, fmt.Sprintf("%s more in the same way; together it is exactly %s %s.", count(more, "member"), c.Text(rest), c.Symbol))
	}
}

// part is what one member gets of rest: as it was told, else floor(rest*w/W).
func (w *Window) part(p WindowPart, rest Atomic) (Atomic, bool) {
	if p.Amount != nil {
		return *p.Amount, true
	}
	weight, ok := new(big.Int).SetString(p.Weight, 10)
	all, whole := new(big.Int).SetString(w.Weight, 10)
	if !ok || !whole || all.Sign() <= 0 || weight.Sign() < 0 || weight.Cmp(all) > 0 {
		return 0, false
	}
	a := new(big.Int).SetUint64(uint64(rest))
	return Atomic(a.Mul(a, weight).Quo(a, all).Uint64()), true
}

// oneCoin is one coin in atomic units.
func oneCoin(c Coin) Atomic {
	n := Atomic(1)
	for range c.Decimals {
		n *= 10
	}
	return n
}

// Tell fills the steps: the division of this round, line by line, as anybody can work it out again.
func (r *RoundDetail) Tell(c Coin) {
	r.Steps = []string{
		fmt.Sprintf("R = %d, the reward in atomic units of %s", r.Reward, c.Symbol),
		fmt.Sprintf("F = floor(R × %d ÷ 1000000) = %d, the operator's fee", r.FeePPM, r.Fee),
		fmt.Sprintf("P = R − F = %d, which is divided", r.Divided),
	}
	if r.Window != nil {
		r.Steps = append(r.Steps, fmt.Sprintf("W = %s, the window; the shares %d to %d lie in it", *r.Window, r.From, r.To))
	} else {
		r.Steps = append(r.Steps, fmt.Sprintf("the shares %d to %d count", r.From, r.To))
	}
	r.Steps = append(r.Steps, fmt.Sprintf("W' = %s, the weight of those shares", r.Weight))
	for _, p := range r.Parts[:min(exampleParts, len(r.Parts))] {
		line := fmt.Sprintf("%s: floor(P × %s ÷ W')", p.Name, p.Weight)
		if p.Extra {
			line += " + 1, one of the units that the division leaves over"
		}
		r.Steps = append(r.Steps, fmt.Sprintf("%s = %d", line, p.Amount))
	}
	if more := len(r.Parts) - exampleParts; more > 0 {
		r.Steps = append(r.Steps, fmt.Sprintf("and %s more in the same way", count(more, "member")))
	}
	r.Steps = append(r.Steps, fmt.Sprintf("all amounts together = %d = P", total(r.Parts)))
}

func feeLine(c Coin, percent float64, fee, rest Atomic) string {
	if fee == 0 {
		return "The operator keeps nothing of it."
	}
	return fmt.Sprintf("The operator keeps %s %%, that is %s %s; %s %s is divided.", number(percent), c.Text(fee), c.Symbol, c.Text(rest), c.Symbol)
}

// ppm is a percentage in millionths.
func ppm(percent float64) uint64 { return uint64(percent*10_000 + 0.5) }

// split is the fee of an amount and what remains: F = floor(R*ppm/10^6).
func split(r Atomic, ppm uint64) (fee, rest Atomic) {
	f := new(big.Int).SetUint64(uint64(r))
	f.Mul(f, new(big.Int).SetUint64(ppm)).Quo(f, big.NewInt(1_000_000))
	fee = Atomic(f.Uint64())
	return fee, r - fee
}

func total(parts []RoundPart) *big.Int {
	sum := new(big.Int)
	for _, p := range parts {
		sum.Add(sum, new(big.Int).SetUint64(uint64(p.Amount)))
	}
	return sum
}

func round2(v float64) float64 { return float64(int64(v*100+0.5)) / 100 }

// Online reports whether a member of this status is connected.
func Online(status string) bool { return status == Idle || status == Mining }
