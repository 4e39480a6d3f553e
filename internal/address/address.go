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
	Stagenet Network = "stagenet"
)

// Kind is what an address stands for.
type Kind string

// The kinds.
const (
	Standard   Kind = "standard"   // a wallet's own
	Integrated Kind = "integrated" // a wallet's own with a payment ID inside
	Subaddress Kind = "subaddress" // one of many of a wallet
)

// Info is what an address says about itself.
type Info struct {
	Network Network
	Kind    Kind
}

// Check reads an address of the coin with the given symbol ("XMR"). The error names what is wrong and how to mend it; it
// is about the field "address". An address of a test network is valid here: see CheckMainnet.
func Check(symbol, address string) (Info, error) {
	coin, ok := adit.CoinNamed(symbol)
	if !ok || coin.Symbol != "XMR" {
		return Info{}, adit.InvalidField("coin", "addresses of %q cannot be checked: adit knows XMR", symbol)
	}
	switch {
	case address == "":
		return Info{}, bad("it is empty: give the address that your wallet shows under Receive")
	case strings.ContainsFunc(address, unicode.IsSpace):
		return Info{}, bad("it holds a space or a line break: copy the address alone")
	}
	return checkMonero(address)
}

// CheckMainnet is Check, and refuses addresses that real coins cannot be paid to.
func CheckMainnet(symbol, address string) (Info, error) {
	info, err := Check(symbol, address)
	if err == nil && info.Network != Mainnet {
		return info, bad("this is a %s address: coins mined on the main network cannot be paid to it", info.Network)
	}
	return info, err
}

func bad(format string, args ...any) error { return adit.InvalidField("address", format, args...) }
