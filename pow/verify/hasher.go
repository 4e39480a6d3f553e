package verify

import (
	"context"
	"slices"
	"sync"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/pow/engine"
)

// Hasher computes the hashes of blobs. Both LightHasher (here, in this process) and Client (by a child) are one.
type Hasher interface {
	Hash(ctx context.Context, algo adit.Algorithm, seed [32]byte, blobs [][]byte) ([][32]byte, error)
}

// KeepSeeds is how many caches a LightHasher keeps: the current seed's and the one before or after it.
const KeepSeeds = 2

// LightHasher hashes in light mode with the caches of the seeds last asked for. While the cache of one seed is made, it
// goes on hashing with the other's.
type LightHasher struct {
	lib     engine.Library
	threads int

	turn sync.Mutex // one request hashes at a time; its blobs are spread over the threads

	mu    sync.Mutex
	kept  []*lightSeed  // the one asked for last is the last
	freed chan struct{} // closed when a request is done with its seed
}

// lightSeed is a cache with one VM per thread.
type lightSeed struct {
	seed  [32]byte
	users int           // requests that hold it, under LightHasher.mu
	made  chan struct{} // closed when cache or err is set
	cache engine.Cache
	err   error
	vms   []engine.VM // under LightHasher.turn
}

var _ Hasher = (*LightHasher)(nil)

// NewLightHasher makes a hasher with so many threads; 0 means one.
func NewLightHasher(lib engine.Library, threads int) *LightHasher {
	return &LightHasher{lib: lib, threads: max(1, threads), freed: make(chan struct{})}
}

// Hash computes the hashes of blobs in order. It is ended by ctx between two hashes.
func (h *LightHasher) Hash(ctx context.Context, algo adit.Algorithm, seed [32]byte, blobs [][]byte) ([][32]byte, error) {
	if !slices.Contains(h.lib.Algorithms(), algo) {
		return nil, adit.Errorf(adit.Unsupported, "algorithm %q: this verifier computes %v", algo, h.lib.Algorithms())
	}
	if slices.ContainsFunc(blobs, func(b []byte) bool { return len(b) == 0 }) {
		return nil, adit.InvalidField("blobs", "a blob is empty")
	}
	s, err := h.hold(ctx, seed)
	if err != nil {
		return nil, err
	}
	defer h.release(s)
	h.turn.Lock()
	defer h.turn.Unlock()
	if err := s.grow(min(h.threads, len(blobs))); err != nil {
		return nil, err
	}
	return spreadAll(ctx, s.vms, blobs)
}

// spreadAll hashes blobs with as many machines as there are, or blobs.
func spreadAll(ctx context.Context, vms []engine.VM, blobs [][]byte) ([][32]byte, error) {
	out := make([][32]byte, len(blobs))
	n := min(len(vms), len(blobs))
	var all sync.WaitGroup
	for i := 1; i < n; i++ {
		all.Go(func() { spread(ctx, vms[i], blobs, out, i, n) })
	}
	if n > 0 {
		spread(ctx, vms[0], blobs, out, 0, n)
	}
	all.Wait()
	return out, ctx.Err()
}

// spread hashes every n-th blob from i on; the next one is begun while one ends.
func spread(ctx context.Context, vm engine.VM, blobs [][]byte, out [][32]byte, i, n int) {
	if ctx.Err() != nil {
		return
	}
	vm.First(blobs[i])
	for ; i+n < len(blobs) && ctx.Err() == nil; i += n {
		vm.Next(blobs[i+n], &out[i])
	}
	vm.Last(&out[i])
}

// hold finds the seed's cache or makes it. Who gets one gives it back with release.
func (h *LightHasher) hold(ctx context.Context, seed [32]byte) (*lightSeed, error) {
	s, mine, err := h.enter(ctx, seed)
	if err != nil {
		return nil, err
	}
	if mine {
		s.cache, s.err = h.lib.OpenCache(seed[:])
		close(s.made)
	}
	select {
	case <-s.made:
		err = s.err
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		h.release(s)
		return nil, err
	}
	return s, nil
}

// enter finds the seed's place or makes one; mine says that the caller must make its cache. Where all places are in use
// by other seeds it waits for one: there are never more than KeepSeeds caches.
func (h *LightHasher) enter(ctx context.Context, seed [32]byte) (s *lightSeed, mine bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		if i := slices.IndexFunc(h.kept, func(s *lightSeed) bool { return s.seed == seed }); i >= 0 {
			s = h.kept[i]
			h.kept = append(slices.Delete(h.kept, i, i+1), s)
			s.users++
			return s, false, nil
		}
		if h.room() {
			s = &lightSeed{seed: seed, users: 1, made: make(chan struct{})}
			h.kept = append(h.kept, s)
			return s, true, nil
		}
		freed := h.freed
		h.mu.Unlock()
		select {
		case <-freed:
		case <-ctx.Done():
			err = ctx.Err()
		}
		h.mu.Lock()
		if err != nil {
			return nil, false, err
		}
	}
}

// room frees the cache unused for longest where there are too many; false where all are in use.
func (h *LightHasher) room() bool {
	if len(h.kept) < KeepSeeds {
		return true
	}
	i := slices.IndexFunc(h.kept, func(s *lightSeed) bool { return s.users == 0 })
	if i < 0 {
		return false
	}
	h.kept[i].close()
	h.kept = slices.Delete(h.kept, i, i+1)
	return true
}

// release gives a seed back; one whose cache could not be made is forgotten.
func (h *LightHasher) release(s *lightSeed) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.users--
	select {
	case <-s.made:
		if s.err != nil {
			h.kept = slices.DeleteFunc(h.kept, func(k *lightSeed) bool { return k == s })
		}
	default: // somebody else makes it yet
	}
	close(h.freed)
	h.freed = make(chan struct{})
}

// Close frees all memory. Nobody may hash any more.
func (h *LightHasher) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.kept {
		s.close()
	}
	h.kept = nil
}

// grow makes VMs until there are n; fewer will do where memory ends.
func (s *lightSeed) grow(n int) error {
	for len(s.vms) < n {
		vm, err := s.cache.VM()
		if err != nil && len(s.vms) > 0 {
			return nil
		}
		if err != nil {
			return err
		}
		s.vms = append(s.vms, vm)
	}
	return nil
}

func (s *lightSeed) close() {
	for _, vm := range s.vms {
		vm.Close()
	}
	s.cache.Close()
}
