package metric

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/view"
)

// MaxWorkers bounds the series of coopmine_worker_hashrate: the members with the highest hashrate have one.
const MaxWorkers = 500

const namespace = "coopmine"

// Metrics is a prometheus.Collector. Its methods may be called from several goroutines and do not block; on nil they do
// nothing, so that whoever tells need not ask whether somebody listens.
type Metrics struct {
	source func() view.Source

	shares      *prometheus.CounterVec
	shareTook   prometheus.Histogram
	jobs        prometheus.Counter
	jobTook     prometheus.Histogram
	poolTook    prometheus.Histogram
	grpc        *prometheus.CounterVec
	grpcTook    *prometheus.HistogramVec
	connections prometheus.Gauge

	told []prometheus.Collector
}

// New makes the metrics of a crew. source is the running coordinator, nil or a nil Source while there is none; what is
// read from it is left out then.
func New(source func() view.Source) *Metrics {
	m := &Metrics{source: source}
	m.shares = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "adit_coop_shares_total", Help: "Shares judged since the coordinator started, by outcome."}, []string{"outcome"})
	m.shareTook = histogram("shares_latency_seconds", "Time from a share's arrival to its answer.", prometheus.ExponentialBuckets(0.000_05, 2, 18))
	m.jobs = prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: "jobs_total", Help: "Jobs received from upstreams since the coordinator started."})
	m.jobTook = histogram("jobs_duration_seconds", "How long members worked on a job.", prometheus.ExponentialBuckets(1, 2, 12))
	m.poolTook = histogram("pool_latency_seconds", "Round trips to the upstream.", prometheus.ExponentialBuckets(0.001, 2, 14))
	m.grpc = prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: "grpc_requests_total", Help: "Calls of workers, by method and status."}, []string{"method", "status"})
	m.grpcTook = prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: "grpc_latency_seconds", Help: "Time that calls of workers took, by method.",
		Buckets: prometheus.ExponentialBuckets(0.000_1, 2, 16)}, []string{"method"})
	m.connections = prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: "grpc_connections", Help: "Open connections of workers."})
	m.told = []prometheus.Collector{m.shares, m.shareTook, m.jobs, m.jobTook, m.poolTook, m.grpc, m.grpcTook, m.connections}
	return m
}

func histogram(name, help string, buckets []float64) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets})
}

// outcomes are the values of the label outcome; others would grow without end.
var outcomes = map[adit.ShareOutcome]bool{
	adit.ShareAccepted: true, adit.ShareBlock: true, adit.ShareStale: true, adit.ShareDuplicate: true, adit.ShareLowDifficulty: true,
	adit.ShareUnknownJob: true, adit.ShareMalformed: true, adit.ShareUnauthorized: true,
}

// ShareDone tells that a share was answered, and how long that took. "" is a share that could not be judged.
func (m *Metrics) ShareDone(o adit.ShareOutcome, took time.Duration) {
	if m == nil {
		return
	}
	if !outcomes[o] {
		o = "none"
	}
	m.shares.WithLabelValues(string(o)).Inc()
	m.shareTook.Observe(took.Seconds())
}

// Job tells that a job came from an upstream.
func (m *Metrics) Job() {
	if m != nil {
		m.jobs.Inc()
	}
}

// JobEnded tells how long members worked on a job.
func (m *Metrics) JobEnded(lasted time.Duration) {
	if m != nil {
		m.jobTook.Observe(lasted.Seconds())
	}
}

// PoolLatency tells a round trip to the upstream.
func (m *Metrics) PoolLatency(d time.Duration) {
	if m != nil {
		m.poolTook.Observe(d.Seconds())
	}
}

// methods are the calls of the CoopMine and Enrol services; all others count as one.
var methods = map[string]bool{
	"Register": true, "Unregister": true, "Heartbeat": true, "StreamJobs": true, "SubmitShare": true, "GetClusterStats": true, "GetWorkerStats": true, "Enrol": true,
}

// GRPC tells that a call of a worker ended: its method without the service's name, and its status ("OK", "NotFound" …,
// as grpc/codes writes them).
func (m *Metrics) GRPC(method, status string, took time.Duration) {
	if m == nil {
		return
	}
	if !methods[method] {
		method = "other"
	}
	m.grpc.WithLabelValues(method, status).Inc()
	m.grpcTook.WithLabelValues(method).Observe(took.Seconds())
}

// GRPCConnected tells that a worker's connection was opened (1) or closed (-1).
func (m *Metrics) GRPCConnected(change int) {
	if m != nil {
		m.connections.Add(float64(change))
	}
}
