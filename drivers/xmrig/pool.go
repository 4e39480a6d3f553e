package xmrig

import (
	"net/url"
	"slices"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
)

// algorithms are XMRig's names. Source: ALGO_NAME in src/base/crypto/Algorithm.cpp of 6.26.
var algorithms = []adit.Algorithm{
	"cn/0", "cn/1", "cn/2", "cn/r", "cn/fast", "cn/half", "cn/xao", "cn/rto", "cn/rwz", "cn/zls", "cn/double", "cn/ccx",
	"cn-lite/0", "cn-lite/1", "cn-heavy/0", "cn-heavy/tube", "cn-heavy/xhv", "cn-pico", "cn-pico/tlo", "cn/upx2",
	"rx/0", "rx/2", "rx/wow", "rx/arq", "rx/graft", "rx/sfx", "rx/yada",
	"argon2/chukwa", "argon2/chukwav2", "argon2/ninja", "kawpow", "ghostrider",
}

// gpuOnly cannot be hashed by XMRig on a CPU. Source: src/backend/cpu/CpuConfig.cpp, get.
const gpuOnly adit.Algorithm = "kawpow"

// checkAlgorithm refuses what XMRig does not know: it would pass over it and take what the pool says.
func checkAlgorithm(a adit.Algorithm) error {
	if a == "" || slices.Contains(algorithms, a) {
		return nil
	}
	return adit.InvalidField("algorithm", "XMRig does not hash %q; it hashes %s", a, algorithmNames())
}

func algorithmNames() string {
	var names []string
	for _, a := range algorithms {
		names = append(names, string(a))
	}
	return strings.Join(names, ", ")
}

// upstream is what all pools of a run share.
type upstream struct {
	algorithm         adit.Algorithm // "" = the pool says
	account, password string         // "" = each pool's own
	socks             string         // "" = no proxy
}

// pools writes pools as XMRig reads them.
func (u upstream) pools(in []device.Pool) ([]pool, error) {
	if len(in) == 0 {
		return nil, adit.InvalidField("pools", "name a pool, as stratum+tcp://HOST:PORT; there is no default")
	}
	out := make([]pool, 0, len(in))
	for i, p := range in {
		one, err := u.pool(i, p)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

func (u upstream) pool(i int, p device.Pool) (pool, error) {
	at, err := url.Parse(p.URL)
	if err != nil || at.Hostname() == "" || at.Port() == "" || at.User != nil || at.Path != "" || at.RawQuery != "" ||
		at.Scheme != "stratum+tcp" && at.Scheme != "stratum+ssl" {
		return pool{}, adit.InvalidField(field(i, "url"), "write it as stratum+tcp://HOST:PORT or stratum+ssl://HOST:PORT")
	}
	out := pool{URL: p.URL, User: p.User, Pass: p.Password, Nicehash: p.Nicehash, Enabled: true, TLS: at.Scheme == "stratum+ssl",
		Keepalive: p.Keepalive != nil && *p.Keepalive}
	if u.account != "" {
		out.User, out.Pass = u.account, u.password
	}
	switch {
	case expands(out.User):
		return pool{}, adit.InvalidField(field(i, "user"), "XMRig would put the value of an environment variable in place of ${…}")
	case expands(out.Pass):
		return pool{}, adit.InvalidField(field(i, "password"), "XMRig would put the value of an environment variable in place of ${…}")
	case expands(p.RigID):
		return pool{}, adit.InvalidField(field(i, "rigId"), "XMRig would put the value of an environment variable in place of ${…}")
	case p.Fingerprint != "" && !out.TLS:
		return pool{}, adit.InvalidField(field(i, "fingerprint"), "the pool is not encrypted: write stratum+ssl://")
	}
	out.Algo = text(string(u.algorithm))
	out.RigID = text(p.RigID)
	out.Fingerprint = text(p.Fingerprint)
	out.SOCKS5 = text(u.socks)
	return out, nil
}

// text is a JSON string, null where there is none.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
