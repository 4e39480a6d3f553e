// Package minertest is a sha256d miner for tests: it speaks Stratum in Bitcoin's dialect as the firmware of an ASIC does
// (mining.configure, version rolling, extranonce2 rolling) and really hashes, with crypto/sha256. Difficulties of tests are
// therefore small fractions: 2^-20 is 4096 hashes a share.
//
// It shares no code with package bitcoin on purpose: what both agree on was understood twice. It imports the standard
// library only, and is no part of any program.
//
// Where to start reading: Dial in miner.go; job.go is the mining itself.
package minertest
