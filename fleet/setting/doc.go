// Package setting keeps what people set about adit itself: how pages look, what electricity costs, the figures an estimate
// is made of, and the feed that may bring those figures. How mining programs run is set elsewhere (fleet/sheet).
//
// The feed is off until somebody names its address and switches it on; without that nothing here opens a connection.
//
// It may import device, link, store, fleet/account, fleet/inventory and the root package. Start at setting.go, then
// service.go and feed.go.
package setting
