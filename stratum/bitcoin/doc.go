// Package bitcoin speaks Stratum V1 in Bitcoin's dialect (mining.subscribe, notify, submit …) to pools and to miners, and
// knows how a job becomes a header: coinbase, merkle branch, version rolling. It holds no adit state.
//
// It may import the root package, package stratum and its other sub-packages, and the public suffix list.
//
// The facts were read from BIP310, ckpool (stratifier.c) and node-stratum-pool; a comment names the place where one of
// them decides. Real blocks, as subscribe, notify and submit, are in vectors/stratum-v1-e2e.json of the shared material.
//
// Where to start reading:
//   - job.go, header.go: what travels, and how a share becomes 80 bytes; difficulty.go: what its hash is worth, exactly;
//   - message.go, fault.go, notify.go, submit.go, configure.go: the lines and their bounds;
//   - client.go, login.go, receive.go: one connection to one pool; pool.go: where to, and whom to follow;
//   - server.go, session.go, serve.go: the other end, with a Handler that decides; quick.go: shares in a hurry.
package bitcoin
