package proc

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/adit-mining/adit"
)

// Start runs a program under a new shim and returns once the shim answers; the program itself may then still be held
// by a limit, see Status. A name that runs already is a Conflict. The spec's digest is recorded where it is empty.
func (s *Supervisor) Start(ctx context.Context, spec Spec) (*Process, error) {
	if err := supported(); err != nil {
		return nil, err
	}
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	dir := filepath.Join(s.Dir, spec.Name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, adit.Errorf(adit.Internal, "the folder of %s cannot be made: %w", spec.Name, err)
	}
	unlock, err := lockStart(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := s.clear(ctx, dir, spec.Name); err != nil {
		return nil, err
	}
	if spec.Digest, _, err = verify(spec.Path, spec.Digest); err != nil {
		return nil, err
	}
	spec.ID = adit.NewID()
	if err := writeSpec(dir, spec); err != nil {
		return nil, adit.Errorf(adit.Internal, "%s cannot be started, its folder cannot be written: %w", spec.Name, err)
	}
	return s.launch(ctx, dir, spec)
}

// clear makes sure that nothing of a name runs any more: a living shim is a Conflict, what a dead one left is ended.
func (s *Supervisor) clear(ctx context.Context, dir, name string) error {
	free, err := s.shimFree(ctx, dir)
	switch {
	case err != nil:
		return adit.Errorf(adit.Internal, "the lock of %s cannot be taken: %w", name, err)
	case !free:
		return adit.Errorf(adit.Conflict, "%s runs already: stop it first, or adopt it", name)
	}
	n, err := s.reaper().sweep(ctx, dir)
	if err != nil {
		return adit.Errorf(adit.Internal, "%s cannot be started: %w", name, err)
	}
	if n > 0 {
		s.log().WarnContext(ctx, "ended what a dead shim left", "name", name, "processes", n)
	}
	if err := os.Remove(filepath.Join(dir, sockName)); err != nil && !absent(err) {
		return adit.Errorf(adit.Internal, "the old socket of %s cannot be removed: %w", name, err)
	}
	return nil
}

// launch spawns the shim of a prepared folder and attaches to it.
func (s *Supervisor) launch(ctx context.Context, dir string, spec Spec) (*Process, error) {
	said, err := os.OpenFile(filepath.Join(dir, shimLogName), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, adit.Errorf(adit.Internal, "%s cannot be started: %w", spec.Name, err)
	}
	defer said.Close()
	args := s.Args
	if args == nil {
		args = []string{"shim"}
	}
	child, err := spawnShim(s.Exe, append(args[:len(args):len(args)], "--dir", dir), dir, said)
	if err != nil {
		return nil, adit.Errorf(adit.Internal, "the shim of %s cannot be started: %w", spec.Name, err)
	}
	shim, err := s.reaper().proc.identify(child.Pid)
	var c *client
	if err == nil {
		c, err = s.await(ctx, dir, shim, spec.ID)
	}
	if err == nil {
		var p *Process
		if p, err = s.attach(ctx, dir, c, shim, child); err == nil {
			return p, nil
		}
	}
	_ = child.Kill() // its program, if any, dies with it
	_, _ = child.Wait()
	_, swept := s.reaper().sweep(context.WithoutCancel(ctx), dir)
	if words := lastWords(said); words != "" {
		return nil, adit.Errorf(adit.Internal, "the shim of %s gave up: %s", spec.Name, words)
	}
	if swept != nil {
		s.log().ErrorContext(ctx, "after a failed start", "name", spec.Name, "error", swept)
	}
	return nil, err
}

// await dials until the shim answers, it has died, or ctx ends.
func (s *Supervisor) await(ctx context.Context, dir string, shim ident, id string) (*client, error) {
	wait := 2 * time.Millisecond
	for {
		c, err := dialShim(ctx, dir, s.hello())
		switch {
		case err == nil && c.peer.PID == shim.PID && c.peer.ID == id:
			return c, nil
		case err == nil:
			c.drop()
			return nil, adit.Errorf(adit.Conflict, "%s was started by another agent", filepath.Base(dir))
		case adit.CodeOf(err) == adit.Unsupported:
			return nil, err
		case !s.reaper().proc.alive(shim):
			return nil, adit.Errorf(adit.Unreachable, "the shim of %s ended at once", filepath.Base(dir))
		case ctx.Err() != nil:
			return nil, adit.Errorf(adit.Timeout, "the shim of %s did not answer in time: %w", filepath.Base(dir), err)
		}
		if err := pause(ctx, wait); err != nil {
			return nil, adit.Errorf(adit.Timeout, "the shim of %s did not answer in time: %w", filepath.Base(dir), err)
		}
		wait = min(2*wait, 50*time.Millisecond)
	}
}

// lastWords is what a shim wrote before it gave up.
func lastWords(f *os.File) string {
	b, err := io.ReadAll(io.NewSectionReader(f, 0, 4<<10))
	if err != nil {
		return ""
	}
	return clean(strings.TrimSpace(string(b)), 1<<10)
}

// lockStart takes a folder's start lock and waits for it until ctx ends.
func lockStart(ctx context.Context, dir string) (func(), error) {
	for {
		unlock, ok, err := tryLock(filepath.Join(dir, startLockName))
		switch {
		case err != nil:
			return nil, adit.Errorf(adit.Internal, "the lock of %s cannot be taken: %w", filepath.Base(dir), err)
		case ok:
			return unlock, nil
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return nil, adit.Errorf(adit.Timeout, "another agent is starting or adopting %s: %w", filepath.Base(dir), err)
		}
	}
}

// shimFree reports whether no shim lives in a folder. The caller holds the start lock. A process that is being killed
// shows as dead a little before its last thread lets go of the lock, so a dead shim's lock is waited for.
func (s *Supervisor) shimFree(ctx context.Context, dir string) (bool, error) {
	deadline := time.Now().Add(2 * time.Second)
	for {
		unlock, ok, err := tryLock(filepath.Join(dir, shimLockName))
		if err != nil {
			return false, err
		}
		if ok {
			unlock()
			return true, nil
		}
		st, err := readState(dir)
		if err != nil || s.reaper().proc.alive(st.Shim) || time.Now().After(deadline) {
			return false, nil
		}
		if err := pause(ctx, 5*time.Millisecond); err != nil {
			return false, err
		}
	}
}

// shimEnv is the agent's environment without its secrets.
func shimEnv(env []string) []string {
	var out []string
	for _, e := range env {
		if k, _, _ := strings.Cut(e, "="); k != "ADIT_TOKEN" && k != "ADIT_SHIM_ID" {
			out = append(out, e)
		}
	}
	return out
}
