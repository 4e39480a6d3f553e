// Package engine turns jobs into shares: it hands out nonces, keeps threads hashing, and looks after the big memory a
// hash needs (RandomX: a 256 MiB cache, a 2 GiB dataset). It knows no pool, no network and no cgo; a hash library comes
// in through the interface Library.
//
// Who does what:
//
//   - Engine (engine.go) takes jobs and orders, and publishes one immutable assignment at a time.
//   - a thread (thread.go) follows the assignment: it hashes with the source it is given and leaves it when told.
//   - supply (supply.go) is one loop that makes sources: opens the cache, fills the dataset, prepares the next seed,
//     and frees memory only after every thread has left it.
//   - Report (report.go) says what goes on, with nil for what is not known yet.
//
// It may import the root package only. Start reading at Engine, then assignment.
package engine
