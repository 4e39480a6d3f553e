// Package monerod is a Monero node as an upstream: the crew mines solo. It takes templates of the node
// (get_block_template) with a reserve of its own in the miner transaction, gives every member another number there
// (Blob.Cut), rebuilds what is hashed, and hands solved blocks in (submit_block). It also tells what became of blocks
// (coop.Chain).
//
// What it rebuilds is compared with the node's own blockhashing_blob at every template, so that a fork which changes the
// layout is an error in words and never lost work.
//
// It may import the root package, internal/address, coop, coop/noderpc, coop/nodework and stratum; never pow: it hashes with Keccak
// alone. Start reading at New; block.go reads a block, tree.go and cut.go rebuild it, conn.go follows the chain.
package monerod
