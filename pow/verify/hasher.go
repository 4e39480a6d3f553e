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

// LightHasher hashes in light mode with the caches of the seeds last asked for.
type LightHasher struct {
	lib     engine.Library
	threads int

	mu   sync.Mutex // one request at a time; its blobs are spread over the threads
	kept []*lightSeed
}

// lightSeed is a cache with one VM per thread.
type lightSeed struct {
	seed  [32]byte
	cache engine.Cache
	vms   []engine.VM
}

var _ Hasher = (*LightHasher)(nil)

// NewLightHasher makes a hasher with so many threads; 0 means one.
func NewLightHasher(lib engine.Library, threads int) *LightHasher {
	return &LightHasher{lib: lib, threads: max(1, threads)}
}

// Hash computes the hashes of blobs in order. It is ended by ctx between two hashes.
func (h *LightHasher) Hash(ctx context.Context, algo adit.Algorithm, seed [32]byte, blobs [][]byte) ([][32]byte, error) {
	if !slices.Contains(h.lib.Algorithms(), algo) {
		return nil, adit.Errorf(adit.Unsupported, "algorithm %q: this verifier computes %v", algo, h.lib.Algorithms())
	}
	if slices.ContainsFunc(blobs, func(b []byte) bool { return len(b) == 0 }) {
		return nil, adit.InvalidField("blobs", "a blob is empty")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	s, err := h.open(seed)
	if err != nil {
		return nil, err
	}
	if err := s.grow(min(h.threads, len(blobs))); err != nil {
		return nil, err
	}
	out := make([][32]byte, len(blobs))
	var all sync.WaitGroup
	n := min(len(s.vms), len(blobs))
	for i := range n {
		all.Go(func() {
			for k := i; k < len(blobs) && ctx.Err() == nil; k += n {
				s.vms[i].First(blobs[k])
				s.vms[i].Last(&out[k])
			}
		})
	}
	all.Wait()
	return out, ctx.Err()
}

// open finds the seed's cache or makes it, and frees the one unused for longest.
func (h *LightHasher) open(seed [32]byte) (*lightSeed, error) {
	if i := slices.IndexFunc(h.kept, func(s *lightSeed) bool { return s.seed == seed }); i >= 0 {
		s := h.kept[i]
		h.kept = append(slices.Delete(h.kept, i, i+1), s)
		return s, nil
	}
	if len(h.kept) >= KeepSeeds {
		h.kept[0].close()
		h.kept = slices.Delete(h.kept, 0, 1)
	}
	c, err := h.lib.OpenCache(seed[:])
	if err != nil {
		return nil, err
	}
	s := &lightSeed{seed: seed, cache: c}
	h.kept = append(h.kept, s)
	return s, nil
}

// Close frees all memory.
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
