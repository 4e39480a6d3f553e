// Package app is the wiring: the table of roles, what each needs, and the house that `adit up` runs.
//
// It is the only package besides cmd/adit that may import everything; nothing imports it but cmd/adit and test.
// A role gets what it needs handed in, never dials by itself, and restarts alone when it fails.
// Start reading at role.go (the table), then house.go (the order of a start and of an end).
package app
