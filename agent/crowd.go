package agent

import (
	"time"

	"github.com/adit-mining/adit/agent/proc"
)

// crowdWindow is the time over which a program's share of the processors is judged.
const crowdWindow = 5 * time.Second

// crowdWords is the reason of a program that gets no processor. Without it a program with a low priority, as practice
// is, would look as if it hung whenever the computer is busy, and be restarted for it.
const crowdWords = "the computer is busy with other work, and it waits for its turn"

// crowd is what is known of how a program gets on the processors.
type crowd struct {
	pid  int
	at   time.Time
	turn proc.Turn
	now  bool // it is kept from working by others
}

// look takes a reading and judges anew where a window has passed.
func (c *crowd) look(root string, pid int, now time.Time) {
	if pid == c.pid && now.Sub(c.at) < crowdWindow {
		return
	}
	t, ok := proc.ReadTurn(root, pid)
	if !ok {
		*c = crowd{}
		return
	}
	c.now = pid == c.pid && t.Crowded(c.turn, now.Sub(c.at))
	c.pid, c.at, c.turn = pid, now, t
}

// judgeCrowd looks whether the unit's program gets a processor. The caller holds u.mu.
func (a *Agent) judgeCrowd(u *unit) {
	if u.prog == nil {
		u.crowd = crowd{}
		return
	}
	u.crowd.look(a.o.Root, u.prog.Status().PID, time.Now())
}
