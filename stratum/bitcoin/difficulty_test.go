package bitcoin

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/adit-mining/adit"
)

// The definition of the field, at its round numbers.
func TestDifficultyOne(t *testing.T) {
	one := adit.HashesOf(1 << 32)
	if h := HashesOf(1); h != one {
		t.Errorf("difficulty 1 is %v hashes", h)
	}
	if d := Difficulty(one); d != 1 {
		t.Errorf("2^32 hashes are difficulty %v", d)
	}
	t1 := new(big.Int).Lsh(big.NewInt(0xffff), 208)
	if got := TargetOf(one).Big(); got.Cmp(t1) != 0 {
		t.Errorf("the target of difficulty 1 is %x", got)
	}
	bits, ok := TargetOfBits(0x1d00ffff)
	if !ok || bits.Big().Cmp(t1) != 0 {
		t.Errorf("the bits of difficulty 1 are %x", bits.Big())
	}
	if h, _ := NetworkOf(0x1d00ffff); h != one {
		t.Errorf("a network of difficulty 1 takes %v hashes", h)
	}
	if h, _ := NetworkOf(0x207fffff); h != adit.HashesOf(1) { // regtest and simnet: 1.99998 hashes, rounded down
		t.Errorf("regtest takes %v hashes", h)
	}
	// What the rounding is: 2^256/(T1+1) = 4295032833, 1.5e-5 more than 2^32.
	exact := new(big.Int).Div(new(big.Int).Lsh(big.NewInt(1), 256), t1.Add(t1, big.NewInt(1)))
	if exact.Uint64() != 4295032833 {
		t.Errorf("exactly %v hashes", exact)
	}
}

func TestBits(t *testing.T) {
	for bits, want := range map[uint32]string{
		0x1d00ffff: "ffff0000000000000000000000000000000000000000000000000000",
		0x207fffff: "7fffff0000000000000000000000000000000000000000000000000000000000",
		0x03123456: "123456", 0x02123456: "1234", 0x01123456: "12", 0x04123456: "12345600",
		0x2100ffff: "ffff000000000000000000000000000000000000000000000000000000000000",
	} {
		if got, ok := TargetOfBits(bits); !ok || got.Big().Text(16) != want {
			t.Errorf("%08x is %s, want %s", bits, got.Big().Text(16), want)
		}
	}
	// Zero, negative, too wide: Bitcoin Core refuses each as a block's bits.
	for _, bits := range []uint32{0, 0x1d000000, 0x00123456, 0x01003456, 0x1d80ffff, 0x04923456, 0x22010000, 0x2300ffff, 0xff123456} {
		if got, ok := TargetOfBits(bits); ok {
			t.Errorf("%08x is taken for %s", bits, got.Big().Text(16))
		}
	}
}

// Meets, HashDifficulty and TargetOf are one definition.
func TestMeetsIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hash := [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "hash"))
		for i := range rapid.IntRange(0, 16).Draw(t, "zeros") {
			hash[31-i] = 0
		}
		h := adit.Hashes{Hi: rapid.Uint64().Draw(t, "hi") >> rapid.IntRange(0, 64).Draw(t, "shift"), Lo: rapid.Uint64Min(1).Draw(t, "lo")}
		n := number(hash).Big()
		want := new(big.Int).Mul(n, h.Big()).Cmp(amount) <= 0
		if Meets(hash, h) != want || TargetOf(h).Met(hash) != want {
			t.Fatalf("%x and %v: %v", hash, h, !want)
		}
		if best := HashDifficulty(hash); best != adit.HashesOf(1) && (!Meets(hash, best) || best.Cmp(adit.Hashes{Hi: math.MaxUint64, Lo: math.MaxUint64}) < 0 && Meets(hash, best.Add(adit.HashesOf(1)))) {
			t.Fatalf("%x does not exactly meet %v", hash, best)
		}
	})
}

// A miner who meets the number on the wire meets what we count, and who meets what we count of a pool's meets the pool's.
func TestWireRounding(t *testing.T) {
	two32 := new(big.Rat).SetInt64(1 << 32)
	rapid.Check(t, func(t *rapid.T) {
		h := adit.Hashes{Hi: rapid.Uint64().Draw(t, "hi") >> rapid.IntRange(0, 64).Draw(t, "shift"), Lo: rapid.Uint64Min(1).Draw(t, "lo")}
		d := Difficulty(h)
		exact := new(big.Rat).SetInt(h.Big())
		if exact.Quo(exact, two32); new(big.Rat).SetFloat64(d).Cmp(exact) < 0 || !near(d, h.Float()/(1<<32)) {
			t.Fatalf("%v hashes go out as %v", h, d)
		}
		if h.Hi == 0 && h.Lo < 1<<53 && HashesOf(d) != h {
			t.Fatalf("%v come back as %v", h, HashesOf(d))
		}
		f := rapid.Float64Range(1e-12, 1e20).Draw(t, "difficulty")
		up := new(big.Rat).SetInt(HashesOf(f).Big())
		if up.Quo(up, two32); up.Cmp(new(big.Rat).SetFloat64(f)) < 0 {
			t.Fatalf("%v is read as %v", f, HashesOf(f))
		}
	})
	for f, want := range map[float64]uint64{1e-300: 1, 0.001: 4294968, 0.5: 1 << 31, 1.5: 3 << 31, 8192: 8192 << 32} {
		if got := HashesOf(f); got != adit.HashesOf(want) {
			t.Errorf("difficulty %v is %v hashes, want %v", f, got, want)
		}
	}
	for _, f := range []float64{0, -1, math.NaN(), math.Inf(1), math.Inf(-1)} {
		if got := HashesOf(f); !got.IsZero() {
			t.Errorf("%v is %v hashes", f, got)
		}
	}
}

func TestWhole(t *testing.T) {
	for h, want := range map[uint64]float64{
		1 << 20: 1.0 / 4096, 1<<32 - 1: Difficulty(adit.HashesOf(1<<32 - 1)),
		1 << 32: 1, 3 << 31: 2, 5<<31 - 1: 2, 998*(1<<32) + 1<<31: 999, 998*(1<<32) + 1<<30: 998,
	} {
		if got := Difficulty(Whole(adit.HashesOf(h))); got != want {
			t.Errorf("%d hashes become difficulty %v, want %v", h, got, want)
		}
	}
}
