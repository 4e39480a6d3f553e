//go:build !linux

package agent

import "github.com/adit-mining/adit"

func diskFree(string) (uint64, error) {
	return 0, adit.Errorf(adit.Unsupported, "not supported on this platform")
}

func clockSynced() (synced, known bool) { return false, false }
