//go:build linux && e2e

package test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/adit-mining/adit/coop/monerod/monerodtest"
	"github.com/adit-mining/adit/coop/view"
)

// TestRealCrewChain is one chain of real hashes from worker to block: monerod, coordinator A that mines solo on it, coordinator
// B that takes A for its pool, and B's members: a worker over gRPC and an engine over Stratum.
func TestRealCrewChain(t *testing.T) {
	bin := realBin(t)
	node := monerodtest.Start(t, monerodtest.Options{Difficulty: 40})
	a := newHome(t, bin).coordinator("--pool-address", node.URL, "--pool-wallet", node.Address, "--target-diff", "10")
	b := newHome(t, bin).coordinator("--pool-address", "stratum+tcp://"+a.stratum, "--pool-wallet", "crew-b", "--target-diff", "10")
	w := b.launch("worker", "--coordinator", b.grpc, "--worker-id", "w1", "--threads", "1", "--yes-i-own-this-machine")
	m := b.program("adit-miner", "mine", "--pool", "stratum+tcp://"+b.stratum, "--user", "asic-of-a-kind", "--threads", "1", "--mode", "light", "--no-huge-pages")
	before := node.Height()
	began := time.Now()
	block := a.block(3 * time.Minute)
	if block.Member != "crew-b" || block.Reward == nil {
		t.Errorf("%+v", block)
	}
	if node.Height() <= before {
		t.Errorf("height %d, was %d", node.Height(), before)
	}
	t.Logf("the first block after %v", time.Since(began).Round(time.Second))
	b.members(3*time.Minute, func(by map[string]view.Member) bool {
		earning := 0
		for _, m := range by {
			if m.Shares.Accepted > 0 {
				earning++
			}
			if m.Shares.Rejected > 0 {
				t.Fatalf("%s: %+v", m.ID, m.Shares)
			}
		}
		return earning == 2
	})
	eventually(t, soon, func() error { // it is worked out anew now and then
		win, err := a.client.CoopWindow(t.Context())
		if err == nil && (len(win.Parts) != 1 || win.Parts[0].Member != "crew-b" || win.Reward == nil) {
			err = fmt.Errorf("%+v", win)
		}
		return err
	})
	g, err := b.client.Coop(t.Context())
	if err != nil || g.Glance == nil || g.Glance.Verification.Mode == "proxy" || g.Glance.Payout.Basis != "credits" {
		t.Errorf("%+v, %v", g.Glance, err)
	}
	if out, errs, code := b.adit("coop", "credit", "0.5", "--note", "test"); code != 0 {
		t.Errorf("credit: %d %s%s", code, out, errs)
	}
	rounds, err := b.client.CoopRounds(t.Context(), 1)
	if err != nil || len(rounds) != 1 || uint64(rounds[0].Divided) != 500_000_000_000 {
		t.Errorf("%+v, %v", rounds, err)
	}
	list, err := b.client.CoopBalances(t.Context())
	sum := uint64(0)
	for _, x := range list {
		sum += uint64(x.Owed)
	}
	if err != nil || sum != 500_000_000_000 {
		t.Errorf("balances add up to %d: %+v, %v", sum, list, err)
	}
	m.end(syscall.SIGTERM)
	w.end(syscall.SIGTERM)
	b.end(syscall.SIGTERM)
	a.end(syscall.SIGTERM)
	if t.Failed() {
		t.Log(a.out, b.out, w.out)
	}
}
