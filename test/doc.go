// Package test proves whole-house promises with real processes: the built adit, its shims, and a mining program that is
// either the real adit-miner (ADIT_BIN names the folder that holds it; those tests skip where it is absent) or
// test/fakeminer, which speaks the same Stratum and API and hashes with SHA-256.
//
// Start reading at harness_test.go, then life_test.go. test/e2e is the browser's view of the same.
package test
