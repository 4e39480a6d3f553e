package address

import (
	"encoding/binary"
	"math/bits"
	"strings"
)

// alphabet is Bitcoin's; Monero uses it in blocks: each 8 bytes become 11 characters, a shorter rest as blockLength
// says, big-endian, so that the length of an address is fixed. Source: monero src/common/base58.cpp.
const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// blockLength[n] is the number of characters of n bytes.
var blockLength = [9]int{0, 2, 3, 5, 6, 7, 9, 10, 11}

// EncodeBase58 writes bytes in Monero's base58.
func EncodeBase58(b []byte) string {
	var out strings.Builder
	for len(b) > 0 {
		n := min(8, len(b))
		var wide [8]byte
		copy(wide[8-n:], b[:n])
		v := binary.BigEndian.Uint64(wide[:])
		block := make([]byte, blockLength[n])
		for i := len(block) - 1; i >= 0; i-- {
			block[i] = alphabet[v%58]
			v /= 58
		}
		out.Write(block)
		b = b[n:]
	}
	return out.String()
}

// decodeBase58 reads Monero's base58; ok is false for a foreign character, a length that no number of bytes has, and a
// block whose value does not fit its bytes.
func decodeBase58(s string) (b []byte, ok bool) {
	for len(s) > 0 {
		k := min(blockLength[8], len(s))
		n := bytesOf(k)
		if n == 0 {
			return nil, false
		}
		v, ok := blockValue(s[:k])
		if !ok || n < 8 && v>>(8*n) != 0 {
			return nil, false
		}
		var wide [8]byte
		binary.BigEndian.PutUint64(wide[:], v)
		b = append(b, wide[8-n:]...)
		s = s[k:]
	}
	return b, true
}

// bytesOf is the number of bytes that k characters hold, 0 where no number does.
func bytesOf(k int) int {
	for n, length := range blockLength {
		if length == k {
			return n
		}
	}
	return 0
}

func blockValue(s string) (uint64, bool) {
	var v uint64
	for i := range len(s) {
		digit := strings.IndexByte(alphabet, s[i])
		if digit < 0 {
			return 0, false
		}
		high, low := bits.Mul64(v, 58)
		sum, carry := bits.Add64(low, uint64(digit), 0)
		if high != 0 || carry != 0 {
			return 0, false
		}
		v = sum
	}
	return v, true
}
