// Package view holds the objects of the live state as browsers, the CLI and other programs read them: plain JSON
// structs with no behaviour. A null is "unknown", never zero; times are RFC 3339 in UTC; numbers are in base units
// (H/s, W, °C, bytes, seconds; per cent where a name says so).
//
// It imports the root package only, so that api/client may use it. fleet/telemetry fills it. Start at state.go.
package view
