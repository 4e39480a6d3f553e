// Package ledger keeps the shares of a crew: segment files that are only appended to, a checksum over each record, and in
// each segment's head the SHA-256 of the one before it, so that nobody changes the past unseen.
//
// One goroutine writes; all shares that arrive while it writes go into its next write(2), and are acknowledged after it: a
// kill -9 loses none. Another one calls fsync at most 50 ms after the first write that has not been synced, so that a
// power cut loses no more than that; with Options.SyncAlways an acknowledgement waits for the fsync.
//
// What is damaged is never skipped silently: a tail that was torn by a crash is cut, anything else is a *Damage with the
// file and the offset, and Repair keeps the damaged file and writes down what is missing.
//
// It may import the root package, internal, coop, coop/payout and store/sqldb. Where to start reading: format.go (the
// bytes), ledger.go (the types), then writer.go.
package ledger
