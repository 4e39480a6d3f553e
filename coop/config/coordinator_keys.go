package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/adit-mining/adit"
)

// rawCoordinator is a coordinator's configuration as it is said, before what depends on several keys is settled.
type rawCoordinator struct {
	c *Coordinator
	t *table

	coin                 string
	addresses, wallets   []string
	password             string
	fingerprint          string
	pools                []*rawPool
	heartbeat2, timeout2 time.Duration // the document's top-level keys
	target               string
	validate             bool
	minHashrate          float64
	fee                  float64
	feePPM               int
	mode, memory         string
	sync                 string
}

type rawPool struct{ address, wallet, password, fingerprint string }

func newRawCoordinator(c *Coordinator) *rawCoordinator {
	r := &rawCoordinator{c: c, coin: c.Coin.Symbol, validate: true, mode: string(c.Verify.Mode), memory: "light", sync: "default"}
	r.t = newTable(r.rows())
	return r
}

func (r *rawCoordinator) keys() *table { return r.t }

// at begins a row of a table of keys.
func at(path string, k kind, about string) *key { return &key{path: path, kind: k, about: about} }

// as says where the value is kept.
func (k *key) as(set func(*yaml.Node) error, show func() any) *key {
	k.set, k.show = set, show
	return k
}

func (k *key) flagged(name string) *key       { k.flag = name; return k }
func (k *key) vars(names ...string) *key      { k.env = names; return k }
func (k *key) words(w ...string) *key         { k.enum = w; return k }
func (k *key) hidden() *key                   { k.secret = true; return k }
func (k *key) repeated() *key                 { k.list = true; return k }
func (k *key) changesNothing(why string) *key { k.unused, k.set = why, sink(k.kind); return k }

const (
	never = 1000 * time.Hour
	paths = 4096
)

func (r *rawCoordinator) rows() []key {
	c := r.c
	var rows []key
	for _, part := range [][]*key{r.upstreamRows(), r.portRows(), r.peopleRows(), r.workRows(), loggingRows(&c.Logging)} {
		for _, k := range part {
			rows = append(rows, *k)
		}
	}
	return rows
}

func (r *rawCoordinator) upstreamRows() []*key {
	c := r.c
	return []*key{
		at("cluster.id", kindText, "the crew's short name: letters, digits, '.', '_', '-'").as(identifier(&c.Cluster.ID)).flagged("cluster-id"),
		at("cluster.name", kindText, "the crew's name for people").as(text(&c.Cluster.Name, 64)).flagged("cluster-name"),
		at("coin", kindText, "what is mined: a coin's symbol or name").as(text(&r.coin, 32)).flagged("coin"),
		at("pool.address", kindText, "where work comes from: stratum+tcp://HOST:PORT, stratum+ssl://HOST:PORT, monerod://HOST:PORT, bitcoind://USER:PASS@HOST:PORT or practice:").
			as(several(&r.addresses)).flagged("pool-address").repeated().hidden(),
		at("pool.wallet", kindText, "your own payout address; there is no default").as(several(&r.wallets)).flagged("pool-wallet").repeated(),
		at("pool.password", kindText, "what the pool wants as password").as(text(&r.password, 512)).hidden(),
		at("pool.tls_fingerprint", kindText, "SHA-256 of the pool's certificate, 64 hex digits; stratum+ssl:// only").as(text(&r.fingerprint, 128)),
		at("pool.reconnect_delay", kindLength, "the first pause before a lost connection is tried again; it grows, with jitter").
			as(length(&c.Reconnect.Delay, 100*time.Millisecond, 10*time.Minute)),
		at("pool.max_reconnect_attempts", kindWhole, "failures in a row before the next pool is taken; 0 = 5. The last one is tried for ever").
			as(whole(&c.Reconnect.Attempts, 0, 1000)),
		r.poolList(),
	}
}

func (r *rawCoordinator) poolList() *key {
	rows := func(p *rawPool) []key {
		return []key{
			*at("address", kindText, "as pool.address").as(text(&p.address, paths)).hidden(),
			*at("wallet", kindText, "as pool.wallet").as(text(&p.wallet, 512)),
			*at("password", kindText, "as pool.password").as(text(&p.password, 512)).hidden(),
			*at("tls_fingerprint", kindText, "as pool.tls_fingerprint").as(text(&p.fingerprint, 128)),
		}
	}
	k := at("pools", kindList, "more upstreams, taken in order where those before cannot be reached")
	k.items = &items{
		keys: rows(new(rawPool)),
		add: func() *table {
			p := new(rawPool)
			r.pools = append(r.pools, p)
			return newTable(rows(p))
		},
	}
	k.set = func(*yaml.Node) error { return errors.New("a list of pools is said in a file only") }
	k.show = func() any { return nil }
	return k
}

func (r *rawCoordinator) portRows() []*key {
	c := r.c
	return []*key{
		at("grpc.listen", kindText, "HOST:PORT for workers; an empty host means every address, \"\" switches it off").as(place(&c.GRPC.Listen, true)).flagged("grpc-listen"),
		at("grpc.max_workers", kindWhole, "workers at once").as(whole(&c.GRPC.MaxWorkers, 1, 1_000_000)),
		at("grpc.tls.enabled", kindBool, "mutual TLS 1.3; false is for a network of your own only").as(boolean(&c.GRPC.TLS.Enabled)),
		at("grpc.tls.cert", kindText, "the coordinator's certificate, PEM; \"\" = that of adit pki").as(text(&c.GRPC.TLS.Cert, paths)).flagged("tls-cert"),
		at("grpc.tls.key", kindText, "its key, PEM").as(text(&c.GRPC.TLS.Key, paths)).flagged("tls-key"),
		at("grpc.tls.ca", kindText, "who signs workers' certificates, PEM").as(text(&c.GRPC.TLS.CA, paths)).flagged("tls-ca"),
		at("grpc.tls.require_client_cert", kindBool, "workers must show a certificate").as(boolean(&c.GRPC.TLS.RequireClientCert)),
		at("stratum.listen", kindText, "HOST:PORT for any miner; \"\" switches it off").as(place(&c.Stratum.Listen, true)).flagged("stratum-listen"),
		at("stratum.tls.enabled", kindBool, "miners may speak TLS on the same port").as(boolean(&c.Stratum.TLS.Enabled)),
		at("stratum.tls.cert", kindText, "certificate for miners, PEM; \"\" = that of adit pki").as(text(&c.Stratum.TLS.Cert, paths)),
		at("stratum.tls.key", kindText, "its key, PEM").as(text(&c.Stratum.TLS.Key, paths)),
		at("invite_only", kindBool, "only invited members may join, miners over Stratum too").as(boolean(&c.InviteOnly)),
	}
}

func (r *rawCoordinator) peopleRows() []*key {
	c := r.c
	return []*key{
		at("dashboard.listen", kindText, "HOST:PORT of the pages, on this computer").as(place(&c.Dashboard.Listen, false)).flagged("dashboard-listen"),
		at("dashboard.static_dir", kindText, "not used").changesNothing("the pages are part of adit; the folder is not read"),
		at("dashboard.cors_enabled", kindBool, "not used").changesNothing("other sites may never read this one's pages; scripts use a token"),
		at("dashboard.cors_origins", kindTexts, "not used").changesNothing("other sites may never read this one's pages; scripts use a token"),
		at("metrics.enabled", kindBool, "Prometheus' text of the crew").as(boolean(&c.Metrics.Enabled)),
		at("metrics.listen", kindText, "HOST:PORT on this computer that serves metrics alone; \"\" = only the pages' listener does").as(place(&c.Metrics.Listen, true)),
		at("metrics.path", kindText, "path of the metrics at metrics.listen; the pages' listener has them at /metrics. Both ask for a token with the scope metrics").as(urlPath(&c.Metrics.Path)),
	}
}

func (r *rawCoordinator) workRows() []*key {
	c := r.c
	return []*key{
		at("workers.heartbeat_interval", kindLength, "how often a worker tells how it is").as(length(&c.Workers.Heartbeat, time.Second, 10*time.Minute)),
		at("heartbeat_interval", kindLength, "the same as workers.heartbeat_interval").as(length(&r.heartbeat2, time.Second, 10*time.Minute)),
		at("workers.timeout", kindLength, "a worker that says nothing for so long is offline").as(length(&c.Workers.Timeout, 2*time.Second, time.Hour)),
		at("workers.min_hashrate", kindNumber, "H/s below which a member is shown as too slow; 0 = no such line").as(number(&r.minHashrate, 0, 1e18)),
		at("jobs.timeout", kindLength, "replaced work older than this no longer counts; the work at hand does as long as the upstream keeps it").as(length(&c.Jobs.Timeout, 10*time.Second, 24*time.Hour)),
		at("job_timeout", kindLength, "the same as jobs.timeout").as(length(&r.timeout2, 10*time.Second, 24*time.Hour)),
		at("jobs.history_size", kindWhole, "jobs that are remembered for the pages").as(whole(&c.Jobs.History, 1, 10_000)),
		at("shares.target_difficulty", kindWhole, "expected hashes of a member's first shares; 0 = found by its speed").as(text(&r.target, 40)).flagged("target-diff"),
		at("shares.validate_hashes", kindBool, "false is the same as verify.mode: off").as(boolean(&r.validate)),
		at("shares.max_rate", kindNumber, "shares a second of one connection; beyond it its difficulty grows").as(number(&c.Shares.MaxRate, 0.001, 10_000)),
		at("verify.mode", kindText, "which shares are hashed again: auto (all while there is room), all, off").as(choice(&r.mode, "auto", "all", "off")).words("auto", "all", "off"),
		at("verify.threads", kindWhole, "threads that hash for checking").as(whole(&c.Verify.Threads, 1, 1024)),
		at("verify.memory", kindText, "light: 256 MiB a seed, some 45 hashes a second and core; full: 2080 MiB more, some 480 once it is built").
			as(choice(&r.memory, "light", "full")).words("light", "full"),
		at("verify.least", kindNumber, "per cent of a proven member's shares that are hashed at least").as(number(&c.Verify.Least, 0.1, 100)),
		at("payout.rule", kindText, "pplns or prop").as(choice(&c.Payout.Rule, PPLNS, PROP)).words(PPLNS, PROP),
		at("payout.window", kindNumber, "blocks' worth of work that pplns looks back").as(number(&c.Payout.Window, 0.01, 1000)),
		at("payout.fee", kindNumber, "the operator's part, per cent").as(number(&r.fee, 0, 100)),
		at("payout.fee_ppm", kindWhole, "the same in millionths").as(whole(&r.feePPM, 0, 1_000_000)),
		at("payout.minimum", kindText, "least that is paid at once, in coins").as(text(&c.Payout.Minimum, 40)),
		at("payout.operator", kindText, "who runs the crew, as joiners see it").as(text(&c.Payout.Operator, 64)),
		at("ledger.sync", kindText, "default: a share is acknowledged once written; always: once on the disk").as(choice(&r.sync, "default", "always")).words("default", "always"),
		at("ledger.database", kindText, "postgres://USER:PASSWORD@HOST/NAME for blocks, balances and members; \"\" = a file of the data directory. Shares are files always").
			as(text(&c.Ledger.Database, paths)).hidden(),
	}
}

func loggingRows(l *Logging) []*key {
	return []*key{
		at("logging.level", kindText, "least that is logged").as(choice(&l.Level, "debug", "info", "warn", "error")).words("debug", "info", "warn", "error").flagged("log-level"),
		at("logging.format", kindText, "text or json").as(choice(&l.Format, "text", "json")).words("text", "json").flagged("log-format"),
		at("logging.file", kindText, "also write the log to this file").as(text(&l.File, paths)).flagged("log-file"),
	}
}

// several binds one text, or as many as a flag was repeated.
func several(p *[]string) (func(*yaml.Node) error, func() any) {
	return func(n *yaml.Node) error {
		values := []string{n.Value}
		if n.Kind == yaml.SequenceNode && n.Line == 0 { // of a flag or a variable
			var err error
			if values, err = sequence(n); err != nil {
				return err
			}
		} else if _, err := scalar(n); err != nil {
			return err
		}
		for _, v := range values {
			if len(v) > paths {
				return fmt.Errorf("longer than %d characters", paths)
			}
		}
		*p = values
		return nil
	}, func() any { return strings.Join(*p, ",") }
}

func identifier(p *string) (func(*yaml.Node) error, func() any) {
	set, show := text(p, 64)
	return func(n *yaml.Node) error {
		if err := set(n); err != nil {
			return err
		}
		if !ValidID(*p) {
			return fmt.Errorf("%q: 1 to 64 letters, digits, '.', '_' and '-' are expected, beginning with a letter or digit", *p)
		}
		return nil
	}, show
}

// ValidID reports whether a text can be a cluster's or a worker's id.
func ValidID(s string) bool {
	for i, r := range s {
		plain := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !plain && (i == 0 || !strings.ContainsRune("._-", r)) {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

func urlPath(p *string) (func(*yaml.Node) error, func() any) {
	set, show := text(p, 256)
	return func(n *yaml.Node) error {
		if err := set(n); err != nil {
			return err
		}
		if !strings.HasPrefix(*p, "/") || strings.ContainsAny(*p, "?# {}") {
			return fmt.Errorf("%q is no path such as /metrics", *p)
		}
		return nil
	}, show
}

// parseHashes reads a difficulty; zero and "" are nil.
func parseHashes(s string) (*adit.Hashes, error) {
	if s == "" {
		return nil, nil
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%q is no whole number of hashes", clip(s))
	}
	if n == 0 {
		return nil, nil
	}
	h := adit.HashesOf(n)
	return &h, nil
}
