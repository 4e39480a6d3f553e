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

// answerPatience is how long a shim that holds its lock may stay silent before it counts as hung and is killed, its
// program with it: a program nobody can reach is one whose consent nobody can withdraw.
const answerPatience = 10 * time.Second

// Adopt finds the shims that an earlier agent left running and attaches to them, whichever version of adit started
// them. What dead shims left is ended. Errors name the programs that could not be adopted; the others are returned.
func (s *Supervisor) Adopt(ctx context.Context) ([]*Process, error) {
	if err := supported(); err != nil {
		return nil, err
	}
	dirs, err := os.ReadDir(s.Dir)
	if err != nil {
		if absent(err) {
			return nil, nil
		}
		return nil, adit.Errorf(adit.Internal, "the shims' folder cannot be read: %w", err)
	}
	var found []*Process
	var failed []error
	for _, d := range dirs {
		if !d.IsDir() || !adit.ValidName(d.Name()) {
			continue
		}
		p, err := s.adopt(ctx, filepath.Join(s.Dir, d.Name()))
		if err != nil {
			failed = append(failed, err)
		}
		if p != nil {
			found = append(found, p)
		}
	}
	return found, errors.Join(failed...)
}

// Recorded returns what the folder of a program says, whether or not it runs: its spec and its last status. The status
// has the PIDs of shim and program only where they live now.
func (s *Supervisor) Recorded(name string) (Spec, Status, error) {
	if !adit.ValidName(name) {
		return Spec{}, Status{}, adit.InvalidField("name", "%q cannot be a program's name", name)
	}
	dir := filepath.Join(s.Dir, name)
	spec, err := readSpec(dir)
	if absent(err) {
		return Spec{}, Status{}, adit.Errorf(adit.NotFound, "nothing named %s was ever started here", name)
	}
	if err != nil {
		return Spec{}, Status{}, adit.Errorf(adit.Internal, "%w", err)
	}
	st, err := readState(dir)
	if err != nil && !absent(err) {
		return spec, Status{}, adit.Errorf(adit.Internal, "%w", err)
	}
	status := st.status()
	status.Name, status.Driver = spec.Name, spec.Driver
	p := procfs{root: rootOr(s.Root)}
	if !p.alive(st.Shim) {
		status.ShimPID = 0
	}
	if st.Child != nil && p.alive(*st.Child) {
		status.PID = st.Child.PID
	}
	return spec, status, nil
}

// adopt attaches to the shim of one folder; nil where none lives.
func (s *Supervisor) adopt(ctx context.Context, dir string) (*Process, error) {
	unlock, err := lockStart(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if free, err := s.shimFree(ctx, dir); err != nil || free {
		if err == nil {
			err = s.clear(ctx, dir, filepath.Base(dir))
		}
		return nil, err
	}
	c, err := s.reach(ctx, dir)
	if c == nil {
		return nil, err // nil, nil: it went while we knocked
	}
	shim, err := s.reaper().proc.identify(c.peer.PID)
	if err != nil {
		c.drop()
		return nil, adit.Errorf(adit.Unreachable, "the shim of %s has just gone", filepath.Base(dir))
	}
	p, err := s.attach(ctx, dir, c, shim, nil)
	switch {
	case err == nil:
		return p, nil
	case ctx.Err() != nil: // whoever adopts gave up; that is no reason to end what runs
		return nil, err
	}
	return nil, s.reject(ctx, dir, err)
}

// reach talks to a living shim until it answers as the one on record. One that never does is ended.
func (s *Supervisor) reach(ctx context.Context, dir string) (*client, error) {
	name := filepath.Base(dir)
	began := time.Now()
	for {
		c, err := s.recognise(ctx, dir)
		switch {
		case err == nil:
			return c, nil
		case ctx.Err() != nil:
			return nil, adit.Errorf(adit.Timeout, "%s could not be adopted in time: %w", name, err)
		case adit.CodeOf(err) == adit.Unsupported, adit.CodeOf(err) == adit.Refused && time.Now().After(began.Add(refusedPatience)),
			time.Now().After(began.Add(answerPatience)):
			return nil, s.reject(ctx, dir, err)
		}
		if free, _ := s.shimFree(ctx, dir); free {
			return nil, s.clear(ctx, dir, name)
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return nil, adit.Errorf(adit.Timeout, "%s could not be adopted in time: %w", name, err)
		}
	}
}

// recognise exchanges hellos and checks them: the shim by the kernel's word on who listens and by the record's PID and
// start time, the program by PID, start time and the digest of what it executes.
func (s *Supervisor) recognise(ctx context.Context, dir string) (*client, error) {
	dctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	c, err := dialShim(dctx, dir, s.hello())
	if err != nil {
		return nil, err
	}
	if err := s.check(dir, c); err != nil {
		c.drop()
		return nil, err
	}
	return c, nil
}

func (s *Supervisor) check(dir string, c *client) error {
	name, proc := filepath.Base(dir), s.reaper().proc
	refuse := func(why string) error {
		return adit.Errorf(adit.Refused, "%s is not adopted: %s", name, why)
	}
	spec, err := readSpec(dir)
	switch {
	case err != nil:
		return refuse("its spec cannot be read: " + err.Error())
	case c.peer.Name != name || spec.ID != c.peer.ID:
		return refuse("its shim answers as another start")
	case c.peerPID != 0 && c.peerPID != c.peer.PID:
		return refuse("its socket belongs to another process than it says")
	}
	// A full disk can leave the record behind the times; then the socket's owner, checked above, is the evidence.
	if st, err := readState(dir); err == nil && st.ID == c.peer.ID && (st.Shim.PID != c.peer.PID || !proc.alive(st.Shim)) {
		return refuse("its shim is not the process on record")
	}
	child := c.peer.Child
	switch {
	case child == nil:
		return nil
	case !proc.alive(*child):
		return refuse("the program has just ended")
	case child.Digest != spec.Digest:
		return refuse("the running program is not the recorded one")
	}
	if strings.TrimSuffix(child.Exe, " (deleted)") != resolved(spec.Path) {
		return nil // a script: what executes is its interpreter
	}
	got, err := Digest(proc.path(strconv.Itoa(child.PID), "exe"))
	if err == nil && got != spec.Digest {
		return refuse("the running program's sha256 is " + got + ", recorded was " + spec.Digest)
	}
	return nil
}

func resolved(path string) string {
	if p, err := filepath.EvalSymlinks(path); err == nil {
		return p
	}
	return path
}

// Tail returns the last limit lines of a program's log on disk, for one that does not run any more.
func (s *Supervisor) Tail(name string, limit int) ([]string, error) {
	if !adit.ValidName(name) {
		return nil, adit.InvalidField("name", "%q cannot be a program's name", name)
	}
	var lines []string
	for _, f := range []string{logName + ".1", logName} {
		b, err := os.ReadFile(filepath.Join(s.Dir, name, f))
		if err != nil && !absent(err) {
			return nil, adit.Errorf(adit.Internal, "the log of %s cannot be read: %w", name, err)
		}
		if t := strings.TrimRight(string(b), "\n"); t != "" {
			lines = append(lines, strings.Split(t, "\n")...)
		}
	}
	return slices.Clone(lines[max(0, len(lines)-max(0, limit)):]), nil
}
