package verify

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/pow/engine"
)

// fullLib is fakeLib with a dataset; its machines know whether they were used while the dataset was not theirs.
type fullLib struct {
	fakeLib
	datasets atomic.Int32
	fulls    atomic.Int32 // hashes made with a dataset
	refuse   error
	gate     chan struct{} // a Fill waits for it, where it is set
}

func (l *fullLib) OpenDataset() (engine.Dataset, error) {
	if l.refuse != nil {
		return nil, l.refuse
	}
	l.datasets.Add(1)
	return &fullSet{l: l}, nil
}

type fullSet struct {
	engine.Dataset
	l    *fullLib
	mu   sync.Mutex
	seed string
	got  uint64
}

func (d *fullSet) Items() uint64 { return 3*fillItems + 5 }

func (d *fullSet) Fill(c engine.Cache, _, count uint64) {
	if d.l.gate != nil {
		<-d.l.gate
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := c.(*fakeCache).seed; s != d.seed {
		d.seed, d.got = s, 0
	}
	d.got += count
}

func (d *fullSet) VM() (engine.VM, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.got != d.Items() {
		return nil, errors.New("the dataset is not full")
	}
	return &fullVM{fakeVM{seed: d.seed}, d}, nil
}

func (d *fullSet) Close() { d.l.datasets.Add(-1) }

type fullVM struct {
	fakeVM
	d *fullSet
}

func (v *fullVM) Next(in []byte, out *[32]byte) { v.Last(out); v.First(in) }

func (v *fullVM) Last(out *[32]byte) {
	v.d.mu.Lock()
	if v.d.seed != v.seed {
		panic("a machine of another seed's dataset")
	}
	v.d.mu.Unlock()
	v.d.l.fulls.Add(1)
	v.fakeVM.Last(out)
}

func question(t *testing.T, h Hasher, seed byte, n int) {
	t.Helper()
	s := [32]byte{seed}
	var blobs [][]byte
	for i := range n {
		blobs = append(blobs, []byte{byte(i), 1})
	}
	got, err := h.Hash(t.Context(), adit.RandomX, s, blobs)
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range blobs {
		if want := sha256.Sum256([]byte(string(s[:]) + string(b))); !bytes.Equal(got[i][:], want[:]) {
			t.Fatalf("hash %d of %d is wrong", i, n)
		}
	}
}

// TestFull: light until a seed was asked for long enough, then its dataset; another seed's takes its place.
func TestFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &fullLib{gate: make(chan struct{})}
		h := NewFullHasher(l, 2)
		question(t, h, 1, settled-1)
		synctest.Wait()
		if l.datasets.Load() != 0 {
			t.Fatal("a dataset for a handful of hashes")
		}
		question(t, h, 1, 1)
		question(t, h, 1, 7) // light while it is being built
		if full, err := h.Full([32]byte{1}); full || err != nil || l.fulls.Load() != 0 {
			t.Fatal("full before it is")
		}
		close(l.gate)
		synctest.Wait()
		for n := range 9 {
			question(t, h, 1, n+1)
		}
		if full, _ := h.Full([32]byte{1}); !full || l.fulls.Load() != 45 {
			t.Fatalf("full %v, %d hashes with the dataset", full, l.fulls.Load())
		}
		question(t, h, 2, 3) // an old or new seed, now and then: light
		if l.fulls.Load() != 45 {
			t.Fatal("hashed with another seed's dataset")
		}
		l.gate = make(chan struct{})
		question(t, h, 2, settled)
		synctest.Wait()
		before := l.fulls.Load()
		for n := range 9 { // the old seed and the new one are hashed while the new one's dataset is being built
			question(t, h, 1, n+1)
			question(t, h, 2, n+1)
		}
		if full, _ := h.Full([32]byte{2}); full || l.fulls.Load() != before || l.open.Load() > KeepSeeds {
			t.Fatalf("full %v, %d caches", full, l.open.Load())
		}
		close(l.gate)
		synctest.Wait()
		if full, _ := h.Full([32]byte{2}); !full || l.datasets.Load() != 1 {
			t.Fatalf("full %v with %d datasets", full, l.datasets.Load())
		}
		question(t, h, 1, 3)
		h.Close()
		if l.datasets.Load() != 0 || l.open.Load() != 0 {
			t.Errorf("%d datasets and %d caches are left", l.datasets.Load(), l.open.Load())
		}
	})
}

// TestFullTogether: many ask while the dataset changes hands.
func TestFullTogether(t *testing.T) {
	l := &fullLib{}
	h := NewFullHasher(l, 3)
	defer h.Close()
	var all sync.WaitGroup
	for g := range 6 {
		all.Go(func() {
			for i := range 60 {
				question(t, h, byte(1+(i/20+g/3)%2), 5)
			}
		})
	}
	all.Wait()
}

// TestFullRefused: no memory for a dataset is light mode for good, and said.
func TestFullRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &fullLib{refuse: errors.New("no memory")}
		h := NewFullHasher(l, 1)
		question(t, h, 1, 2*settled)
		synctest.Wait()
		question(t, h, 1, 2*settled)
		if full, err := h.Full([32]byte{1}); full || err == nil {
			t.Errorf("%v %v", full, err)
		}
		if _, err := h.Hash(t.Context(), "x", [32]byte{}, [][]byte{{1}}); adit.CodeOf(err) != adit.Unsupported {
			t.Errorf("%v", err)
		}
		h.Close()
	})
}
