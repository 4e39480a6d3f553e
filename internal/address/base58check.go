package address

import (
	"bytes"
	"crypto/sha256"
	"math/big"
	"strings"
)

// base58check as Bitcoin has it: version byte, 20 bytes of hash, four bytes of sha256d over both, written as one big
// number in base 58 with a leading 1 for each leading zero byte. Source: bitcoin src/base58.cpp, src/key_io.cpp.
const (
	hashSize       = 20
	base58Longest  = 35 // characters of 25 bytes
	base58Shortest = 26
)

// EncodeBase58Check writes version and hash as an address.
func EncodeBase58Check(version byte, hash []byte) string {
	raw := append([]byte{version}, hash...)
	return encodeBig58(append(raw, doubleSHA(raw)...))
}

func encodeBig58(raw []byte) string {
	var out []byte
	n, base, digit := new(big.Int).SetBytes(raw), big.NewInt(58), new(big.Int)
	for n.Sign() > 0 {
		n.DivMod(n, base, digit)
		out = append(out, alphabet[digit.Int64()])
	}
	for i := 0; i < len(raw) && raw[i] == 0; i++ {
		out = append(out, alphabet[0])
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return string(out)
}

// decodeBase58Check returns version and hash; ok is false where a character, the length or the checksum is wrong.
func decodeBase58Check(s string) (version byte, hash []byte, ok bool) {
	if len(s) < base58Shortest || len(s) > base58Longest {
		return 0, nil, false
	}
	n, base := new(big.Int), big.NewInt(58)
	for i := range len(s) {
		digit := strings.IndexByte(alphabet, s[i])
		if digit < 0 {
			return 0, nil, false
		}
		n.Add(n.Mul(n, base), big.NewInt(int64(digit)))
	}
	raw := n.Bytes()
	for i := 0; i < len(s) && s[i] == alphabet[0]; i++ {
		raw = append([]byte{0}, raw...)
	}
	if len(raw) != 1+hashSize+checksumSize || !bytes.Equal(doubleSHA(raw[:1+hashSize]), raw[1+hashSize:]) {
		return 0, nil, false
	}
	return raw[0], raw[1 : 1+hashSize], true
}

// doubleSHA is the first four bytes of sha256d.
func doubleSHA(b []byte) []byte {
	first := sha256.Sum256(b)
	second := sha256.Sum256(first[:])
	return second[:checksumSize]
}
