package verify

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/pow/engine"
)

// Numbers of a FullHasher.
const (
	settled   = 32    // blobs in a row of one seed, then its dataset is worth the building
	fillItems = 16384 // items computed between two looks at the end: some 20 ms of a core
)

// FullHasher hashes with the dataset of the seed that is asked for (RandomX: 2080 MiB), which is about ten times as fast as
// light mode. While a dataset is being built, and for other seeds, it hashes in light mode.
type FullHasher struct {
	// Builders is how many threads build a dataset; 0: as many as hash. It is set before the first question.
	Builders int

	light   *LightHasher
	lib     engine.Library
	threads int
	end     context.CancelFunc
	ctx     context.Context
	loops   sync.WaitGroup

	use sync.RWMutex // held for reading while the dataset is used, for writing while it changes hands

	mu       sync.Mutex
	dataset  engine.Dataset // nil before the first
	vms      []engine.VM    // one for each thread, of a full dataset
	full     *[32]byte      // seed of the dataset; nil while there is none
	building bool
	last     [32]byte // seed of the newest question
	run      int      // blobs of it in a row
	failed   error    // why no dataset can be built; light mode then
}

var _ Hasher = (*FullHasher)(nil)

// NewFullHasher makes a hasher with so many threads; 0 means one.
func NewFullHasher(lib engine.Library, threads int) *FullHasher {
	h := &FullHasher{light: NewLightHasher(lib, threads), lib: lib, threads: max(1, threads)}
	h.ctx, h.end = context.WithCancel(context.Background())
	return h
}

// Hash computes the hashes of blobs in order. It is ended by ctx between two hashes.
func (h *FullHasher) Hash(ctx context.Context, algo adit.Algorithm, seed [32]byte, blobs [][]byte) ([][32]byte, error) {
	if !slices.Contains(h.lib.Algorithms(), algo) || slices.ContainsFunc(blobs, func(b []byte) bool { return len(b) == 0 }) {
		return h.light.Hash(ctx, algo, seed, blobs) // says what is wrong
	}
	h.use.RLock()
	vms := h.ready(seed, len(blobs))
	if vms == nil {
		h.use.RUnlock()
		return h.light.Hash(ctx, algo, seed, blobs)
	}
	defer h.use.RUnlock()
	h.light.turn.Lock() // one request at a time: the machines are shared
	defer h.light.turn.Unlock()
	return spreadAll(ctx, vms, blobs)
}

// ready returns the machines where the dataset is the seed's; else it notes the question, and begins to build where the
// seed was asked for long enough.
func (h *FullHasher) ready(seed [32]byte, blobs int) []engine.VM {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.full != nil && *h.full == seed {
		h.last, h.run = seed, 0
		return h.vms
	}
	if seed != h.last {
		h.last, h.run = seed, 0
	}
	if h.run += blobs; h.run >= settled && !h.building && h.failed == nil && h.ctx.Err() == nil {
		h.building = true
		h.loops.Go(func() { h.build(seed) })
	}
	return nil
}

// Full reports whether the dataset of a seed is there, and why none can be built, nil where one can.
func (h *FullHasher) Full(seed [32]byte) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.full != nil && *h.full == seed, h.failed
}

// build fills the dataset for a seed. Nobody uses it meanwhile.
func (h *FullHasher) build(seed [32]byte) {
	h.use.Lock() // waits for who hashes with it
	h.mu.Lock()
	h.full = nil
	for _, vm := range h.vms {
		vm.Close()
	}
	h.vms = nil
	h.mu.Unlock()
	h.use.Unlock()
	vms, err := h.fill(seed)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.building, h.run = false, 0
	switch {
	case err == nil:
		h.vms, h.full = vms, &seed
	case !errors.Is(err, context.Canceled):
		h.failed = err
	}
}

func (h *FullHasher) fill(seed [32]byte) ([]engine.VM, error) {
	light, err := h.light.hold(h.ctx, seed) // there is a cache of it already
	if err != nil {
		return nil, err
	}
	defer h.light.release(light)
	if h.dataset == nil {
		if h.dataset, err = h.lib.OpenDataset(); err != nil {
			return nil, err
		}
	}
	d := h.dataset
	var next uint64
	var turn sync.Mutex
	take := func() (first, count uint64) {
		turn.Lock()
		defer turn.Unlock()
		first = next
		count = min(fillItems, d.Items()-first)
		next += count
		return first, count
	}
	var all sync.WaitGroup
	for range cmp.Or(h.Builders, h.threads) {
		all.Go(func() {
			for h.ctx.Err() == nil {
				first, count := take()
				if count == 0 {
					return
				}
				d.Fill(light.cache, first, count)
			}
		})
	}
	all.Wait()
	if err := h.ctx.Err(); err != nil {
		return nil, err
	}
	var vms []engine.VM
	for range h.threads {
		vm, err := d.VM()
		if err != nil && len(vms) > 0 {
			break // fewer will do where memory ends
		}
		if err != nil {
			return nil, err
		}
		vms = append(vms, vm)
	}
	return vms, nil
}

// Close ends what is being built and frees all memory.
func (h *FullHasher) Close() {
	h.end()
	h.loops.Wait()
	h.use.Lock()
	defer h.use.Unlock()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, vm := range h.vms {
		vm.Close()
	}
	h.vms, h.full = nil, nil
	if h.dataset != nil {
		h.dataset.Close()
		h.dataset = nil
	}
	h.light.Close()
}
