package stratum

import (
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum/jsonline"
)

// Pool is where to mine and as whom.
type Pool struct {
	URL         string           // stratum+tcp://HOST:PORT, stratum+ssl:// or stratum+tls:// for TLS; a bare HOST:PORT is plain
	User        string           // the login: an address, with what the pool lets one append
	Password    string           // "" is sent as "x"; never logged
	RigID       string           // "" is not sent
	Agent       string           // "" is "adit/VERSION"
	Fingerprint string           // SHA-256 of the pool's certificate as hex; "" verifies by the system's roots. TLS only
	Nicehash    bool             // the last nonce byte is the pool's even while it is zero
	Keepalive   time.Duration    // 0: each 60 s where the pool announces it; negative: never; else always, this often
	Algorithms  []adit.Algorithm // what the engine can hash, best first; nil is rx/0
	Extensions  []string         // announced at login: NonceOffset; nil is not sent
}

// Validate names the field that is wrong and how to mend it.
func (p Pool) Validate() error {
	if _, err := p.address(); err != nil {
		return err
	}
	if p.User == "" {
		return adit.InvalidField("user", "a pool needs a login, most want your own address")
	}
	for field, v := range map[string]string{"user": p.User, "pass": p.Password, "rig-id": p.RigID, "agent": p.Agent} {
		if len(v) > maxLoginField {
			return adit.InvalidField(field, "longer than %d characters", maxLoginField)
		}
	}
	if p.Fingerprint != "" {
		if _, err := parseFingerprint(p.Fingerprint); err != nil {
			return err
		}
		if a, _ := p.address(); !a.tls {
			return adit.InvalidField("tls-fingerprint", "needs TLS: write the URL as stratum+ssl://%s", a.host)
		}
	}
	return nil
}

// equal reports whether a connection to p may stay when the configuration becomes o.
func (p Pool) equal(o Pool) bool { return reflect.DeepEqual(p, o) }

// algorithms returns what is offered at login.
func (p Pool) algorithms() []adit.Algorithm {
	if len(p.Algorithms) == 0 {
		return []adit.Algorithm{adit.RandomX}
	}
	return p.Algorithms
}

type address struct {
	host string // HOST:PORT
	name string // host alone, for the certificate
	tls  bool
}

func (p Pool) address() (address, error) {
	raw := p.URL
	if raw == "" {
		return address{}, adit.InvalidField("pool", "a URL is missing, such as stratum+tcp://HOST:PORT")
	}
	if !strings.Contains(raw, "://") {
		raw = "stratum+tcp://" + raw
	}
	u, err := url.Parse(raw)
	if err != nil {
		return address{}, adit.InvalidField("pool", "not a URL; write stratum+tcp://HOST:PORT") // the cause could echo a password
	}
	a := address{host: u.Host, name: u.Hostname()}
	switch strings.ToLower(u.Scheme) {
	case "stratum+tcp", "tcp":
	case "stratum+ssl", "stratum+tls", "ssl", "tls":
		a.tls = true
	default:
		return address{}, adit.InvalidField("pool", "scheme %q is not known; use stratum+tcp:// or stratum+ssl://", jsonline.Clip(u.Scheme))
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	switch {
	case u.User != nil:
		return address{}, adit.InvalidField("pool", "the login does not belong into the URL; give it as user and password")
	case a.name == "":
		return address{}, adit.InvalidField("pool", "the host is missing; write stratum+tcp://HOST:PORT")
	case err != nil || port == 0:
		return address{}, adit.InvalidField("pool", "a port of 1 to 65535 is missing; write stratum+tcp://%s:PORT", jsonline.Clip(a.name))
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return address{}, adit.InvalidField("pool", "nothing may follow the port")
	}
	a.host = net.JoinHostPort(a.name, u.Port())
	return a, nil
}

// parseFingerprint reads a SHA-256 in hex, with or without colons, in any case.
func parseFingerprint(s string) ([32]byte, error) {
	var f [32]byte
	raw, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(s), ":", ""))
	if err != nil || len(raw) != sha256.Size {
		return f, adit.InvalidField("tls-fingerprint", "the SHA-256 of the certificate as 64 hex digits is expected")
	}
	return [32]byte(raw), nil
}

// maxLoginField bounds each text of a login, in both directions.
const maxLoginField = 512
