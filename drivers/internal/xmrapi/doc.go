// Package xmrapi speaks the HTTP API of XMRig and of the programs that took over its shape: one client for a loopback
// port, the keys of its answers that mean the same everywhere, and the ways in which a fake of it misbehaves.
//
// Source: github.com/xmrig/xmrig 6.26, src/base/api (Api.cpp, Httpd.cpp, requests/), src/core/Miner.cpp, doc/API.md.
// It may import the root package and device. Start reading at client.go, then summary.go.
package xmrapi
