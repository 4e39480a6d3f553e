//go:build randomx && cgo

package randomx

// #include "glue.h"
import "C"

import (
	"time"

	"github.com/adit-mining/adit"
)

// Loop runs the bare C loop over librandomx: what the engine is measured against. It hashes xmrig's benchmark blob
// (112 zero bytes, nonce at 39) with so many nonces from first on.
func Loop(mem LoopMemory, threads int, first, nonces uint32) (LoopResult, error) {
	var (
		c     *C.randomx_cache
		d     *C.randomx_dataset
		flags C.randomx_flags
		lib   *Library
	)
	switch m := mem.(type) {
	case *cache:
		c, lib, flags = m.ptr, m.lib, m.lib.tries(true)[0]
	case *dataset:
		d, lib, flags = m.ptr, m.lib, m.lib.tries(true)[0]|C.RANDOMX_FLAG_FULL_MEM
	default:
		return LoopResult{}, adit.InvalidField("memory", "%T is no RandomX cache or dataset", mem)
	}
	var (
		sum     C.uint64_t
		seconds C.double
	)
	if C.adit_loop(C.int(flags), lib.transparent(), c, d, C.int(threads), C.uint32_t(first), C.uint32_t(nonces), &sum, &seconds) != 0 {
		return LoopResult{}, noMemory("the loop's threads", padSize*threads)
	}
	return LoopResult{Sum: uint64(sum), Took: time.Duration(float64(seconds) * float64(time.Second))}, nil
}
