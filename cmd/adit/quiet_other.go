//go:build !linux

package main

// restLibraries does nothing where there are no shims.
func restLibraries() {}
