package metric

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/view"
)

// scraper is who reads the crew for a scrape; whoever scrapes was checked before.
var scraper = adit.Actor{ID: "metrics", Name: "metrics", Via: "loop", Scopes: []adit.Scope{adit.ScopeRead}}

// Describe implements prometheus.Collector: nothing is promised, for what is unknown is left out.
func (m *Metrics) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(out chan<- prometheus.Metric) {
	var s view.Source
	if m.source != nil {
		s = m.source()
	}
	if s == nil {
		return
	}
	for _, c := range m.told {
		c.Collect(out)
	}
	ctx := context.Background()
	if g, err := s.Glance(ctx, scraper); err == nil {
		glance(out, g)
	}
	if list, err := s.Jobs(ctx, scraper, manyJobs); err == nil {
		active := 0
		for _, j := range list {
			if j.EndedAt == nil {
				active++
			}
		}
		tell(out, prometheus.GaugeValue, "jobs_active", "Jobs that members work on.", float64(active))
	}
	if list, err := s.Members(ctx, scraper); err == nil {
		workers(out, list)
	}
}

// manyJobs is more than the ring of jobs holds.
const manyJobs = 10_000

func glance(out chan<- prometheus.Metric, g view.Glance) {
	const gauge, counter, bare = prometheus.GaugeValue, prometheus.CounterValue, prometheus.UntypedValue
	tell(out, bare, "workers_total", "Members that ever joined.", float64(g.Members.Total))
	tell(out, gauge, "workers_online", "Members that are connected.", float64(g.Members.Online))
	if v := g.Hashrate.Minute; v != nil {
		tell(out, bare, "hashrate_total", "Hashrate of all members in H/s.", *v)
		tell(out, gauge, "cluster_hashrate", "Hashrate of all members in H/s.", *v)
	}
	for status, n := range map[string]uint64{"valid": g.Shares.Accepted, "stale": g.Shares.Stale, "invalid": g.Shares.Rejected} {
		tell(out, counter, "shares_total", "Shares submitted, by what became of them.", float64(n), "status", status)
	}
	tell(out, bare, "blocks_found", "Blocks that an upstream took.", float64(g.BlocksFound))
	tell(out, counter, "blocks_found_total", "Blocks that an upstream took.", float64(g.BlocksFound))
	connected, reconnects := 0.0, uint64(0)
	if g.Connected() {
		connected = 1
	}
	for _, u := range g.Upstreams {
		reconnects += u.Reconnects
	}
	tell(out, gauge, "pool_connected", "1 while an upstream gives work.", connected)
	tell(out, counter, "pool_reconnects_total", "Connections to upstreams that had to be made again.", float64(reconnects))
	tell(out, counter, "uptime_seconds_total", "Seconds since the coordinator started.", max(0, g.At.Sub(g.StartedAt).Seconds()))
	trouble := 0.0
	if g.Ledger.Trouble != "" {
		trouble = 1
	}
	out <- constant(prometheus.NewDesc("adit_coop_ledger_trouble", "1 while the ledger cannot be written.", nil, nil), gauge, trouble)
	if v := g.Verification.Checked; v != nil {
		out <- constant(prometheus.NewDesc("adit_coop_checked_ratio", "Fraction of the shares of the last hour that were hashed by the coordinator.", nil, nil), gauge, *v)
	}
}

// workers are the fastest members whose hashrate is known.
func workers(out chan<- prometheus.Metric, list []view.Member) {
	known := make([]view.Member, 0, len(list))
	for _, x := range list {
		if x.Hashrate.Minute != nil {
			known = append(known, x)
		}
	}
	slices.SortFunc(known, func(a, b view.Member) int {
		return cmp.Or(cmp.Compare(*b.Hashrate.Minute, *a.Hashrate.Minute), cmp.Compare(a.ID, b.ID))
	})
	for _, x := range known[:min(len(known), MaxWorkers)] {
		tell(out, prometheus.GaugeValue, "worker_hashrate", "Hashrate of the fastest members in H/s.", *x.Hashrate.Minute,
			"worker_id", strings.ToValidUTF8(x.ID, "?"), "worker_name", strings.ToValidUTF8(x.Name, "?"))
	}
}

// tell sends one number; labels are names and values by turns.
func tell(out chan<- prometheus.Metric, kind prometheus.ValueType, name, help string, v float64, labels ...string) {
	var names, values []string
	for i := 0; i+1 < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, labels[i+1])
	}
	out <- constant(prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, names, nil), kind, v, values...)
}

// constant is a number, or why it is none.
func constant(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) prometheus.Metric {
	m, err := prometheus.NewConstMetric(d, kind, v, labels...)
	if err != nil {
		return prometheus.NewInvalidMetric(d, err)
	}
	return m
}
