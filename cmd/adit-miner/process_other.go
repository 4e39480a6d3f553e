//go:build !linux

package main

import "github.com/adit-mining/adit"

// withTunable has nothing to do here: the tunable is glibc's.
func withTunable() {}

// setNice is not supported here.
func setNice(nice int) error {
	if nice == 0 {
		return nil
	}
	return adit.InvalidField("nice", "not supported on this platform")
}
