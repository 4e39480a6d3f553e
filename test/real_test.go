//go:build linux && e2e

package test

import (
	"syscall"
	"testing"
	"time"
)

// TestRealEngineWithinAMinute is `make run` without the browser: the same command, the real engine, and within 60 s of
// adit's start a hashrate and accepted shares, which were really checked.
func TestRealEngineWithinAMinute(t *testing.T) {
	h := newHome(t, realBin(t))
	began := time.Now()
	s := h.up("--practice", "--yes-i-own-this-machine")
	t.Logf("greeting after %v", time.Since(began).Round(time.Millisecond))
	m := s.miner(60*time.Second-time.Since(began), accepts(0))
	t.Logf("%.1f H/s and %d accepted share(s) after %v", *m.Hashrate, *m.Shares, time.Since(began).Round(time.Millisecond))
	st, err := s.client.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if p := st.Practice; p == nil || p.Verifier != "ok" || p.Accepted == 0 || p.Rejected != 0 {
		t.Errorf("practice: %+v", p)
	}
	s.end(syscall.SIGINT)
	nothingLeft(t, h)
}

// TestRealEngineIsAdopted: kill -9 of adit and its return with the real engine.
func TestRealEngineIsAdopted(t *testing.T) {
	h := newHome(t, realBin(t))
	s := h.up("--practice", "--yes-i-own-this-machine", "--threads", "1")
	m := s.miner(time.Minute, accepts(0))
	s.kill()
	s = h.up()
	again := s.miner(2*time.Minute, accepts(*m.Shares))
	if *again.PID != *m.PID {
		t.Errorf("engine %d was replaced by %d", *m.PID, *again.PID)
	}
	s.end(syscall.SIGTERM)
	nothingLeft(t, h)
}
