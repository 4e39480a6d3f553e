// Package outbox keeps an agent's stream of frames on disk until the hub holds them: numbered without gaps within an
// epoch, bounded in size, unharmed by kill -9, and alive in memory while the disk is full.
//
// Files: NNNNNNNNNN.seg (records, oldest first) and mark (epoch, acknowledged number, how the last life ended). Nothing
// is synced to the medium while the hub keeps up: what it has acknowledged needs no second copy.
// It may import link/wire, the root package and internal/. Start reading at outbox.go, then segment.go and drop.go.
package outbox
