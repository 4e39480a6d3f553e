// Package livefeed is the live feed of pages: one snapshot, then deltas, made once and shared by all who listen. A hub's
// telemetry keeps one, and so does the api of a coordinator that has no hub.
//
// It imports the root package and the standard library. Start at feed.go.
package livefeed
