package main

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/adit-mining/adit/drivers/xmrig"
	"github.com/adit-mining/adit/stratum"
)

const summary = `{"version":"6.26.0","algo":null,"paused":false,"hugepages":[2,2],"results":{},"connection":{},
"resources":{"memory":{"resident_set_memory":10702848}},"hashrate":{"total":[null,null,null],"highest":null}}`

// serve opens the API. Where its port is taken XMRig says so and mines on without one.
func (m *miner) serve() (end func(), err error) {
	m.fake = xmrig.NewUnheardFake(xmrig.Behaviour{Token: m.c.HTTP.Token, Summary: summary, Config: string(m.raw),
		Backends: `[{"type":"cpu","enabled":true,"threads":[{"affinity":-1,"hashrate":[100,null,null]},{"affinity":-1,"hashrate":[100,null,null]}]}]`,
		Fault:    xmrig.Fault(m.wish("fault")), Reload: m.reload(), Live: m.live, Say: m.out.line, Pools: m.change,
		Paused: func(on bool) {
			m.mu.Lock()
			ready := m.ready
			m.mu.Unlock()
			m.w.Pause(on || !ready)
		}})
	at := net.JoinHostPort(m.c.HTTP.Host, strconv.Itoa(m.c.HTTP.Port))
	l, err := net.Listen("tcp", at)
	if err != nil || m.wish("port") == "taken" {
		if err == nil {
			_ = l.Close()
		}
		m.out.banner("HTTP API", at+" address already in use")
		return m.fake.Close, nil
	}
	m.out.banner("HTTP API", l.Addr().String()+" ")
	srv := &http.Server{Handler: m.fake.Handler(), ReadHeaderTimeout: time.Second}
	go func() { _ = srv.Serve(l) }()
	return func() { _ = srv.Close(); m.fake.Close() }, nil
}

// reload is how long a change of configuration waits: half a second where the file is watched.
func (m *miner) reload() time.Duration {
	if m.c.Watch {
		return 500 * time.Millisecond
	}
	return 0
}

// change takes pools that were put into the configuration.
func (m *miner) change(pools []xmrig.PutPool) {
	var ps []stratum.Pool
	for i, p := range pools {
		m.out.banner(fmt.Sprintf("POOL #%d", i+1), p.URL+" algo rx/0")
		ps = append(ps, stratum.Pool{URL: p.URL, User: p.User, Password: p.Pass})
	}
	if err := m.w.Pool.SetPools(ps); err != nil {
		m.out.line("net", "no active pools, stop mining")
	}
}

// live fills the summary in.
func (m *miner) live(s map[string]any) {
	st := m.w.Pool.Status()
	m.mu.Lock()
	defer m.mu.Unlock()
	uptime := int(time.Since(m.began).Seconds())
	s["uptime"], s["donate_level"] = uptime, m.c.Donate
	s["results"] = map[string]any{"diff_current": m.diff, "shares_good": m.accepted, "shares_total": m.accepted + m.rejected}
	c := s["connection"].(map[string]any)
	c["rejected"], c["failures"], c["tls"], c["ping"], c["ip"], c["uptime"] = m.rejected, st.Failures, nil, 0, nil, 0
	if st.Since != nil {
		c["ip"], c["uptime"] = "127.0.0.1", int(time.Since(*st.Since).Seconds())
		s["algo"] = st.Algorithm
	}
	if m.ready {
		rate := m.w.Rate()
		s["hashrate"] = map[string]any{"total": []any{rate, nil, nil}, "highest": rate}
	}
}
