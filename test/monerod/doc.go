// Package monerod holds what a real Monero node is asked to confirm: that addresses we call valid are valid to it, that
// our hash of its block is its hash, that a block we solve is taken, and that blocks with transactions are rebuilt right.
// It runs where monerod is, most of it where bin/adit-miner is too.
package monerod
