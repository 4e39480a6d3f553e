//go:build linux

package test

import (
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/internal/address/addresstest"
)

var poolRE = regexp.MustCompile(`Practice listens at (stratum\+tcp://127\.0\.0\.1:\d+)`)

// TestOwnPoolAndAddress: `adit practice` alone plays the pool; `adit up --pool --address` mines on it, and
// `adit start` starts another program beside it, which falls back to a second pool when the first dies and returns.
func TestOwnPoolAndAddress(t *testing.T) {
	t.Parallel()
	pool := newHome(t, fakeBin).launch("practice", "--listen", "127.0.0.1:0")
	url := pool.says(poolRE)[1]
	wallet := addresstest.Monero(t)
	h := newHome(t, fakeBin)
	s := h.up("--pool", url, "--address", wallet, "--yes-i-own-this-machine", "--cpu", "all") // whoever uses this computer
	m := s.miner(soon, accepts(0))
	if m.Practice || m.Pool == nil || *m.Pool != url {
		t.Errorf("practice %v, pool %v", m.Practice, m.Pool)
	}
	s.says(regexp.MustCompile(`Mining: .* H/s`))
	pool.says(regexp.MustCompile(wallet[:20] + `.*accepted at difficulty`))
	if strings.Contains(s.out.String(), wallet) {
		t.Error("adit prints the address again and again")
	}
	if out, errs, code := h.adit("stop", m.Name); code != 0 {
		t.Fatalf("stop: %d %s %s", code, out, errs)
	}
	s.miner(soon, func(m body.Miner) bool { return !m.Running })

	dead := "stratum+tcp://127.0.0.1:1"
	out, errs, code := h.adit("start", "native", "--pool", dead, "--pool", url, "--address", wallet, "--threads", "1", "--rig-id", "one")
	if code != 0 || !strings.Contains(out, "is started for "+dead) {
		t.Fatalf("start: %d %s %s", code, out, errs)
	}
	if _, errs, code := h.adit("start", "native", "--pool", url, "--address", wallet); code != 1 || !strings.Contains(errs, "try: adit list") {
		t.Errorf("a second start of the same name: %d %s", code, errs)
	}
	if _, errs, code := h.adit("start", "nothing-like-it", "--pool", url, "--address", wallet); code != 4 {
		t.Errorf("an unknown type: %d %s", code, errs)
	}
	if out, errs, code := h.adit("stop", m.Name, "nobody"); code != 3 || !strings.Contains(out, "is stopped") || !strings.Contains(errs, "nobody: ") {
		t.Errorf("stopping one of two: %d %s %s", code, out, errs)
	}
	s.end(syscall.SIGINT)
	nothingLeft(t, h)
	if took := pool.end(syscall.SIGINT); took > 10*time.Second {
		t.Errorf("practice took %v to end", took)
	}
	pool.says(regexp.MustCompile(`Practice ends: \d+ shares? accepted`))
}

// TestPracticeBeyondLoopbackWarns: it knows no passwords, and says so.
func TestPracticeBeyondLoopbackWarns(t *testing.T) {
	t.Parallel()
	pool := newHome(t, fakeBin).launch("practice", "--listen", "0.0.0.0:0")
	pool.says(regexp.MustCompile(`practice knows no passwords`))
	pool.end(syscall.SIGTERM)
}
