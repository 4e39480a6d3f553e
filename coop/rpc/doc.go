// Package rpc is both ends of the CoopMine service: the coordinator's door for `adit worker` (Server, a coop.Gate) and the
// worker's way to it (Client).
//
// A member is the name of a certificate and a worker id ("NAME/WORKER"); a worker acts only for ids under its own
// certificate, and several workers may share one. Without certificates (Options.Anonymous) the worker id alone is it.
//
// It may import the root package, coop, coop/coopv1, link/pki, stratum and internal/. Where to start reading: server.go,
// then register.go and stream.go; client.go for the other end.
package rpc
