//go:build !linux

package tsdb_test

// childFull is Linux only: elsewhere a process cannot bound its own files.
func childFull(string) int { return 99 }
