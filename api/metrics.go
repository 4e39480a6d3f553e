package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/telemetry"
	"github.com/adit-mining/adit/internal/httpx"
	"github.com/adit-mining/adit/internal/problem"
)

// metricsRoute is what Prometheus scrapes. It is plain text, so it is no huma operation.
func (s *server) metricsRoute() {
	o := op("metrics", http.MethodGet, "/metrics", "Metrics in Prometheus's text format", tagOwn)
	o.Description = "Of adit itself, and of each device, computer and the fleet (adit_…). What is unknown or not fresh is left out. A token with the scope metrics is enough."
	o.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
		"text/plain": {Schema: &huma.Schema{Type: "string"}}}}}
	httpx.Describe(&o, adit.ScopeMetrics)
	s.api.OpenAPI().AddOperation(&o)
	s.mux.Handle("GET /metrics", s.metrics())
}

func (s *server) metrics() http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &collector{s: s})
	r.MustRegister(s.Collectors...)
	h := promhttp.HandlerFor(r, promhttp.HandlerOpts{ErrorHandling: promhttp.HTTPErrorOnError, ErrorLog: promLog{s}})
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if err := adit.ActorFrom(req.Context()).May(adit.ScopeMetrics); err != nil {
			problem.Of(err).Write(w)
			return
		}
		h.ServeHTTP(w, req)
	})
}

// promLog hears of metrics that cannot be written.
type promLog struct{ s *server }

// Println implements promhttp.Logger.
func (l promLog) Println(v ...any) { l.s.Log.Error("the metrics cannot be written", "err", v) }

// collector tells Prometheus's library what adit knows at this moment.
type collector struct{ s *server }

// Describe implements prometheus.Collector: nothing is promised, for what is unknown is left out.
func (c *collector) Describe(chan<- *prometheus.Desc) {}

// scraper is who may read the metrics; who asks was checked before.
var scraper = adit.Actor{ID: "metrics", Name: "metrics", Via: "loop", Scopes: []adit.Scope{adit.ScopeMetrics}}

// Collect implements prometheus.Collector.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	ctx := context.Background()
	c.own(ctx, out)
	if c.s.Telemetry == nil {
		return
	}
	info := map[string]telemetry.SeriesInfo{}
	for _, i := range telemetry.Catalog() {
		info[i.Name] = i
	}
	numbers, err := c.s.Telemetry.Numbers(ctx, scraper)
	if err != nil {
		c.s.Log.Error("the metrics of devices cannot be read", "err", err)
		return
	}
	for _, n := range numbers {
		kind := prometheus.GaugeValue
		if info[n.Name].Counter {
			kind = prometheus.CounterValue
		}
		tell(out, kind, n.Name, info[n.Name].Help, n.Value, n.Labels)
	}
}

// own are the metrics of adit itself.
func (c *collector) own(ctx context.Context, out chan<- prometheus.Metric) {
	var counts telemetry.Counts
	if c.s.Telemetry != nil {
		var err error
		if counts, err = c.s.Telemetry.Counts(ctx, scraper); err != nil {
			return // scraper may
		}
	}
	for _, x := range []struct {
		kind  prometheus.ValueType
		name  string
		help  string
		value float64
	}{
		{prometheus.CounterValue, "adit_readings_total", "Readings taken in since adit started.", float64(counts.Readings)},
		{prometheus.CounterValue, "adit_readings_lost_total", "Readings that could not be understood.", float64(counts.ReadingsLost)},
		{prometheus.CounterValue, "adit_runs_started_total", "Runs of mining programs that began since adit started.", float64(counts.RunsStarted)},
		{prometheus.CounterValue, "adit_runs_ended_total", "Runs of mining programs that ended since adit started.", float64(counts.RunsEnded)},
		{prometheus.CounterValue, "adit_runs_failed_total", "Runs that ended by themselves.", float64(counts.RunsFailed)},
		{prometheus.CounterValue, "adit_websocket_messages_total", "Messages sent over WebSockets.", float64(c.s.counts.messages.Load())},
		{prometheus.GaugeValue, "adit_websocket_connections", "WebSockets that are open.", float64(c.s.counts.sockets.Load())},
		{prometheus.GaugeValue, "adit_feed_listeners", "Listeners of the live feed.", float64(counts.Listeners)},
	} {
		tell(out, x.kind, x.name, x.help, x.value, nil)
	}
	tell(out, prometheus.GaugeValue, "adit_build_info", "Always 1; says which adit this is.", 1, map[string]string{"version": adit.Version})
	for k, n := range c.s.counts.all() {
		tell(out, prometheus.CounterValue, "adit_http_requests_total", "Requests answered, by method and status.", float64(n),
			map[string]string{"method": k.method, "code": k.code()})
	}
}

func tell(out chan<- prometheus.Metric, kind prometheus.ValueType, name, help string, v float64, labels map[string]string) {
	m, err := prometheus.NewConstMetric(prometheus.NewDesc(name, help, nil, labels), kind, v)
	if err != nil {
		m = prometheus.NewInvalidMetric(prometheus.NewDesc(name, help, nil, nil), err)
	}
	out <- m
}
