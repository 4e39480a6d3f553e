package address

import (
	"strings"
	"unicode"

	"github.com/adit-mining/adit"
)

// Network is the chain an address belongs to.
type Network string

// The networks.
const (
	Mainnet  Network = "mainnet"
	Testnet  Network = "testnet"
	Stagenet Network = "stagenet" // Monero
	Regtest  Network = "regtest"  // Bitcoin-like; its base58 addresses are testnet's
	Simnet   Network = "simnet"   // btcd's own
)

// Kind is what an address stands for.
type Kind string

// The kinds.
const (
	Standard   Kind = "standard"   // a wallet's own
	Integrated Kind = "integrated" // a wallet's own with a payment ID inside
	Subaddress Kind = "subaddress" // one of many of a wallet

	PubKeyHash        Kind = "pubkey hash"         // base58
	ScriptHash        Kind = "script hash"         // base58
	WitnessKeyHash    Kind = "witness pubkey hash" // bech32, version 0
	WitnessScriptHash Kind = "witness script hash" // bech32, version 0
	Taproot           Kind = "taproot"             // bech32m, version 1
	WitnessUnknown    Kind = "unknown witness"     // bech32m whose meaning no rule has settled
)

// Info is what an address says about itself.
type Info struct {
	Network Network
	Kind    Kind
}

// Check reads an address of the coin with the given symbol or name ("XMR"). The error names what is wrong and how to mend
// it; it is about the field "address". An address of a test network is valid here: see CheckMainnet.
func Check(symbol, address string) (Info, error) {
	coin, err := known(symbol, address)
	if err != nil {
		return Info{}, err
	}
	if coin.Addresses == adit.AddressesBitcoin {
		p, err := checkBitcoin(coin, address)
		return p.Info, err
	}
	return checkMonero(address)
}

// known finds the coin and refuses what is an address of none.
func known(symbol, address string) (adit.Coin, error) {
	coin, ok := adit.CoinNamed(symbol)
	switch {
	case !ok:
		return coin, adit.InvalidField("coin", "addresses of %q cannot be checked: adit knows %s", symbol, symbols())
	case address == "":
		return coin, bad("it is empty: give the address that your wallet shows under Receive")
	case strings.ContainsFunc(address, unicode.IsSpace):
		return coin, bad("it holds a space or a line break: copy the address alone")
	}
	return coin, nil
}

func symbols() string {
	var out []string
	for _, c := range adit.Coins {
		out = append(out, c.Symbol)
	}
	return strings.Join(out, ", ")
}

// CheckMainnet is Check, and refuses addresses that real coins cannot be paid to.
func CheckMainnet(symbol, address string) (Info, error) {
	info, err := Check(symbol, address)
	if err == nil && info.Network != Mainnet {
		return info, bad("this is a %s address: coins mined on the main network cannot be paid to it", info.Network)
	}
	if err == nil && info.Kind == WitnessUnknown {
		return info, unsettled()
	}
	return info, err
}

func bad(format string, args ...any) error { return adit.InvalidField("address", format, args...) }
