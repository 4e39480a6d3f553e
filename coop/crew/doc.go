// Package crew is the heart of a coordinator: it implements coop.Crew and coop.Seat. It knows members, opens upstream
// connections (lanes), cuts their work into slices that never overlap, keeps each seat's difficulty, checks shares in the
// order of coop.Seat.Submit, and sends up what the upstream wants.
//
// It may import coop, stratum with its sub-packages, store/sqldb and the root package. It knows no protocol of miners
// (coop/gate, coop/rpc) and hashes nothing of RandomX itself (coop.Checker).
//
// Locks are taken in this order and never the other way: Crew.mu, lane.mu, member.mu. No lock is held while a Gate, a
// hook or the Ledger is called. There is one ticking loop for all seats (tick.go).
//
// Where to start reading: crew.go, then join.go, lane.go and submit.go, the way of a share.
package crew
