package crew

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum/upstream"
)

// seedChecker is a checker whose memory for the next seed is made when the gate opens.
type seedChecker struct {
	checker
	next [32]byte
	gate chan struct{}

	mu    sync.Mutex
	asked int // hashes of the next seed
	fail  error
}

func (k *seedChecker) Hash(ctx context.Context, a adit.Algorithm, seed [32]byte, blobs [][]byte) ([][32]byte, error) {
	if seed == k.next {
		k.mu.Lock()
		k.asked++
		err := k.fail
		k.mu.Unlock()
		if err != nil {
			return nil, err
		}
		<-k.gate
	}
	return k.checker.Hash(ctx, a, seed, blobs)
}

func (k *seedChecker) questions() int { k.mu.Lock(); defer k.mu.Unlock(); return k.asked }

// The memory of an announced seed is made before its time, once, and shares are hashed meanwhile.
func TestNextSeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &seedChecker{next: [32]byte{9}, gate: make(chan struct{}), fail: errors.New("no memory")}
		var announced *[32]byte
		seed := [32]byte{7}
		src := &source{url: "node", make: blobWork(64, func(_ int, w *upstream.Work) { w.Blob.Seed, w.Blob.NextSeed = seed, announced })}
		s := play(t, src, func(o *Options) { o.Checker = k })
		a := s.miner("a")
		push := func() {
			src.push(false)
			synctest.Wait()
		}
		want(t, a.hand(a.find(a.job())), adit.ShareAccepted)
		for _, none := range []*[32]byte{nil, {}, {7}} { // nothing is announced
			announced = none
			push()
		}
		if n := k.questions(); n != 0 {
			t.Fatalf("%d questions about no seed", n)
		}
		announced = &k.next
		push()
		k.mu.Lock()
		k.fail = nil
		k.mu.Unlock()
		push() // tried again
		if n := k.questions(); n != 2 {
			t.Fatalf("%d questions", n)
		}
		for range 5 { // its memory is being made
			push()
			want(t, a.hand(a.find(a.job())), adit.ShareAccepted)
		}
		close(k.gate)
		synctest.Wait()
		push()
		if n := k.questions(); n != 2 {
			t.Fatalf("prepared again: %d questions", n)
		}
		seed, announced = k.next, nil
		push()
		want(t, a.hand(a.find(a.job())), adit.ShareAccepted)
		if m, _ := s.Crew.Member("a"); *m.Checked != 1 {
			t.Fatalf("%+v", m)
		}
		s.end()
	})
}
