package book

import (
	"encoding/csv"
	"io"
	"strconv"
	"time"

	"github.com/adit-mining/adit/coop/view"
)

// WriteStatement writes an account as CSV: a line each, amounts in coins and in atomic units.
func WriteStatement(w io.Writer, s view.Statement) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"time", "kind", "text", "round", "in_" + s.Coin.Symbol, "out_" + s.Coin.Symbol, "balance_" + s.Coin.Symbol, "in_atomic", "out_atomic", "balance_atomic"}}
	for _, l := range s.Lines {
		round := ""
		if l.Round != nil {
			round = *l.Round
		}
		rows = append(rows, []string{l.At.UTC().Format(time.RFC3339), l.Kind, plain(l.Text), round, text(s.Coin, l.In), text(s.Coin, l.Out), s.Coin.Text(l.Balance),
			digits(l.In), digits(l.Out), digits(&l.Balance)})
	}
	return out.WriteAll(rows)
}

// WritePayment writes a payment's lines as CSV: member, address, amount.
func WritePayment(w io.Writer, coin view.Coin, lines []PaymentLine) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"member", "name", "address", "amount_" + coin.Symbol, "amount_atomic"}}
	for _, l := range lines {
		rows = append(rows, []string{plain(l.Member), plain(l.Name), l.Address, coin.Text(l.Amount), digits(&l.Amount)})
	}
	return out.WriteAll(rows)
}

// plain keeps a text that came from a miner from being a formula in a spreadsheet.
func plain(s string) string {
	if s != "" && (s[0] == '=' || s[0] == '+' || s[0] == '-' || s[0] == '@' || s[0] == '\t' || s[0] == '\r') {
		return "'" + s
	}
	return s
}

func text(c view.Coin, a *view.Atomic) string {
	if a == nil {
		return ""
	}
	return c.Text(*a)
}

func digits(a *view.Atomic) string {
	if a == nil {
		return ""
	}
	return strconv.FormatUint(uint64(*a), 10)
}
