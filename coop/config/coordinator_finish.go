package config

import (
	"errors"
	"fmt"
	"math"
	"net"
	"strings"

	"github.com/adit-mining/adit"
)

// finish settles what depends on several keys and checks the whole.
func (r *rawCoordinator) finish() error {
	c, t := r.c, r.t
	if !r.said("coin") && len(r.addresses) > 0 && strings.HasPrefix(r.addresses[0], string(KindBitcoind)+"://") {
		r.coin = "BTC"
	}
	if coin, ok := adit.CoinNamed(r.coin); ok {
		c.Coin = coin
	} else {
		var names []string
		for _, known := range adit.Coins {
			names = append(names, known.Symbol, known.Name)
		}
		r.fail("coin", fmt.Errorf("%q is not known: adit knows %v%s", clip(r.coin), names, didYouMean(r.coin, names)))
	}
	r.aliases()
	r.sharesAndPayout()
	r.listeners()
	r.tls()
	if len(t.errs) == 0 { // a wallet is judged by the coin
		r.upstreams()
	}
	if c.Workers.Timeout < 2*c.Workers.Heartbeat {
		r.fail("workers.timeout", fmt.Errorf("%s is less than two heartbeats of %s", short(c.Workers.Timeout), short(c.Workers.Heartbeat)))
	}
	if c.Cluster.Name == "" {
		c.Cluster.Name = c.Cluster.ID
	}
	if c.Payout.Operator == "" {
		c.Payout.Operator = c.Cluster.Name
	}
	return t.failure()
}

// fail is about a key, said where the key was said.
func (r *rawCoordinator) fail(path string, err error) { r.t.fail(path, r.t.key(path).from, err) }

func (r *rawCoordinator) said(path string) bool { return r.t.key(path).from.layer > 0 }

func (r *rawCoordinator) warn(format string, args ...any) {
	r.c.Warnings = append(r.c.Warnings, fmt.Sprintf(format, args...))
}

// aliases takes the document's top-level keys, unless both are said and differ.
func (r *rawCoordinator) aliases() {
	pair := func(alias, long string, same bool, take func()) {
		switch a, b := r.t.key(alias).from.layer, r.t.key(long).from.layer; {
		case a == 0 || a < b:
		case a > b:
			take()
		case !same:
			r.fail(alias, fmt.Errorf("it says something else than %s", long))
		}
	}
	w, j := &r.c.Workers.Heartbeat, &r.c.Jobs.Timeout
	pair("heartbeat_interval", "workers.heartbeat_interval", r.heartbeat2 == *w, func() { *w = r.heartbeat2 })
	pair("job_timeout", "jobs.timeout", r.timeout2 == *j, func() { *j = r.timeout2 })
	if r.t.key("workers.timeout").from.layer == 0 {
		r.c.Workers.Timeout = max(r.c.Workers.Timeout, 3*r.c.Workers.Heartbeat)
	}
}

func (r *rawCoordinator) sharesAndPayout() {
	c := r.c
	var err error
	if c.Shares.Target, err = parseHashes(r.target); err != nil {
		r.fail("shares.target_difficulty", err)
	}
	c.Workers.MinHashrate = adit.Hashrate(r.minHashrate)
	c.Verify.Mode, c.Verify.Full = VerifyMode(r.mode), r.memory == "full"
	if !r.validate {
		if r.said("verify.mode") && c.Verify.Mode != VerifyOff {
			r.fail("shares.validate_hashes", fmt.Errorf("it is false, yet verify.mode is %s", c.Verify.Mode))
		}
		c.Verify.Mode = VerifyOff
	}
	if c.Verify.Mode == VerifyOff {
		r.warn("shares are not hashed again: a member could claim work that it did not do, and the pages say so")
	}
	ppm := uint32(math.Round(r.fee * 10_000))
	if r.said("payout.fee_ppm") {
		if r.said("payout.fee") && ppm != uint32(r.feePPM) {
			r.fail("payout.fee_ppm", errors.New("it says something else than payout.fee"))
		}
		ppm = uint32(r.feePPM)
	}
	c.Payout.FeePPM = ppm
	if c.Payout.Minimum != "" {
		if err := checkAmount(c.Payout.Minimum); err != nil {
			r.fail("payout.minimum", err)
		}
	}
	c.Ledger.SyncAlways = r.sync == "always"
	if d := c.Ledger.Database; d != "" && !strings.HasPrefix(d, "postgres://") && !strings.HasPrefix(d, "postgresql://") {
		r.fail("ledger.database", errors.New("write postgres://USER:PASSWORD@HOST/NAME, or leave it out for a file of the data directory"))
	}
}

func (r *rawCoordinator) listeners() {
	c := r.c
	if c.GRPC.Listen == "" && c.Stratum.Listen == "" {
		r.fail("grpc.listen", errors.New("both this and stratum.listen are switched off: nobody could join"))
	}
	for _, l := range []struct {
		path string
		at   *string
	}{{"dashboard.listen", &c.Dashboard.Listen}, {"metrics.listen", &c.Metrics.Listen}} {
		narrowed, err := loopback(*l.at)
		if err != nil {
			r.fail(l.path, err)
			continue
		}
		if narrowed != *l.at {
			r.warn("%s: %q means this computer alone: it listens at %s", l.path, *l.at, narrowed)
			*l.at = narrowed
		}
	}
	if r.said("metrics.path") && c.Metrics.Listen == "" {
		r.warn("metrics.path: it is the path at metrics.listen, which is not set; the pages' listener has metrics at /metrics")
	}
	if !c.Metrics.Enabled {
		c.Metrics.Listen = ""
	}
}

// loopback makes a listener without a host one of this computer, and refuses a wider one.
func loopback(listen string) (string, error) {
	if listen == "" {
		return "", nil
	}
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", fmt.Errorf("%q is no HOST:PORT", listen)
	}
	if host == "" {
		return net.JoinHostPort("127.0.0.1", port), nil
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return listen, nil
	}
	return "", fmt.Errorf("%q is open to others: pages and metrics are for this computer until people have accounts; use 127.0.0.1:%s, and a tunnel or a proxy of yours in front", listen, port)
}

func (r *rawCoordinator) tls() {
	g, s := &r.c.GRPC.TLS, &r.c.Stratum.TLS
	if (g.Cert == "") != (g.Key == "") {
		r.fail("grpc.tls.key", errors.New("grpc.tls.cert and grpc.tls.key belong together: give both or neither"))
	}
	if g.Cert != "" && g.CA == "" && g.RequireClientCert {
		r.fail("grpc.tls.ca", errors.New("say who signs workers' certificates"))
	}
	if (s.Cert == "") != (s.Key == "") {
		r.fail("stratum.tls.key", errors.New("stratum.tls.cert and stratum.tls.key belong together: give both or neither"))
	}
	if r.c.GRPC.Listen == "" {
		return
	}
	host, _, _ := net.SplitHostPort(r.c.GRPC.Listen)
	ip := net.ParseIP(host)
	local := host == "localhost" || ip != nil && ip.IsLoopback()
	switch {
	case !g.Enabled && !local:
		r.warn("grpc.tls.enabled: false at %s: whoever reaches that port can join and read along", r.c.GRPC.Listen)
	case g.Enabled && !g.RequireClientCert:
		r.warn("grpc.tls.require_client_cert: false: workers need no certificate, anybody who reaches %s may join", r.c.GRPC.Listen)
	}
}
