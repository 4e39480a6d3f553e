//go:build !unix

package smallfile

import (
	"io"
	"os"
)

// Read returns the file's bytes, at most one more than most so that a caller sees that it is longer.
func Read(path string, most int) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, int64(most)+1))
}
