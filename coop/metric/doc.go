// Package metric is the crew for Prometheus, under CoopMine's names: those of its document, and those of its code beside
// them where the two differ (coopmine_hashrate_total and coopmine_cluster_hashrate, coopmine_blocks_found and
// coopmine_blocks_found_total).
//
// What the coordinator knows at the moment of a scrape is read from coop/view; what takes time is told by whoever does it
// (ShareDone, GRPC, PoolLatency, JobEnded) and kept in histograms. Labels are bounded: coopmine_worker_hashrate, the only
// metric by member, has the MaxWorkers fastest members.
//
// Three names of the document end against Prometheus's habit (a gauge in _total, a counter without). They are exported
// untyped, so that promtool finds nothing to complain about; what they are worth in a query does not change.
//
// It may import the root package, coop/view and client_golang. Start at metric.go, then collect.go.
package metric
