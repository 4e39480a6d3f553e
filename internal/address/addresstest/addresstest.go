// Package addresstest makes valid addresses for tests, so that no real one stands in the repository. Nobody holds the
// keys of what it makes: coins paid there are lost, so it must never be used outside tests. It imports internal/address.
// Start reading at Generate.
package addresstest

import (
	"crypto/ed25519"
	"crypto/rand"
	"io"
	"testing"

	"github.com/adit-mining/adit/internal/address"
)

// Monero returns a random standard address of Monero's main network.
func Monero(t testing.TB) string {
	t.Helper()
	return Generate(t, address.Mainnet, address.Standard, nil)
}

// Generate returns a random Monero address; random nil means the system's randomness. Its two keys are points of the
// curve, as real ones are.
func Generate(t testing.TB, network address.Network, kind address.Kind, random io.Reader) string {
	t.Helper()
	for _, p := range address.MoneroPrefixes {
		if p.Info != (address.Info{Network: network, Kind: kind}) {
			continue
		}
		body := append([]byte{p.Byte}, point(t, random)...)
		body = append(body, point(t, random)...)
		if kind == address.Integrated {
			body = append(body, point(t, random)[:8]...)
		}
		return address.EncodeBase58(append(body, address.Checksum(body)...))
	}
	t.Fatalf("there is no %s address on %s", kind, network)
	return ""
}

// point is an Ed25519 public key: a multiple of the base point, which is what Monero's keys are too.
func point(t testing.TB, random io.Reader) []byte {
	t.Helper()
	if random == nil {
		random = rand.Reader
	}
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(random, seed); err != nil {
		t.Fatal(err)
	}
	return ed25519.NewKeyFromSeed(seed)[ed25519.SeedSize:]
}
