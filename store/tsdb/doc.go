// Package tsdb keeps measurements over time: an embedded Prometheus database behind the small interface DB, asked in
// PromQL. It may import the root package and internal/ only.
//
// A series is a metric and labels. Labels must not churn: a device's id is a label, its pool or firmware is not (that
// is relational state). What a page shows of many devices is a roll-up series of its own, written at ingest, never a
// query over devices. What is unknown is not appended, and comes back as nil, never as zero.
//
// Start reading at tsdb.go (the interface), then local.go (the embedded database) and history.go.
package tsdb
