package address_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/address"
	"github.com/adit-mining/adit/internal/address/addresstest"
)

func TestEveryNetworkAndKind(t *testing.T) {
	for _, p := range address.MoneroPrefixes {
		for range 20 {
			a := addresstest.Generate(t, p.Network, p.Kind, nil)
			info, err := address.Check("xmr", a)
			if err != nil || info != p.Info {
				t.Errorf("%v: %s reads as %+v, %v", p.Info, a, info, err)
			}
			want := 95
			if p.Kind == address.Integrated {
				want = 106
			}
			if len(a) != want {
				t.Errorf("%v has %d characters, want %d", p.Info, len(a), want)
			}
			_, err = address.CheckMainnet("XMR", a)
			if p.Network == address.Mainnet && err != nil || p.Network != address.Mainnet && !strings.Contains(err.Error(), "this is a "+string(p.Network)+" address") {
				t.Errorf("%v: for real coins: %v", p.Info, err)
			}
		}
	}
}

// TestFirstCharacter is what people know of Monero's addresses: 4 and 8 on the main network, 9 or A and B on testnet,
// 5 and 7 on stagenet. It ties the encoding to the outside world.
func TestFirstCharacter(t *testing.T) {
	f := func(network address.Network, kind address.Kind, first string) {
		t.Helper()
		for range 50 {
			if a := addresstest.Generate(t, network, kind, nil); !strings.Contains(first, a[:1]) {
				t.Errorf("a %s %s address begins with %s, want one of %s", network, kind, a[:1], first)
			}
		}
	}
	f(address.Mainnet, address.Standard, "4")
	f(address.Mainnet, address.Integrated, "4")
	f(address.Mainnet, address.Subaddress, "8")
	f(address.Testnet, address.Standard, "9A")
	f(address.Testnet, address.Subaddress, "B")
	f(address.Stagenet, address.Standard, "5")
	f(address.Stagenet, address.Subaddress, "7")
}

func TestEveryMistypedCharacterIsFound(t *testing.T) {
	for _, kind := range []address.Kind{address.Standard, address.Integrated} {
		a := addresstest.Generate(t, address.Mainnet, kind, nil)
		for i := range a {
			for _, c := range "1a9Z" {
				b := a[:i] + string(c) + a[i+1:]
				if b == a {
					continue
				}
				if _, err := address.Check("XMR", b); err == nil || !strings.Contains(err.Error(), "mistyped") {
					t.Fatalf("character %d changed to %c: %v", i, c, err)
				}
			}
		}
		for i := range len(a) - 1 {
			b := a[:i] + a[i+1:i+2] + a[i:i+1] + a[i+2:]
			if _, err := address.Check("XMR", b); b != a && err == nil {
				t.Fatalf("characters %d and %d changed places: not found", i, i+1)
			}
		}
	}
}

func TestErrorsNameWhatIsWrong(t *testing.T) {
	a := addresstest.Monero(t)
	f := func(coin, s, want string) {
		t.Helper()
		_, err := address.Check(coin, s)
		if adit.CodeOf(err) != adit.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", s, err, want)
		}
		if len(s) > 20 && err != nil && strings.Contains(err.Error(), s[20:]) {
			t.Errorf("the error repeats the address: %v", err)
		}
	}
	f("XMR", "", "address: it is empty")
	f("XMR", a+"\n", "space or a line break")
	f("XMR", a[:47]+" "+a[47:], "space or a line break")
	f("XMR", a[:94], "it has 94 characters")
	f("XMR", a+a[:1], "it has 96 characters")
	f("XMR", a[:10]+"0"+a[11:], "character 11 is '0'")
	f("XMR", a[:10]+"ä"+a[11:], "character 11 is 'ä'")
	f("XMR", strings.Repeat("z", 95), "no Monero address")
	f("XMR", strings.Repeat("1", 95), "checksum does not match")
	f("DOGE", a, "coin: addresses of \"DOGE\" cannot be checked: adit knows XMR, BTC, SYL")
	f("BTC", a, "it is no Bitcoin address")
	f("XMR", encode(1, 64), "another coin (network byte 1)")
	f("XMR", encode(18, 72), "its length does not fit")
	f("XMR", encode(19, 64), "its length does not fit")
	if _, err := address.Check("monero", a); err != nil {
		t.Errorf("the coin's name: %v", err)
	}
}

// encode makes a text with a right checksum but any prefix and size.
func encode(prefix byte, size int) string {
	body := append([]byte{prefix}, make([]byte, size)...)
	return address.EncodeBase58(append(body, address.Checksum(body)...))
}

func TestGenerateRepeats(t *testing.T) {
	seeded := func() string {
		return addresstest.Generate(t, address.Mainnet, address.Standard, rand.NewChaCha8([32]byte{1}))
	}
	if seeded() != seeded() {
		t.Error("the same randomness gives different addresses")
	}
}

// TestBase58OfKnownBytes has the vectors of Monero's own tests/unit_tests/base58.cpp.
func TestBase58OfKnownBytes(t *testing.T) {
	f := func(b []byte, want string) {
		t.Helper()
		if got := address.EncodeBase58(b); got != want {
			t.Errorf("%x is %q, want %q", b, got, want)
		}
	}
	f([]byte{0x00}, "11")
	f([]byte{0x39}, "1z")
	f([]byte{0xff}, "5Q")
	f([]byte{0x00, 0x00}, "111")
	f([]byte{0x00, 0x39}, "11z")
	f([]byte{0x01, 0x00}, "15R")
	f([]byte{0xff, 0xff}, "LUv")
	f(bytes.Repeat([]byte{0}, 8), "11111111111")
	f(bytes.Repeat([]byte{0xff}, 8), "jpXCZedGfVQ")
	f([]byte{0x06, 0x15, 0x60, 0x13, 0x76, 0x28, 0x79, 0xf7}, "22222222222")
	f([]byte{0x05, 0xe0, 0x22, 0xba, 0x37, 0x4b, 0x2a, 0x00}, "1z111111111")
}

func FuzzCheck(f *testing.F) {
	f.Add("XMR", addresstest.Monero(f))
	f.Add("XMR", addresstest.Generate(f, address.Stagenet, address.Integrated, nil))
	f.Add("XMR", strings.Repeat("z", 106))
	for _, kind := range addresstest.BitcoinKinds {
		f.Add("BTC", addresstest.Bitcoin(f, "BTC", address.Mainnet, kind))
		f.Add("SYL", addresstest.Bitcoin(f, "SYL", address.Regtest, kind))
	}
	f.Fuzz(func(t *testing.T, coin, s string) {
		info, err := address.Check(coin, s)
		if err == nil && (info.Network == "" || info.Kind == "" || len(s) < 14 || len(s) > 106) {
			t.Fatalf("%q is said to be good: %+v", s, info)
		}
		if err != nil && adit.CodeOf(err) != adit.Invalid {
			t.Fatalf("%q: %v", s, err)
		}
	})
}
