package view

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/adit-mining/adit"
)

// Atomic is an amount of money in atomic units of its coin. In JSON it is a string of digits: a double, which is what
// browsers count with, holds no more than 2^53.
type Atomic uint64

// MarshalText writes the digits.
func (a Atomic) MarshalText() ([]byte, error) { return strconv.AppendUint(nil, uint64(a), 10), nil }

// UnmarshalText reads digits.
func (a *Atomic) UnmarshalText(t []byte) error {
	n, err := strconv.ParseUint(string(t), 10, 64)
	if err != nil {
		return adit.InvalidField("amount", "it must be a whole number of atomic units, as digits")
	}
	*a = Atomic(n)
	return nil
}

// Coin is what a crew earns.
type Coin struct {
	Symbol   string `json:"symbol"`
	Name     string `json:"name"`
	Decimals int    `json:"decimals" doc:"1 coin = 10^decimals atomic units"`
}

// Text writes an amount in coins, exactly and without needless zeros: "0.25".
func (c Coin) Text(a Atomic) string {
	digits := strconv.FormatUint(uint64(a), 10)
	if c.Decimals <= 0 {
		return digits
	}
	if pad := c.Decimals + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	whole, part := digits[:len(digits)-c.Decimals], strings.TrimRight(digits[len(digits)-c.Decimals:], "0")
	if part == "" {
		return whole
	}
	return whole + "." + part
}

// maxAmountText bounds what is read as an amount.
const maxAmountText = 64

// Parse reads an amount in coins, exactly: "0.25", or "0.25 XMR".
func (c Coin) Parse(text string) (Atomic, error) {
	bad := func() (Atomic, error) {
		return 0, adit.InvalidField("amount", "write a number of %s such as 0.25, with at most %d digits after the point", c.Symbol, c.Decimals)
	}
	text = strings.TrimSpace(text)
	if number, unit, ok := strings.Cut(text, " "); ok {
		if !strings.EqualFold(strings.TrimSpace(unit), c.Symbol) {
			return 0, adit.InvalidField("amount", "this crew earns %s", c.Symbol)
		}
		text = number
	}
	whole, part, _ := strings.Cut(text, ".")
	if len(text) > maxAmountText || whole == "" || len(part) > c.Decimals || !digits(whole) || !digits(part) {
		return bad()
	}
	n, ok := new(big.Int).SetString(whole+part+strings.Repeat("0", c.Decimals-len(part)), 10)
	if !ok || !n.IsUint64() {
		return bad()
	}
	return Atomic(n.Uint64()), nil
}

func digits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}
