// Package btcdtest starts a real Bitcoin node, btcd on its simulation network, for tests, and forgets it after them. The
// tests are skipped where btcd was not built (tools/deps.sh test builds it from its Go module).
//
// It imports coop/noderpc/nodetest, internal/address/addresstest and stratum/bitcoin. Start reading at Start; Solve finds blocks.
package btcdtest
