package agent

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/link/wire"
)

// What Go says of time that ran out reaches nobody: neither as a device's reason nor in the journal.
func TestTimeoutsInPlainWords(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("m")
		r.a.tell(evAgent, warn, "m", "m does not end: %v", fmt.Errorf("asking its shim: %w", context.DeadlineExceeded))
		r.sup.get("m").set(func(s *proc.Status) {
			s.Phase, s.Words, s.PID = proc.BackingOff, "the shim said: "+context.DeadlineExceeded.Error(), 0
		})
		r.pass(2 * time.Second)
		if e := r.hub.events(evAgent); len(e) == 0 || !strings.Contains(e[len(e)-1], "asking its shim: it took too long") {
			t.Errorf("events %q", e)
		}
		if f := r.facts("m"); f.Work != wire.WorkFailed || f.Reason != "the shim said: it took too long" {
			t.Errorf("%s: %q", f.Work, f.Reason)
		}
	})
}
