// Package trim gives memory back that a program needed for a moment only: to start, or to let ten thousand miners in.
// It imports the standard library and x/sys only. Start at Keep.
package trim

import (
	"context"
	"runtime/debug"
	"time"
)

// Keep trims once after the time that starting takes, then now and then, until ctx ends. Each time costs one garbage
// collection and some hundred page faults.
func Keep(ctx context.Context, first, each time.Duration) {
	t := time.NewTimer(first)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			Now()
			t.Reset(each)
		}
	}
}

// Now returns unused heap to the system, and lets go of the pages of the program's own file that nobody used lately: what
// is needed again is mapped again from the page cache, without reading the disk.
func Now() {
	debug.FreeOSMemory()
	unmap()
}
