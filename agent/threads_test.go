package agent

import (
	"testing"

	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
)

// TestThreadsInTheProgramsOwnWords: the policy's share makes a number of threads, but not beside what a person said of
// them in another way: a program refuses to be told twice.
func TestThreadsInTheProgramsOwnWords(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		half := 50.0
		r.ok(r.order(wire.VerbPolicy, "", wire.PolicyChange{CPU: &wire.CPUChange{MaxPercent: &half}}))
		hint, off, three := 25, true, 3
		for name, c := range map[string]struct {
			args wire.StartArgs
			none bool
		}{
			"nothing said":      {wire.StartArgs{}, false},
			"other settings":    {wire.StartArgs{Settings: &device.Settings{CPUPriority: new(int)}}, false},
			"cpuMaxThreadsHint": {wire.StartArgs{Settings: &device.Settings{CPUMaxThreadsHint: &hint}}, true},
			"noCpu":             {wire.StartArgs{Settings: &device.Settings{NoCPU: &off}}, true},
			"affinity":          {wire.StartArgs{Affinity: []int{0}}, true},
		} {
			if got := r.a.threadsFor(want{Args: c.args}); (got == nil) != c.none {
				t.Errorf("%s: %v threads", name, got)
			}
		}
		if got := r.a.threadsFor(want{Args: wire.StartArgs{Threads: &three}}); got == nil || *got != 3 {
			t.Errorf("its own number: %v", got)
		}
	})
}
