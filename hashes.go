package adit

import (
	"math"
	"math/big"
	"math/bits"
)

// Hashes is a difficulty as the number of hashes it takes on average: exact, 128 bits wide, the same unit for every
// algorithm. A Bitcoin difficulty of 1 is 2^32 hashes; a Monero difficulty is the number itself.
type Hashes struct{ Hi, Lo uint64 }

// HashesOf makes Hashes of a whole number.
func HashesOf(n uint64) Hashes { return Hashes{Lo: n} }

// HashesFloat rounds a positive number down to Hashes; what is not positive or not finite becomes 0.
func HashesFloat(f float64) Hashes {
	if !(f >= 1) || math.IsInf(f, 0) {
		return Hashes{}
	}
	if f < 1<<63 {
		return Hashes{Lo: uint64(f)}
	}
	b, _ := new(big.Float).SetFloat64(f).Int(nil)
	return HashesBig(b)
}

// HashesBig makes Hashes of a number, the largest where it does not fit; a negative one becomes 0.
func HashesBig(b *big.Int) Hashes {
	switch {
	case b.Sign() <= 0:
		return Hashes{}
	case b.BitLen() > 128:
		return Hashes{math.MaxUint64, math.MaxUint64}
	}
	var raw [16]byte
	b.FillBytes(raw[:])
	var h Hashes
	for i := range 8 {
		h.Hi = h.Hi<<8 | uint64(raw[i])
		h.Lo = h.Lo<<8 | uint64(raw[8+i])
	}
	return h
}

// Big returns it as a big number.
func (h Hashes) Big() *big.Int {
	b := new(big.Int).SetUint64(h.Hi)
	return b.Lsh(b, 64).Or(b, new(big.Int).SetUint64(h.Lo))
}

// Float returns it as the nearest float64.
func (h Hashes) Float() float64 { return math.Ldexp(float64(h.Hi), 64) + float64(h.Lo) }

// IsZero reports whether it is nothing.
func (h Hashes) IsZero() bool { return h == Hashes{} }

// Cmp is -1, 0 or 1.
func (h Hashes) Cmp(o Hashes) int {
	switch {
	case h.Hi != o.Hi && h.Hi < o.Hi, h.Hi == o.Hi && h.Lo < o.Lo:
		return -1
	case h == o:
		return 0
	}
	return 1
}

// Add returns the sum, the largest Hashes where it does not fit.
func (h Hashes) Add(o Hashes) Hashes {
	lo, c := bits.Add64(h.Lo, o.Lo, 0)
	hi, c := bits.Add64(h.Hi, o.Hi, c)
	if c != 0 {
		return Hashes{math.MaxUint64, math.MaxUint64}
	}
	return Hashes{hi, lo}
}

// String is the decimal number.
func (h Hashes) String() string { return h.Big().String() }

// MarshalText writes the decimal number.
func (h Hashes) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads a decimal number.
func (h *Hashes) UnmarshalText(t []byte) error {
	b, ok := new(big.Int).SetString(string(t), 10)
	if !ok || b.Sign() < 0 || b.BitLen() > 128 {
		return InvalidField("hashes", "a whole number from 0 to 2^128-1 is expected")
	}
	*h = HashesBig(b)
	return nil
}
