//go:build unix

package smallfile

import (
	"errors"
	"io/fs"
	"syscall"
)

// Read returns the file's bytes, at most one more than most so that a caller sees that it is longer. Its errors are
// *fs.PathError, as os.ReadFile's are. A FIFO does not hold it up.
func Read(path string, most int) ([]byte, error) {
	fd, err := again(func() (int, error) {
		return syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	defer func() { _ = syscall.Close(fd) }()
	out := make([]byte, 0, min(512, most+1))
	for {
		if len(out) == cap(out) {
			out = append(make([]byte, 0, min(4*cap(out), most+1)), out...)
		}
		n, err := again(func() (int, error) { return syscall.Read(fd, out[len(out):cap(out)]) })
		if err != nil {
			return nil, &fs.PathError{Op: "read", Path: path, Err: err}
		}
		out = out[:len(out)+n]
		if n == 0 || len(out) > most {
			return out, nil
		}
	}
}

func again(do func() (int, error)) (int, error) {
	for {
		if n, err := do(); !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
}
