// Package xmrig drives XMRig (github.com/xmrig/xmrig, GPL-3.0): it renders a complete config.json, reads and steers the
// program over its HTTP API on loopback, and hears in its output what the API does not say: the port it took, when a
// share was accepted, why a pool is gone, the RandomX dataset, and the rounds it mines for its author.
//
// Written against XMRig 6.26 (doc/API.md, src/base/kernel/config, src/core/config, src/base/api, src/net) and run with
// it; answers of 5.5, 5.11 and 6.26 are read in the tests. adit never asks XMRig for "stop", which a reload undoes, and
// keeps "watch" off, so that a change of configuration takes effect at once and not half a second later.
//
// It may import the root package, device, drivers/internal and internal/. Start reading at xmrig.go, then launch.go.
package xmrig
