package proc

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/adit-mining/adit"
)

// binName is the folder, below the program's, of an executable that its user could not reach where it lies.
const binName = "bin"

// berth is where and as whom a program is started. The data directory is closed to everybody but its owner, and stays so:
// a program of another user gets its working folder as its current one, and its executable through an open folder, so
// that neither needs a way through the folders above. It sees /proc/self/cwd, and nothing else of adit.
type berth struct {
	path  string      // to execute
	file  fs.FileInfo // what is executed
	limit Limit       // "" = nothing was asked for
	drop  bool
	open  []*os.File
}

func (st *berth) close() {
	for _, f := range st.open {
		_ = f.Close()
	}
}

// berth prepares the start of a program and changes attr for it. A program of another user gets no privilege back:
// no capability, no group but its own, and no set-user-ID program can help it (prctl(2), PR_SET_NO_NEW_PRIVS).
func (f *forge) berth(s Spec, attr *os.ProcAttr, checked fs.FileInfo) (*berth, error) {
	st := &berth{path: s.Path, file: checked}
	if s.User == nil {
		return st, nil
	}
	u := *s.User
	st.limit = Limit{Name: "user", Holds: true, Words: "runs as " + u.words() + ", without privileges"}
	if why := CannotDrop(); why != "" {
		st.limit = Limit{Name: "user", Words: fmt.Sprintf("does not run as %s but as adit itself: %s", u.words(), why)}
		return st, nil
	}
	if err := f.furnish(st, s, attr, u); err != nil {
		st.close()
		return nil, err
	}
	attr.Sys.Credential = &syscall.Credential{Uid: u.UID, Gid: u.GID}
	st.drop = true
	return st, nil
}

func (f *forge) furnish(st *berth, s Spec, attr *os.ProcAttr, u Account) error {
	if filepath.Dir(s.Dir) == f.dir { // a folder of adit's own: it becomes the program's
		if err := errors.Join(os.Chown(s.Dir, int(u.UID), int(u.GID)), os.Chmod(s.Dir, 0o700)); err != nil {
			return adit.Errorf(adit.Internal, "the working folder cannot be given to %s: %w", u.Name, err)
		}
	}
	dir, err := openPath(s.Dir)
	if err != nil {
		return startError(s, s.Dir, err)
	}
	st.open = append(st.open, dir)
	attr.Dir = "/proc/self/fd/" + strconv.Itoa(int(dir.Fd())) // the child has the same numbers until it executes
	if reaches(u, s.Path) {
		return nil
	}
	if st.file, err = f.lend(s, st.file); err != nil {
		return err
	}
	bin, err := openPath(filepath.Join(f.dir, binName))
	if err != nil {
		return err
	}
	st.open = append(st.open, bin)
	attr.Files = append(attr.Files, bin) // number 3 in the program; a script's interpreter needs it too
	st.path = filepath.Join("/proc/self/fd/3", filepath.Base(s.Path))
	return nil
}

// bind makes the calling thread, and what it forks from now on, unable to gain privileges.
func (st *berth) bind() {
	_ = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) // since Linux 3.5
	if !st.drop {
		return
	}
	for c := uintptr(0); c <= 63; c++ {
		_ = unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0) // EINVAL after the last
	}
}

// after undoes what forking a process of another user did to the shim: the child shares the shim's memory until it
// executes, and the change of user there marks that memory as not to be looked at (credentials(7), prctl(2)
// PR_SET_DUMPABLE), by which an agent without CAP_SYS_PTRACE could not identify the shim.
func (st *berth) after() {
	if st.drop {
		_ = unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0)
	}
}

// CannotDrop says why this process cannot start another as another user, "" = it can.
func CannotDrop() string {
	if os.Geteuid() != 0 {
		return "adit does not run as root"
	}
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&hdr, &data[0]); err != nil {
		return ""
	}
	for _, c := range []uint{unix.CAP_SETUID, unix.CAP_SETGID, unix.CAP_CHOWN, unix.CAP_KILL} {
		if data[0].Effective&(1<<c) == 0 {
			return "this container does not let root change the user (CAP_SETUID, CAP_SETGID, CAP_CHOWN and CAP_KILL are needed)"
		}
	}
	return ""
}

func openPath(path string) (*os.File, error) {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

// reaches reports whether a user can execute a file where it lies, going by the modes alone.
func reaches(u Account, path string) bool {
	real, err := filepath.EvalSymlinks(path)
	if err != nil || !allowed(u, real, 5) { // a script must be read, too
		return false
	}
	for dir := filepath.Dir(real); ; dir = filepath.Dir(dir) {
		if !allowed(u, dir, 1) {
			return false
		}
		if dir == "/" || dir == "." {
			return real == path
		}
	}
}

// allowed reports whether all bits (r=4, w=2, x=1) are given to the user.
func allowed(u Account, path string, bits os.FileMode) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	mode := info.Mode().Perm()
	switch {
	case st.Uid == u.UID:
		mode >>= 6
	case st.Gid == u.GID:
		mode >>= 3
	}
	return mode&bits == bits
}

// lend puts the executable where its user reaches it: the very file that was checked where that can be linked and
// everybody may execute it, else a copy, which must have the digest that was checked. The folder stays root's.
func (f *forge) lend(s Spec, checked fs.FileInfo) (fs.FileInfo, error) {
	dir := filepath.Join(f.dir, binName)
	to := filepath.Join(dir, filepath.Base(s.Path))
	if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o755), os.Chmod(dir, 0o755)); err != nil {
		return nil, adit.Errorf(adit.Internal, "the folder of the executable cannot be made: %w", err)
	}
	info, err := os.Stat(s.Path)
	if err != nil {
		return nil, err
	}
	real, err := filepath.EvalSymlinks(s.Path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o005 == 0o005 && os.Link(real, to) == nil {
		lent, err := os.Lstat(to)
		if err == nil && !os.SameFile(lent, checked) {
			err = adit.Errorf(adit.Refused, "%s was exchanged while it was being started", s.Path)
		}
		return lent, err
	}
	if err := copyFile(s.Path, to); err != nil {
		return nil, adit.Errorf(adit.Internal, "%s cannot be copied to where %s may run it: %w", s.Path, s.User.Name, err)
	}
	_, got, err := verify(to, s.Digest)
	return got, err
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Chmod(0o755), out.Close())
}
