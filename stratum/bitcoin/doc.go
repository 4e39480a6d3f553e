// Package bitcoin speaks Stratum V1 in Bitcoin's dialect (mining.subscribe, notify, submit …) to pools and to miners, and
// knows how a job becomes a header: coinbase, merkle branch, version rolling. It holds no adit state.
//
// It may import the root package, package stratum and its other sub-packages.
//
// Where to start reading: job.go (what travels), header.go (how a share becomes 80 bytes), client.go, server.go.
package bitcoin
