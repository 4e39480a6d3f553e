package agent

import (
	"runtime/debug"

	"github.com/adit-mining/adit"
)

// shield calls a driver. One that panics has failed like one that returns an error: it must not take the agent, and
// with it every other device, down.
func (a *Agent) shield(name, what string, call func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			a.log.Error("a driver failed", "name", name, "call", what, "panic", r, "stack", string(debug.Stack()))
			err = adit.Errorf(adit.Internal, "its driver failed (%s): %v", what, r)
		}
	}()
	return call()
}
