//go:build linux

package test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/adit-mining/adit/coop/bitcoind/btcdtest"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/stratum/bitcoin/minertest"
)

// TestCrewOnBitcoin: a real btcd on simnet, whose height grows by blocks that an ASIC's stand-in finds through our Bitcoin
// port; the block is in the books with who found it, and every member's part of it.
func TestCrewOnBitcoin(t *testing.T) {
	t.Parallel()
	node := btcdtest.Start(t)
	h := newHome(t, fakeBin)
	s := h.coordinator("--coin", "BTC", "--pool-address", node.URL, "--pool-wallet", node.Address)
	m, err := minertest.Dial(t.Context(), minertest.Options{Address: s.stratum, Worker: "asic1", Mask: 0x1fffe000})
	if err != nil {
		t.Fatalf("%v\n%s", err, s.out)
	}
	defer m.Close()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	var mined atomic.Int64
	go func() {
		_, _ = m.Run(ctx, func(_ minertest.Found, err error) {
			if err == nil {
				mined.Add(1)
			}
		})
	}()
	before := node.Height()
	eventually(t, soon, func() error {
		if node.Height() >= before+3 && mined.Load() > 0 {
			return nil
		}
		return fmt.Errorf("height %d, was %d, %d shares\n%s", node.Height(), before, mined.Load(), s.out)
	})
	cancel()
	var blocks []view.Block
	eventually(t, soon, func() (err error) {
		if blocks, err = s.client.CoopBlocks(t.Context(), 10); err == nil && len(blocks) < 3 {
			err = fmt.Errorf("%d blocks in the books", len(blocks))
		}
		return err
	})
	for _, b := range blocks {
		if b.Member != "asic1" || b.Coin != "BTC" || b.Reward == nil || *b.Reward == 0 || len(b.Hash) != 64 {
			t.Errorf("%+v", b)
		}
	}
	g, err := s.client.Coop(t.Context())
	if err != nil || g.Glance == nil || g.Glance.Verification.Mode != "full" || len(g.Glance.Upstreams) != 1 || !g.Glance.Upstreams[0].Solo {
		t.Errorf("%+v, %v", g, err)
	}
	if g.Glance != nil && strings.Contains(g.Glance.Upstreams[0].URL, node.Password) {
		t.Error("the node's password is told")
	}
	s.end(syscall.SIGTERM)
}

// waitFor waits until a crew's node has a block of ours.
func (s *crewServer) block(d time.Duration) view.Block {
	s.t.Helper()
	var found view.Block
	eventually(s.t, d, func() error {
		list, err := s.client.CoopBlocks(s.t.Context(), 1)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			g, _ := s.client.Coop(s.t.Context())
			if g.Glance == nil {
				return fmt.Errorf("no block")
			}
			return fmt.Errorf("no block: %s %v\n%s", g.Glance.Sentence, g.Glance.Alarms, s.out)
		}
		found = list[0]
		return nil
	})
	return found
}
