package address

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/sha3"
)

// Prefix is the first byte of an address before base58, which tells network and kind.
// Source: monero src/cryptonote_config.h, CRYPTONOTE_PUBLIC_*_BASE58_PREFIX of each network.
type Prefix struct {
	Byte byte
	Info
}

// MoneroPrefixes lists them all.
var MoneroPrefixes = []Prefix{
	{18, Info{Mainnet, Standard}}, {19, Info{Mainnet, Integrated}}, {42, Info{Mainnet, Subaddress}},
	{53, Info{Testnet, Standard}}, {54, Info{Testnet, Integrated}}, {63, Info{Testnet, Subaddress}},
	{24, Info{Stagenet, Standard}}, {25, Info{Stagenet, Integrated}}, {36, Info{Stagenet, Subaddress}},
}

// The sizes in bytes; prefixes below 128 take one byte as a varint.
const (
	keysSize     = 2 * 32 // public spend and view key
	paymentID    = 8
	checksumSize = 4
)

// The lengths in characters that follow: 69 and 77 bytes in base58 blocks of 8 bytes to 11 characters.
const (
	standardLength   = 95
	integratedLength = 106
)

func checkMonero(address string) (Info, error) {
	if n := utf8.RuneCountInString(address); n != standardLength && n != integratedLength {
		return Info{}, bad("it has %d characters, an address has %d (or %d with a payment ID): it was cut or something was added", n, standardLength, integratedLength)
	}
	if i := strings.IndexFunc(address, func(r rune) bool { return !strings.ContainsRune(alphabet, r) }); i >= 0 {
		r := []rune(address[i:])[0]
		return Info{}, bad("character %d is %q, which no address contains (0, O, I and l are left out): it was mistyped", i+1, r)
	}
	raw, ok := decodeBase58(address)
	if !ok {
		return Info{}, bad("it is no Monero address: one character was mistyped or the address was cut")
	}
	body, sum := raw[:len(raw)-checksumSize], raw[len(raw)-checksumSize:]
	if !bytes.Equal(Checksum(body), sum) {
		return Info{}, bad("its checksum does not match: one character was mistyped or cut")
	}
	return readPrefix(body)
}

func readPrefix(body []byte) (Info, error) {
	for _, p := range MoneroPrefixes {
		if p.Byte != body[0] {
			continue
		}
		want := 1 + keysSize
		if p.Kind == Integrated {
			want += paymentID
		}
		if len(body) != want {
			return Info{}, bad("its length does not fit a Monero %s address", p.Kind)
		}
		return p.Info, nil
	}
	return Info{}, bad("it is an address of another coin (network byte %d), not of Monero", body[0])
}

// Checksum is the first four bytes of Keccak-256 (the original padding, not SHA3) over the bytes before it.
func Checksum(body []byte) []byte {
	h := sha3.NewLegacyKeccak256()
	h.Write(body)
	return h.Sum(nil)[:checksumSize]
}
