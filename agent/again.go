package agent

import (
	"context"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/link/wire"
)

// startAgain starts a program that was stopped, with what it was started with.
func (a *Agent) startAgain(ctx context.Context, o wire.Order) (any, error) {
	s, err := args[wire.AgainArgs](o)
	if err != nil {
		return nil, err
	}
	u, err := a.unit(o.Device)
	if err != nil {
		return nil, err
	}
	u.order.Lock()
	defer u.order.Unlock()
	if p := u.running(); p != nil {
		return nil, goesOn(u.name, p.Status())
	}
	u.mu.Lock()
	if u.want.Args.Practice && len(s.Pools) > 0 {
		u.want.Args.Pools = s.Pools
	}
	u.pool, u.threads = "", 0
	u.mu.Unlock()
	if err := a.again(ctx, u); err != nil {
		return nil, err
	}
	a.tell(evStarted, info, u.name, "%s was started again by %s", u.name, who(o))
	return wire.StartResult{Device: a.id.ID.Device(u.name), Name: u.name}, nil
}

// goesOn says why a program is not started: it is not stopped.
func goesOn(name string, st proc.Status) error {
	switch st.Phase {
	case proc.Quarantined:
		return adit.Errorf(adit.Conflict, "%s is in quarantine: %s; mend that, then release it", name, st.Words)
	case proc.Held:
		return adit.Errorf(adit.Conflict, "%s is held (%s) and starts by itself when it may", name, st.Words)
	}
	return adit.Errorf(adit.Conflict, "%s runs already: to begin anew, restart it", name)
}
