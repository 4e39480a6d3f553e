// Package monerodtest starts a real Monero node on a private chain for tests, and forgets it after them. The tests are
// skipped where monerod is not installed.
//
// It imports coop/noderpc/nodetest and internal/address/addresstest. Start reading at Start.
package monerodtest
