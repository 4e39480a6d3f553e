package proc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/atomicfile"
)

// RunShim is the shim process: it takes the folder of one program, runs the program as its spec says and returns the
// process's exit code once the program was stopped for good. SIGTERM and ctx's end mean stop; the signals of a
// terminal are not heard. It is to be called from main, once, with nothing else going on in the process.
func RunShim(ctx context.Context, dir string) int {
	closeInherited()
	// Its work is small and the cores belong to the program; with a second one each wake-up would wake another thread.
	runtime.GOMAXPROCS(1)
	deaf := make(chan os.Signal, 1)
	// Caught, not ignored: an ignored signal would stay ignored in the program.
	signal.Notify(deaf, syscall.SIGHUP, syscall.SIGINT, syscall.SIGPIPE)
	defer signal.Stop(deaf)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	syscall.Umask(0o077)
	if err := runShim(ctx, dir); err != nil {
		fmt.Fprintln(os.Stderr, err) // the agent reads it from shim.log
		return 1
	}
	return 0
}

func runShim(ctx context.Context, dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	lock, err := lockFile(filepath.Join(dir, shimLockName))
	switch {
	case err != nil:
		return err
	case lock == nil:
		return adit.Errorf(adit.Conflict, "another shim runs this program already")
	}
	defer func() { _ = lock.Close() }()
	spec, err := readSpec(dir)
	if err != nil {
		return err
	}
	spec = spec.withDefaults()
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("cannot become the parent of orphans: %w", err)
	}
	me, err := procfs{"/"}.identify(os.Getpid())
	if err != nil {
		return err
	}
	l, err := listenUnix(filepath.Join(dir, sockName))
	if err != nil {
		return fmt.Errorf("the socket cannot be opened: %w", err)
	}
	defer func() { _ = l.Close() }()
	tend(ctx, home{dir, lock}, spec, me, l)
	return nil
}

// tend wires the shim's parts together and waits for the runner to end.
func tend(ctx context.Context, at home, spec Spec, me ident, l net.Listener) {
	dir := at.dir
	lines := newRing(time.Now)
	out := newLogWriter(filepath.Join(dir, logName), spec.Log, lines)
	forge := newForge("/", dir, lines)
	defer forge.close()
	srv := &server{ring: lines, dir: dir, conns: map[*session]struct{}{}, write: at.writeSpec}
	r := newRunner(spec, forge, lines, me, lastState(dir, spec, me))
	r.agents = srv.agents
	r.logWords = func() string { w, _ := out.words.get(); return w }
	r.homeless = at.lost
	r.record = func(s state) error {
		if at.lost() {
			return nil // the folder is another's, and so is what is recorded there
		}
		return atomicfile.WriteJSON(filepath.Join(dir, stateName), s, 0o600)
	}
	srv.run, srv.mine = r, r.hello

	var parts sync.WaitGroup
	logging, stopLogging := context.WithCancel(context.WithoutCancel(ctx))
	parts.Go(func() { out.run(logging) })
	parts.Go(func() { srv.serve(context.WithoutCancel(ctx), l) })
	r.run(ctx)
	srv.drain(time.Second)
	if !at.lost() {
		_ = os.Remove(filepath.Join(dir, sockName))
	}
	_ = l.Close()
	stopLogging()
	parts.Wait()
	if group := forge.cgroup(); group != "" {
		_ = os.Remove(group) // empty now; if not, the next start uses it again
	}
}

// closeInherited closes what an ancestor left open by mistake (a lock, a pipe): the shim outlives them all and would
// hold it for days. Go's own descriptors are marked close-on-exec, so whatever is not was inherited.
func closeInherited() {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return
	}
	for _, e := range list {
		fd, err := strconv.Atoi(e.Name())
		if err != nil || fd <= 2 {
			continue
		}
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			_ = unix.Close(fd)
		}
	}
}

// home is a shim's folder and its lock, open.
type home struct {
	dir  string
	lock *os.File
}

// lost reports whether the folder or its lock was removed or exchanged: then no agent can find this shim, another may
// run the same program, and what lies in the folder is that one's.
func (h home) lost() bool {
	ours, err := h.lock.Stat()
	if err != nil {
		return false // nothing is known
	}
	now, err := os.Stat(filepath.Join(h.dir, shimLockName))
	if err != nil {
		return absent(err) || errors.Is(err, syscall.ENOTDIR)
	}
	return !os.SameFile(ours, now)
}

func (h home) writeSpec(s Spec) error {
	if h.lost() {
		return errors.New("the program's folder was removed")
	}
	return writeSpec(h.dir, s)
}

// lastState is what the shim before this one recorded, as far as it still matters.
func lastState(dir string, spec Spec, me ident) state {
	st, err := readState(dir)
	if err != nil || st.Name != spec.Name {
		return state{}
	}
	if st.Shim.Boot != me.Boot {
		st.SensorsSeen = nil // hardware may have changed
	}
	return st
}
