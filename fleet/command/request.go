package command

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/internal/address"
	"github.com/adit-mining/adit/link/wire"
)

// Bounds, those of the Mining Platform where it has them.
const (
	maxThreads = 1024
	maxWallet  = 256
	maxPool    = 512
	maxSecret  = 256
	maxPools   = 16
	maxCPU     = 4095
)

// StartRequest is what a person wants of a mining program. Error messages name its fields as REST does.
type StartRequest struct {
	Driver    string // name or alias
	Name      string // "" = the driver's
	Coin      string // "" = the algorithm's
	Algorithm string // "" = the coin's
	Pools     []Pool // the first is preferred
	Threads   *int   // nil or 0 = the program's own choice
	Affinity  string // "0x3" or "0,2-3", "" = none
	HugePages *bool
	Settings  *device.Settings // nil = none
	Profile   string           // id of the profile it is started from, "" = none
}

// Pool is one upstream as a person writes it.
type Pool struct {
	URL         string
	Wallet      string
	Password    string // secret
	RigID       string
	Fingerprint string
	TLS         *bool // nil = as the URL says
	Nicehash    bool
	Keepalive   *bool // nil = the program's own choice
}

// args checks everything and renders the order. What was rejected is never repeated: it may be a secret.
func (r StartRequest) args() (wire.StartArgs, error) {
	var a wire.StartArgs
	if !adit.ValidName(r.Driver) {
		return a, adit.Errorf(adit.NotFound, "there is no mining program of that name: `adit list --available` names those there are")
	}
	if r.Name != "" && (!adit.ValidName(r.Name) || r.Name == "host") {
		return a, adit.InvalidField("name", "use lower-case letters, digits, '.', '_' and '-', at most 64, beginning with a letter or digit")
	}
	if r.Name == PracticeName {
		return a, adit.InvalidField("name", "%q is the miner of practice: use another name", PracticeName)
	}
	coin, err := coinOf(r.Coin, r.Algorithm)
	if err != nil {
		return a, err
	}
	pools, err := checkPools(coin, r.Pools)
	if err != nil {
		return a, err
	}
	threads, err := checkThreads(r.Threads)
	if err != nil {
		return a, err
	}
	cpus, err := affinity(r.Affinity)
	if err != nil {
		return a, err
	}
	if err := r.Settings.Check(); err != nil {
		return a, err
	}
	return wire.StartArgs{Driver: r.Driver, Name: r.Name, Algorithm: coin.Algorithm, Pools: pools, Threads: threads,
		Affinity: cpus, HugePages: r.HugePages, Settings: r.Settings, Profile: r.Profile}, nil
}

// coinOf finds what is mined: the coin named, or the one of the algorithm, or Monero where neither is named.
func coinOf(name, algorithm string) (adit.Coin, error) {
	if name != "" {
		c, ok := adit.MinedCoinNamed(name)
		switch {
		case !ok:
			if known, there := adit.CoinNamed(name); there {
				return c, adit.InvalidField("coin", "no program that adit starts mines %s; they mine %s", known.Name, knownCoins())
			}
			return c, adit.InvalidField("coin", "it is not one of those adit knows: %s", knownCoins())
		case algorithm != "" && algorithm != string(c.Algorithm):
			return c, adit.InvalidField("algo", "%s is mined with %s: leave algo out, or name another coin", c.Name, c.Algorithm)
		}
		return c, nil
	}
	if algorithm == "" {
		return adit.MinedCoins()[0], nil
	}
	for _, c := range adit.MinedCoins() {
		if string(c.Algorithm) == algorithm {
			return c, nil
		}
	}
	return adit.Coin{}, adit.InvalidField("algo", "adit knows no coin with it; it knows %s", knownCoins())
}

func knownCoins() string {
	var parts []string
	for _, c := range adit.MinedCoins() {
		parts = append(parts, fmt.Sprintf("%s (%s)", strings.ToLower(c.Name), c.Algorithm))
	}
	return strings.Join(parts, ", ")
}

func checkThreads(n *int) (*int, error) {
	switch {
	case n == nil || *n == 0:
		return nil, nil
	case *n < 0 || *n > maxThreads:
		return nil, adit.InvalidField("threads", "it must be 0 to %d; 0 leaves it to the program", maxThreads)
	}
	return n, nil
}

func checkPools(coin adit.Coin, pools []Pool) ([]device.Pool, error) {
	switch {
	case len(pools) == 0:
		return nil, adit.InvalidField("pool", "name the pool: stratum+tcp://HOST:PORT")
	case len(pools) > maxPools:
		return nil, adit.InvalidField("pools", "at most %d", maxPools)
	}
	var out []device.Pool
	for i, p := range pools {
		field := func(name string) string { return name }
		if i > 0 {
			at := fmt.Sprintf("pools[%d].", i-1)
			field = func(name string) string { return at + name }
			inherit(&p, pools[0])
		}
		d, err := p.check(coin, field)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// inherit fills what a further pool leaves out with what the first one has.
func inherit(p *Pool, first Pool) {
	if p.Wallet == "" {
		p.Wallet = first.Wallet
		if p.Password == "" {
			p.Password = first.Password
		}
	}
	if p.RigID == "" {
		p.RigID = first.RigID
	}
}

// unsafeRE matches what a shell would act on, and control characters. Nothing here ever reaches a shell; the refusal is
// kept because such a pool or wallet is an attack or a mistake. '[' and ']' stand in IPv6 addresses.
var unsafeRE = regexp.MustCompile("[;&|`$<>(){}\\\\\"'!*?~#\\s\\x00-\\x1f\\x7f]")

var fingerprintRE = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)

func (p Pool) check(coin adit.Coin, field func(string) string) (device.Pool, error) {
	u, err := poolURL(p.URL, p.TLS, field)
	if err != nil {
		return device.Pool{}, err
	}
	if err := checkWallet(coin, p.Wallet, field("wallet")); err != nil {
		return device.Pool{}, err
	}
	fingerprint := strings.ToLower(strings.ReplaceAll(p.Fingerprint, ":", ""))
	switch {
	case len(p.Password) > maxSecret || hasControl(p.Password):
		return device.Pool{}, adit.InvalidField(field("password"), "at most %d characters, none of them control characters", maxSecret)
	case len(p.RigID) > 64 || unsafeRE.MatchString(p.RigID):
		return device.Pool{}, adit.InvalidField(field("rigId"), "at most 64 characters, no spaces, none that a shell would act on")
	case fingerprint != "" && !fingerprintRE.MatchString(fingerprint):
		return device.Pool{}, adit.InvalidField(field("tlsFingerprint"), "it must be a SHA-256 in hex: 64 digits")
	case fingerprint != "" && !strings.HasPrefix(u, "stratum+ssl:"):
		return device.Pool{}, adit.InvalidField(field("tlsFingerprint"), "the pool is not encrypted: write stratum+ssl:// or set tls")
	}
	d := device.Pool{URL: u, User: p.Wallet, Password: p.Password, RigID: p.RigID, Fingerprint: fingerprint, Nicehash: p.Nicehash, Keepalive: p.Keepalive}
	if d.Password == "" {
		d.Password = "x" // what pools take for none
	}
	return d, nil
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f })
}

// schemes are the ways people write a pool's scheme; true is encrypted.
var schemes = map[string]bool{
	"stratum+tcp": false, "tcp": false, "stratum": false,
	"stratum+ssl": true, "stratum+tls": true, "ssl": true, "tls": true, "stratums": true,
}

// poolURL checks a pool's address and writes it in one way.
func poolURL(raw string, tls *bool, field func(string) string) (string, error) {
	name := field("pool")
	switch {
	case raw == "":
		return "", adit.InvalidField(name, "name the pool: stratum+tcp://HOST:PORT")
	case len(raw) > maxPool:
		return "", adit.InvalidField(name, "it is longer than %d characters", maxPool)
	case unsafeRE.MatchString(raw):
		return "", adit.InvalidField(name, "it has characters that do not belong there (spaces, quotes, or such as ; & | $): write stratum+tcp://HOST:PORT")
	case !strings.Contains(raw, "://"):
		raw = "stratum+tcp://" + raw
	}
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" {
		return "", adit.InvalidField(name, "it is no address: write stratum+tcp://HOST:PORT or stratum+ssl://HOST:PORT")
	}
	encrypted, ok := schemes[strings.ToLower(u.Scheme)]
	port, perr := strconv.Atoi(u.Port())
	switch {
	case !ok:
		return "", adit.InvalidField(name, "its scheme must be stratum+tcp or stratum+ssl")
	case u.User != nil || u.RawQuery != "" || strings.Trim(u.Path, "/") != "":
		return "", adit.InvalidField(name, "only scheme, host and port belong there; the payout address goes into wallet")
	case perr != nil || port < 1 || port > 65535:
		return "", adit.InvalidField(name, "it has no port: write stratum+tcp://HOST:PORT")
	case tls != nil && !*tls && encrypted:
		return "", adit.InvalidField(field("tls"), "it is false, but the pool's scheme asks for TLS: write stratum+tcp:// or leave tls out")
	}
	scheme := "stratum+tcp"
	if encrypted || tls != nil && *tls {
		scheme = "stratum+ssl"
	}
	return scheme + "://" + net.JoinHostPort(u.Hostname(), u.Port()), nil
}

// checkWallet checks the address, and allows what pools let people write behind it: ".worker" or "+difficulty".
func checkWallet(coin adit.Coin, wallet, field string) error {
	switch {
	case wallet == "":
		return adit.InvalidField(field, "give your own payout address; adit has none to fall back on")
	case len(wallet) > maxWallet:
		return adit.InvalidField(field, "it is longer than %d characters", maxWallet)
	case unsafeRE.MatchString(wallet):
		return adit.InvalidField(field, "it has characters that do not belong there (spaces, quotes, or such as ; & | $)")
	}
	base := wallet
	if i := strings.IndexAny(wallet, ".+"); i >= 0 {
		base = wallet[:i]
	}
	if _, err := address.CheckMainnet(coin.Symbol, base); err != nil {
		words := err.Error()
		if e, ok := adit.AsError(err); ok {
			words = strings.TrimPrefix(e.Msg, e.Field+": ")
		}
		return adit.InvalidField(field, "%s", words)
	}
	return nil
}

// affinity reads a mask ("0x3", XMRig's way) or a list ("0,2-3").
func affinity(s string) ([]int, error) {
	bad := adit.InvalidField("cpuAffinity", "write a mask like 0x3 or a list like 0,2-3")
	s = strings.TrimSpace(s)
	if s == "" {
		return nil, nil
	}
	if hex, ok := strings.CutPrefix(strings.ToLower(s), "0x"); ok {
		mask, err := strconv.ParseUint(hex, 16, 64)
		if err != nil || mask == 0 {
			return nil, bad
		}
		var out []int
		for i := range 64 {
			if mask>>i&1 == 1 {
				out = append(out, i)
			}
		}
		return out, nil
	}
	var out []int
	for part := range strings.SplitSeq(s, ",") {
		first, last, span := strings.Cut(part, "-")
		if !span {
			last = first
		}
		a, err1 := strconv.Atoi(strings.TrimSpace(first))
		b, err2 := strconv.Atoi(strings.TrimSpace(last))
		if err1 != nil || err2 != nil || a < 0 || b < a || b > maxCPU || len(out)+b-a >= maxThreads {
			return nil, bad
		}
		for i := a; i <= b; i++ {
			out = append(out, i)
		}
	}
	return out, nil
}
