package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	promapi "github.com/prometheus/client_golang/api"
	promv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/account"
	"github.com/adit-mining/adit/link/wire"
)

// measured is a hub whose miner has five minutes of history, and a token for metrics.
func measured(t *testing.T) (h *hub, secret string, from, to time.Time) {
	t.Helper()
	h = openHub(t)
	to = time.Now().Truncate(10 * time.Second)
	from = to.Add(-5 * time.Minute)
	for i := range 31 { // a reading is stored when the next ten seconds begin
		h.agent.frame(wire.Frame{Kind: wire.FrameBatch, Batch: &wire.Batch{Schema: 1, At: from.Add(time.Duration(i) * 10 * time.Second),
			Values: []float64{1000 + float64(i), float64(i)}}})
	}
	_, secret, err := h.account.NewToken(t.Context(), adit.LocalOwner("terminal"), account.TokenWish{Scopes: []adit.Scope{adit.ScopeMetrics}})
	must(t, err)
	return h, secret, from, to
}

// bearing adds a token to a client's requests.
type bearing string

func (b bearing) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

// TestPromClient asks with Prometheus's own client.
func TestPromClient(t *testing.T) {
	h, secret, from, to := measured(t)
	c, err := promapi.NewClient(promapi.Config{Address: h.url, RoundTripper: bearing(secret)})
	must(t, err)
	ctx, prom := t.Context(), promv1.NewAPI(c)
	at := to.Add(-10 * time.Second)

	v, warnings, err := prom.Query(ctx, `adit_hashrate{device="rig1/m"}`, at)
	must(t, err)
	if vec, ok := v.(model.Vector); !ok || len(vec) != 1 || vec[0].Value != 1029 || vec[0].Metric["rig"] != "rig1" || len(warnings) != 0 {
		t.Errorf("%v %v", v, warnings)
	}
	v, _, err = prom.QueryRange(ctx, `rate(adit_shares_accepted_total[1m])`, promv1.Range{Start: from.Add(2 * time.Minute), End: at, Step: 15 * time.Second})
	must(t, err)
	if m, ok := v.(model.Matrix); !ok || len(m) != 1 || len(m[0].Values) < 10 || m[0].Values[3].Value < 0.09 || m[0].Values[3].Value > 0.11 {
		t.Errorf("a share every ten seconds: %v", v)
	}
	v, _, err = prom.Query(ctx, `sum by (algorithm) (adit_rig_hashrate)`, at)
	must(t, err)
	if vec := v.(model.Vector); len(vec) != 1 || vec[0].Metric["algorithm"] != "rx/0" || vec[0].Value != 1029 {
		t.Errorf("%v", v)
	}
	names, _, err := prom.LabelNames(ctx, nil, from, to)
	must(t, err)
	if fmt.Sprint(names) != "[__name__ algorithm device rig]" {
		t.Errorf("%v", names)
	}
	values, _, err := prom.LabelValues(ctx, "__name__", []string{`{device="rig1/m"}`}, from, to)
	must(t, err)
	if fmt.Sprint(values) != "[adit_hashrate adit_shares_accepted_total]" {
		t.Errorf("%v", values)
	}
	series, _, err := prom.Series(ctx, []string{"adit_hashrate"}, from, to)
	must(t, err)
	if len(series) != 1 || series[0]["device"] != "rig1/m" {
		t.Errorf("%v", series)
	}
	meta, err := prom.Metadata(ctx, "adit_shares_accepted_total", "")
	must(t, err)
	if m := meta["adit_shares_accepted_total"]; len(m) != 1 || m[0].Type != "counter" || m[0].Help == "" {
		t.Errorf("%v", meta)
	}
	info, err := prom.Buildinfo(ctx)
	must(t, err)
	if info.Version != promVersion {
		t.Errorf("%+v", info)
	}
	for query, kind := range map[string]promv1.ErrorType{"sum(": promv1.ErrBadData, "adit_hashrate + on() adit_rig_hashrate + on() {device=~\".+\"}": promv1.ErrExec} {
		_, _, err := prom.Query(ctx, query, at)
		if e := new(promv1.Error); !asPromError(err, &e) || e.Type != kind {
			t.Errorf("%s: %v", query, err)
		}
	}
	if v := h.agent.verbs(); len(v) != 0 {
		t.Errorf("questions ordered %v", v)
	}
}

func asPromError(err error, to **promv1.Error) bool {
	e, ok := err.(*promv1.Error) //nolint:errorlint // the client wraps nothing
	if ok {
		*to = e
	}
	return ok
}

// TestPromVersion: the version that is told is that of the engine.
func TestPromVersion(t *testing.T) {
	mod, err := os.ReadFile("../go.mod")
	must(t, err)
	parts := strings.Split(promVersion, ".")
	if want := fmt.Sprintf("github.com/prometheus/prometheus v0.%s%02s.%s", parts[0], parts[1], parts[2]); !strings.Contains(string(mod), want) {
		t.Errorf("go.mod has not %s", want)
	}
}

// TestPromRefuses: bad questions get Prometheus's envelope, and a status that its clients understand.
func TestPromRefuses(t *testing.T) {
	h, secret, _, to := measured(t)
	as := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+secret) }
	now := fmt.Sprint(to.Unix())
	for _, c := range []struct {
		path   string
		status int
		words  string
	}{
		{"query", 400, "query"},
		{"query?query=sum(", 400, "PromQL"},
		{"query?query=1&time=noon", 400, "time"},
		{"query?query=1&time=NaN", 400, "time"},
		{"query?query=1&timeout=-1", 400, "timeout"},
		{"query?query=1&timeout=soon", 400, "timeout"},
		{"query?query=1&limit=-1", 400, "limit"},
		{"query_range?query=1&start=" + now + "&end=" + now, 400, "step"},
		{"query_range?query=1&start=" + now + "&step=15s", 400, "end"},
		{"query_range?query=1&end=" + now + "&step=15s", 400, "start"},
		{"query_range?query=1&start=" + now + "&end=1&step=15s", 400, "end"},
		{"query_range?query=1&start=1&end=" + now + "&step=1", 400, "11000"},
		{"query_range?query=1&start=1&end=" + now + "&step=0", 400, "step"},
		{"query?query=" + url.QueryEscape("adit_hashrate + on() {device=~\".+\"}"), 422, "many-to-many"},
		{"query?query=adit_hashrate&timeout=0.000000001", 503, "too long"},
		{"labels?match[]=" + url.QueryEscape("{"), 400, "match[]"},
		{"labels?match[]=" + url.QueryEscape("{}"), 400, "match[]"},
		{"series?match[]=adit_hashrate&start=" + now + "&end=1", 400, "end"},
		{"label/a%20b/values", 400, "label name"},
		{"series", 400, "match[]"},
		{"metadata?limit=x", 400, "limit"},
	} {
		status, header, text := h.request("GET", "/api/v1/"+c.path, "", as)
		var e promEnvelope
		if json.Unmarshal([]byte(text), &e) != nil || e.Status != "error" || e.ErrorType == "" || e.Error == "" || header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %s", c.path, text)
		}
		if status != c.status || !strings.Contains(text, c.words) {
			t.Errorf("%s: %d %s", c.path, status, text)
		}
	}
	for path, want := range map[string]string{
		"/api/v1/query?query=vector(1)&time=2026-11-21T12:00:00Z":                       `"value":[1795262400,"1"]`,
		"/api/v1/query?query=vector(1)&time=1795262400.5":                               `"value":[1795262400.5,"1"]`,
		"/api/v1/query_range?query=1&start=1795262400&end=1795262430&step=15s":          `[1795262415,"1"]`,
		"/api/v1/query_range?query=1&start=1795262400&end=1795262430&step=1h":           `[1795262400,"1"]`,
		"/api/v1/labels?start=-292273086-05-16T16:47:06Z":                               `"adit_nothing"`,
		"/api/v1/query?query=adit_nothing":                                              `"result":[]`,
		"/api/v1/query_range?query=adit_nothing&start=1795262400&end=1795262430&step=1": `"result":[]`,
	} {
		status, _, text := h.request("GET", path, "", as)
		if strings.Contains(want, "nothing") {
			want = `"status":"success"`
		}
		if status != 200 || !strings.Contains(text, want) {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	form := func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }
	status, _, text := h.request("POST", "/api/v1/query", "query="+strings.Repeat("a", 2<<20), as, form)
	if status != 400 || !strings.Contains(text, "1 MiB") {
		t.Errorf("a huge form: %d %.200s", status, text)
	}
	if status, _, _ := h.request("POST", "/api/v1/query", "query=1", form, func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }, as); status != 403 {
		t.Errorf("another page's form: %d", status)
	}
	if status, _, _ := h.request("GET", "/api/v1/query?query=1", ""); status != 401 {
		t.Errorf("nobody: %d", status)
	}
}

// tool finds a program of Prometheus, or skips.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("there is no %s: tools/deps.sh test unpacks one", name)
	}
	return path
}

// TestPromtool: promtool finds nothing to complain about on /metrics, and gets its answers.
func TestPromtool(t *testing.T) {
	promtool := tool(t, "promtool")
	h, secret, from, to := measured(t)
	h.agent.reading(1020, 31)
	status, _, text := h.request("GET", "/metrics", "", func(r *http.Request) { r.SetBasicAuth("promtool", secret) })
	if status != 200 || !strings.Contains(text, `adit_hashrate{device="rig1/m",rig="rig1"} 1020`) || !strings.Contains(text, "go_goroutines ") {
		t.Fatalf("%d %s", status, text)
	}
	lint := exec.CommandContext(t.Context(), promtool, "check", "metrics")
	lint.Stdin = strings.NewReader(text)
	if out, err := lint.CombinedOutput(); err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
	server := strings.Replace(h.url, "http://", "http://promtool:"+secret+"@", 1) // Debian's has no flag for credentials
	start, end := fmt.Sprint(from.Unix()), fmt.Sprint(to.Unix()-10)
	for want, args := range map[string][]string{
		`adit_hashrate{device="rig1/m", rig="rig1"} => 1029 @[` + end: {"instant", "--time", end, server, "adit_hashrate"},
		`1000 @[` + start: {"range", "--start", start, "--end", end, "--step", "10s", server, "adit_hashrate"},
		"rig1/m":          {"labels", server, "device"},
		`{__name__="adit_hashrate", device="rig1/m", rig="rig1"}`: {"series", "--match", "adit_hashrate", "--start", start, "--end", end, server},
		`"sum(adit_fleet_hashrate)"`:                              nil,
	} {
		if args == nil {
			continue
		}
		out, err := exec.CommandContext(t.Context(), promtool, append([]string{"query"}, args...)...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("promtool query %s: %v\n%s\nnot %s", args[0], err, out, want)
		}
	}
}

// TestPrometheus: a real Prometheus scrapes /metrics with a token, as docs/guide/metrics.md says.
func TestPrometheus(t *testing.T) {
	prometheus := tool(t, "prometheus")
	h, secret, _, _ := measured(t)
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "token"), []byte(secret), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "prometheus.yml"), fmt.Appendf(nil, `
global: { scrape_interval: 1s }
scrape_configs:
  - job_name: adit
    authorization: { credentials_file: %q }
    static_configs: [ { targets: [ %q ] } ]
`, filepath.Join(dir, "token"), strings.TrimPrefix(h.url, "http://")), 0o600))
	free, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := free.Addr().String()
	must(t, free.Close())
	var said bytes.Buffer
	cmd := exec.CommandContext(t.Context(), prometheus, "--config.file", filepath.Join(dir, "prometheus.yml"), "--storage.tsdb.path", filepath.Join(dir, "data"),
		"--web.listen-address", address)
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	must(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Signal(syscall.SIGTERM); _ = cmd.Wait() })

	c, err := promapi.NewClient(promapi.Config{Address: "http://" + address})
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	for again := time.NewTicker(100 * time.Millisecond); ; {
		h.agent.reading(4242, 32)
		v, _, err := promv1.NewAPI(c).Query(ctx, `adit_hashrate{job="adit"} and on (instance) up == 1`, time.Now())
		if vec, ok := v.(model.Vector); err == nil && ok && len(vec) == 1 && vec[0].Value == 4242 && vec[0].Metric["device"] == "rig1/m" {
			again.Stop()
			return
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatalf("Prometheus did not scrape adit: %v %v\n%s", v, err, said.String())
		}
	}
}
