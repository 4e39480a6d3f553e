package address

import (
	"fmt"
	"strings"

	"github.com/adit-mining/adit"
)

// BitcoinPrefix is how one network of a Bitcoin-like coin marks its addresses. Networks may share their base58 bytes:
// such an address belongs to the first row that has them.
type BitcoinPrefix struct {
	Symbol     string
	Network    Network
	PubKeyHash byte   // base58check version of a public key's hash
	ScriptHash byte   // and of a script's
	HRP        string // bech32's part before the 1
}

// BitcoinPrefixes lists them all. Sources: bitcoin src/kernel/chainparams.cpp (base58Prefixes, bech32_hrp; signet and
// testnet4 have testnet's), btcd chaincfg/params.go for simnet, github.com/opensyria/OpenSY src/kernel/chainparams.cpp
// at 2de3d7a953ef (its testnets and its signet share one row).
var BitcoinPrefixes = []BitcoinPrefix{
	{"BTC", Mainnet, 0, 5, "bc"},
	{"BTC", Testnet, 111, 196, "tb"},
	{"BTC", Regtest, 111, 196, "bcrt"},
	{"BTC", Simnet, 63, 123, "sb"},
	{"SYL", Mainnet, 35, 36, "syl"},
	{"SYL", Testnet, 95, 96, "tsyl"},
	{"SYL", Regtest, 95, 96, "rsyl"},
}

// payee is what a Bitcoin-like address says: whom an output has to pay.
type payee struct {
	Info
	version byte   // of the witness program
	hash    []byte // or the witness program
}

func checkBitcoin(coin adit.Coin, s string) (payee, error) {
	if version, hash, ok := decodeBase58Check(s); ok {
		return readBase58(coin, version, hash)
	}
	if looksBech32(s) {
		return readBech32(coin, s)
	}
	switch i := strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune(alphabet, r) }); {
	case len(s) < base58Shortest:
		return payee{}, bad("it has %d characters, fewer than any %s address: it was cut", len(s), coin.Name)
	case len(s) > base58Longest:
		return payee{}, bad("it is no %s address: those begin with %s, and the shorter kind has %d to %d characters", coin.Name, prefixesOf(coin), base58Shortest, base58Longest)
	case i >= 0:
		return payee{}, bad("character %d is %q, which no such address contains (0, O, I and l are left out): it was mistyped", i+1, []rune(s[i:])[0])
	}
	return payee{}, bad("its checksum does not match: one character was mistyped or cut")
}

// looksBech32 reports whether it begins as the bech32 addresses of any known network do, in small or capital letters.
func looksBech32(s string) bool {
	for _, p := range BitcoinPrefixes {
		if mark := p.HRP + "1"; len(s) > len(mark) && strings.EqualFold(s[:len(mark)], mark) {
			return true
		}
	}
	return false
}

func readBase58(coin adit.Coin, version byte, hash []byte) (payee, error) {
	for _, p := range BitcoinPrefixes {
		kind := PubKeyHash
		switch version {
		case p.ScriptHash:
			kind = ScriptHash
		case p.PubKeyHash:
		default:
			continue
		}
		if p.Symbol == coin.Symbol {
			return payee{Info: Info{p.Network, kind}, hash: hash}, nil
		}
		return payee{}, foreign(coin, p)
	}
	return payee{}, bad("it is an address of another coin (version byte %d), not of %s", version, coin.Name)
}

func readBech32(coin adit.Coin, s string) (payee, error) {
	hrp, groups, c, err := decodeBech32(s)
	if err != nil {
		return payee{}, err
	}
	for _, p := range BitcoinPrefixes {
		if p.HRP != hrp {
			continue
		}
		if p.Symbol != coin.Symbol {
			return payee{}, foreign(coin, p)
		}
		version, program, err := decodeSegwit(groups, c)
		if err != nil {
			return payee{}, err
		}
		return payee{Info: Info{p.Network, witnessKind(version, len(program))}, version: version, hash: program}, nil
	}
	return payee{}, bad("it is no %s address: those begin with %s", coin.Name, prefixesOf(coin))
}

func witnessKind(version byte, size int) Kind {
	switch {
	case version == 0 && size == hashSize:
		return WitnessKeyHash
	case version == 0:
		return WitnessScriptHash
	case version == 1 && size == 32:
		return Taproot
	}
	return WitnessUnknown
}

func foreign(coin adit.Coin, p BitcoinPrefix) error {
	other, _ := adit.CoinNamed(p.Symbol)
	return bad("it is an address of %s (%s), not of %s", other.Name, p.Network, coin.Name)
}

func prefixesOf(coin adit.Coin) string {
	for _, p := range BitcoinPrefixes {
		if p.Symbol == coin.Symbol && p.Network == Mainnet {
			return fmt.Sprintf("%q", p.HRP+"1")
		}
	}
	return "its own letters"
}

// Script returns the script of an output that pays the address: what a coinbase needs. Addresses whose meaning is not
// settled yet are refused, for anybody could take what is paid to them.
// Source: bitcoin src/script/solver.cpp and src/addresstype.cpp, GetScriptForDestination.
func Script(symbol, address string) ([]byte, Info, error) {
	coin, err := known(symbol, address)
	if err != nil {
		return nil, Info{}, err
	}
	if coin.Addresses != adit.AddressesBitcoin {
		return nil, Info{}, adit.InvalidField("coin", "%s has no output scripts", coin.Name)
	}
	p, err := checkBitcoin(coin, address)
	if err != nil {
		return nil, Info{}, err
	}
	switch p.Kind {
	case PubKeyHash: // OP_DUP OP_HASH160 <20> OP_EQUALVERIFY OP_CHECKSIG
		return append(append([]byte{0x76, 0xa9, hashSize}, p.hash...), 0x88, 0xac), p.Info, nil
	case ScriptHash: // OP_HASH160 <20> OP_EQUAL
		return append(append([]byte{0xa9, hashSize}, p.hash...), 0x87), p.Info, nil
	case WitnessUnknown:
		return nil, p.Info, unsettled()
	}
	op := byte(0) // OP_0, or OP_1 to OP_16
	if p.version > 0 {
		op = 0x50 + p.version
	}
	return append([]byte{op, byte(len(p.hash))}, p.hash...), p.Info, nil
}

func unsettled() error {
	return bad("its kind (a witness version or length without rules so far) has no owner: anybody could take coins paid to it")
}
