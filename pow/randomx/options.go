package randomx

import (
	"time"

	"github.com/adit-mining/adit/pow/engine"
)

// Options change how memory is got. The zero value is right for mining.
type Options struct {
	NoHugePages   bool // leave reserved huge pages to others
	NoTransparent bool // do not ask for transparent huge pages
	NoJIT         bool // interpret; slow, for tests
	SecureJIT     bool // code is never writable and executable at once
}

// LoopMemory is an engine.Cache or a full engine.Dataset of this package.
type LoopMemory interface{ VM() (engine.VM, error) }

// LoopResult is what the bare loop measured.
type LoopResult struct {
	Sum  uint64        // XOR of the LE u64 of bytes 24..31 of all hashes
	Took time.Duration // of the hashing alone
}
