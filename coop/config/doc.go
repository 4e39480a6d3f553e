// Package config is the files of the crew: the coordinator's and the worker's, with the keys of the CoopMine document,
// its COOPMINE_* variables and its flags. What is said by a flag wins over a variable, that over the file, that over the
// default.
//
// One table of keys per file (coordinator_keys.go, worker_keys.go) is all there is to know: reading, bounds, hints for
// misspelt keys, the JSON schema and what `adit config print` shows are made of it. Each key is acted on, or warned about
// by name with the reason, or refused; an unknown one is an error. Errors name key, file and line and never a secret.
//
// It may import the root package, package stratum (for the form of addresses) and internal/address (for wallets).
// Start reading at coordinator.go, then key.go.
package config
