//go:build linux && e2e

package test

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/adit-mining/adit/pow/verify"
)

// TestRealWorker: the real engine searches its part of an 80-byte header, and what it finds hashes as it says.
func TestRealWorker(t *testing.T) {
	bin := realBin(t)
	check, err := verify.Start(t.Context(), verify.Options{Path: filepath.Join(bin, "adit-miner")})
	if err != nil {
		t.Fatal(err)
	}
	defer check.Close()
	h, c := newHome(t, bin), newChief(t, check, 20)
	s := h.works(c, "--yes-i-own-this-machine")
	c.shares(5, time.Minute)
	s.end(syscall.SIGTERM)
	nothingLeft(t, h)
}
