package portfile

import (
	"io"
	"strconv"
	"strings"
)

// maxSize is more than a port and a line end need.
const maxSize = 64

// Read returns the port in a file; 0 = it says none. The file is the program's, which may have fewer rights than adit: a
// link is not followed, and what is no plain small file is not read, for it might hold something else or never end.
func Read(path string) int {
	if path == "" {
		return 0
	}
	f, err := open(path)
	if err != nil {
		return 0
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxSize {
		return 0
	}
	b, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil || len(b) > maxSize {
		return 0
	}
	port, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 16)
	if err != nil {
		return 0
	}
	return int(port)
}
