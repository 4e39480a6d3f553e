// Package coop is the words of the crew: many machines that mine as one. It holds types and the small interfaces by which
// the parts of the coordinator know each other; the parts are its sub-packages:
//
//   - crew: members, lanes, slices of work, the checks of a share (the heart);
//   - gate: Stratum miners of both dialects as members; rpc: workers over gRPC; enrol: invitations;
//   - monerod, bitcoind: nodes as upstreams (stratum/upstream holds pools), with noderpc and nodework for what they share;
//     practice: an upstream of our own;
//   - ledger, payout: who found what, and what it is worth;
//   - worker: the other end of rpc; config: the files of both; view: what people see; coordinator: all of it wired.
//
// It may import link, store and stratum. Hashes are checked through Checker, which cmd fills with `adit-miner verify`.
//
// Where to start reading: coop.go, then crew.
package coop
