// Package estimate says what a mining program would bring and cost on this computer, before it is started: only from
// figures somebody typed in or a feed that was switched on, and "unknown" wherever one is missing. It promises nothing.
//
// What it needs of other nouns it asks for through small interfaces (source.go) that cmd fills.
//
// It may import device, link, store, fleet/account, fleet/inventory and the root package. Start at estimate.go, then
// formula.go.
package estimate
