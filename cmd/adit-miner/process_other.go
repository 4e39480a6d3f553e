//go:build !linux

package main

import (
	"time"

	"github.com/adit-mining/adit"
)

// setNice is not supported here.
func setNice(nice int) error {
	if nice == 0 {
		return nil
	}
	return adit.InvalidField("nice", "not supported on this platform")
}

// cpuTime is not known here.
func cpuTime() time.Duration { return 0 }
