package proc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

func supported() error { return nil }

// tryLock takes an exclusive lock on a file without waiting; ok is false where somebody else holds it.
func tryLock(path string) (unlock func(), ok bool, err error) {
	f, err := lockFile(path)
	if f == nil {
		return nil, false, err
	}
	return func() { _ = f.Close() }, true, nil
}

// lockFile returns the locked file; nil, nil where somebody else holds it.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err != nil {
		_ = f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, nil
		}
		return nil, err
	}
	return f, nil
}

// killIdent sends SIGKILL to exactly this process: the handle is opened first, the identity checked through it.
func killIdent(p procfs, id ident) error {
	h, err := os.FindProcess(id.PID) // a pidfd where the kernel has them
	if err != nil {
		return err
	}
	defer func() { _ = h.Release() }()
	if !p.alive(id) {
		return nil
	}
	if err := h.Signal(syscall.SIGKILL); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// terminateIdent sends SIGTERM to exactly this process.
func terminateIdent(p procfs, id ident) error {
	h, err := os.FindProcess(id.PID)
	if err != nil {
		return err
	}
	defer func() { _ = h.Release() }()
	if !p.alive(id) {
		return nil
	}
	return h.Signal(syscall.SIGTERM)
}

// maxSunPath is the room for a path in a Unix socket's address (unix(7): 108 bytes with the final zero).
const maxSunPath = 107

// short makes a path fit a socket's address: a longer one goes through an open folder's entry in /proc/self/fd.
func short(path string) (string, func(), error) {
	if len(path) <= maxSunPath {
		return path, func() {}, nil
	}
	fd, err := unix.Open(filepath.Dir(path), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", fd, filepath.Base(path)), func() { _ = unix.Close(fd) }, nil
}

// listenUnix listens on a socket that only its owner may open. It appears under its name complete, or not at all.
func listenUnix(path string) (*net.UnixListener, error) {
	fresh := path + ".new"
	for _, p := range []string{fresh, path} {
		if err := os.Remove(p); err != nil && !absent(err) {
			return nil, err
		}
	}
	name, done, err := short(fresh)
	if err != nil {
		return nil, err
	}
	defer done()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: name, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false) // it knows the temporary name only
	if err := errors.Join(os.Chmod(fresh, 0o600), os.Rename(fresh, path)); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func dialUnix(ctx context.Context, path string) (net.Conn, error) {
	name, done, err := short(path)
	if err != nil {
		return nil, err
	}
	defer done()
	var d net.Dialer
	return d.DialContext(ctx, "unix", name)
}

// peerPID is who listens at the other end, by the kernel's word; 0 = unknown.
func peerPID(conn net.Conn) int {
	u, ok := conn.(*net.UnixConn)
	if !ok {
		return 0
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return 0
	}
	var cred *unix.Ucred
	if raw.Control(func(fd uintptr) { cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }) != nil || err != nil {
		return 0
	}
	return int(cred.Pid)
}

// spawnShim starts a shim in a session of its own, so that no terminal's signal reaches it.
func spawnShim(exe string, args []string, dir string, said *os.File) (*os.Process, error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	defer runtime.KeepAlive(said)
	return os.StartProcess(exe, append([]string{exe}, args...), &os.ProcAttr{
		Dir:   dir,
		Env:   shimEnv(os.Environ()),
		Files: []*os.File{null, null, said},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
}
