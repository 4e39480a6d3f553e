package stratum

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/shared"
)

type e2e struct {
	Vectors []struct {
		Name   string          `json:"name"`
		Job    json.RawMessage `json:"job"`
		Target string          `json:"target_u64"`
		Diff   uint64          `json:"effective_diff"`
		Accept struct {
			Nonce, Result string
			Actual        uint64 `json:"actual_diff"`
		} `json:"accept"`
		Reject struct{ Nonce, Result string } `json:"reject_low_difficulty"`
	} `json:"vectors"`
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestVectorsEndToEnd(t *testing.T) {
	var v e2e
	if err := json.Unmarshal(shared.Read(t, "vectors/xmr-stratum-e2e.json"), &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Vectors) != 2 {
		t.Fatalf("%d vectors", len(v.Vectors))
	}
	for _, x := range v.Vectors {
		t.Run(x.Name, func(t *testing.T) {
			var j Job
			if err := json.Unmarshal(x.Job, &j); err != nil {
				t.Fatal(err)
			}
			var target uint64
			for _, b := range unhex(t, x.Target) {
				target = target<<8 | uint64(b)
			}
			if j.Target != target || j.Difficulty() != x.Diff {
				t.Fatalf("target %016x difficulty %d, want %016x %d", j.Target, j.Difficulty(), target, x.Diff)
			}
			if want := x.Name != "plain"; j.Nicehash != want {
				t.Fatalf("nicehash %v, want %v", j.Nicehash, want)
			}
			good, bad := [32]byte(unhex(t, x.Accept.Result)), [32]byte(unhex(t, x.Reject.Result))
			if !Meets(good, j.Target) || Meets(bad, j.Target) {
				t.Fatal("the target does not tell the good hash from the bad one")
			}
			if d := HashDifficulty(good); d != x.Accept.Actual {
				t.Fatalf("difficulty of the hash %d, want %d", d, x.Accept.Actual)
			}
			if j.Height == nil || *j.Height != 3000000 || j.Algorithm != adit.RandomX || j.NextSeedHash != nil {
				t.Fatalf("%+v", j)
			}
			blob, err := j.WithNonce(unhex(t, x.Accept.Nonce))
			if err != nil {
				t.Fatal(err)
			}
			if hex.EncodeToString(blob[39:43]) != x.Accept.Nonce || len(blob) != len(j.Blob) {
				t.Fatalf("nonce in blob: %x", blob[39:43])
			}
			if j.Nicehash {
				if _, err := j.WithNonce([]byte{0, 0, 0, 0}); err == nil {
					t.Fatal("the pool's byte may be changed")
				}
			}
			// What is written is read again as the same job, target for target.
			raw, err := json.Marshal(j)
			if err != nil {
				t.Fatal(err)
			}
			var again Job
			if err := json.Unmarshal(raw, &again); err != nil {
				t.Fatal(err)
			}
			if !again.Same(j) || again.SeedHash != j.SeedHash || *again.Height != *j.Height || again.Nicehash != j.Nicehash {
				t.Fatalf("round trip: %s", raw)
			}
			wire := j.Share(unhex(t, x.Accept.Nonce), good).wire("s")
			if wire.Nonce != x.Accept.Nonce || wire.Result != x.Accept.Result || wire.Algorithm != "rx/0" {
				t.Fatalf("%+v", wire)
			}
		})
	}
}

// The rows are computed by hand from XMRig's formula; f3220000 at 480045 is what pools send for that difficulty.
func TestParseTarget(t *testing.T) {
	for _, x := range []struct {
		in         string
		target     uint64
		difficulty uint64
	}{
		{"ffffffff", math.MaxUint64, 1},
		{"ffffff7f", math.MaxUint64 / 2, 2},
		{"cccccc0c", math.MaxUint64 / 20, 20},
		{"ffffff03", 0x03ffffffffffffff, 64},
		{"01000000", math.MaxUint64 / math.MaxUint32, math.MaxUint32},
		{"f3220000", math.MaxUint64 / 480045, 480045},
		{"ffffffffffffffff", math.MaxUint64, 1},
		{"0000000000000080", 1 << 63, 1},
		{"0100000000000000", 1, math.MaxUint64},
	} {
		got, err := ParseTarget(x.in)
		if err != nil || got != x.target || DifficultyOf(got) != x.difficulty {
			t.Errorf("%s: %016x difficulty %d, %v; want %016x %d", x.in, got, DifficultyOf(got), err, x.target, x.difficulty)
		}
	}
	for _, bad := range []string{"", "00000000", "0000000000000000", "ff", "ffffff", "ffffffffff", "zzzzzzzz", "ffffffffffffffffff"} {
		if got, err := ParseTarget(bad); err == nil {
			t.Errorf("%q is read as %x", bad, got)
		}
	}
}

func TestTargetRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.Uint64Range(1, math.MaxUint64).Draw(t, "difficulty")
		target := TargetOf(d)
		s := FormatTarget(target)
		back, err := ParseTarget(s)
		if err != nil || back != target {
			t.Fatalf("difficulty %d: target %016x is written as %s and read as %016x (%v)", d, target, s, back, err)
		}
		if d <= 1<<16 && (len(s) != 8 || DifficultyOf(back) != d) {
			t.Fatalf("difficulty %d needs %s and becomes %d; miners of the 4-byte kind are shut out", d, s, DifficultyOf(back))
		}
	})
}

func TestRound3(t *testing.T) {
	for in, want := range map[float64]uint64{
		0: 1, -5: 1, 0.4: 1, 1: 1, 99.6: 100, 123.4: 123, 1234: 1230, 1235.1: 1240, 999500: 1000000, 480045: 480000,
		math.Inf(1): 1 << 63,
	} {
		if got := Round3(in); got != want {
			t.Errorf("%v: %d, want %d", in, got, want)
		}
	}
	if Round3(math.NaN()) != 1 {
		t.Error("NaN")
	}
}
