package bitcoin

import (
	"encoding/binary"
	"math"
	"math/big"

	"github.com/adit-mining/adit"
)

// Difficulty 1 is the target T1 = 0xffff * 2^208; a hash of the value h has the difficulty T1/h (node-stratum-pool,
// ckpool: truediffone). It takes 2^256/(T1+1) = 2^32 * 65536/65535 hashes on average; the field rounds that to 2^32,
// and so does adit.Hashes: difficulty = Hashes / 2^32, for shares, for members and for the network alike, which keeps
// their ratios exact. What one Hash is worth is therefore 1.5e-5 too little, for everybody the same.
//
// So with A = T1 * 2^32 = 0xffff * 2^240, all in integers:
//
//	target of Hashes n     = floor(A / n)
//	Hashes of a hash h     = floor(A / h)
//	h meets n           <=>  h * n <= A, whichever of the two is asked

var amount = new(big.Int).Lsh(big.NewInt(0xffff), 240) // A

// A Target is the largest hash that is good enough, as a 256-bit number, the least significant word first.
type Target [4]uint64

// TargetOf returns the target of a difficulty; zero counts as 1 hash.
func TargetOf(h adit.Hashes) Target {
	if h.IsZero() {
		h = adit.HashesOf(1)
	}
	return targetOf(new(big.Int).Div(amount, h.Big()))
}

// TargetOfBits expands the compact form of a header. ok is false for what no chain can mean: zero, negative, or wider
// than 256 bits. Source: Bitcoin Core, arith_uint256::SetCompact.
func TargetOfBits(bits uint32) (t Target, ok bool) {
	size, mantissa := int(bits>>24), int64(bits&0x007fffff)
	if bits&0x00800000 != 0 {
		return t, false
	}
	b := big.NewInt(mantissa)
	if size <= 3 {
		b.Rsh(b, uint(8*(3-size)))
	} else {
		b.Lsh(b, uint(8*(size-3)))
	}
	if b.Sign() == 0 || b.BitLen() > 256 {
		return t, false
	}
	return targetOf(b), true
}

func targetOf(b *big.Int) (t Target) {
	var raw [32]byte
	b.FillBytes(raw[:])
	for i := range t {
		t[i] = binary.BigEndian.Uint64(raw[24-8*i:])
	}
	return t
}

func number(hash [32]byte) (t Target) {
	for i := range t {
		t[i] = binary.LittleEndian.Uint64(hash[8*i:])
	}
	return t
}

// Big returns it as a number.
func (t Target) Big() *big.Int {
	var raw [32]byte
	for i, w := range t {
		binary.BigEndian.PutUint64(raw[24-8*i:], w)
	}
	return new(big.Int).SetBytes(raw[:])
}

// Met reports whether a hash is at most the target.
func (t Target) Met(hash [32]byte) bool {
	n := number(hash)
	for i := 3; i >= 0; i-- {
		if n[i] != t[i] {
			return n[i] < t[i]
		}
	}
	return true
}

// Hashes returns the highest difficulty that a hash of exactly this value meets, rounded down, at least 1. A network's
// difficulty is that of its target: rounded down a share at the edge is rather taken for a block than not; Job.Solves is
// exact.
func (t Target) Hashes() adit.Hashes {
	b := t.Big()
	if b.Sign() == 0 {
		return adit.HashesBig(amount)
	}
	h := adit.HashesBig(b.Div(amount, b))
	if h.IsZero() {
		return adit.HashesOf(1)
	}
	return h
}

// HashDifficulty returns the highest difficulty a hash meets.
func HashDifficulty(hash [32]byte) adit.Hashes { return number(hash).Hashes() }

// Meets reports whether a hash is good enough for a difficulty, exactly. Zero is met by everything up to A.
func Meets(hash [32]byte, h adit.Hashes) bool { return TargetOf(h).Met(hash) }

// NetworkOf returns the difficulty of a header's compact bits; ok is false where they mean nothing.
func NetworkOf(bits uint32) (h adit.Hashes, ok bool) {
	t, ok := TargetOfBits(bits)
	if !ok {
		return h, false
	}
	return t.Hashes(), true
}

// HashesOf returns a difficulty of the wire as Hashes, rounded up: what meets them meets the wire's, too. What is not
// positive or not finite becomes zero, what is below one hash becomes one.
func HashesOf(difficulty float64) adit.Hashes {
	if !(difficulty > 0) || math.IsInf(difficulty, 0) {
		return adit.Hashes{}
	}
	b, acc := new(big.Float).SetMantExp(big.NewFloat(difficulty), 32).Int(nil)
	if acc == big.Below {
		b.Add(b, big.NewInt(1))
	}
	return adit.HashesBig(b)
}

// Difficulty returns Hashes as the wire's difficulty: the least float64 that is not below, so that a miner who meets it
// meets the Hashes.
func Difficulty(h adit.Hashes) float64 {
	exact := new(big.Rat).SetFrac(h.Big(), new(big.Int).Lsh(big.NewInt(1), 32))
	f, _ := exact.Float64()
	if back := new(big.Rat).SetFloat64(f); back != nil && back.Cmp(exact) < 0 {
		f = math.Nextafter(f, math.Inf(1))
	}
	return f
}

// Whole rounds to a whole difficulty where it is 1 or more, to the nearest: some firmware cuts the fraction of
// mining.set_difficulty off, and would then hand in shares that are refused. Smaller difficulties, which only tests and
// hobby devices have, stay.
func Whole(h adit.Hashes) adit.Hashes {
	one := adit.HashesOf(1 << 32)
	if h.Cmp(one) < 0 {
		return h
	}
	b := h.Add(adit.HashesOf(1 << 31)).Big()
	b.Rsh(b, 32)
	return adit.HashesBig(b.Lsh(b, 32))
}
