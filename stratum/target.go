package stratum

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/bits"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum/jsonline"
)

// A target of the XMR dialect is 64 bits wide: a hash meets it when the number in its last eight bytes, little-endian,
// is smaller. Difficulty is the expected number of hashes for one share: (2^64-1) / target.

// TargetOf returns the target of a difficulty; a difficulty of 0 counts as 1.
func TargetOf(difficulty uint64) uint64 {
	return math.MaxUint64 / max(difficulty, 1)
}

// DifficultyOf returns the difficulty of a target; a target of 0 counts as 1.
func DifficultyOf(target uint64) uint64 {
	return math.MaxUint64 / max(target, 1)
}

// HashDifficulty returns the highest difficulty this hash meets.
func HashDifficulty(hash [32]byte) uint64 {
	return DifficultyOf(tail(hash))
}

// Meets reports whether the hash is good enough. The comparison is strict, as in XMRig (CpuWorker.cpp).
func Meets(hash [32]byte, target uint64) bool { return tail(hash) < target }

func tail(hash [32]byte) uint64 { return binary.LittleEndian.Uint64(hash[24:]) }

// ParseTarget reads a job's target: 4 or 8 bytes, little-endian, as hex. The short form is widened exactly as XMRig
// does it (Job.cpp setTarget: (2^64-1) / ((2^32-1) / t)), else shares at the edge would be refused.
func ParseTarget(s string) (uint64, error) {
	raw, err := hex.DecodeString(s)
	if err != nil {
		return 0, adit.InvalidField("target", "%q is not hex", jsonline.Clip(s))
	}
	var target uint64
	switch len(raw) {
	case 4:
		target = widen(binary.LittleEndian.Uint32(raw))
	case 8:
		target = binary.LittleEndian.Uint64(raw)
	default:
		return 0, adit.InvalidField("target", "%d bytes where 4 or 8 are expected", len(raw))
	}
	if target == 0 {
		return 0, adit.InvalidField("target", "zero cannot be met by any hash")
	}
	return target, nil
}

func widen(t uint32) uint64 {
	if t == 0 {
		return 0
	}
	return math.MaxUint64 / (math.MaxUint32 / uint64(t))
}

// FormatTarget writes a target as hex: 4 bytes where every miner widens them to exactly this target, else 8.
func FormatTarget(target uint64) string {
	var b [8]byte
	// The short form is floor((2^32-1)/difficulty); shifting alone would be one too small for some difficulties.
	short := uint32(math.MaxUint32 / max(DifficultyOf(target), 1))
	if widen(short) == target {
		binary.LittleEndian.PutUint32(b[:4], short)
		return hex.EncodeToString(b[:4])
	}
	binary.LittleEndian.PutUint64(b[:], target)
	return hex.EncodeToString(b[:])
}

// Round3 rounds a difficulty to three significant digits, never below 1: what people read and vardiff steps by.
func Round3(difficulty float64) uint64 {
	if !(difficulty >= 1) { // also NaN
		return 1
	}
	if difficulty >= math.MaxUint64/2 {
		return 1 << (bits.UintSize - 1)
	}
	scale := math.Pow(10, math.Max(0, math.Floor(math.Log10(difficulty))-2))
	return uint64(math.Round(difficulty/scale) * scale)
}
