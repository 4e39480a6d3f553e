package coordinator

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/config"
	"github.com/adit-mining/adit/coop/crew"
)

// used says for each setting which file acts on it, and by which words: "adit/" is the command, "app/" its house, others lie here. Without a
// file they say why nothing has to act.
var used = map[string][2]string{
	"Cluster.ID":                    {"glance.go", "cfg.Cluster.ID"},
	"Cluster.Name":                  {"glance.go", "cfg.Cluster.Name"},
	"Coin":                          {"coordinator.go", "Coin: cfg.Coin"},
	"Pools.Kind":                    {"source.go", "switch p.Kind"},
	"Pools.URL":                     {"source.go", "URL: p.URL"},
	"Pools.TLS":                     {"", "the URL's scheme says it: stratum.Pool reads that"},
	"Pools.Host":                    {"node.go", "Host: p.Host"},
	"Pools.Wallet":                  {"source.go", "User: p.Wallet"},
	"Pools.Password":                {"source.go", "Password: p.Password"},
	"Pools.Fingerprint":             {"source.go", "Fingerprint: p.Fingerprint"},
	"Pools.Xnsub":                   {"source.go", "p.Xnsub"},
	"Pools.RPCUser":                 {"node.go", "p.RPCUser"},
	"Pools.RPCPassword":             {"node.go", "p.RPCPassword"},
	"Reconnect.Delay":               {"coordinator.go", "cfg.Reconnect.Delay"},
	"Reconnect.Attempts":            {"coordinator.go", "cfg.Reconnect.Attempts"},
	"GRPC.Listen":                   {"doors.go", "cfg.GRPC.Listen)"},
	"GRPC.MaxWorkers":               {"doors.go", "cfg.GRPC.MaxWorkers"},
	"GRPC.TLS.Enabled":              {"doors.go", "if cfg.GRPC.TLS.Enabled"},
	"GRPC.TLS.Cert":                 {"doors.go", "cfg.GRPC.TLS.Cert"},
	"GRPC.TLS.Key":                  {"doors.go", "cfg.GRPC.TLS.Key"},
	"GRPC.TLS.CA":                   {"doors.go", "cfg.GRPC.TLS.CA"},
	"GRPC.TLS.RequireClientCert":    {"doors.go", "!cfg.GRPC.TLS.RequireClientCert"},
	"Stratum.Listen":                {"doors.go", "cfg.Stratum.Listen)"},
	"Stratum.TLS.Enabled":           {"doors.go", "t := cfg.Stratum.TLS; t.Enabled"},
	"Stratum.TLS.Cert":              {"doors.go", "t.Cert"},
	"Stratum.TLS.Key":               {"doors.go", "t.Key"},
	"Stratum.TLS.CA":                {"", "miners have no certificates; there is no such key"},
	"Stratum.TLS.RequireClientCert": {"", "miners have no certificates; there is no such key"},
	"Dashboard.Listen":              {"adit/coordinator.go", "cfg.Dashboard.Listen"},
	"Workers.Heartbeat":             {"doors.go", "cfg.Workers.Heartbeat"},
	"Workers.Timeout":               {"doors.go", "cfg.Workers.Timeout"},
	"Workers.MinHashrate":           {"member.go", "Workers.MinHashrate"},
	"Jobs.Timeout":                  {"coordinator.go", "cfg.Jobs.Timeout"},
	"Jobs.History":                  {"work.go", "Jobs.History"},
	"Shares.Target":                 {"coordinator.go", "*cfg.Shares.Target"},
	"Shares.MaxRate":                {"coordinator.go", "cfg.Shares.MaxRate"},
	"Verify.Mode":                   {"coordinator.go", "cfg.Verify.Mode == config.VerifyAll"},
	"Verify.Threads":                {"app/cooprole.go", "Tune(c.Verify.Threads, c.Verify.Full)"},
	"Verify.Full":                   {"app/cooprole.go", "Tune(c.Verify.Threads, c.Verify.Full)"},
	"Verify.Least":                  {"coordinator.go", "cfg.Verify.Least"},
	"Payout.Rule":                   {"money.go", "cfg.Payout.Rule"},
	"Payout.Window":                 {"money.go", "cfg.Payout.Window"},
	"Payout.FeePPM":                 {"money.go", "cfg.Payout.FeePPM"},
	"Payout.Minimum":                {"money.go", "Parse(cfg.Payout.Minimum)"},
	"Payout.Operator":               {"invite.go", "cfg.Payout.Operator"},
	"Ledger.SyncAlways":             {"coordinator.go", "SyncAlways: o.Config.Ledger.SyncAlways"},
	"Ledger.Database":               {"app/lone.go", "c.Ledger.Database"},
	"InviteOnly":                    {"coordinator.go", "cfg.InviteOnly"},
	"Logging.Level":                 {"adit/coordinator.go", "c.Level"},
	"Logging.Format":                {"adit/coordinator.go", "c.Format"},
	"Logging.File":                  {"adit/coordinator.go", "c.File"},
	"Metrics.Enabled":               {"scrape.go", "m.Enabled"},
	"Metrics.Listen":                {"scrape.go", "m.Listen"},
	"Metrics.Path":                  {"scrape.go", "m.Path"},
	"Warnings":                      {"adit/coordinator.go", "cfg.Warnings"},
}

// TestEveryKey fails when a setting is added to config.Coordinator that nothing acts on. That the file's keys fill the
// settings, or are warned about, is for package config's tests.
func TestEveryKey(t *testing.T) {
	seen := map[string]bool{}
	for _, path := range leaves("", reflect.TypeFor[config.Coordinator]()) {
		seen[path] = true
		by, ok := used[path]
		if !ok {
			t.Errorf("nothing acts on %s", path)
		}
		if by[0] == "" {
			continue
		}
		file := by[0]
		switch dir, name, below := strings.Cut(file, "/"); {
		case below && dir == "adit":
			file = filepath.Join("..", "..", "cmd", "adit", name)
		case below:
			file = filepath.Join("..", "..", "cmd", "adit", "app", name)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), by[1]) {
			t.Errorf("%s: %s does not say %q any more: who acts on it?", path, by[0], by[1])
		}
	}
	for path := range used {
		if !seen[path] {
			t.Errorf("there is no %s", path)
		}
	}
}

func leaves(path string, v reflect.Type) (out []string) {
	switch {
	case v.Kind() == reflect.Slice && v.Elem().Kind() == reflect.Struct:
		return leaves(path, v.Elem())
	case v.Kind() != reflect.Struct || v == reflect.TypeFor[adit.Coin]():
		return []string{path}
	}
	for i := range v.NumField() {
		out = append(out, leaves(strings.TrimPrefix(path+"."+v.Field(i).Name, "."), v.Field(i).Type)...)
	}
	return out
}

// TestRules: what the configuration says is what the crew goes by.
func TestRules(t *testing.T) {
	cfg := config.DefaultCoordinator()
	cfg.Reconnect = config.Reconnect{Delay: 7 * time.Second, Attempts: 3}
	cfg.Shares.MaxRate, cfg.Jobs.Timeout, cfg.Jobs.History = 2, time.Minute, 900
	cfg.Verify.Mode, cfg.Verify.Least, cfg.InviteOnly = config.VerifyAll, 10, true
	want := crew.Rules{
		InviteOnly: true, Pause: 7 * time.Second, Tries: 3, MostRate: 2, WorkLife: time.Minute, History: 900, CheckAll: true, CheckLeast: 0.1,
	}
	c := &Coordinator{o: Options{Config: cfg}}
	if got := c.crewOptions().Rules; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestTooSlow(t *testing.T) {
	rate := 100.0
	m := crew.Member{Hashrate: [3]*float64{nil, &rate, nil}, Seats: []crew.Seat{{Since: time.Now().Add(-time.Hour)}}}
	if why := tooSlow(&m, 500); why != "too slow: 100 H/s where at least 500 H/s is wanted" {
		t.Error(why)
	}
	for _, least := range []adit.Hashrate{0, 100} {
		if why := tooSlow(&m, least); why != "" {
			t.Errorf("%v: %s", least, why)
		}
	}
	m.Seats[0].Since = time.Now() // it begins
	if why := tooSlow(&m, 500); why != "" {
		t.Error(why)
	}
}

// TestScrape: the listener of metrics hands on to people's /metrics, which asks for a token, and to nothing else of theirs.
func TestScrape(t *testing.T) {
	h := scrape("/crew", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer good" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(r.URL.Path))
	}))
	for _, c := range []struct {
		path, token string
		code        int
		body        string
	}{
		{"/crew", "Bearer good", http.StatusOK, "/metrics"},
		{"/crew", "", http.StatusUnauthorized, ""},
		{"/metrics", "Bearer good", http.StatusNotFound, "metrics are at /crew\n"},
		{"/api/v1/coop", "Bearer good", http.StatusNotFound, "metrics are at /crew\n"},
	} {
		r := httptest.NewRequest(http.MethodGet, c.path, nil)
		if c.token != "" {
			r.Header.Set("Authorization", c.token)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.code || w.Body.String() != c.body {
			t.Errorf("%s %q: %d %q", c.path, c.token, w.Code, w.Body)
		}
	}
}

// TestMetricsListener: it serves from metrics.listen until the coordinator ends, and only where that is set and enabled.
func TestMetricsListener(t *testing.T) {
	cfg := config.DefaultCoordinator()
	cfg.Metrics = config.Metrics{Enabled: true, Listen: "127.0.0.1:0", Path: "/crew"}
	c := &Coordinator{o: Options{Config: cfg, Log: slog.New(slog.DiscardHandler), People: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.URL.Path))
	})}}
	if err := c.openMetrics(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.serveMetrics(ctx) }()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := client.Get("http://" + c.doors.metrics.Addr().String() + "/crew")
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r.Body)
	_ = r.Body.Close()
	if err != nil || string(b) != "/metrics" {
		t.Errorf("%q, %v", b, err)
	}
	if words := strings.Join(c.doors.words(), "\n"); !strings.Contains(words, "/crew") {
		t.Error(words)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	for _, off := range []config.Metrics{{Enabled: true, Path: "/crew"}, {Listen: "127.0.0.1:0", Path: "/crew"}} {
		c.o.Config.Metrics, c.doors = off, doors{}
		if err := c.openMetrics(t.Context()); err != nil || c.doors.metrics != nil {
			t.Errorf("%+v: %v, %v", off, c.doors.metrics, err)
		}
	}
}
