package agent

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/proc"
)

// Idle takes the agent's lock of a data directory on which neither an agent nor a mining program works; Conflict names
// what does. release lets go of it.
func Idle(dir string) (release func() error, err error) {
	if err := os.MkdirAll(filepath.Join(dir, "agent"), 0o700); err != nil {
		return nil, adit.Errorf(adit.Internal, "the agent's folder cannot be made: %w", err)
	}
	l, err := takeLock(dir)
	if err != nil {
		return nil, err
	}
	s := proc.Supervisor{Dir: shimDir(dir)}
	names, err := s.Names()
	if err != nil {
		return nil, errors.Join(adit.Errorf(adit.Internal, "the mining programs of %s cannot be told: %w", dir, err), l.Release())
	}
	var running []string
	for _, n := range names {
		if _, st, err := s.Recorded(n); err == nil && (st.PID != 0 || st.ShimPID != 0) {
			running = append(running, n)
		}
	}
	if len(running) > 0 {
		return nil, errors.Join(adit.Errorf(adit.Conflict, "%s still runs on %s: start adit, stop it, and end adit with Ctrl-C",
			strings.Join(running, ", "), dir), l.Release())
	}
	return l.Release, nil
}
