//go:build randomx && cgo

package randomx

/*
#cgo LDFLAGS: -lrandomx -lm -lpthread
#include <stdlib.h>
#include "glue.h"
#cgo noescape adit_first
#cgo nocallback adit_first
#cgo noescape adit_next
#cgo nocallback adit_next
#cgo noescape adit_last
#cgo nocallback adit_last
#cgo nocallback adit_fill
*/
import "C"

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/pow/engine"
)

// Available reports whether this build can compute RandomX.
const Available = true

// Sizes of RandomX's memory and of a huge page (x86-64 and arm64 with 4 KiB pages). Source: RandomX
// configuration.h: RANDOMX_ARGON_MEMORY, RANDOMX_DATASET_BASE_SIZE + RANDOMX_DATASET_EXTRA_SIZE, RANDOMX_SCRATCHPAD_L3.
const (
	cacheSize   = 262144 << 10
	datasetSize = 2147483648 + 33554368
	padSize     = 2097152
	hugePage    = 2 << 20
)

const (
	cachePages   = (cacheSize + hugePage - 1) / hugePage
	datasetPages = (datasetSize + hugePage - 1) / hugePage
	padPages     = padSize / hugePage
)

// Library is RandomX. Make one with Open.
type Library struct {
	opt      Options
	flags    C.randomx_flags // what this CPU can, JIT and huge pages apart
	jit      C.randomx_flags // JIT, JIT|SECURE or 0
	mem      engine.Memory
	datasets atomic.Int32 // alive
}

var _ engine.Library = (*Library)(nil)

// Open finds out what this machine allows.
func Open(o Options) (engine.Library, error) {
	all := C.randomx_get_flags()
	l := &Library{opt: o, flags: all &^ (C.RANDOMX_FLAG_JIT | C.RANDOMX_FLAG_SECURE | C.RANDOMX_FLAG_LARGE_PAGES)}
	if all&C.RANDOMX_FLAG_JIT != 0 && !o.NoJIT {
		switch kind := C.adit_probe_jit(); {
		case kind == 2 && !o.SecureJIT:
			l.jit = C.RANDOMX_FLAG_JIT
		case kind >= 1:
			l.jit = C.RANDOMX_FLAG_JIT | C.RANDOMX_FLAG_SECURE
		}
	}
	return l, nil
}

// Algorithms are what the system's library computes; other RandomX kinds differ in constants compiled into it.
func (l *Library) Algorithms() []adit.Algorithm { return []adit.Algorithm{adit.RandomX} }

// DatasetSize is what fast mode needs besides the cache.
func (l *Library) DatasetSize() adit.Bytes { return datasetSize }

// Describe names the flags in use, for a log line: "jit aes argon2-avx2".
func (l *Library) Describe() string {
	s := "interpreter"
	switch l.jit {
	case C.RANDOMX_FLAG_JIT:
		s = "jit"
	case C.RANDOMX_FLAG_JIT | C.RANDOMX_FLAG_SECURE:
		s = "secure jit"
	}
	if l.flags&C.RANDOMX_FLAG_HARD_AES != 0 {
		s += " aes"
	}
	switch {
	case l.flags&C.RANDOMX_FLAG_ARGON2_AVX2 != 0:
		s += " argon2-avx2"
	case l.flags&C.RANDOMX_FLAG_ARGON2_SSSE3 != 0:
		s += " argon2-ssse3"
	}
	return s
}

// tries are the flags to allocate with, best first; reserved huge pages only where they are free.
func (l *Library) tries(huge bool) []C.randomx_flags {
	plain := []C.randomx_flags{l.flags | l.jit}
	if l.jit == C.RANDOMX_FLAG_JIT {
		plain = append(plain, l.flags|l.jit|C.RANDOMX_FLAG_SECURE)
	}
	if l.jit != 0 {
		plain = append(plain, l.flags)
	}
	if !huge || l.opt.NoHugePages {
		return plain
	}
	return append([]C.randomx_flags{plain[0] | C.RANDOMX_FLAG_LARGE_PAGES}, plain...)
}

// transparent says whether ordinary memory is to be backed by transparent huge pages: 1 or 0.
func (l *Library) transparent() C.int {
	if l.opt.NoTransparent {
		return 0
	}
	return 1
}

// hugeForCache reports whether a cache may take reserved pages: never those that a dataset could have, which gains
// ten times as much from them.
func (l *Library) hugeForCache() bool {
	free := int(l.mem.HugeFree() / hugePage)
	return l.datasets.Load() > 0 || free < datasetPages || free >= datasetPages+cachePages
}

// cache is light-mode memory.
type cache struct {
	lib   *Library
	ptr   *C.randomx_cache
	flags C.randomx_flags
	once  sync.Once
}

// OpenCache computes the cache of a seed.
func (l *Library) OpenCache(seed []byte) (engine.Cache, error) {
	for _, f := range l.tries(l.hugeForCache()) {
		if p := C.adit_alloc_cache(C.int(f), l.transparent()); p != nil {
			key := C.CBytes(seed)
			defer C.free(key)
			C.randomx_init_cache(p, key, C.size_t(len(seed)))
			return &cache{lib: l, ptr: p, flags: f}, nil
		}
	}
	return nil, noMemory("the RandomX cache", cacheSize)
}

func (c *cache) VM() (engine.VM, error) { return c.lib.vm(c.flags, c.ptr, nil) }
func (c *cache) Pages() engine.Pages    { return pages(c.flags, cachePages) }
func (c *cache) Close()                 { c.once.Do(func() { C.randomx_release_cache(c.ptr) }) }

// dataset is fast-mode memory.
type dataset struct {
	lib   *Library
	ptr   *C.randomx_dataset
	flags C.randomx_flags
	once  sync.Once
}

// OpenDataset reserves the dataset's memory.
func (l *Library) OpenDataset() (engine.Dataset, error) {
	for _, f := range []C.randomx_flags{C.RANDOMX_FLAG_LARGE_PAGES, 0} {
		if f != 0 && l.opt.NoHugePages {
			continue
		}
		p := C.adit_alloc_dataset(C.int(f), l.transparent())
		if p == nil {
			continue
		}
		l.datasets.Add(1)
		return &dataset{lib: l, ptr: p, flags: f}, nil
	}
	return nil, noMemory("the RandomX dataset", datasetSize)
}

func (d *dataset) Items() uint64 { return uint64(C.randomx_dataset_item_count()) }

func (d *dataset) Fill(c engine.Cache, first, count uint64) {
	C.adit_fill(d.ptr, c.(*cache).ptr, C.ulong(first), C.ulong(count))
}

func (d *dataset) VM() (engine.VM, error) {
	return d.lib.vm(d.lib.flags|d.lib.jit|C.RANDOMX_FLAG_FULL_MEM, nil, d.ptr)
}

// word is the first word of an item, for tests.
func (d *dataset) word(item uint64) uint64 {
	return *(*uint64)(unsafe.Add(C.randomx_get_dataset_memory(d.ptr), item*C.RANDOMX_DATASET_ITEM_SIZE))
}

func (d *dataset) Pages() engine.Pages { return pages(d.flags, datasetPages) }

func (d *dataset) Close() {
	d.once.Do(func() {
		C.randomx_release_dataset(d.ptr)
		d.lib.datasets.Add(-1)
	})
}

// vm is one thread's hasher.
type vm struct {
	ptr   *C.randomx_vm
	flags C.randomx_flags
}

// vm makes a hasher: reserved huge page first, then JIT, secure JIT and the interpreter, as the system allows.
func (l *Library) vm(base C.randomx_flags, c *C.randomx_cache, d *C.randomx_dataset) (engine.VM, error) {
	keep := base & C.RANDOMX_FLAG_FULL_MEM
	for _, f := range l.tries(true) {
		f |= keep
		if p := C.adit_create_vm(C.int(f), c, d, l.transparent()); p != nil {
			return &vm{ptr: p, flags: f}, nil
		}
	}
	return nil, noMemory("a RandomX virtual machine", padSize)
}

func (v *vm) First(in []byte) { C.adit_first(v.ptr, unsafe.Pointer(&in[0]), C.size_t(len(in))) }

func (v *vm) Next(in []byte, out *[32]byte) {
	C.adit_next(v.ptr, unsafe.Pointer(&in[0]), C.size_t(len(in)), unsafe.Pointer(out))
}

func (v *vm) Last(out *[32]byte) { C.adit_last(v.ptr, unsafe.Pointer(out)) }

func (v *vm) Pages() engine.Pages { return pages(v.flags, padPages) }

func (v *vm) Close() {
	if v.ptr != nil {
		C.randomx_destroy_vm(v.ptr)
		v.ptr = nil
	}
}

func pages(f C.randomx_flags, want int) engine.Pages {
	if f&C.RANDOMX_FLAG_LARGE_PAGES != 0 {
		return engine.Pages{Got: want, Want: want}
	}
	return engine.Pages{Want: want}
}

func noMemory(what string, size int) error {
	return adit.Errorf(adit.Refused, "not enough memory for %s (%d MiB): %w", what, size>>20, errAlloc)
}

var errAlloc = errors.New("librandomx could not allocate")

// String helps logs.
func (l *Library) String() string { return fmt.Sprintf("librandomx (%s)", l.Describe()) }
