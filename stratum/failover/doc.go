// Package failover makes an ordered list of sources of work look like one connection: five failures in a row and the next
// is taken; while another than the first is in use those before it are tried, and the first that logs in takes over
// before the former is left, which is closed only after it answered what was under way.
//
// It knows no protocol: stratum.Failover is it for the engine's pools, upstream.Failover for the coordinator's
// upstreams. It may import the root package only. Start reading at Line.
package failover
