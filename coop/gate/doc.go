// Package gate is the coordinator's Stratum port: unmodified miners of both dialects become members of the crew, each
// with a seat of its own. A gate speaks one dialect; which one follows from the coin.
//
// It may import the root package, coop, stratum and its sub-packages.
//
// Work goes out encoded once for all miners of a lane; for each only its slice and its target differ. Nothing here judges
// a share: the crew does, and its word becomes the miner's answer.
//
// Where to start reading: xmr.go (the XMR dialect), xmr_desk.go (a miner comes, submits and goes), fan.go (work goes out);
// bitcoin.go (the Bitcoin dialect).
package gate
