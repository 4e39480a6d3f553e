package adit

import "strings"

// Coin is one row of the table of what can be mined.
type Coin struct {
	Symbol    string    // "XMR"
	Name      string    // "Monero"
	Algorithm Algorithm // what its chain hashes
}

// Coins is the table; a new coin is a new row.
var Coins = []Coin{
	{Symbol: "XMR", Name: "Monero", Algorithm: RandomX},
}

// CoinNamed finds a coin by symbol or name, in any case.
func CoinNamed(s string) (Coin, bool) {
	for _, c := range Coins {
		if strings.EqualFold(c.Symbol, s) || strings.EqualFold(c.Name, s) {
			return c, true
		}
	}
	return Coin{}, false
}
