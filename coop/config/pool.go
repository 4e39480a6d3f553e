package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/address"
	"github.com/adit-mining/adit/stratum"
)

// upstreams makes the pools: those of flags and variables alone where they are said, else pool, then pools.
func (r *rawCoordinator) upstreams() {
	c := r.c
	single, list := r.t.key("pool.address").from, r.t.key("pools").from
	if len(r.wallets) > 1 && len(r.wallets) != len(r.addresses) {
		r.fail("pool.wallet", fmt.Errorf("%d wallets for %d addresses: give one for all, or one each", len(r.wallets), len(r.addresses)))
		return
	}
	for i, a := range r.addresses {
		p := rawPool{address: a, password: r.password, fingerprint: r.fingerprint}
		if len(r.wallets) > 0 {
			p.wallet = r.wallets[min(i, len(r.wallets)-1)]
		}
		r.upstream("pool", p, single)
	}
	if single.layer <= list.layer || single.layer == 0 {
		for i, p := range r.pools {
			r.upstream(fmt.Sprintf("pools[%d]", i), *p, list)
		}
	} else if len(r.pools) > 0 {
		r.warn("pools (%s) is left out, because %s says where work comes from", list, single)
	}
	if len(c.Pools) == 0 && len(r.t.errs) == 0 {
		r.t.fail("pool.address", origin{}, errors.New("say where work comes from: stratum+tcp://HOST:PORT, stratum+ssl://HOST:PORT, monerod://HOST:PORT, bitcoind://USER:PASS@HOST:PORT, or practice: to try it; there is no default"))
	}
}

func (r *rawCoordinator) upstream(path string, raw rawPool, from origin) {
	p, err := ParsePool(raw.address)
	if err != nil {
		r.t.fail(path+".address", from, err)
		return
	}
	if need := p.header(); need != "" && r.c.Coin.Header != need {
		r.t.fail(path+".address", from, fmt.Errorf("a %s gives no work for %s: name another coin, or another upstream", p.Kind, r.c.Coin.Name))
		return
	}
	if p.Xnsub && r.c.Coin.Algorithm != adit.SHA256d {
		r.t.fail(path+".address", from, errors.New("#xnsub is for pools of Bitcoin's dialect: leave it out"))
		return
	}
	p.Password = raw.password
	if raw.fingerprint != "" {
		p.Fingerprint = raw.fingerprint
		if !p.TLS {
			r.t.fail(path+".tls_fingerprint", from, errors.New("needs TLS: write the address as stratum+ssl://HOST:PORT"))
			return
		}
		err := stratum.Pool{URL: p.URL, User: "x", Fingerprint: p.Fingerprint}.Validate()
		if err != nil {
			r.t.fail(path+".tls_fingerprint", from, errors.New("the SHA-256 of the certificate as 64 hex digits is expected"))
			return
		}
	}
	note, err := p.wallet(r.c.Coin, raw.wallet)
	if err != nil {
		if k := r.t.key(path + ".wallet"); k != nil && k.from.layer > 0 {
			from = k.from
		}
		r.t.fail(path+".wallet", from, err)
		return
	}
	if note != "" {
		r.warn("%s.wallet: %s", path, note)
	}
	r.c.Pools = append(r.c.Pools, p)
}

// header is the shape of the chain that a node is of; "" = a pool, which may be of any.
func (p Pool) header() adit.Header {
	switch p.Kind {
	case KindMonerod:
		return adit.HeaderCryptoNote
	case KindBitcoind:
		return adit.HeaderBitcoin
	}
	return ""
}

// ParsePool reads an upstream's address. Its error repeats no user and no password.
func ParsePool(s string) (Pool, error) {
	const forms = "write stratum+tcp://HOST:PORT, stratum+ssl://HOST:PORT, monerod://HOST:PORT, bitcoind://USER:PASS@HOST:PORT or practice:"
	s = strings.TrimSpace(s)
	if strings.EqualFold(strings.TrimRight(s, "/"), "practice:") {
		return Pool{Kind: KindPractice, URL: "practice:"}, nil
	}
	scheme, rest, found := strings.Cut(s, "://")
	if !found {
		scheme, rest = "stratum+tcp", s
	}
	switch scheme = strings.ToLower(scheme); scheme {
	case "monerod", "bitcoind":
		return parseNode(scheme, rest)
	case "stratum+tcp", "tcp", "stratum":
		return parsePool("stratum+tcp://"+rest, false)
	case "stratum+ssl", "stratum+tls", "ssl", "tls":
		return parsePool("stratum+ssl://"+rest, true)
	}
	return Pool{}, errors.New("the form is not known: " + forms)
}

func parsePool(s string, secure bool) (Pool, error) {
	s, xnsub := strings.CutSuffix(s, "#xnsub")
	if err := (stratum.Pool{URL: s, User: "x"}).Validate(); err != nil {
		return Pool{}, errors.New(strings.TrimPrefix(err.Error(), "pool: "))
	}
	u, err := url.Parse(s)
	if err != nil {
		return Pool{}, errors.New("it is no URL")
	}
	return Pool{Kind: KindPool, URL: u.Scheme + "://" + u.Host, TLS: secure, Host: u.Host, Xnsub: xnsub}, nil
}

func parseNode(scheme, rest string) (Pool, error) {
	u, err := url.Parse("http://" + rest)
	switch {
	case err != nil:
		return Pool{}, fmt.Errorf("it is no URL: write %s://HOST:PORT; in a password write %%40 for @, %%2F for / and %%3A for :", scheme)
	case u.Hostname() == "":
		return Pool{}, fmt.Errorf("the host is missing: write %s://HOST:PORT", scheme)
	case checkPlace(u.Host) != nil || strings.HasSuffix(u.Host, ":0"):
		return Pool{}, fmt.Errorf("a port of 1 to 65535 is missing: write %s://HOST:PORT", scheme)
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return Pool{}, errors.New("nothing may follow the port")
	}
	p := Pool{Kind: Kind(scheme), Host: u.Host, URL: scheme + "://" + u.Host}
	if u.User != nil {
		p.RPCUser = u.User.Username()
		p.RPCPassword, _ = u.User.Password()
	}
	if p.Kind == KindBitcoind && (p.RPCUser == "" || p.RPCPassword == "") {
		return Pool{}, errors.New("bitcoind asks for user and password: write bitcoind://USER:PASS@HOST:PORT, best in the file or in COOPMINE_POOL_ADDRESS")
	}
	if host, _, _ := net.SplitHostPort(p.Host); strings.ContainsAny(host, " \t") {
		return Pool{}, errors.New("the host holds a space")
	}
	return p, nil
}

// addressLength is from how many characters on a login is taken for an address that must be right. The shortest address
// of a coin adit knows is Bitcoin's of 26; accounts of pools are shorter.
const addressLength = 26

var placeholder = regexp.MustCompile(`(?i)^(your[ _-]|<.*>$|x+$|address$|wallet$)|\.\.\.`)

// wallet checks and takes who is paid. note is what the owner should hear.
func (p *Pool) wallet(coin adit.Coin, w string) (note string, err error) {
	w = strings.TrimSpace(w)
	p.Wallet = w
	switch {
	case p.Kind == KindPractice:
		if w != "" {
			note = "practice earns nothing and needs none"
		}
		p.Wallet = ""
		return note, nil
	case w == "":
		return "", fmt.Errorf("give your own %s address; there is no default", coin.Name)
	case placeholder.MatchString(w):
		return "", fmt.Errorf("put your own %s address in place of the sample", coin.Name)
	}
	main := w
	if p.Kind == KindPool {
		main, _, _ = strings.Cut(main, "+") // difficulty, as pools of Monero's dialect have it
		main, _, _ = strings.Cut(main, ".") // rig
		if len(main) < addressLength {
			return fmt.Sprintf("it is too short for an address of %s, so it is taken for the name of an account there", coin.Name), nil
		}
	}
	info, err := address.Check(coin.Symbol, main)
	if err == nil {
		if info.Network != address.Mainnet && info.Network != "" {
			note = fmt.Sprintf("this is a %s address", info.Network)
		}
		return note, nil
	}
	words := strings.TrimPrefix(err.Error(), "address: ")
	if p.Kind == KindPool { // some pools pay in another coin than they mine
		for _, other := range adit.Coins {
			if _, bad := address.Check(other.Symbol, main); bad == nil {
				return fmt.Sprintf("this is an address of %s, and %s is mined: see that the pool pays so", other.Name, coin.Name), nil
			}
		}
	}
	return "", errors.New(words)
}

// checkAmount reads an amount of coins as people write it.
func checkAmount(s string) error {
	whole, part, _ := strings.Cut(s, ".")
	digits := func(v string) bool { return strings.Trim(v, "0123456789") == "" }
	if whole+part == "" || !digits(whole) || !digits(part) || len(whole) > 9 || len(part) > 18 {
		return fmt.Errorf("%q is no amount of coins such as 0.1", clip(s))
	}
	return nil
}
