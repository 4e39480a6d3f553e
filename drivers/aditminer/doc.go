// Package aditminer drives adit-miner, our own RandomX engine: it renders how to run it and reads and steers it over
// its HTTP API on loopback, which has the shape of XMRig's (github.com/xmrig/xmrig, doc/API.md and src/base/api).
//
// It may import the root package, device and internal/. Start reading at aditminer.go.
package aditminer
