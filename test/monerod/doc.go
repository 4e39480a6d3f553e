// Package monerod holds what a real Monero node is asked to confirm: that addresses we call valid are valid to it, that
// our hash of its block is its hash, and that a block we solve is taken. It runs where monerod and bin/adit-miner are.
package monerod
