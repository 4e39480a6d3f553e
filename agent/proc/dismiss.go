package proc

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/adit-mining/adit"
)

const (
	refusedPatience = 2 * time.Second // how long a refusal to adopt is given to pass: a program may just be ending
	holderPatience  = 2 * time.Second // a process that is being killed lets go of its lock a little later
)

// End ends whatever still runs under a name, whether or not it can be adopted: the shim that holds the name's lock, its
// program, and what dead ones left. It reports whether there was anything. nil means that nothing is left.
func (s *Supervisor) End(ctx context.Context, name string) (ended bool, err error) {
	if supported() != nil {
		return false, nil // nothing can have been started here
	}
	if !adit.ValidName(name) {
		return false, adit.InvalidField("name", "%q cannot be a program's name", name)
	}
	dir := filepath.Join(s.Dir, name)
	if _, err := os.Stat(dir); absent(err) {
		return false, nil
	}
	unlock, err := lockStart(ctx, dir)
	if err != nil {
		return false, err
	}
	defer unlock()
	free, err := s.shimFree(ctx, dir)
	if err != nil {
		return false, adit.Errorf(adit.Internal, "the lock of %s cannot be taken: %w", name, err)
	}
	if !free {
		return true, s.dismiss(ctx, dir)
	}
	n, err := s.reaper().sweep(ctx, dir)
	if err != nil {
		return n > 0, adit.Errorf(adit.Internal, "what is left of %s does not end: %w", name, err)
	}
	return n > 0, nil
}

// Names lists what was ever started in this folder, running or not.
func (s *Supervisor) Names() ([]string, error) {
	dirs, err := os.ReadDir(s.Dir)
	if err != nil && !absent(err) {
		return nil, adit.Errorf(adit.Internal, "the shims' folder cannot be read: %w", err)
	}
	var names []string
	for _, d := range dirs {
		if d.IsDir() && adit.ValidName(d.Name()) {
			names = append(names, d.Name())
		}
	}
	return names, nil
}

// reject ends a shim that cannot be adopted: a program that nobody can reach is one that nobody can stop.
func (s *Supervisor) reject(ctx context.Context, dir string, cause error) error {
	name := filepath.Base(dir)
	if err := s.dismiss(ctx, dir); err != nil {
		return errors.Join(cause, err)
	}
	return adit.Errorf(adit.CodeOf(cause), "%s was stopped, because its shim could not be adopted; it can be started anew: %w", name, cause)
}

// dismiss ends the shim that holds a folder's lock, and its program: SIGTERM means stop in every version, SIGKILL
// follows. The caller holds the start lock.
func (s *Supervisor) dismiss(ctx context.Context, dir string) error {
	name, r := filepath.Base(dir), s.reaper()
	spec, _ := readSpec(dir)
	patience := spec.withDefaults().StopTimeout + stopSlack
	var shim ident
	var marks []string // the files may be damaged
	giveUp := time.Now().Add(holderPatience)
	var kill time.Time
	for {
		unlock, free, err := tryLock(filepath.Join(dir, shimLockName))
		if err != nil {
			return adit.Errorf(adit.Internal, "the lock of %s cannot be taken: %w", name, err)
		}
		if free {
			unlock()
			break
		}
		switch now := time.Now(); {
		case !r.proc.alive(shim):
			id, ok := s.holder(ctx, dir)
			if ok {
				shim, kill, giveUp = id, now.Add(patience), now.Add(patience+holderPatience)
				marks = append(marks, r.proc.marksBelow(id.PID)...)
				_ = terminateIdent(r.proc, id) // gone, or killed below
			} else if now.After(giveUp) {
				return adit.Errorf(adit.Refused, "%s still runs: whoever holds %s cannot be found", name, filepath.Join(dir, shimLockName))
			}
		case now.After(kill):
			marks = append(marks, r.proc.marksBelow(shim.PID)...)
			if err := r.kill(shim); err != nil {
				return adit.Errorf(adit.Refused, "%s still runs: its shim (process %d) cannot be ended: %w", name, shim.PID, err)
			}
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return adit.Errorf(adit.Timeout, "%s has not ended yet: %w", name, err)
		}
	}
	if _, err := r.sweep(ctx, dir, marks...); err != nil {
		return adit.Errorf(adit.Internal, "what is left of %s does not end: %w", name, err)
	}
	return s.clear(ctx, dir, name)
}

// holder finds the process that holds a folder's lock: by the kernel's word on who listens on the socket, by the
// record, or else by looking at everyone. Only one that has this very lock file open is it.
func (s *Supervisor) holder(ctx context.Context, dir string) (ident, bool) {
	p := s.reaper().proc
	lock, err := os.Stat(filepath.Join(dir, shimLockName))
	if err != nil {
		return ident{}, false
	}
	var pids []int
	dctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if conn, err := dialUnix(dctx, filepath.Join(dir, sockName)); err == nil {
		pids = append(pids, peerPID(conn))
		_ = conn.Close()
	}
	if st, err := readState(dir); err == nil {
		pids = append(pids, st.Shim.PID)
	}
	for _, other := range p.all() {
		pids = append(pids, other.PID)
	}
	for _, pid := range pids {
		if pid <= 0 || pid == os.Getpid() {
			continue
		}
		if id, err := p.identify(pid); err == nil && p.opened(pid, lock) && p.alive(id) {
			return id, true
		}
	}
	return ident{}, false
}

// opened reports whether a process has a file open.
func (p procfs) opened(pid int, file os.FileInfo) bool {
	fds, err := os.ReadDir(p.path(strconv.Itoa(pid), "fd"))
	if err != nil {
		return false // another user's, or gone
	}
	return slices.ContainsFunc(fds, func(fd os.DirEntry) bool {
		got, err := os.Stat(p.path(strconv.Itoa(pid), "fd", fd.Name()))
		return err == nil && os.SameFile(got, file)
	})
}

// marksBelow returns the marks that the children of a shim carry, see marker.
func (p procfs) marksBelow(shim int) (ids []string) {
	for _, c := range p.all() {
		if c.PPID != shim {
			continue
		}
		b, err := os.ReadFile(p.path(strconv.Itoa(c.PID), "environ"))
		if err != nil {
			continue
		}
		for e := range strings.SplitSeq(string(b), "\x00") {
			if id, ok := strings.CutPrefix(e, marker("")); ok && id != "" {
				ids = append(ids, id)
			}
		}
	}
	return ids
}
