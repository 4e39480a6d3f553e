package sheet

import (
	"net/url"
	"strings"

	"github.com/adit-mining/adit"
)

// PoolsNote is what everybody should know about the list.
const PoolsNote = "adit gets nothing from any pool, and no pool can pay to stand here. What is not in a named source is left out. " +
	"Pools change their terms: look at the pool's own page. Any other pool can be used as well."

// Pool is a recommended pool. What no source tells is nil or "".
type Pool struct {
	Coin      string
	Name      string
	URL       string   // encrypted where the pool offers that
	PlainURL  string   // unencrypted, "" = not known
	Website   string   // "" = it has none
	Fee       *float64 // per cent
	Scheme    string   // how it shares: "PPLNS"
	MinPayout *float64 // coins
	Note      string   // what else to know
	Source    string   // who says so
	Dated     string   // day of the source's text
	Checked   string   // day on which the source was read
	Own       bool     // runs on a computer of one's own, beside a node
}

// Alternative is a way to mine without a pool of others.
type Alternative struct {
	Name    string
	Text    string
	Website string
}

func amountOf(v float64) *float64 { return &v }

// pools are rows of data; a new coin of adit.MinedCoins needs five rows, each with the source of what it says. They are in
// order of how little one has to trust them, then by what is known of them.
var pools = []Pool{
	{Coin: "XMR", Name: "P2Pool (your own node)", URL: "stratum+tcp://127.0.0.1:3333", Website: "https://p2pool.io", Fee: amountOf(0), Scheme: "PPLNS",
		MinPayout: amountOf(0.00027), Own: true,
		Note:   "Nobody holds your coins: P2Pool runs on your own computer beside a Monero node (monerod and p2pool must run there). With --mini or --nano for small computers. Your address is public there. Pays to the main address (4…).",
		Source: "README of github.com/SChernykh/p2pool", Dated: "2026-08-13", Checked: "2026-11-21"},
	{Coin: "XMR", Name: "MoneroOcean", URL: "stratum+ssl://gulf.moneroocean.stream:20128", PlainURL: "stratum+tcp://gulf.moneroocean.stream:10128",
		Website: "https://moneroocean.stream", Fee: amountOf(0), Scheme: "PPLNS", MinPayout: amountOf(0.003),
		Note:   "Takes a transaction fee of at most 0.0004 XMR from small payouts. Switches coins for programs that can; others mine Monero.",
		Source: "the pool's own page: github.com/MoneroOcean/moneroocean-gui, script.js", Dated: "2025-10-02", Checked: "2026-11-21"},
	{Coin: "XMR", Name: "SupportXMR", URL: "stratum+ssl://pool.supportxmr.com:443", PlainURL: "stratum+tcp://pool.supportxmr.com:3333",
		Website: "https://supportxmr.com", Fee: amountOf(0.6), Scheme: "PPLNS",
		Note:   "Pays out at 0.1 XMR unless you set another threshold on its page. The source is old.",
		Source: "the pool's own page: github.com/M5M400/supportxmr-gui, src/script.js", Dated: "2020-01-18", Checked: "2026-11-21"},
	{Coin: "XMR", Name: "HashVault", URL: "stratum+ssl://pool.hashvault.pro:443", Website: "https://hashvault.pro",
		Source: "README of the pool's own miner, github.com/HashVault/vltrig", Dated: "2026-04-06", Checked: "2026-11-21"},
	{Coin: "XMR", Name: "C3Pool", URL: "stratum+tcp://auto.c3pool.org:19999", PlainURL: "stratum+tcp://auto.c3pool.org:19999", Website: "https://c3pool.com",
		Note:   "This port is not encrypted. Switches coins for programs that can.",
		Source: "README of the pool's own tool, github.com/C3Pool/meta-miner", Dated: "2022-10-24", Checked: "2026-11-21"},
}

var alternatives = map[string][]Alternative{
	"XMR": {
		{Name: "P2Pool", Text: "A pool without an operator: 0 % fee, payouts straight from the blocks. Needs a Monero node of your own.", Website: "https://github.com/SChernykh/p2pool"},
		{Name: "Your own node", Text: "Alone, a home computer finds a block rarely, if ever: the expected coins are the same, their arrival is not.", Website: "https://www.getmonero.org/downloads/"},
	},
}

// Pools are the recommended pools of a coin; "" = of every coin adit knows.
func Pools(coin string) ([]Pool, error) {
	if coin != "" {
		c, ok := adit.MinedCoinNamed(coin)
		if !ok {
			return nil, adit.InvalidField("coin", "adit does not know it: leave it out to see all")
		}
		coin = c.Symbol
	}
	out := []Pool{}
	for _, p := range pools {
		if coin == "" || p.Coin == coin {
			out = append(out, p)
		}
	}
	return out, nil
}

// Alternatives are ways to mine a coin without a pool of others.
func Alternatives(coin string) []Alternative { return append([]Alternative{}, alternatives[coin]...) }

// PoolFee is the fee (per cent) of the pool at an address, where a source of the list tells it; else nil.
func PoolFee(address string) *float64 {
	host := hostOf(address)
	for _, p := range pools {
		if host != "" && !p.Own && (host == hostOf(p.URL) || host == hostOf(p.PlainURL)) {
			return p.Fee
		}
	}
	return nil
}

func hostOf(address string) string {
	if !strings.Contains(address, "://") {
		address = "stratum+tcp://" + address
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}
