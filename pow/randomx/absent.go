//go:build !randomx || !cgo

package randomx

import (
	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/pow/engine"
)

// Available reports whether this build can compute RandomX.
const Available = false

// Open says how to get a build that can.
func Open(Options) (engine.Library, error) { return nil, errAbsent }

// Loop says how to get a build that can.
func Loop(LoopMemory, int, uint32, uint32) (LoopResult, error) { return LoopResult{}, errAbsent }

var errAbsent = adit.Errorf(adit.Unsupported, "built without librandomx: run make build")
