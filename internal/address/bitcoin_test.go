package address_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/address"
	"github.com/adit-mining/adit/internal/address/addresstest"
)

func TestBitcoinNetworksAndKinds(t *testing.T) {
	for _, p := range address.BitcoinPrefixes {
		for _, kind := range addresstest.BitcoinKinds {
			for range 20 {
				a := addresstest.Bitcoin(t, p.Symbol, p.Network, kind)
				want := address.Info{Network: p.Network, Kind: kind}
				if p.Network == address.Regtest && (kind == address.PubKeyHash || kind == address.ScriptHash) {
					want.Network = address.Testnet // they share their version bytes
				}
				info, err := address.Check(p.Symbol, a)
				if err != nil || info != want {
					t.Errorf("%s %v: %s reads as %+v, %v", p.Symbol, want, a, info, err)
				}
				_, err = address.CheckMainnet(p.Symbol, a)
				if p.Network == address.Mainnet && err != nil || p.Network != address.Mainnet && err == nil {
					t.Errorf("%s %v: for real coins: %v", p.Symbol, want, err)
				}
				if _, err := address.Check("XMR", a); err == nil {
					t.Errorf("%s is taken for Monero's", a)
				}
				for _, other := range []string{"BTC", "SYL"} {
					if other != p.Symbol {
						if _, err := address.Check(other, a); err == nil || !strings.Contains(err.Error(), "it is an address of ") {
							t.Errorf("%s of %s for %s: %v", a, p.Symbol, other, err)
						}
					}
				}
			}
		}
	}
}

// TestBitcoinFirstCharacters is what people know of these addresses; it ties the encoding to the outside world.
// OpenSY's own chainparams.cpp says F for its main network and f for its test networks.
func TestBitcoinFirstCharacters(t *testing.T) {
	f := func(symbol string, network address.Network, kind address.Kind, first string, lengths ...int) {
		t.Helper()
		for range 50 {
			a := addresstest.Bitcoin(t, symbol, network, kind)
			ok := false
			for _, n := range lengths {
				ok = ok || len(a) == n
			}
			begins := false
			for _, p := range strings.Fields(first) {
				begins = begins || strings.HasPrefix(a, p)
			}
			if !begins || !ok {
				t.Errorf("a %s %s %s address begins with %s and has %d characters", symbol, network, kind, a[:4], len(a))
			}
		}
	}
	f("BTC", address.Mainnet, address.PubKeyHash, "1", 26, 27, 28, 29, 30, 31, 32, 33, 34)
	f("BTC", address.Mainnet, address.ScriptHash, "3", 34)
	f("BTC", address.Testnet, address.PubKeyHash, "m n", 34)
	f("BTC", address.Testnet, address.ScriptHash, "2", 35)
	f("BTC", address.Simnet, address.PubKeyHash, "S", 34)
	f("BTC", address.Simnet, address.ScriptHash, "r", 34)
	f("BTC", address.Mainnet, address.WitnessKeyHash, "bc1q", 42)
	f("BTC", address.Mainnet, address.WitnessScriptHash, "bc1q", 62)
	f("BTC", address.Mainnet, address.Taproot, "bc1p", 62)
	f("BTC", address.Regtest, address.WitnessKeyHash, "bcrt1q", 44)
	f("SYL", address.Mainnet, address.PubKeyHash, "F", 34)
	f("SYL", address.Mainnet, address.ScriptHash, "F", 34)
	f("SYL", address.Testnet, address.PubKeyHash, "f", 34)
	f("SYL", address.Testnet, address.ScriptHash, "f g", 34) // its comment says f alone
	f("SYL", address.Mainnet, address.WitnessKeyHash, "syl1q", 43)
}

func TestBitcoinMistypedCharactersAreFound(t *testing.T) {
	for _, kind := range addresstest.BitcoinKinds {
		a := addresstest.Bitcoin(t, "BTC", address.Mainnet, kind)
		for i := range a {
			for _, c := range "1a9Zq" {
				b := a[:i] + string(c) + a[i+1:]
				if b == a {
					continue
				}
				if _, err := address.Check("BTC", b); err == nil {
					t.Fatalf("%s: character %d changed to %c: not found", kind, i, c)
				}
			}
		}
		for i := range len(a) - 1 {
			b := a[:i] + a[i+1:i+2] + a[i:i+1] + a[i+2:]
			if _, err := address.Check("BTC", b); b != a && err == nil {
				t.Fatalf("%s: characters %d and %d changed places: not found", kind, i, i+1)
			}
		}
		for _, b := range []string{a[:len(a)-1], a + "q", a + a, a[1:]} {
			if _, err := address.Check("BTC", b); err == nil {
				t.Fatalf("%s: cut or stretched: not found", kind)
			}
		}
	}
}

func TestBitcoinErrorsNameWhatIsWrong(t *testing.T) {
	f := func(s, want string) {
		t.Helper()
		_, err := address.Check("BTC", s)
		if adit.CodeOf(err) != adit.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", s, err, want)
		}
		if _, _, again := address.Script("bitcoin", s); again == nil || again.Error() != err.Error() {
			t.Errorf("Script says %v, Check %v", again, err)
		}
	}
	witness := addresstest.Bitcoin(t, "BTC", address.Mainnet, address.WitnessKeyHash)
	old := addresstest.Bitcoin(t, "BTC", address.Mainnet, address.ScriptHash)
	if _, err := address.Check("BTC", strings.ToUpper(witness)); err != nil {
		t.Errorf("capital letters alone: %v", err)
	}
	raw := make([]byte, 40)
	f("", "address: it is empty")
	f(old+" ", "space or a line break")
	f(strings.ToUpper(witness[:20])+witness[20:], "mixes capital and small letters")
	f(witness[:12]+"b"+witness[13:], "character 13 is 'b'")
	f(witness[:12], "checksum does not match")
	f(witness[:5], "it is too short")
	f("bc1qqqqq", "it is too short")
	f(witness+strings.Repeat("q", 60), "more than any address")
	f(old[:20], "fewer than any Bitcoin address")
	f(old[:9]+"0"+old[10:], "character 10 is '0'")
	f(strings.Repeat("1", 34), "checksum does not match")
	f(strings.Repeat("z", 36), `those begin with "bc1"`)
	f(address.EncodeBase58Check(48, raw[:20]), "another coin (version byte 48)")
	f(address.EncodeSegwit("bc", 0, raw[:16]), "16 bytes where witness version 0 has 20 or 32")
	f(address.EncodeSegwit("bc", 0, raw[:33]), "33 bytes where witness version 0 has 20 or 32")
	f(address.EncodeSegwit("bc", 1, raw[:1]), "1 bytes where 2 to 40 are possible")
	f(address.EncodeSegwit("bc", 17, raw[:20]), "witness version 17 does not exist")
	f(address.EncodeBech32("bc", 0, raw[:20], true), "newer addresses (bech32m)")
	f(address.EncodeBech32("bc", 1, raw[:32], false), "older kind (bech32)")
	f(address.EncodeBech32("bc", 1, nil, true), "0 bytes where")
	if _, _, err := address.Script("XMR", addresstest.Monero(t)); err == nil || !strings.Contains(err.Error(), "no output scripts") {
		t.Errorf("a script of Monero: %v", err)
	}
}

// TestUnsettledWitness: valid as BIP350 has it, but no payout goes there.
func TestUnsettledWitness(t *testing.T) {
	for _, a := range []string{address.EncodeSegwit("bc", 2, make([]byte, 32)), address.EncodeSegwit("bc", 16, make([]byte, 2)), address.EncodeSegwit("bc", 1, []byte{0x4e, 0x73})} {
		info, err := address.Check("BTC", a)
		if err != nil || info.Kind != address.WitnessUnknown {
			t.Errorf("%s: %v, %v", a, info, err)
		}
		if _, err := address.CheckMainnet("BTC", a); err == nil || !strings.Contains(err.Error(), "anybody could take") {
			t.Errorf("%s: %v", a, err)
		}
		if _, _, err := address.Script("BTC", a); err == nil {
			t.Errorf("%s has a script", a)
		}
	}
}

func TestScript(t *testing.T) {
	raw := make([]byte, 32)
	for i := range raw {
		raw[i] = byte(i + 1)
	}
	h20, h32 := hex.EncodeToString(raw[:20]), hex.EncodeToString(raw)
	for kind, want := range map[address.Kind]string{
		address.PubKeyHash: "76a914" + h20 + "88ac", address.ScriptHash: "a914" + h20 + "87", address.WitnessKeyHash: "0014" + h20,
		address.WitnessScriptHash: "0020" + h32, address.Taproot: "5120" + h32,
	} {
		for _, p := range address.BitcoinPrefixes {
			script, info, err := address.Script(p.Symbol, addresstest.BitcoinOf(t, p.Symbol, p.Network, kind, raw))
			if err != nil || hex.EncodeToString(script) != want || info.Kind != kind {
				t.Errorf("%s %s: %x, %v", p.Symbol, kind, script, err)
			}
		}
	}
}
