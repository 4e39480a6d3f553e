package proc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// reaper ends what a dead shim left behind. It touches a process only when it is certain whose it is: the recorded
// program by PID, start time, boot and executable, its descendants by the marker in their environment.
type reaper struct {
	proc procfs
	end  func(ident) error // SIGKILL to exactly this process
}

func (s *Supervisor) reaper() reaper {
	p := procfs{root: rootOr(s.Root)}
	return reaper{proc: p, end: func(id ident) error { return killIdent(p, id) }}
}

func rootOr(root string) string {
	if root == "" {
		return "/"
	}
	return root
}

// kill ends one recorded process; one that has gone already is no error.
func (r reaper) kill(id ident) error {
	if !r.proc.alive(id) {
		return nil
	}
	return r.end(id)
}

// sweep ends the program and the descendants that the shim of a folder left, and waits until they have gone.
// It returns how many there were. marks name starts beside those on record. The caller holds the folder's start lock and knows that no shim lives.
func (r reaper) sweep(ctx context.Context, dir string, marks ...string) (int, error) {
	st, err := readState(dir)
	if err != nil && !absent(err) {
		st = state{} // damaged by a power cut: the marker is in the spec too
	}
	ids := map[string]bool{}
	for _, m := range marks {
		ids[m] = true
	}
	if spec, err := readSpec(dir); err == nil && spec.ID != "" {
		ids[spec.ID] = true
	}
	if st.ID != "" {
		ids[st.ID] = true
	}
	if st.Cgroup != "" {
		killCgroup(st.Cgroup)
	}
	ended := map[int]bool{}
	deadline := time.Now().Add(sweepPatience)
	for {
		left := r.orphans(st.Child, ids)
		if len(left) == 0 {
			break
		}
		for _, id := range left {
			ended[id.PID] = true
			if err := r.end(id); err != nil && r.proc.alive(id) {
				return len(ended), fmt.Errorf("orphan %d of %s cannot be ended: %w", id.PID, filepath.Base(dir), err)
			}
		}
		if time.Now().After(deadline) {
			return len(ended), fmt.Errorf("%d orphans of %s do not end", len(left), filepath.Base(dir))
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return len(ended), err
		}
	}
	if st.Cgroup != "" {
		_ = os.Remove(st.Cgroup) // gone already, or not empty yet: the next start uses it again
	}
	return len(ended), nil
}

const sweepPatience = 10 * time.Second

// orphans lists who is left: the recorded program, and everyone who carries one of the markers.
func (r reaper) orphans(child *ident, ids map[string]bool) []ident {
	var left []ident
	if child != nil && r.proc.runs(*child) {
		left = append(left, *child)
	}
	boot := r.proc.bootID()
	for _, s := range r.proc.all() {
		if s.dead() || s.PID == os.Getpid() || child != nil && s.PID == child.PID {
			continue
		}
		for id := range ids {
			if r.proc.marked(s.PID, marker(id)) {
				left = append(left, ident{PID: s.PID, Start: s.Start, Boot: boot})
				break
			}
		}
	}
	return left
}

// killCgroup ends everything in a control group of ours, where the kernel can (cgroup v2, Linux 5.14).
func killCgroup(dir string) {
	path := filepath.Join(dir, "cgroup.kill")
	if _, err := os.Stat(path); err == nil {
		_ = os.WriteFile(path, []byte("1"), 0o600)
	}
}

// pause waits d or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return errors.Join(context.Cause(ctx))
	}
}
