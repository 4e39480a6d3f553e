// Package pow is the forge: everything that hashes.
//
//   - engine: jobs, nonces, threads, datasets, hashrates; no cgo and no network
//   - randomx: RandomX (rx/0) by the system's librandomx, the only cgo of the house, behind the build tag "randomx"
//   - verify: hashes for others over a pipe, both ends
//
// It may import the root package and internal/. Start reading at engine.Library, the interface a hash library fills
// in, then engine.Engine.
package pow
