package metric

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/coop/view/viewtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scrape is what Prometheus would read.
func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(m)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&b, f); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestNames(t *testing.T) {
	crew := viewtest.New(5)
	m := New(func() view.Source { return crew })
	m.ShareDone(adit.ShareAccepted, 300*time.Microsecond)
	m.ShareDone(adit.ShareStale, time.Millisecond)
	m.ShareDone("invented by a miner", time.Millisecond)
	m.Job()
	m.JobEnded(90 * time.Second)
	m.PoolLatency(40 * time.Millisecond)
	m.GRPC("SubmitShare", "OK", time.Millisecond)
	m.GRPC("GuessAMethod", "Unimplemented", time.Millisecond)
	m.GRPCConnected(1)
	m.GRPCConnected(1)
	m.GRPCConnected(-1)
	text := scrape(t, m)
	for _, want := range strings.Split(`coopmine_workers_total 5
coopmine_workers_online 3
coopmine_hashrate_total 3005
coopmine_cluster_hashrate 3005
coopmine_worker_hashrate{worker_id="home/attic",worker_name="home/attic"} 1001
coopmine_shares_total{status="valid"} 41234
coopmine_shares_total{status="stale"} 31
coopmine_shares_total{status="invalid"} 12
coopmine_shares_latency_seconds_count 3
coopmine_jobs_total 1
coopmine_jobs_active 1
coopmine_jobs_duration_seconds_sum 90
coopmine_blocks_found 3
coopmine_blocks_found_total 3
coopmine_pool_connected 1
coopmine_pool_reconnects_total 2
coopmine_pool_latency_seconds_sum 0.04
coopmine_grpc_connections 1
coopmine_grpc_requests_total{method="SubmitShare",status="OK"} 1
coopmine_grpc_requests_total{method="other",status="Unimplemented"} 1
coopmine_grpc_latency_seconds_count{method="other"} 1
coopmine_uptime_seconds_total 93600
adit_coop_shares_total{outcome="none"} 1
adit_coop_ledger_trouble 0
# TYPE coopmine_shares_latency_seconds histogram
# TYPE coopmine_shares_total counter`, "\n") {
		if !strings.Contains(text, "\n"+want+"\n") {
			t.Errorf("%s is missing", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
	if problems, err := promlint.New(strings.NewReader(text)).Lint(); err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
	if tool, err := exec.LookPath("promtool"); err != nil {
		t.Log("promtool is not here: its library alone has looked")
	} else {
		cmd := exec.CommandContext(t.Context(), tool, "check", "metrics")
		cmd.Stdin = strings.NewReader(text)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v %s", err, out)
		}
	}
}

// TestBounded: ten thousand members make no ten thousand series, and those that are left are the fastest.
func TestBounded(t *testing.T) {
	crew := viewtest.New(10_000)
	crew.M[5].Name = "n\xffm"
	*crew.M[5].Hashrate.Minute = 1e9
	m := New(func() view.Source { return crew })
	if n := testutil.CollectAndCount(m, "coopmine_worker_hashrate"); n != MaxWorkers {
		t.Errorf("%d series", n)
	}
	text := scrape(t, m)
	if !strings.Contains(text, `worker_name="n?m"} 1e+09`) || !strings.Contains(text, `worker_id="rig-9999"`) || strings.Contains(text, `worker_id="rig-004"`) {
		t.Error("not the fastest, or not in UTF-8")
	}
}

// TestUnknown: what is not known is left out, never 0; without a coordinator there is nothing at all.
func TestUnknown(t *testing.T) {
	crew := viewtest.New(2)
	crew.G.Hashrate.Minute = nil
	crew.G.Upstreams[0].State = "failed"
	text := scrape(t, New(func() view.Source { return crew }))
	if strings.Contains(text, "hashrate_total") || strings.Contains(text, "cluster_hashrate") || !strings.Contains(text, "coopmine_pool_connected 0\n") {
		t.Error(text)
	}
	crew.Err = errors.New("not now")
	if text := scrape(t, New(func() view.Source { return crew })); strings.Contains(text, "workers_total") {
		t.Error(text)
	}
	for _, none := range []func() view.Source{nil, func() view.Source { return nil }} {
		if text := scrape(t, New(none)); text != "" {
			t.Error(text)
		}
	}
	var nobody *Metrics
	nobody.ShareDone(adit.ShareAccepted, 0)
	nobody.Job()
	nobody.JobEnded(0)
	nobody.PoolLatency(0)
	nobody.GRPC("Register", "OK", 0)
	nobody.GRPCConnected(1)
	if fmt.Sprint(nobody) != "<nil>" {
		t.Error("nobody became somebody")
	}
}
