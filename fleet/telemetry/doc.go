// Package telemetry is the hub's side of a reading's journey: frames of agents come in (intake.go), are put in order and
// acknowledged when they are held durably (stream.go, checkpoint.go), become the live state (live.go), samples and
// roll-ups of the time-series store (series.go), views for people (device.go, overview.go) and one shared delta frame
// per tick for every browser (feed.go).
//
// What an agent sends is acknowledged only when its samples are in the time series and cursor, facts and events in the
// database: a hub that dies loses nothing that was acknowledged, and a frame that comes twice is counted once.
//
// It may import device, link, store, fleet/account, fleet/inventory and the root package. Start at service.go.
package telemetry
