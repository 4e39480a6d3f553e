// Package bitcoind is a node of Bitcoin, or of a coin like it, as an upstream: the crew mines solo. It takes templates
// (getblocktemplate, BIP22, BIP23 and BIP145), builds the coinbase transaction with room for 8 bytes of extranonce, and
// looks to its members like a pool with an empty extranonce1. Solved blocks are handed in whole (submitblock). It also
// tells what became of blocks (coop.Chain).
//
// A coin whose header is Bitcoin's but whose hash is RandomX (OpenSY) comes as a blob of 80 bytes with the nonce at byte
// 76; each member has another extranonce in the coinbase, so another merkle root.
//
// It may import the root package, internal/address, coop, coop/noderpc, coop/nodework and stratum. Start reading at New; template.go
// reads and checks what the node gives, coinbase.go builds, conn.go follows the chain.
package bitcoind
