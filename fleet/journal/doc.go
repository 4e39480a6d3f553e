// Package journal is the append-only log of what happened: orders, events of rigs, consent. Each entry carries the hash
// of itself and the one before, so that a changed or removed entry shows when the chain is verified. Nothing here
// updates or deletes. It may import link, store and the root package. Start reading at journal.go.
package journal
