// Package pki is the certificate authority of a crew: one folder (<data>/pki) with a CA of its own, the certificates it
// gave out and those it took back, and the mutual TLS 1.3 that follows from them. People meet it as `adit pki`.
//
// Files, all 0600: ca.crt (the CAs to trust, the newest first), ca.key, cross.crt (newer CAs signed by older ones, so that
// who trusts only an old one follows), server.crt and server.key of the coordinator, client.crt and client.key of workers
// on this computer, issued.json, revoked.json. Every file is replaced whole; a running coordinator sees changes by itself.
//
// It may import the root package and internal/. Where to start reading: folder.go (the CA), identity.go (one end of a
// connection).
package pki
