package payout

import (
	"math"
	"math/big"
	"math/bits"

	"github.com/adit-mining/adit"
)

// Weight is what shares count for when money is divided: a whole number of 128 bits. Its unit is that of the Measure.
type Weight struct{ Hi, Lo uint64 }

// One is the score of a whole block's worth of work: 2^64.
var One = Weight{Hi: 1}

// Heaviest is the largest Weight.
var Heaviest = Weight{math.MaxUint64, math.MaxUint64}

// Score is S = floor(d·2^64/D), the share's part of a block as 64-bit fixed point (facts of PPLNS, "unit PPLNS": a share
// counts by the difficulty it was assigned over the network's when its job was made). A D of zero, which no chain has,
// gives zero. A d of 2^64 blocks and more gives the largest Weight.
func Score(d, network adit.Hashes) Weight {
	if network.IsZero() {
		return Weight{}
	}
	if d.Hi == 0 && network.Hi == 0 {
		hi, rest := d.Lo/network.Lo, d.Lo%network.Lo
		lo, _ := bits.Div64(rest, 0, network.Lo)
		return Weight{hi, lo}
	}
	b := d.Big()
	return weightOf(b.Div(b.Lsh(b, 64), network.Big()))
}

// WeightOf reads a number; one that does not fit becomes the largest Weight, a negative one zero.
func weightOf(b *big.Int) Weight { return Weight(adit.HashesBig(b)) }

// Windows is the weight of a window of so many millionths of a block: floor(2^64·ppm/10^6).
func Windows(ppm uint64) Weight {
	hi, lo := bits.Mul64(ppm, 1<<63)
	hi, lo = hi<<1|lo>>63, lo<<1 // ppm·2^64
	q, r := hi/million, hi%million
	low, _ := bits.Div64(r, lo, million)
	return Weight{q, low}
}

// Add is the sum; ok is false where it does not fit.
func (w Weight) Add(o Weight) (sum Weight, ok bool) {
	lo, c := bits.Add64(w.Lo, o.Lo, 0)
	hi, c := bits.Add64(w.Hi, o.Hi, c)
	return Weight{hi, lo}, c == 0
}

// Sub is the difference; o must not be greater.
func (w Weight) Sub(o Weight) Weight {
	lo, b := bits.Sub64(w.Lo, o.Lo, 0)
	hi, _ := bits.Sub64(w.Hi, o.Hi, b)
	return Weight{hi, lo}
}

// Cmp is -1, 0 or 1.
func (w Weight) Cmp(o Weight) int { return adit.Hashes(w).Cmp(adit.Hashes(o)) }

// IsZero reports whether it is nothing.
func (w Weight) IsZero() bool { return w == Weight{} }

// Big returns it as a big number.
func (w Weight) Big() *big.Int { return adit.Hashes(w).Big() }

// Float is the nearest float64, for people's eyes only.
func (w Weight) Float() float64 { return adit.Hashes(w).Float() }

// String is the decimal number.
func (w Weight) String() string { return adit.Hashes(w).String() }

// MarshalText writes the decimal number.
func (w Weight) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText reads a decimal number.
func (w *Weight) UnmarshalText(t []byte) error { return (*adit.Hashes)(w).UnmarshalText(t) }

// ParseWeight reads a decimal number.
func ParseWeight(s string) (w Weight, err error) { return w, w.UnmarshalText([]byte(s)) }
