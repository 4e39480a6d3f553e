package addresstest

import (
	"crypto/rand"
	"crypto/sha256"
	"testing"

	"github.com/adit-mining/adit/internal/address"
)

// BitcoinKinds are the kinds that Bitcoin makes and whose outputs have an owner.
var BitcoinKinds = []address.Kind{address.PubKeyHash, address.ScriptHash, address.WitnessKeyHash, address.WitnessScriptHash, address.Taproot}

// Bitcoin returns a random address of a Bitcoin-like coin.
func Bitcoin(t testing.TB, symbol string, network address.Network, kind address.Kind) string {
	t.Helper()
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		t.Fatal(err)
	}
	return BitcoinOf(t, symbol, network, kind, raw)
}

// BitcoinOf is Bitcoin with the given 32 bytes: hash of a script, output key, or what is cut to a shorter hash.
func BitcoinOf(t testing.TB, symbol string, network address.Network, kind address.Kind, raw []byte) string {
	t.Helper()
	for _, p := range address.BitcoinPrefixes {
		if p.Symbol != symbol || p.Network != network {
			continue
		}
		switch kind {
		case address.PubKeyHash:
			return address.EncodeBase58Check(p.PubKeyHash, raw[:20])
		case address.ScriptHash:
			return address.EncodeBase58Check(p.ScriptHash, raw[:20])
		case address.WitnessKeyHash:
			return address.EncodeSegwit(p.HRP, 0, raw[:20])
		case address.WitnessScriptHash:
			return address.EncodeSegwit(p.HRP, 0, raw[:32])
		case address.Taproot:
			return address.EncodeSegwit(p.HRP, 1, raw[:32])
		case address.WitnessUnknown:
			return address.EncodeSegwit(p.HRP, 2, raw[:32])
		}
	}
	t.Fatalf("there is no %s address of %s on %s", kind, symbol, network)
	return ""
}

// Anyone returns the address of a witness script that is true by itself, so that tests can spend what it got without
// keys, and the script.
func Anyone(t testing.TB, symbol string, network address.Network) (addr string, script []byte) {
	t.Helper()
	script = []byte{0x51} // OP_TRUE
	hash := sha256.Sum256(script)
	return BitcoinOf(t, symbol, network, address.WitnessScriptHash, hash[:]), script
}
